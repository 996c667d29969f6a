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

import tables  # first: it finds bench-grid

import collect
import grid
import readings
import reporting
import resampling
import results as files
import summary
from results import write

FORMAT = 1  # of the results: those of an older one are as good as missing
MODEL = "models/sched.pt"


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


def case_row(case, runs, part, roles, predicted):
    row = collect.describe(case)
    if predicted:
        row["predicted"] = predicted
    row["runs"] = {name: figures for name, (figures, _) in runs.items()}
    resampled = resampling.resample({name: flows for name, (_, flows) in runs.items()}, case["name"])
    row["against"] = summary.compare(row, resampled, summary.BASE[part], roles["judged"])
    return row


def result_of(part, work, wanted, full):
    cases, settings, missing, times = files.load(work, wanted, collect.settings, collect.collect)
    schemes = {s["name"]: s for _, _, group in wanted for s in group}
    roles = reporting.roles_of(schemes.values())
    predicted = sizes_of(work, wanted, roles["judged"], missing)
    rows = [case_row(case, runs, part, roles, predicted.get(case["name"])) for case, runs in cases.values()]
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


main = reporting.Reporting("fct", FORMAT, result_of, __doc__).main

if __name__ == "__main__":
    grid.run("bench-fct", main)
