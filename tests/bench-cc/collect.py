# SPDX-License-Identifier: GPL-2.0
"""What guest.sh left of one scheme in one case, as figures.

Goodput is what the servers' iperf3 received; queueing delay is the backlog of
the bottleneck's queue over its rate at that time, sampled every 5 ms. The first
SKIP_S seconds of the flows are left out of both but for goodput_total_bps. A
guest that was less than LEAST_IDLE idle is limited by its CPU and says nothing
about the network: void, but where the CPU is what is measured.
"""

import math
import os
import statistics

from tables import COST_PARTS, bits, connections, decode_flow, repeats

from grid import Failure
from readings import LEAST_IDLE, counters, percentile, read, read_json

SKIP_S = 3.0
SAMPLE_US = 5000
BIN_S = 0.5  # of the series; as long as the servers' intervals
FINE_S = 0.05  # of the queue's series where its swing is looked at


def read_iperf(path):
    """A flow that didn't end as it should is no result."""
    result = read_json(path)
    if "error" in result:
        raise Failure(f"{path}: iperf3: {result['error']}")
    return result


def read_queue(path, connected):
    """[(seconds since data flowed, backlog bytes, sent bytes, drops)]"""
    samples = [tuple(map(int, line.split())) for line in read(path).splitlines()]
    # Handshakes and control connections come first: a few hundred bytes for each connection.
    begun = [s[0] for s in samples if s[2] - samples[0][2] > 2000 * (connected + 1)]
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


def intervals(server, seconds, number=None):
    """[(begin, end, bytes)] of what a server received while the flow lasted; number: of one connection."""
    found = []
    for interval in server["intervals"]:
        s = interval["sum"] if number is None else interval["streams"][number]
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


def flow(directory, number, count, seconds):
    """Of count connections that one client has."""
    server = read_iperf(os.path.join(directory, f"server.{number}.json"))
    client = read_iperf(os.path.join(directory, f"client.{number}.json"))
    received = intervals(server, seconds)
    each = [goodput(intervals(server, seconds, i), SKIP_S, seconds) for i in range(count)] if count > 1 else None
    return {
        "cc": client["end"]["sender_tcp_congestion"],
        "goodput_bps": goodput(received, SKIP_S, seconds),
        "goodput_total_bps": goodput(received, 0, seconds),
        "retransmits": client["end"]["sum_sent"]["retransmits"],
    } | ({"connections_bps": each} if each else {}), received


def softirqs(path):
    """{kind: nanoseconds}"""
    return {line.split()[0].lower(): int(line.split()[2]) for line in read(path).splitlines()}


def cost(directory, cpus):
    """What the CPUs were busy with, all of them and sender, router and receiver together."""
    def of(name):
        softirq = softirqs(os.path.join(directory, f"{name}.softirq"))
        return softirq, tuple(map(int, read(os.path.join(directory, f"{name}.cost")).split()))

    (softirq0, (time0, idle0, bytes0)), (softirq1, (time1, idle1, bytes1)) = of("before"), of("after")
    if bytes1 <= bytes0:
        raise Failure(f"{directory}: nothing was received")
    elapsed = 1000 * (time1 - time0) * cpus
    kinds = {kind: ns - softirq0.get(kind, 0) for kind, ns in softirq1.items()}
    megabytes = (bytes1 - bytes0) / 1e6
    return {
        "received_mb": round(megabytes, 3),
        "busy_share": round(1 - (idle1 - idle0) / elapsed, 4),
        "busy_ms_per_mb": round((elapsed - idle1 + idle0) / 1e6 / megabytes, 4),
        "softirq_ns": sum(kinds.values()),
        "softirq_share": round(sum(kinds.values()) / elapsed, 4),
        "softirq_ms_per_mb": round(sum(kinds.values()) / 1e6 / megabytes, 4),
        "softirq_kinds_ns": kinds,
    }


def bins(points, seconds, width=BIN_S):
    """Means of (time, value) over so many seconds each, from 0 on."""
    sums = [[0, 0] for _ in range(round(seconds / width))]
    for time, value in points:
        i = int(time / width)
        if time >= 0 and i < len(sums):
            sums[i][0] += value
            sums[i][1] += 1
    return [round(total / count, 3) if count else 0 for total, count in sums]


def check_congestion_control(case, scheme, flows):
    """iperf3 says which one a socket ended with; ours is named by its Reno as well."""
    for wanted, got in zip(case["flows"], flows):
        wanted = decode_flow(wanted)[0]
        wanted = scheme["cc"] if wanted == "@" else wanted
        if got["cc"] != wanted:
            raise Failure(f"{case['name']}, {scheme['name']}: a flow ran {got['cc']}")


def median(runs):
    """Of figures of one shape, each by itself."""
    first = runs[0]
    if isinstance(first, dict):
        return {key: median([run[key] for run in runs]) for key in first if all(key in run for run in runs)}
    if isinstance(first, list):
        return [median(list(of)) for of in zip(*runs)]
    if isinstance(first, bool):
        return any(runs)
    return first if isinstance(first, str) else statistics.median(runs)


def collect(directory, case, scheme):
    """(figures, series) of one scheme; directory: what guest.sh left of it. Of repeats the medians."""
    runs = [collect_run(os.path.join(directory, str(i + 1)), case, scheme) for i in range(repeats(case))]
    if len(runs) == 1:
        return runs[0]
    figures = [run for run, _ in runs]
    return median(figures) | {"repeats_bps": [run["goodput_bps"] for run in figures]}, runs[0][1]


def collect_run(directory, case, scheme):
    seconds = case["seconds"]
    begin_us, samples = read_queue(os.path.join(directory, "queue"), connections(case))
    steps = read_steps(os.path.join(directory, "steps"), begin_us)
    if len(steps) != len(case["steps"]):
        raise Failure(f"{directory}: {len(steps)} of {len(case['steps'])} steps were made")
    points = delays(samples, rates(case, steps))
    steady = [delay for time, delay in points if SKIP_S <= time < seconds]
    if not steady:
        raise Failure(f"{directory}: no sample of the queue")
    pairs = [flow(directory, number, decode_flow(of)[1], seconds)
             for number, of in enumerate(case["flows"])]
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
        "cpu_limited": idle < LEAST_IDLE,
        "void": idle < LEAST_IDLE and case["part"] not in COST_PARTS,
        "gso_max_segs": int(read(os.path.join(directory, "gso"))),
    }
    counted = counters(directory, scheme["app"])
    if counted:
        run["counters"] = counted
    if case["part"] in COST_PARTS:
        run["cost"] = cost(directory, int(read(os.path.join(directory, "../../cpus"))))
    received = [r for _, r in pairs]
    return run, {
        "steps": [(round(at, 3), option, value) for at, option, value in steps],
        "goodput_bps": [[goodput(r, i * BIN_S, (i + 1) * BIN_S)
                         for i in range(round(seconds / BIN_S))] for r in received],
        "queue_ms": bins(points, seconds),
        "queue_fine_ms": bins(points, seconds, FINE_S),
        "received": received,
        "delays": points,
    }


def settings(directory):
    """What a guest ran on."""
    scheme = next(entry.path for entry in sorted(os.scandir(directory), key=lambda e: e.name)
                  if entry.is_dir())
    rmem, wmem = read(os.path.join(scheme, "1", "memory")).splitlines()
    return {"kernel": read(os.path.join(directory, "kernel")).strip(),
            "cpus": int(read(os.path.join(directory, "cpus"))),
            "tcp_rmem": rmem.split(), "tcp_wmem": wmem.split()}


def describe(case):
    """A case as the results have it."""
    steps = [{"second": at, option: value} | ({"udp_bps": bits(value)} if option == "udp" else {})
             for at, option, value in case["steps"]]
    return {"name": case["name"], "rate_bps": case["rate_bps"], "rtt_ms": case["rtt_us"] / 1000,
            "buffer_bdp": case["buffer"], "buffer_bytes": case["limit_bytes"],
            "loss_percent": case["loss"], "gso": case["gso"] == "on",
            "ecn_bytes": 0 if case["ecn"] == "-" else int(case["ecn"]),
            "seconds": case["seconds"], "flows": case["flows"], "steps": steps}
