# SPDX-License-Identifier: GPL-2.0
"""Gray failures (m4, section 5.3): some hosts' links are slower than they should be; how long does an all-reduce take?

N hosts, server by server, at 1/R of their rate: 105 topologies of 32 hosts. Every engine that can be told flows as
they come runs a ring all-reduce on each; errors are of its end-to-end time, against ns-3's.
"""

import csv
import os

from engines import ENGINES
from readings import percentile

HOSTS, REDUCTIONS, BYTES = range(2, 17), range(4, 11), 1_000_000
SMALL = ((2, 4), (2, 10), (8, 4), (8, 10)), 50_000
PROGRAM_ENGINES = ("flowsim", "m4")


def sweep(sim, engine, files, values, out, models):
    """{(N, R): ms}, and seconds of all."""
    arguments = ("-e", "ns3") if engine == "ns3" else ENGINES[engine][0]
    model = ENGINES[engine][1] if engine != "ns3" else None
    if model:
        arguments += ("-m", os.path.join(models, model))
    sim("sweep", *files, "--program", "--over", "slow-hosts", "--values", ",".join(f"{n}:{r}" for n, r in values),
        *arguments, "-o", out)
    with open(os.path.join(out, "sweep.csv"), encoding="utf-8") as file:
        times = {tuple(map(int, row["slow-hosts"].split(":"))): float(row["end_ms"]) for row in csv.DictReader(file)}
    seconds = sum(sim.json(out, f"{n}:{r}", "summary.json")["meta"]["wall_s"] for n, r in values)
    return times, seconds


def measure(sim, work, models, small):
    directory = os.path.join(work, "gray")
    os.makedirs(directory, exist_ok=True)
    files = [os.path.join(directory, name) for name in ("fabric.txt", "ring.txt")]
    values, size = SMALL if small else ([(n, r) for n in HOSTS for r in REDUCTIONS], BYTES)
    sim("topology", "fat-tree", "-o", files[0])
    sim("workload", "program", files[0], "--pattern", "ring", "--bytes", size, "-o", files[1])
    found = {engine: sweep(sim, engine, files, values, os.path.join(directory, engine), models)
             for engine in ("ns3", *PROGRAM_ENGINES)}
    return {"bytes": size, "seconds": {engine: seconds for engine, (_, seconds) in found.items()},
            "ms": [{"hosts": n, "reduction": r, **{engine: times[n, r] for engine, (times, _) in found.items()}}
                   for n, r in values]}


def errors(rows, engine):
    """Signed, of each topology."""
    return [row[engine] / row["ns3"] - 1 for row in rows]


def summarise(gray):
    """Of each engine the errors, and their means by N and by R."""
    found = {}
    for engine in PROGRAM_ENGINES:
        of = errors(gray["ms"], engine)
        amounts = [abs(error) for error in of]
        found[engine] = {"mean_error": sum(amounts) / len(amounts), "p90_error": percentile(amounts, 90),
                         "bias": sum(of) / len(of)}
        for key in ("hosts", "reduction"):
            by = {}
            for row, error in zip(gray["ms"], of):
                by.setdefault(row[key], []).append(error)
            found[engine][f"bias_by_{key}"] = {str(value): sum(e) / len(e) for value, e in sorted(by.items())}
    return found
