# SPDX-License-Identifier: GPL-2.0
"""The floor: how far ns-3 is from itself when flows start a little later, which no estimate of flows can know.

Of a scenario's first flows: `exact` as they are, `late-N` with each start moved by up to 200 ns. Their differences
are the floor; a percentile of a flow's slowdowns in all of them, the oracle, is the best answer without that
knowledge.
"""

import json
import os

import sets
from readings import percentile

CLASSES = ((0, "below_1000"), (1000, "below_10000"), (10_000, "below_50000"), (50_000, "from_50000"))


def class_of(size):
    return [name for least, name in CLASSES if size >= least][-1]


def cut(job, out, flows, settings):
    """A job of the first flows of another."""
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(job, "flows.txt"), encoding="utf-8") as file:
        lines = file.readlines()
    count = min(flows, len(lines) - 1)
    texts = {"flows.txt": "".join([f"{count}\n", *lines[1:count + 1]])}
    with open(os.path.join(job, "topology.txt"), encoding="utf-8") as file:
        texts["topology.txt"] = file.read()
    with open(os.path.join(job, "settings.json"), encoding="utf-8") as file:
        texts["settings.json"] = json.dumps({**json.load(file), **settings}, indent=2) + "\n"
    for name, text in texts.items():
        path = os.path.join(out, name)
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    return out


def slowdowns(directory):
    """[(bytes, slowdown)] of fct.txt."""
    with open(os.path.join(directory, "fct.txt"), encoding="utf-8") as file:
        rows = [line.split() for line in file]
    return [(int(row[-4]), max(1.0, int(row[-2]) / int(row[-1]))) for row in rows]


def relative(estimates, truth):
    return [abs(estimate / true - 1) for estimate, true in zip(estimates, truth)]


def tail_error(sizes, estimates, truth, name):
    """Of the 99th percentile of a class; None of one without flows."""
    those = [i for i, size in enumerate(sizes) if name in ("all", class_of(size))]
    if not those:
        return None
    return percentile([estimates[i] for i in those], 99) / percentile([truth[i] for i in those], 99) - 1


def figures(exact, late):
    """exact, late: [(bytes, slowdown)] of one run, and of each other."""
    sizes, truth = zip(*exact)
    runs = [[slowdown for _, slowdown in run] for run in late]
    oracle = [percentile(of, sets.ORACLE_PERCENT) for of in zip(*runs)]
    floors = [relative(run, truth) for run in runs]
    best = relative(oracle, truth)
    tails = {}
    for name in [*(name for _, name in CLASSES), "all"]:
        errors = [tail_error(sizes, run, truth, name) for run in runs]
        if None not in errors:
            tails[name] = sum(map(abs, errors)) / len(errors)
    return {"floor": {"mean_error": sum(sum(f) / len(f) for f in floors) / len(floors),
                      "p90_error": sum(percentile(f, 90) for f in floors) / len(floors), "p99_error": tails},
            "oracle": {"mean_error": sum(best) / len(best), "p90_error": percentile(best, 90)}}


def jobs(job, out, flows, runs):
    """The exact one first."""
    made = [cut(job, os.path.join(out, "exact"), flows, {})]
    for number in range(1, runs + 1):
        made.append(cut(job, os.path.join(out, f"late-{number}"), flows,
                        {"jitter_ns": sets.FLOOR_NS, "seed": number}))
    return made
