#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From what the guests left to results, pictures and the document.

Usage: report.py WORK_DIR RESULTS_DIR DOCUMENT [--full] [--only REGEX] [PART...]
       report.py document RESULTS_DIR DOCUMENT

WORK_DIR is what run.sh leaves in it. A part whose every run is there becomes RESULTS_DIR/cc-PART.json and a picture
next to it; one with gaps, WORK_DIR/partial/cc-PART.json, which says what is
missing. The document is made of the results alone, when all parts are there;
else of what is there, as WORK_DIR/partial/bench-cc.md.
"""

import json
import os
import sys

import tables  # first: it finds bench-grid

import collect
import deployments
import document
import grid
import pictures
import readings
import results as files
import summary
from grid import Failure
from results import write


FORMAT = 2  # of the results: those of an older one are as good as missing


def roles_of(schemes):
    """{role: names}"""
    return {role: [s["name"] for s in schemes if s["role"] == role] for role in tables.ROLES}


def in_kernel(schemes):
    """{scheme whose network is in a process: that with the same one in the kernel}"""
    judged = {s["cc"]: s["name"] for s in schemes if s["role"] == "judged"}
    return {s["name"]: judged[s["cc"]] for s in schemes if s["role"] == "user" and s["cc"] in judged}


def prompt(schemes):
    """Those whose network is in a process that is asked every millisecond."""
    return [s["name"] for s in schemes
            if s["role"] == "user" and tables.decode_sysctl(s["sysctl"]).get("cc.user_ms") == 1]


def describe_scheme(scheme):
    """What a scheme is made of, as the results have it."""
    return {"cc": scheme["cc"], "snapshot": scheme["snapshot"], "sysctl": scheme["sysctl"],
            "beside": scheme["beside"]}


def matrix_figures(cases, roles):
    rows = []
    for case, runs in cases:
        row = collect.describe(case)
        row["runs"] = {name: figures for name, (figures, _) in runs.items()}
        best = summary.best(row)
        if best:
            row["best"] = best
        rows.append(row)
    return {"cases": rows, "summary": summary.matrix(rows, roles)}


def fairness_figures(cases, roles):
    rows = []
    for case, runs in cases:
        row = collect.describe(case)
        row["runs"] = {}
        extra = [tables.decode_flow(flow)[2] for flow in case["flows"]]
        for name, (figures, series) in runs.items():
            late = [collect.goodput(r, summary.LATE_S, case["seconds"]) for r in series["received"]]
            row["runs"][name] = figures | summary.fairness_case(case["flows"], late, extra) | {
                "series_bps": series["goodput_bps"]}
        rows.append(row)
    return {"cases": rows, "summary": {
        "void": summary.voids(rows), "aims": summary.fairness_aims(rows, roles["judged"])}}


def queue_between(points):
    def of(begin, end):
        inside = [delay for time, delay in points if begin <= time < end]
        return round(readings.percentile(inside, 95), 3) if inside else 0.0
    return of


def dynamics_figures(cases, roles):
    rows = []
    for case, runs in cases:
        row = collect.describe(case)
        phases = summary.dynamics_case(
            {name: (series["steps"], series["goodput_bps"][0], queue_between(series["delays"]))
             for name, (figures, series) in runs.items() if not figures["void"]},
            collect.BIN_S, case["seconds"])
        row["runs"] = {name: figures | {"phases": phases.get(name, []),
                                        "series_bps": series["goodput_bps"][0],
                                        "series_queue_ms": series["queue_ms"]}
                       for name, (figures, series) in runs.items()}
        rows.append(row)
    return {"cases": rows, "summary": {
        "void": summary.voids(rows), "aims": summary.dynamics_aims(rows, roles["judged"])}}


def case1_figures(cases, _roles):
    rows = []
    for case, runs in cases:
        row = collect.describe(case)
        row["background_bps"] = deployments.background(row, collect.SKIP_S)
        row["runs"] = {name: figures | {
            "goodput_deviation_bps": deployments.deviation(series["goodput_bps"][0], collect.BIN_S,
                                                           collect.SKIP_S),
            "series_bps": series["goodput_bps"][0], "series_queue_ms": series["queue_fine_ms"]}
            for name, (figures, series) in runs.items()}
        rows.append(row)
    return {"cases": rows, "summary": {"void": summary.voids(rows)}}


def case2_figures(cases, roles):
    rows = []
    for case, runs in cases:
        row = collect.describe(case)
        row["runs"] = {name: figures for name, (figures, _) in runs.items()}
        row["runs"] = {name: run | deployments.case2_run(row, name, roles["in_kernel"].get(name, deployments.KERNEL))
                       for name, run in row["runs"].items()}
        rows.append(row)
    return {"cases": rows, "summary": deployments.case2(rows, roles["judged"], roles["prompt"])}


FIGURES = {"matrix": matrix_figures, "fairness": fairness_figures, "dynamics": dynamics_figures,
           "case1": case1_figures, "case2": case2_figures, "case2-real": case2_figures, "tuning": case2_figures}


def result_of(part, work, wanted, full):
    cases, settings, missing, times = files.load(work, wanted, collect.settings, collect.collect)
    schemes = {s["name"]: s for _, _, group in wanted for s in group}
    roles = roles_of(schemes.values()) | {
        "in_kernel": in_kernel(schemes.values()), "prompt": prompt(schemes.values())}
    return {
        "name": f"cc-{part}",
        "format": FORMAT,
        "parameters": settings | {
            "time": "real" if part in tables.REAL_PARTS else "virtual, 1 ns an instruction",
            "repeats": tables.REAL_REPEATS if part in tables.REAL_PARTS else 1, "grid": "full" if full else "default",
            "skipped_s": collect.SKIP_S, "sample_us": collect.SAMPLE_US,
            "least_idle_share": readings.LEAST_IDLE, "bin_s": collect.BIN_S,
            "fine_s": collect.FINE_S, "late_s": summary.LATE_S, "schemes": list(schemes),
            "judged": roles["judged"], "made_of": {n: describe_scheme(s) for n, s in schemes.items()}},
        "figures": FIGURES[part](list(cases.values()), roles) | {"missing": missing},
        "meta": {"guests": times, "host": files.host(), "qemu": files.qemu()},
    }


def load_results(directories):
    """{part: result}, each from the first directory that has it."""
    return files.load_results(directories, tables.PARTS, "cc", FORMAT)


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
        path = os.path.join(partial if gaps else results, f"cc-{part}")
        write(path + ".json", json.dumps(result, indent=1) + "\n")
        pictures.draw(part, result, path + ".svg")
        stale = os.path.join(partial, f"cc-{part}.json")
        if not gaps and os.path.exists(stale):
            os.remove(stale)
        print(f"bench-cc: {path}.json" + (f": {len(gaps)} of {len(wanted)} guests are missing"
                                          if gaps else ""))
    found = load_results([results])
    if set(found) == set(tables.PARTS):
        write_document(found, document_path, results)
    found = load_results([partial, results])
    files.print_aims("bench-cc", found)
    if any(result["figures"]["missing"] for result in found.values()):
        path = os.path.join(partial, "bench-cc.md")
        write(path, document.document(found))
        print(f"bench-cc: {path}: of what is there")


def write_document(found, path, results):
    write(path, document.document(found))
    for part in found:
        picture = os.path.join(results, f"cc-{part}.svg")
        if os.path.exists(picture):
            with open(picture, encoding="utf-8") as file:
                write(os.path.join(os.path.dirname(path), f"cc-{part}.svg"), file.read())
    print(f"bench-cc: {path}")


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "document":
        found = load_results([arguments[1]])
        if not found:
            raise Failure(f"{arguments[1]}: no cc-*.json: make bench-cc")
        write_document(found, arguments[2], arguments[1])
        return 0
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    full, only, parts = grid.choice(arguments[3:], tables.PARTS)
    report(*arguments[:3], full, only, parts)
    return 0


if __name__ == "__main__":
    grid.run("bench-cc", main)
