# SPDX-License-Identifier: GPL-2.0
"""What trial.sh measured, read and summarised by phase.

Goodput is what the server's iperf3 received; queueing delay is the backlog of
the bottleneck's queue over its rate, sampled five times a second. Seconds in
which the path changes belong to the phase that they end in.
"""

import json
import os
import statistics

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


def turns_of(line):
    """What taking turns with the snapshot before came to: rewards, and when it ended."""
    if line is None or line["basis"] == "too_few":
        return None
    return {key: line[key] for key in ("difference", "lower", "upper", "allowed")} | {"ended_s": line["time"]}


def verdict_of(trials, number):
    turns, watch = (trials.get((number, kind)) for kind in ("turns", "watch"))
    last = watch or turns
    if last is None or last["result"] == "promoted":
        return "not judged before the end"
    return last["result"]


def load_updates(path):
    """The decisions log: what was activated, with the numbers of its round."""
    gates, updates, trials = {}, [], {}
    for line in load_lines(path):
        kind = line.get("type")
        if kind == "gate":
            gates[line["round"]] = line
        elif kind == "update" and "activate_s" in line:
            updates.append(line)
        elif kind in ("turns", "watch"):
            trials[line["round"], kind] = line
    return [{
        "time_s": u["time"], "snapshot": u["snapshot"], "path": u["path"],
        "stability": gates[u["round"]]["stability"],
        "fidelity_loss": gates[u["round"]]["fidelity_min"],
        "threshold": gates[u["round"]]["threshold"],
        "turns": turns_of(trials.get((u["round"], "turns"))),
        "verdict": verdict_of(trials, u["round"]),
        "times_ms": {step: round(u[step + "_s"] * 1e3, 3)
                     for step in ("tune", "quantise", "build", "load", "verify", "activate")},
    } for u in updates]


def write(path, text):
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as f:
        f.write(text)
    os.rename(temporary, path)
