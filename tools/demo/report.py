#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Turn what the demo measured into demo.json, demo.png and a table.

Usage: report.py DEMO_DIR RESULTS_DIR
"""

import json
import os
import subprocess
import sys

from measured import Failure, counters, load_run, load_updates, summarise, write

RUNS = (("cubic", "CUBIC"), ("bbr", "BBR"), ("frozen", "LiteFlow, frozen"),
        ("adaptive", "LiteFlow, adaptive"))


def table(result):
    lines = []
    phases = result["parameters"]["phases"]
    heads = [f"{p['rate_bps'] / 1e6:.0f} Mbit/s, {p['delay']}, {p['loss_percent']} %" for p in phases]
    lines.append(f"{'goodput Mbit/s | queue ms mean/p95':<24}" + "".join(f"{h:>30}" for h in heads))
    for name, title in RUNS:
        row = result["runs"][name]["phases"]
        cells = [f"{r['goodput_mbps']:.1f} | {r['queue_mean_ms']:.1f} / {r['queue_p95_ms']:.1f}"
                 for r in row]
        lines.append(f"{title:<24}" + "".join(f"{c:>30}" for c in cells))
    c = result["counters"]
    lines.append("")
    lines.append(f"adaptive run: {c['inferences']} inferences, {c['reported']} records, "
                 f"{c['dropped']} dropped, {c['fallbacks']} fallbacks, "
                 f"{100 * c['clamped_share']:.2f} % of decisions changed by clamps")
    return lines


def update_lines(updates):
    lines = []
    for i, u in enumerate(updates, 1):
        times = ", ".join(f"{step} {ms:.1f}" for step, ms in u["times_ms"].items())
        lines.append(f"update {i} by {u['path']}: stability {u['stability']:.3f}, "
                     f"fidelity loss {u['fidelity_loss']:.3f} (threshold {u['threshold']:.3f}), "
                     f"{u['verdict']}; ms: {times}")
    return lines


def plot(result, runs, path):
    """Goodput over time for each scheme, the phases shaded, swaps marked."""
    first = runs["adaptive"]
    end = first["phases"][-1]["end"] - first["began"]
    top = max(p["rate_bps"] for p in first["phases"]) / 1e6 * 1.15
    script = ["set terminal pngcairo size 1100,520", f"set output '{path}'",
              "set xlabel 'seconds'", "set ylabel 'goodput, Mbit/s'", "set key below",
              f"set xrange [0:{end:.1f}]", f"set yrange [0:{top:.0f}]", "set grid ytics"]
    for i, phase in enumerate(first["phases"]):
        left = max(phase["start"] - first["began"], 0)
        right = phase["end"] - first["began"]
        colour = "#eef3fb" if i % 2 == 0 else "#fbf3e6"
        script.append(f"set object rectangle from {left},0 to {right},{top} "
                      f"fc rgb '{colour}' fs solid noborder behind")
        rate = phase["rate_bps"] / 1e6
        script.append(f"set arrow from {left},{rate} to {right},{rate} nohead dt 2 lc rgb '#888888'")
    for at in result["swaps_s"]:
        script.append(f"set arrow from {at},0 to {at},{top} nohead lw 1.5 lc rgb '#c00000'")
    plots = [f"'-' with lines lw 2 title '{title}'" for _, title in RUNS]
    plots.append("NaN with lines lw 1.5 lc rgb '#c00000' title 'an update is tried'")
    script.append("plot " + ", ".join(plots))
    for name, _ in RUNS:
        run = runs[name]
        script += [f"{t - run['began']:.2f} {r / 1e6:.3f}" for t, r in run["goodput"]]
        script.append("e")
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    directory, results = sys.argv[1:]
    runs = {name: load_run(directory, name) for name, _ in RUNS}
    adaptive = runs["adaptive"]
    updates = load_updates(os.path.join(directory, "decisions.jsonl"))
    result = {
        "parameters": {"phases": [{k: p[k] for k in ("rate_bps", "delay", "loss_percent")}
                                  for p in adaptive["phases"]],
                       "phase_s": round(adaptive["phases"][0]["end"] - adaptive["phases"][0]["start"]),
                       "flows": 2, "time": "real"},
        "runs": {name: summarise(run) for name, run in runs.items()},
        "counters": counters(directory),
        "updates": updates,
        "swaps_s": [round(u["time_s"] - adaptive["began"], 2) for u in updates],
        "meta": {"uname": os.uname().release, "cpus": os.cpu_count()},
    }
    write(os.path.join(results, "demo.json"), json.dumps(result, indent=2) + "\n")
    plot(result, runs, os.path.join(results, "demo.png"))
    print("\n".join([""] + table(result) + update_lines(updates)))
    print(f"\n{results}/demo.json and demo.png")
    if not updates:
        raise Failure("no update passed the gate; see decisions.jsonl and liteflowd.log")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"demo: {failure}", file=sys.stderr)
        sys.exit(1)
