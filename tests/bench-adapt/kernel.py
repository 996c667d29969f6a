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
SWAP_S = 5		# before a trial and after it
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
    at the same moments. A swap is when its trial began and when it was promoted, seconds of the run; without
    SWAP_S of the same phase before and after, it tells nothing and is left out."""
    found = []
    frozen, adaptive = (runs[arm] for arm in ARMS)
    for began, promoted in swaps:
        inside = any(p["start"] + SWAP_S <= adaptive["began"] + began and
                     adaptive["began"] + promoted <= p["end"] - SWAP_S for p in adaptive["phases"])
        change = {}
        for arm, run in (("adaptive", adaptive), ("frozen", frozen)):
            first, last = run["began"] + began, run["began"] + promoted
            change[arm] = (window(run, first - SWAP_S, first), window(run, last, last + SWAP_S))
        if not inside or None in change["adaptive"] + change["frozen"]:
            continue
        gain = [sum((1, -1)[arm == "frozen"] * (after[i] - before[i])
                    for arm, (before, after) in change.items()) for i in range(2)]
        found.append({"time_s": began, "utilisation": round(gain[0], 3), "queue_ms": round(gain[1], 2)})
    return found


def promoted_swaps(updates, began):
    """When the trials of those that stayed began and ended."""
    return [(round(u["time_s"] - began, 2), round(u["turns"]["ended_s"] - began, 2))
            for u in updates if u["turns"] and u["verdict"] not in ("dropped", "rolled_back")]


def load_seed(directory, seed):
    runs = {arm: measured.load_run(directory, arm) for arm in ARMS}
    updates = measured.load_updates(os.path.join(directory, "decisions.jsonl"))
    began = runs["adaptive"]["began"]
    return runs, {
        "seed": seed,
        "phases": {arm: phases_of(runs[arm]) for arm in ARMS},
        "trials_s": [round(u["time_s"] - began, 2) for u in updates],
        "verdicts": [u["verdict"] for u in updates],
        "turns": [{k: round(v, 4) for k, v in u["turns"].items() if k != "ended_s"} for u in updates if u["turns"]],
        "swap_effects": swap_effects(runs, promoted_swaps(updates, began)),
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


def swaps_of(seeds):
    """What trials said of the updates, and what those that stayed changed."""
    verdicts = [v for s in seeds for v in s["verdicts"]]
    effects = [e for s in seeds for e in s["swap_effects"]]
    turns = [t["difference"] for s in seeds for t in s["turns"]]
    kept = ", ".join(f"{verdicts.count(v)} {v}" for v in sorted(set(verdicts))) or "none"
    text = f"{len(verdicts)} updates were tried: {kept}."
    if turns:
        text += (" In their turns they earned, against the snapshot before, a reward (of 1) of "
                 f"{document.span(summary.spread(turns), 4, sign='+')}.")
    if effects:
        utilisation, queue = (summary.spread([e[name] for e in effects]) for name in ("utilisation", "queue_ms"))
        text += (f" {len(effects)} of those that stayed were far enough from a step: from {SWAP_S} s before the trial "
                 f"to {SWAP_S} s after it, less what the frozen network did at the same moments, utilisation "
                 f"{document.span(utilisation, 3, sign='+')}, queue {document.span(queue, 1, sign='+')} ms.")
    return text


def page(result):
    phases = result["parameters"]["phases"]
    return "\n".join([
        "<!-- Generated by `make bench-adapt` from build/results/adapt-kernel.json; do not edit. -->",
        "# Adaptation on a real kernel",
        "",
        f"{result['parameters']['flows']} connections in a guest, in real time; a path that steps by four in rate and "
        f"RTT every {result['parameters']['phase_s']} s and repeats. *Frozen*: the shipped network. *Adaptive*: the "
        "same, while `liteflowd` outside tunes it and tries what it tuned by turns on the running flows, which explore "
        "meanwhile (configuration of `make demo`, but held to the shipped network as by default). "
        f"{len(result['seeds'])} seeds: medians, the range in brackets. Utilisation is goodput over the bottleneck's "
        "rate, queue the bottleneck's mean delay in ms.",
        "",
        "![The queue over time](bench-adapt-kernel.svg)",
        "",
        "## By phase",
        "",
        table(phases, result["phases"], (*ARMS, "change"), "utilisation", "queue_mean_ms"),
        "",
        f"## The network's own reaction: the first {REACTION_S} s of a phase",
        "",
        table(phases, result["phases"], ARMS, "reaction_utilisation", "reaction_queue_ms"),
        "",
        "## The effect of a swap",
        "",
        swaps_of(result["seeds"]),
        "",
    ])


def picture(runs, path):
    """The queue of the first seed's two arms."""
    adaptive = runs["adaptive"]
    script = ["set terminal svg size 1000,420 font 'sans,12' background rgb 'white'", f"set output '{path}'",
              "set xlabel 'seconds'", "set ylabel 'queue, ms'", "set key below", "set grid ytics"]
    for phase in adaptive["phases"]:
        left = max(phase["start"] - adaptive["began"], 0)
        script.append(f"set arrow from {left},graph 0 to {left},graph 1 nohead dt 2 lc rgb '#888888'")
    script.append("plot '-' with lines lw 2 title 'frozen', '-' with lines lw 2 title 'adaptive'")
    for arm in ARMS:
        script += [f"{t - runs[arm]['began']:.2f} {d * 1e3:.2f}" for t, d in runs[arm]["queue"]] + ["e"]
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
