# SPDX-License-Identifier: GPL-2.0
"""Where the network runs, and what that costs: the figures of case 1 and case 2.

In case 1 one flow has a path to itself but for traffic that changes and heeds
nothing. In case 2 the CPU is what is measured: a guest without idle time is a
result there.
"""

import statistics

from aims import aim, counted, rounded, voids
from summary import jain

KERNEL, BASE = "liteflow", "cubic"  # the same network in the kernel; who has none at all
MANY = 64  # connections: what the aim and the published figures are about


def background(case, begin):
    """bit/s of the traffic beside the flow, on average from second begin on."""
    steps = [(step["second"], step["udp_bps"]) for step in case["steps"] if "udp_bps" in step]
    total = 0
    for (at, bps), (end, _) in zip(steps, steps[1:] + [(case["seconds"], 0)]):
        total += bps * max(end - max(at, begin), 0)
    return round(total / (case["seconds"] - begin))


def deviation(series, bin_s, begin):
    """Standard deviation of the bins from second begin on."""
    return round(statistics.pstdev(series[round(begin / bin_s):]))


def against(case, scheme, other, value):
    """Ratio of a figure to that of another scheme, or None."""
    a, b = counted(case, scheme), counted(case, other)
    return rounded(value(a) / value(b)) if a and b and scheme != other and value(b) else None


def goodput(run):
    return run["goodput_bps"]


def busy(run):
    return run["cost"]["busy_ms_per_mb"]


def case2_run(case, name, kernel=KERNEL):
    """What case 2 adds to a run's figures; kernel: the scheme with the same network in the kernel."""
    run = case["runs"][name]
    each = [bps for flow in run["flows"] for bps in flow.get("connections_bps", [flow["goodput_bps"]])]
    added = {"connections": len(each), "jain": rounded(jain(each)),
             "goodput_of_kernel": against(case, name, kernel, goodput),
             "busy_of_kernel": against(case, name, kernel, busy),
             "goodput_of_cubic": against(case, name, BASE, goodput),
             "busy_of_cubic": against(case, name, BASE, busy)}
    return {key: value for key, value in added.items() if value is not None}


def case2_aims(cases, judged, prompt):
    """With many connections, of the networks in the kernel; with one, of the processes as a baseline."""
    found = {scheme: [] for scheme in [*judged, *prompt]}
    for case in cases:
        for scheme in judged:
            run = case["runs"].get(scheme)
            if run and run["connections"] == MANY and "goodput_of_cubic" in run:
                found[scheme].append(aim(f"{case['name']}: goodput over CUBIC's", ">= 0.95",
                                         run["goodput_of_cubic"], run["goodput_of_cubic"] >= 0.95))
        for scheme in prompt:
            run = case["runs"].get(scheme)
            if run and run["connections"] == 1 and "goodput_of_kernel" in run:
                found[scheme].append(aim(f"{case['name']}: goodput over the kernel's", ">= 0.95",
                                         run["goodput_of_kernel"], run["goodput_of_kernel"] >= 0.95))
    return found


def case2(cases, judged, prompt):
    return {"void": voids(cases), "aims": case2_aims(cases, judged, prompt)}
