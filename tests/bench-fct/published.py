# SPDX-License-Identifier: GPL-2.0
"""What LiteFlow's authors published, beside what was measured here.

Theirs: a testbed of hosts and switches. Ours: one emulated CPU for all of them, at
20 and 100 Mbit/s: no absolute figure can be compared, shares and directions can.
"""

import summary

PUBLISHED = {"sched": {"short": "10.9 %", "long": "33.7 %"}, "lb": {"short": "34.3 %", "long": "56.7 %"}}
TITLES = {"sched": "flow scheduling", "lb": "load balancing"}


def span(saved):
    if saved is None:
        return "-"
    low, high = (f"{100 * share:.1f} %" for share in saved)
    return low if low == high else f"{low} to {high}"


def rows(results):
    """[(what, published, measured)]"""
    found = []
    for part, result in results.items():
        parameters = result["parameters"]
        for of, published in PUBLISHED[part].items():
            measured = [f"{case['name']} {span(saved)}" for case in result["figures"]["cases"]
                        for scheme in parameters["judged"]
                        if (saved := summary.of_processes(case, scheme, parameters["processes"], of))]
            if measured:
                found.append((f"{TITLES[part]}, {of} flows: mean completion time saved against processes",
                              published, "; ".join(measured)))
    return found
