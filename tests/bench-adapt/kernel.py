#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Adaptation on a real kernel: results, picture and page.

Usage: kernel.py WORK_DIR SEEDS RESULTS_DIR DOCS_DIR

WORK_DIR/SEED is what trial.sh measured. The page is written when there are at
least LEAST_SEEDS of them and phases last for LEAST_PHASE_S."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

import document
import summary

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/demo"))
import measured  # noqa: E402  pylint: disable=wrong-import-position

ARMS = ("frozen", "adaptive")
REACTION_S = 10		# after a step: the network's own reaction
SWAP_S = 5		# before and after a swap
LEAST_SEEDS = 5
LEAST_PHASE_S = 30


def middle(values, digits):
    found = {name: round(value, digits) for name, value in summary.spread(values).items()}
    return found | {"n": len(values)}


def window(run, start, end):
    """(utilisation, mean queue in ms) between two times, or None without samples."""
    phase = [p for p in run["phases"] if p["start"] <= start]
    rates = [rate for t, rate in run["goodput"] if start < t <= end]
    queue = [delay for t, delay in run["queue"] if start < t <= end]
    if not phase or not rates or not queue:
        return None
    return statistics.mean(rates) / phase[-1]["rate_bps"], statistics.mean(queue) * 1e3


def phases_of(run):
    rows = []
    for row, phase in zip(measured.summarise(run)["phases"], run["phases"]):
        early = window(run, phase["start"], min(phase["start"] + REACTION_S, phase["end"]))
        if early is None:
            raise measured.Failure("a phase without a sample: the run was cut short")
        rows.append(row | {"reaction_utilisation": round(early[0], 3),
                           "reaction_queue_ms": round(early[1], 2)})
    return rows


def swap_effects(runs, swaps):
    """What utilisation and queue did from before each swap to after it, less what the frozen network's did
    at the same moments; swaps nearer than SWAP_S to a step tell nothing and are left out."""
    found = []
    frozen, adaptive = (runs[arm] for arm in ARMS)
    for at in swaps:
        inside = any(p["start"] + SWAP_S <= adaptive["began"] + at <= p["end"] - SWAP_S
                     for p in adaptive["phases"])
        change = {}
        for arm, run in (("adaptive", adaptive), ("frozen", frozen)):
            moment = run["began"] + at
            change[arm] = (window(run, moment - SWAP_S, moment), window(run, moment, moment + SWAP_S))
        if not inside or None in change["adaptive"] + change["frozen"]:
            continue
        gain = [sum((1, -1)[arm == "frozen"] * (after[i] - before[i])
                    for arm, (before, after) in change.items()) for i in range(2)]
        found.append({"time_s": at, "utilisation": round(gain[0], 3), "queue_ms": round(gain[1], 2)})
    return found


def load_seed(directory, seed):
    runs = {arm: measured.load_run(directory, arm) for arm in ARMS}
    updates = measured.load_updates(os.path.join(directory, "decisions.jsonl"))
    swaps = [round(u["time_s"] - runs["adaptive"]["began"], 2) for u in updates]
    return runs, {
        "seed": seed,
        "phases": {arm: phases_of(runs[arm]) for arm in ARMS},
        "swaps_s": swaps,
        "verdicts": [u["verdict"] for u in updates],
        "swap_effects": swap_effects(runs, swaps),
        "counters": measured.counters(directory),
        "idle": {arm: runs[arm]["idle"] for arm in ARMS},
    }


def summarise(seeds, count):
    """For each phase and arm, and for what adaptation changed seed by seed."""
    rows = []
    for i in range(count):
        row = {}
        for key, digits in (("utilisation", 3), ("queue_mean_ms", 2), ("queue_p95_ms", 2),
                            ("reaction_utilisation", 3), ("reaction_queue_ms", 2)):
            for arm in ARMS:
                row.setdefault(arm, {})[key] = middle([s["phases"][arm][i][key] for s in seeds], digits)
            row.setdefault("change", {})[key] = middle(
                [s["phases"]["adaptive"][i][key] - s["phases"]["frozen"][i][key] for s in seeds], digits)
        rows.append(row)
    return rows


def cells(row, parts, name, digits):
    return [document.span(row[part][name], digits, sign="+" if part == "change" else "") for part in parts]


def table(phases, rows, parts, utilisation, queue):
    """Both figures of each part, phase by phase."""
    head = ["phase"] + [f"{figure}, {part}" for figure in ("utilisation", "queue") for part in parts]
    return document.table(head, [
        [f"{phase['rate_bps'] / 1e6:g} Mbit/s, {phase['delay']}", *cells(row, parts, utilisation, 3),
         *cells(row, parts, queue, 1)] for phase, row in zip(phases, rows)]).rstrip()


def page(result):
    phases = result["parameters"]["phases"]
    seeds = result["seeds"]
    effects = [e for s in seeds for e in s["swap_effects"]]
    verdicts = [v for s in seeds for v in s["verdicts"]]
    lines = [
        "<!-- Generated by `make bench-adapt` from build/results/adapt-kernel.json; do not edit. -->",
        "# Adaptation on a real kernel",
        "",
        f"{result['parameters']['flows']} connections in a guest, in real time; a path that steps by four in rate and "
        f"RTT every {result['parameters']['phase_s']} s and repeats. *Frozen*: the shipped network. *Adaptive*: the "
        "same, while `liteflowd` outside tunes it and swaps it under the running flows, which explore meanwhile "
        "(configuration of `make demo`, but held to the shipped network as by default). "
        f"{len(seeds)} seeds: medians, the range in brackets. Utilisation is goodput over the bottleneck's rate, queue "
        "the bottleneck's mean delay in ms.",
        "",
        "![Goodput over time](bench-adapt-kernel.svg)",
        "",
        "## By phase",
        "",
        table(phases, result["phases"], (*ARMS, "change"), "utilisation", "queue_mean_ms"),
        "",
        f"## The network's own reaction: the first {REACTION_S} s of a phase",
        "",
        table(phases, result["phases"], ARMS, "reaction_utilisation", "reaction_queue_ms"),
        "",
        f"## The effect of a swap: {SWAP_S} s after it over {SWAP_S} s before",
        "",
    ]
    if effects:
        utilisation, queue = (summary.spread([e[name] for e in effects]) for name in ("utilisation", "queue_ms"))
        lines.append(
            f"Less what the frozen network did at the same moments; {len(effects)} swaps of {len(verdicts)} that were "
            f"far enough from a step. Utilisation {document.span(utilisation, 3, sign='+')}, "
            f"queue {document.span(queue, 1, sign='+')} ms.")
    else:
        lines.append("No swap was far enough from a step to tell.")
    kept = ", ".join(f"{verdicts.count(v)} {v}" for v in sorted(set(verdicts))) or "none"
    lines += ["", f"What the watch said of the {len(verdicts)} updates: {kept}.", ""]
    return "\n".join(lines)


def picture(runs, path):
    """Goodput of the first seed's two arms."""
    adaptive = runs["adaptive"]
    script = ["set terminal svg size 1000,420 font 'sans,12' background rgb 'white'", f"set output '{path}'",
              "set xlabel 'seconds'", "set ylabel 'goodput, Mbit/s'", "set key below", "set grid ytics"]
    for phase in adaptive["phases"]:
        left, right = (phase[key] - adaptive["began"] for key in ("start", "end"))
        rate = phase["rate_bps"] / 1e6
        script.append(f"set arrow from {max(left, 0)},{rate} to {right},{rate} nohead dt 2 lc rgb '#888888'")
    script.append("plot '-' with lines lw 2 title 'frozen', '-' with lines lw 2 title 'adaptive'")
    for arm in ARMS:
        script += [f"{t - runs[arm]['began']:.2f} {r / 1e6:.3f}" for t, r in runs[arm]["goodput"]] + ["e"]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def main(arguments):
    if len(arguments) != 4:
        sys.exit(__doc__)
    work, results, docs = (pathlib.Path(arguments[i]) for i in (0, 2, 3))
    loaded = [load_seed(str(work / str(seed)), seed) for seed in range(1, int(arguments[1]) + 1)]
    seeds = [seed for _, seed in loaded]
    phases = loaded[0][0]["adaptive"]["phases"]
    result = {
        "parameters": {"phases": [{k: p[k] for k in ("rate_bps", "delay", "loss_percent")} for p in phases],
                       "phase_s": round(phases[0]["end"] - phases[0]["start"]), "flows": 2, "time": "real"},
        "phases": summarise(seeds, len(phases)),
        "seeds": seeds,
        "meta": {"uname": os.uname().release, "cpus": os.cpu_count()},
    }
    results.mkdir(parents=True, exist_ok=True)
    measured.write(str(results / "adapt-kernel.json"), json.dumps(result, indent=1) + "\n")
    text_of_page = page(result)
    print(text_of_page)
    if len(seeds) >= LEAST_SEEDS and result["parameters"]["phase_s"] >= LEAST_PHASE_S:
        picture(loaded[0][0], str(docs / "bench-adapt-kernel.svg"))
        measured.write(str(docs / "bench-adapt-kernel.md"), text_of_page)
    else:
        print(f"bench-adapt: fewer than {LEAST_SEEDS} seeds or {LEAST_PHASE_S} s: docs/ stays as it is")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except measured.Failure as failure:
        print(f"bench-adapt: {failure}", file=sys.stderr)
        sys.exit(1)
