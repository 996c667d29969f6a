# SPDX-License-Identifier: GPL-2.0
"""Aims, hit or missed, of runs that count.

Runs are {scheme: figures}. A void run (its guest had no CPU left) counts nowhere
and is named.
"""


def rounded(value, digits=4):
    return None if value is None else round(value, digits)


def counted(case, scheme):
    run = case["runs"].get(scheme)
    return run if run and not run["void"] else None


def voids(cases):
    return {c["name"]: {n: r["idle_share"] for n, r in c["runs"].items() if r["void"]}
            for c in cases if any(r["void"] for r in c["runs"].values())}


def aim(text, wanted, value, met, where=()):
    return {"aim": text, "wanted": wanted, "value": value, "met": met, "misses": list(where)}


def all_aims(summary):
    """[(scheme, aim)] of one part."""
    by_scheme = summary.get("aims") or {n: of["aims"] for n, of in summary.get("schemes", {}).items()}
    return [(scheme, a) for scheme, aims in by_scheme.items() for a in aims]
