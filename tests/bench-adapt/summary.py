# SPDX-License-Identifier: GPL-2.0
"""Medians and spreads over the seeds of each case."""

import statistics

FIGURES = ("utilisation", "queue_ms", "reward")
SWAPS = ("activated", "promoted")


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def swaps(run):
    return sum(run["updates"].get(result, 0) for result in SWAPS)


def reference(cases, start):
    """The runs of the same start that no daemon tuned, by seed."""
    for case in cases:
        if case["name"] == "frozen" and case["start"] == start:
            return {run["seed"]: run for run in case["runs"]}
    return {}


def figures(case, frozen):
    runs = case["runs"]
    found = {name: spread([run["all"][name] for run in runs]) for name in FIGURES}
    found["swaps"] = spread([swaps(run) for run in runs])
    for result in ("rolled_back", "dropped", "promoted"):
        found[result] = spread([run["updates"].get(result, 0) for run in runs])
    for name in ("batch_bytes", "staged_bytes", "rounds"):
        found[name] = spread([run[name] for run in runs])
    found["phases"] = {phase: {name: spread([run["phases"][phase][name] for run in runs]) for name in FIGURES}
                       for phase in runs[0]["phases"]}
    # The same seed has the same connections at the same times: differences by seed.
    both = [(run, frozen[run["seed"]]) for run in runs if run["seed"] in frozen]
    if both:
        found["reward_over_frozen"] = spread([a["all"]["reward"] - b["all"]["reward"] for a, b in both])
    return found


def add_figures(result):
    """A part that no case was run of stays without."""
    for part in ("rules", "intervals"):
        for case in result[part]:
            case["figures"] = figures(case, reference(result["rules"], case["start"]))
    return result


def cpu(result, start, name):
    """Median CPU seconds of tuning and quantising, of the machine that ran it."""
    for cost in result["meta"]["cpu"]:
        if cost["start"] == start and cost["name"] == name:
            return statistics.median(run["tune_cpu_s"] + run["quantise_cpu_s"] for run in cost["runs"])
    return None
