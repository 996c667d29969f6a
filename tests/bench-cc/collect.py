# SPDX-License-Identifier: GPL-2.0
"""What guest.sh left of one scheme in one case, as figures.

Goodput is what the servers' iperf3 received; queueing delay is the backlog of
the bottleneck's queue over its rate at that time, sampled every 5 ms. The first
SKIP_S seconds of the flows are left out of both but for goodput_total_bps. A
guest that was less than LEAST_IDLE idle says nothing about the network: void.
"""

import json
import math
import os

from tables import Failure, bits

SKIP_S = 3.0
SAMPLE_US = 5000
LEAST_IDLE = 0.30
BIN_S = 0.5  # of the series; as long as the servers' intervals


def percentile(values, p):
    """Between ranks, as the other benchmarks have it."""
    if not values:
        raise ValueError("a percentile of nothing")
    values = sorted(values)
    rank = min(max(p, 0), 100) / 100 * (len(values) - 1)
    low = math.floor(rank)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (rank - low)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as e:
        raise Failure(f"{path}: {e.strerror}; remove its directory and run it again") from e


def read_json(path):
    try:
        return json.loads(read(path))
    except ValueError as e:
        raise Failure(f"{path}: {e}; the run was cut short: run it again with --force") from e


def read_iperf(path):
    """A flow that didn't end as it should is no result."""
    result = read_json(path)
    if "error" in result:
        raise Failure(f"{path}: iperf3: {result['error']}")
    return result


def read_queue(path, flows):
    """[(seconds since data flowed, backlog bytes, sent bytes, drops)]"""
    samples = [tuple(map(int, line.split())) for line in read(path).splitlines()]
    # Control connections come first: a few hundred bytes for each flow.
    begun = [s[0] for s in samples if s[2] - samples[0][2] > 2000 * (flows + 1)]
    if not begun:
        raise Failure(f"{path}: nothing went through the bottleneck")
    return begun[0], [((t - begun[0]) / 1e6, backlog, sent, drops)
                      for t, backlog, sent, drops in samples]


def read_steps(path, begin_us):
    """[(seconds, option, value)] as they really came."""
    if not os.path.exists(path):
        return []
    steps = []
    for line in read(path).splitlines():
        time, change = line.split()
        option, _, value = change.partition("=")
        steps.append(((int(time) - begin_us) / 1e6, option, value))
    return steps


def rates(case, steps):
    """[(seconds, bit/s of the bottleneck from then on)]"""
    return [(-math.inf, case["rate_bps"])] + [(at, bits(value)) for at, option, value in steps
                                              if option == "rate"]


def delays(samples, changes):
    """[(seconds, queueing delay in ms)]"""
    points, i = [], 0
    for time, backlog, *_ in samples:
        while i + 1 < len(changes) and changes[i + 1][0] <= time:
            i += 1
        points.append((time, backlog * 8e3 / changes[i][1]))
    return points


def intervals(server, seconds):
    """[(begin, end, bytes)] of what a server received while the flow lasted."""
    found = []
    for interval in server["intervals"]:
        s = interval["sum"]
        if s["end"] <= seconds + BIN_S / 2 and s["end"] - s["start"] > BIN_S / 2:
            found.append((s["start"], s["end"], s["bytes"]))
    if not found or found[-1][1] < seconds - 1.5 * BIN_S:
        raise Failure("a flow ended before its time")
    return found


def goodput(received, begin, end):
    """bit/s over the intervals that begin and end in between, give or take a tenth of one."""
    slack = BIN_S / 10
    inside = [i for i in received if i[0] >= begin - slack and i[1] <= end + slack]
    if not inside:
        return 0
    return round(8 * sum(i[2] for i in inside) / (inside[-1][1] - inside[0][0]))


def flow(directory, number, seconds):
    server = read_iperf(os.path.join(directory, f"server.{number}.json"))
    client = read_iperf(os.path.join(directory, f"client.{number}.json"))
    received = intervals(server, seconds)
    return {
        "cc": client["end"]["sender_tcp_congestion"],
        "goodput_bps": goodput(received, SKIP_S, seconds),
        "goodput_total_bps": goodput(received, 0, seconds),
        "retransmits": client["end"]["sum_sent"]["retransmits"],
    }, received


def counters(directory, app):
    """What the app counted meanwhile, and the share of decisions that it changed."""
    def of(name):
        return [a for a in read_json(os.path.join(directory, name)) if a["name"] == app]

    if app == "-":
        return None
    before, after = of("before.json"), of("after.json")
    if not before or not after:
        raise Failure(f"{directory}: no app {app}")
    delta = {key: after[0][key] - before[0][key]
             for key in ("inferences", "failed", "clamped", "fallbacks")}
    delta["changed_share"] = round(
        (delta["clamped"] + delta["fallbacks"]) / max(delta["inferences"], 1), 5)
    return delta


def bins(points, seconds):
    """Means of (time, value) over BIN_S each, from 0 on."""
    sums = [[0, 0] for _ in range(round(seconds / BIN_S))]
    for time, value in points:
        if 0 <= time < len(sums) * BIN_S:
            sums[int(time / BIN_S)][0] += value
            sums[int(time / BIN_S)][1] += 1
    return [round(total / count, 3) if count else 0 for total, count in sums]


def check_congestion_control(case, scheme, flows):
    """iperf3 says which one a socket ended with; ours is named by its Reno as well."""
    for wanted, got in zip(case["flows"], flows):
        wanted = wanted.partition("/")[0]
        wanted = scheme["cc"] if wanted == "@" else wanted
        if got["cc"] != wanted:
            raise Failure(f"{case['name']}, {scheme['name']}: a flow ran {got['cc']}")


def collect(directory, case, scheme):
    """The figures of one scheme; directory: what guest.sh left of it."""
    seconds = case["seconds"]
    begin_us, samples = read_queue(os.path.join(directory, "queue"), len(case["flows"]))
    steps = read_steps(os.path.join(directory, "steps"), begin_us)
    if len(steps) != len(case["steps"]):
        raise Failure(f"{directory}: {len(steps)} of {len(case['steps'])} steps were made")
    points = delays(samples, rates(case, steps))
    steady = [delay for time, delay in points if SKIP_S <= time < seconds]
    if not steady:
        raise Failure(f"{directory}: no sample of the queue")
    pairs = [flow(directory, number, seconds) for number in range(len(case["flows"]))]
    flows = [figures for figures, _ in pairs]
    check_congestion_control(case, scheme, flows)
    idle = float(read(os.path.join(directory, "idle")))
    run = {
        "flows": flows,
        "goodput_bps": sum(f["goodput_bps"] for f in flows),
        "goodput_total_bps": sum(f["goodput_total_bps"] for f in flows),
        "retransmits": sum(f["retransmits"] for f in flows),
        "queue_mean_ms": round(sum(steady) / len(steady), 3),
        "queue_p95_ms": round(percentile(steady, 95), 3),
        "queue_max_ms": round(max(delay for _, delay in points), 3),
        "queue_drops": samples[-1][3] - samples[0][3],
        "idle_share": idle,
        "void": idle < LEAST_IDLE,
        "gso_max_segs": int(read(os.path.join(directory, "gso"))),
    }
    counted = counters(directory, scheme["app"])
    if counted:
        run["counters"] = counted
    received = [r for _, r in pairs]
    return run, {
        "steps": [(round(at, 3), option, value) for at, option, value in steps],
        "goodput_bps": [[goodput(r, i * BIN_S, (i + 1) * BIN_S)
                         for i in range(round(seconds / BIN_S))] for r in received],
        "queue_ms": bins(points, seconds),
        "received": received,
        "delays": points,
    }


def settings(directory):
    """What a guest ran on."""
    scheme = next(entry.path for entry in sorted(os.scandir(directory), key=lambda e: e.name)
                  if entry.is_dir())
    rmem, wmem = read(os.path.join(scheme, "memory")).splitlines()
    return {"kernel": read(os.path.join(directory, "kernel")).strip(),
            "tcp_rmem": rmem.split(), "tcp_wmem": wmem.split()}


def describe(case):
    """A case as the results have it."""
    steps = [{"second": at, option: value} for at, option, value in case["steps"]]
    return {"name": case["name"], "rate_bps": case["rate_bps"], "rtt_ms": case["rtt_us"] / 1000,
            "buffer_bdp": case["buffer"], "buffer_bytes": case["limit_bytes"],
            "loss_percent": case["loss"], "gso": case["gso"] == "on",
            "ecn_bytes": 0 if case["ecn"] == "-" else int(case["ecn"]),
            "seconds": case["seconds"], "flows": case["flows"], "steps": steps}
