# SPDX-License-Identifier: GPL-2.0
"""What LiteFlow's authors published, beside what was measured here.

Their testbed: two hosts, about 1 Gbit/s, processes by CCP. Ours: one emulated
CPU for sender, router and receiver, 100 Mbit/s, which no absolute figure can be
compared with: shares and directions can.
"""

from aims import counted
from deployments import KERNEL, MANY

INTERVALS_MS = (100, 10, 1)


def percent(share):
    return "-" if share is None else f"{100 * share:.1f} %"


def number(count):
    return "-" if count is None else str(count)


def many(result):
    """The case with many connections."""
    return next((case for case in result["figures"]["cases"]
                 if any(run["connections"] == MANY for run in case["runs"].values())), None)


def by_interval(case, value, *before, text=percent):
    """Of the network in a process behind netlink; before: schemes that stand first."""
    names = [*before, *(f"netlink_{ms}" for ms in INTERVALS_MS)]
    return " / ".join(text(value(case, counted(case, name))) for name in names)


def paths(result):
    for scheme, of in result["figures"]["summary"]["schemes"].items():
        if scheme not in result["parameters"]["judged"]:
            continue
        bbr, cubic = of["against"].get("bbr"), of["against"].get("cubic")
        if bbr:
            yield (f"{scheme}: goodput against BBR's", "-5 % at worst",
                   f"{100 * bbr['all']['ratio'] - 100:+.1f} % on average (geometric), "
                   f"{100 * bbr['worst']['ratio'] - 100:+.1f} % at worst")
        if cubic:
            yield (f"{scheme}: goodput against CUBIC's", "+17.5 %", ", ".join(
                f"{100 * cubic[kind]['ratio'] - 100:+.1f} % ({text})"
                for kind, text in (("lossless", "lossless"), ("lossy_or_shallow", "lossy or shallow"))
                if kind in cubic))


def case1(result):
    for case in result["figures"]["cases"]:
        yield ("case 1, a flow beside UDP, asked every 100 / 10 / 1 ms: goodput, share of the link",
               "about 59 / 62 / 67 % (585 / 621 / 670 Mbit/s)",
               by_interval(case, lambda c, run: run["goodput_bps"] / c["rate_bps"] if run else None))


def case2(result):
    case = many(result)
    if not case:
        return
    yield (f"{result['name'][3:]}, {MANY} flows, asked every 100 / 10 / 1 ms: "
           "goodput lost against the network in the kernel", "26.2 / 44.4 / 65.7 %",
           by_interval(case, lambda c, run: 1 - run["goodput_of_kernel"]
                       if run and "goodput_of_kernel" in run else None))
    yield (f"{result['name'][3:]}, {MANY} flows, in the kernel, then asked every 100 / 10 / 1 ms: "
           "softirq's share of the CPU", "12.6 / 20.6 / 49.5 / 72.3 %",
           by_interval(case, lambda c, run: run["cost"]["softirq_share"] if run else None, KERNEL))
    yield (f"{result['name'][3:]}, {MANY} flows: questions of all flows, asked every 100 / 10 / 1 ms", "-",
           by_interval(case, lambda c, run: run["counters"]["asked"] if run else None, text=number))


PARTS = {"matrix": paths, "case1": case1, "case2": case2, "case2-real": case2}


def rows(results):
    """[(what, published, measured)]"""
    return [row for part, result in results.items() if part in PARTS for row in PARTS[part](result)]
