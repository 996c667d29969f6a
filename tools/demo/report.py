#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Turn what the demo measured into demo.json, demo.png and a table.

Usage: report.py DEMO_DIR RESULTS_DIR

Goodput is what the server's iperf3 received; queueing delay is the backlog of
the bottleneck's queue over its rate, sampled five times a second. Seconds in
which the path changes belong to the phase that they end in.
"""

import json
import os
import statistics
import subprocess
import sys

RUNS = (("cubic", "CUBIC"), ("bbr", "BBR"), ("frozen", "LiteFlow, frozen"),
        ("adaptive", "LiteFlow, adaptive"))
UNITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


class Failure(Exception):
    """A result that is missing or says that the run was none."""


def load_json(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError) as e:
        raise Failure(f"{path}: {e}; see guest.log beside it") from e


def load_lines(path):
    """One JSON value a line; a last line that was cut off is left out."""
    values = []
    try:
        with open(path, encoding="utf-8") as f:
            for line in f:
                try:
                    values.append(json.loads(line))
                except ValueError:
                    continue
    except OSError:
        pass
    return values


def bits(rate):
    for unit, factor in UNITS.items():
        if rate.endswith(unit):
            return float(rate[:-len(unit)]) * factor
    raise Failure(f"rate {rate}: a unit of {', '.join(UNITS)} is needed")


def load_phases(path):
    phases = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            start, rate, delay, loss = line.split()
            phases.append({"start": float(start), "rate_bps": bits(rate),
                           "delay": delay, "loss_percent": float(loss)})
    for phase, following in zip(phases, phases[1:]):
        phase["end"] = following["start"]
    return phases


def goodput(iperf):
    """[(seconds since the flows began, bit/s)] at the server."""
    server = iperf.get("server_output_json")
    if not server:
        raise Failure(f"iperf3: {iperf.get('error', 'no output of the server')}")
    return [(i["sum"]["end"], i["sum"]["bits_per_second"])
            for i in server["intervals"]]


def queue_delay(samples, phases):
    """[(time, seconds)]: backlog of the tbf over the rate of its phase."""
    points = []
    for sample in samples:
        rate = [p for p in phases if p["start"] <= sample["t"]]
        backlog = [q["backlog"] for q in sample["qdiscs"] if q["kind"] == "tbf"]
        if rate and backlog:
            points.append((sample["t"], backlog[0] * 8 / rate[-1]["rate_bps"]))
    return points


def load_run(directory, name):
    base = os.path.join(directory, "guest", name)
    iperf = load_json(base + ".iperf")
    phases = load_phases(base + ".phases")
    began = iperf["start"]["timestamp"]["timesecs"]
    # iperf3 tells whole seconds; the phases' clock is finer and starts before.
    began = max(began, phases[0]["start"])
    phases[-1]["end"] = began + iperf["start"]["test_start"]["duration"]
    return {
        "began": began, "phases": phases,
        "goodput": [(began + t, r) for t, r in goodput(iperf)],
        "queue": queue_delay(load_lines(base + ".queue"), phases),
        "retransmits": iperf["end"]["sum_sent"].get("retransmits", 0),
        "idle": float(open(base + ".idle", encoding="utf-8").read()),
    }


def summarise(run):
    rows = []
    for phase in run["phases"]:
        inside = [r for t, r in run["goodput"] if phase["start"] < t <= phase["end"]]
        delay = [q for t, q in run["queue"] if phase["start"] < t <= phase["end"]]
        if not inside or not delay:
            raise Failure("a phase without a sample: the run was cut short")
        delay.sort()
        rows.append({
            "goodput_mbps": round(statistics.mean(inside) / 1e6, 2),
            "utilisation": round(statistics.mean(inside) / phase["rate_bps"], 3),
            "queue_mean_ms": round(statistics.mean(delay) * 1e3, 2),
            "queue_p95_ms": round(delay[int(0.95 * (len(delay) - 1))] * 1e3, 2),
        })
    return {"phases": rows, "retransmits": run["retransmits"],
            "guest_idle_share": run["idle"]}


def counters(directory):
    def of(path):
        apps = load_json(os.path.join(directory, "guest", path))
        return next(a for a in apps if a["name"] == "cc")

    before, after = of("before.json"), of("after.json")
    delta = {key: after[key] - before[key]
             for key in ("inferences", "clamped", "failed", "fallbacks", "reported", "dropped")}
    delta["clamped_share"] = round(delta["clamped"] / max(delta["inferences"], 1), 4)
    return delta


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
    plots.append("NaN with lines lw 1.5 lc rgb '#c00000' title 'swap'")
    script.append("plot " + ", ".join(plots))
    for name, _ in RUNS:
        run = runs[name]
        script += [f"{t - run['began']:.2f} {r / 1e6:.3f}" for t, r in run["goodput"]]
        script.append("e")
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


def load_updates(path):
    """The decisions log: what was activated, with the numbers of its round."""
    gates, updates, verdicts = {}, [], {}
    for line in load_lines(path):
        kind = line.get("type")
        if kind == "gate":
            gates[line["round"]] = line
        elif kind == "update" and "activate_s" in line:
            updates.append(line)
        elif kind == "watch":
            verdicts[line["snapshot"]] = line["result"]
    return [{
        "time_s": u["time"], "snapshot": u["snapshot"], "path": u["path"],
        "stability": gates[u["round"]]["stability"],
        "fidelity_loss": gates[u["round"]]["fidelity_min"],
        "threshold": gates[u["round"]]["threshold"],
        "verdict": verdicts.get(u["snapshot"], "not judged before the end"),
        "times_ms": {step: round(u[step + "_s"] * 1e3, 3)
                     for step in ("tune", "quantise", "build", "load", "verify", "activate")},
    } for u in updates]


def write(path, text):
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as f:
        f.write(text)
    os.rename(temporary, path)


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
