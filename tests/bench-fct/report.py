#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From what the guests left to results, pictures and the document.

Usage: report.py WORK_DIR RESULTS_DIR DOCUMENT [--full] [--only REGEX] [PART...]
       report.py document RESULTS_DIR DOCUMENT

WORK_DIR is what run.sh leaves in it. A part whose every run is there becomes RESULTS_DIR/fct-PART.json and a picture
next to it; one with gaps, WORK_DIR/partial/fct-PART.json, which says what is
missing. The document is made of the results alone, when all parts are there;
else of what is there, as WORK_DIR/partial/bench-fct.md. LF_BENCH_PREDICTION is the
program of that name; without it nothing is said of predicted sizes.
"""

import json
import os
import subprocess
import sys

import tables  # first: it finds bench-grid

import collect
import document
import grid
import pictures
import readings
import resampling
import results as files
import summary
from grid import Failure
from results import write

FORMAT = 1  # of the results: those of an older one are as good as missing
MODEL = "models/sched.pt"


def roles_of(schemes):
    """{role: names}"""
    return {role: [s["name"] for s in schemes if s["role"] == role] for role in tables.ROLES}


def describe_scheme(scheme):
    """What a scheme is made of, as the results have it."""
    return {key: scheme[key] for key in ("mode", "snapshot", "sysctl", "beside", "role")}


def server_records(source, to):
    """The records of the servers' namespace, batch by batch, as lf-bench-prediction reads them; how many."""
    netns = int(readings.read(os.path.join(source, "netns")))
    lines, count = [], 0
    for line in readings.read(os.path.join(source, "records")).splitlines():
        batch = json.loads(line)
        batch["records"] = [r for r in batch.get("records", []) if r["netns"] == netns]
        count += len(batch["records"])
        lines.append(json.dumps(batch) + "\n")
    write(to, "".join(lines))
    return count


def predicted_sizes(work, job, scheme):
    """What lf-bench-prediction says of the flows that a kernel reported, or why it says nothing."""
    program, source = os.environ.get("LF_BENCH_PREDICTION"), os.path.join(work, "raw", job, scheme)
    if not program or not os.path.exists(os.path.join(source, "netns")):
        return None
    path = os.path.join(work, "sizes", job)
    server_records(source, path)
    done = subprocess.run([program, MODEL, path], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip()}
    return json.loads(done.stdout)


def sizes_of(work, wanted, judged, missing):
    """{case name: what was predicted of its flows}"""
    found = {}
    for job, case, schemes in wanted:
        for scheme in schemes:
            if scheme["name"] in judged and case["part"] == "sched" and job not in missing:
                sizes = predicted_sizes(work, job, scheme["name"])
                if sizes:
                    found[case["name"]] = sizes
    return found


def case_row(case, runs, part, roles):
    row = collect.describe(case)
    row["runs"] = {name: figures for name, (figures, _) in runs.items()}
    resampled = resampling.resample({name: flows for name, (_, flows) in runs.items()}, case["name"])
    row["against"] = summary.compare(row, resampled, summary.BASE[part], roles["judged"])
    return row


def result_of(part, work, wanted, full):
    cases, settings, missing, times = files.load(work, wanted, collect.settings, collect.collect)
    schemes = {s["name"]: s for _, _, group in wanted for s in group}
    roles = roles_of(schemes.values())
    rows = [case_row(case, runs, part, roles) for case, runs in cases.values()]
    for name, sizes in sizes_of(work, wanted, roles["judged"], missing).items():
        next(row for row in rows if row["name"] == name)["sizes"] = sizes
    return {
        "name": f"fct-{part}",
        "format": FORMAT,
        "parameters": settings | {
            "time": "virtual, 1 ns an instruction", "grid": "full" if full else "default",
            "least_idle_share": readings.LEAST_IDLE, "classes_bytes": collect.CLASSES,
            "resamples": resampling.RESAMPLES, "least_bin_bytes": collect.LEAST_BIN,
            "schemes": list(schemes), "base": summary.BASE[part], "judged": roles["judged"],
            "processes": roles["user"], "made_of": {n: describe_scheme(s) for n, s in schemes.items()}},
        "figures": {"cases": rows, "summary": summary.of_part(part, rows, roles), "missing": missing},
        "meta": {"guests": times, "host": files.host(), "qemu": files.qemu()},
    }


def load_results(directories):
    """{part: result}, each from the first directory that has it."""
    return files.load_results(directories, tables.PARTS, "fct", FORMAT)


def report(work, results, document_path, full, only, parts):
    everything = tables.jobs(tables.read_cases(), tables.read_schemes(), full)
    partial = os.path.join(work, "partial")
    for part in parts or tables.PARTS:
        # What --only left out may be there from before.
        wanted = [job for job in everything if job[1]["part"] == part]
        if only and not any(only.search(job) for job, _, _ in wanted):
            continue
        result = result_of(part, work, wanted, full)
        gaps = result["figures"]["missing"]
        if len(gaps) == len(wanted):
            continue
        path = os.path.join(partial if gaps else results, f"fct-{part}")
        write(path + ".json", json.dumps(result, indent=1) + "\n")
        pictures.draw(part, result, path + ".svg")
        stale = os.path.join(partial, f"fct-{part}.json")
        if not gaps and os.path.exists(stale):
            os.remove(stale)
        print(f"bench-fct: {path}.json" + (f": {len(gaps)} of {len(wanted)} guests are missing" if gaps else ""))
    found = load_results([results])
    if set(found) == set(tables.PARTS):
        write_document(found, document_path, results)
    found = load_results([partial, results])
    files.print_aims("bench-fct", found)
    if any(result["figures"]["missing"] for result in found.values()):
        path = os.path.join(partial, "bench-fct.md")
        write(path, document.document(found))
        print(f"bench-fct: {path}: of what is there")


def write_document(found, path, results):
    write(path, document.document(found))
    for part in found:
        picture = os.path.join(results, f"fct-{part}.svg")
        if os.path.exists(picture):
            write(os.path.join(os.path.dirname(path), f"fct-{part}.svg"), readings.read(picture))
    print(f"bench-fct: {path}")


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "document":
        found = load_results([arguments[1]])
        if not found:
            raise Failure(f"{arguments[1]}: no fct-*.json: make bench-fct")
        write_document(found, arguments[2], arguments[1])
        return 0
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    report(*arguments[:3], *grid.choice(arguments[3:], tables.PARTS))
    return 0


if __name__ == "__main__":
    grid.run("bench-fct", main)
