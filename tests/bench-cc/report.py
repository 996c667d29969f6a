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


import tables  # first: it finds bench-grid

import collect
import deployments
import grid
import readings
import reporting
import results as files
import summary


FORMAT = 2  # of the results: those of an older one are as good as missing


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
    roles = reporting.roles_of(schemes.values()) | {
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


main = reporting.Reporting("cc", FORMAT, result_of, __doc__).main

if __name__ == "__main__":
    grid.run("bench-cc", main)
