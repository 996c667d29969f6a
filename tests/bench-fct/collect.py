# SPDX-License-Identifier: GPL-2.0
"""What a guest left of one scheme in one case, as figures.

A flow is an exchange: from its beginning, connecting included if it is new, to
its last byte. It is counted by the bytes of the side that the scheme decides on:
the response, but for uploads. A guest that was less than LEAST_IDLE idle is
limited by its CPU and says nothing about the network: void.
"""

import json
import os

import tables

from grid import Failure
from readings import LEAST_IDLE, counters, percentile, read, read_json

CLASSES = {"short": (0, 10000), "middle": (10001, 100000), "long": (100001, None), "all": (0, None)}  # bytes
QUANTILES = (0, 1, 2, 5, *range(10, 100, 5), 98, 99, 99.9, 100)  # percent
LEAST_BIN = 100000  # bytes that a leaf sent in a bin of 100 ms: imbalance of less is chance
LEAVES, UPLINKS = 2, 4


def in_class(size, name):
    least, most = CLASSES[name]
    return size >= least and (most is None or size <= most)


def size_of(kind, request, response):
    return request if kind == "up" else response


def read_flows(path):
    """[(key, size, us)] in an order that is the same under all schemes.

    A flow is known by its kind and sizes, and among alike ones by the order of
    their beginnings: under another scheme it is the same exchange of the script.
    """
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        cells = line.split()
        try:
            kind, (request, response, start, us) = cells[0], map(int, cells[1:])
        except (ValueError, IndexError) as e:
            raise Failure(f"{path}:{number}: no flow of lf-play: {line}") from e
        found.append((kind, request, response, start, us))
    if not found:
        raise Failure(f"{path}: no flow")
    return [((kind, request, response), size_of(kind, request, response), us)
            for kind, request, response, _, us in sorted(found)]


def times_by_class(flows):
    """{class: [us]}"""
    return {name: [us for _, size, us in flows if in_class(size, name)] for name in CLASSES}


def completion(times):
    """Of flows, us; None without any."""
    if not times:
        return None
    return {"flows": len(times), "mean_us": round(sum(times) / len(times), 1),
            "median_us": round(percentile(times, 50), 1), "p99_us": round(percentile(times, 99), 1)}


def quantiles(times):
    return [[p, round(percentile(times, p))] for p in QUANTILES]


def read_records(directory):
    """Of all batches; of the servers' namespace alone, if the guest says which that is."""
    path, netns = os.path.join(directory, "records"), os.path.join(directory, "netns")
    if not os.path.exists(path):
        return []
    wanted = int(read(netns)) if os.path.exists(netns) else None
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        try:
            found += json.loads(line).get("records", [])
        except ValueError as e:
            raise Failure(f"{path}:{number}: {e}; the run was cut short: run it again with --force") from e
    return [r for r in found if wanted in (None, r["netns"])]


def share(records, flag):
    return round(sum(flag in r["flags"] for r in records) / max(len(records), 1), 5)


def decisions(records, part):
    """How long they were waited for, and what became of them."""
    decided = [r["waited_us"] for r in records if "decided" in r["flags"]]
    figures = {"flows": len(records), "decided": len(decided), "fallback_share": share(records, "fallback")}
    if decided:
        figures |= {"waited_median_us": round(percentile(decided, 50), 1),
                    "waited_p99_us": round(percentile(decided, 99), 1)}
    if part == "lb":
        for flag in ("explored", "moved"):
            figures[f"{flag}_share"] = share(records, flag)
    return figures


def busy_share(directory, cpus):
    before, after = (tuple(map(int, line.split())) for line in read(os.path.join(directory, "cost")).splitlines())
    if after[0] <= before[0]:
        raise Failure(f"{directory}: no time went by")
    return round(1 - (after[1] - before[1]) / (1000 * (after[0] - before[0]) * cpus), 4)


def queue(directory):
    """What went through the bottleneck, and what it dropped."""
    found = read_json(os.path.join(directory, "queue"))
    root = [q for q in found if q.get("root") or q.get("kind") == "tbf"]
    if not root:
        raise Failure(f"{directory}: no tbf in its queue")
    return {"sent_bytes": root[0]["bytes"], "dropped_packets": root[0]["drops"]}


def imbalance(path):
    """Mean over bins of the most that one of a leaf's uplinks carried over the mean of all four."""
    lines = [line.split() for line in read(path).splitlines() if not line.startswith("#")]
    samples = [list(map(int, line)) for line in lines]
    ratios = []
    for before, after in zip(samples, samples[1:]):
        sent = [a - b for a, b in zip(after[1:], before[1:])]
        for leaf in range(LEAVES):
            of = sent[leaf * UPLINKS:(leaf + 1) * UPLINKS]
            if len(of) < UPLINKS:
                raise Failure(f"{path}: {len(sent)} links, not {LEAVES * UPLINKS}")
            if sum(of) >= LEAST_BIN:
                ratios.append(max(of) * UPLINKS / sum(of))
    return round(sum(ratios) / len(ratios), 4) if ratios else None


def segments(path):
    """Shares of the segments that all hosts sent."""
    of = {name: int(value) for name, value in map(str.split, read(path).splitlines())}
    sent = max(of.get("TcpOutSegs", 0), 1)
    return {"sent_segments": of.get("TcpOutSegs", 0),
            "retransmitted_segments": of.get("TcpRetransSegs", 0),
            "out_of_order_segments": of.get("TcpExtTCPOFOQueue", 0),
            "timeouts": of.get("TcpExtTCPTimeouts", 0),
            "retransmitted_share": round(of.get("TcpRetransSegs", 0) / sent, 6),
            "out_of_order_share": round(of.get("TcpExtTCPOFOQueue", 0) / sent, 6)}


def app_of(case, scheme):
    """Whose counters tell of the scheme."""
    if not tables.in_module(scheme):
        return "-"
    return "lb_user" if (case["part"], scheme["role"]) == ("lb", "user") else case["part"]


def collect(directory, case, scheme):
    """(figures, flows) of one scheme; directory: what its guest left of it."""
    flows = read_flows(os.path.join(directory, "flows"))
    times = times_by_class(flows)
    idle = float(read(os.path.join(directory, "idle")))
    run = {
        "completion": {name: completion(of) for name, of in times.items()},
        "quantiles_us": quantiles(times["all"]),
        "idle_share": idle,
        "busy_share": busy_share(directory, int(read(os.path.join(directory, "../cpus")))),
        "void": idle < LEAST_IDLE,
    }
    counted = counters(directory, app_of(case, scheme))
    if counted:
        run["counters"] = counted
    if scheme["snapshot"] != "-":
        run["decisions"] = decisions(read_records(directory), case["part"])
    if case["part"] == "sched":
        run["queue"] = queue(directory)
    else:
        run |= {"imbalance": imbalance(os.path.join(directory, "links")),
                "segments": segments(os.path.join(directory, "nstat"))}
    return run, flows


def settings(directory):
    """What a guest ran on."""
    return {"kernel": read(os.path.join(directory, "kernel")).strip(),
            "cpus": int(read(os.path.join(directory, "cpus")))}


def describe(case):
    """A case as the results have it."""
    return {"name": case["name"], "what": case["what"], "load": case["load"], "least_flows": case["flows"],
            "seed": case["seed"]} | case["extra"]
