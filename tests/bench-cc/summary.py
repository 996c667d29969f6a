# SPDX-License-Identifier: GPL-2.0
"""What the figures of all runs come to: ratios, aims, fairness, steps.

Runs are {scheme: figures}, as collect.py makes them. A void run (its guest had
no CPU left) counts nowhere and is named.
"""

import math

from aims import aim, counted, rounded, voids

MTU, PAYLOAD, FRAME = 1500, 1448, 1514  # bytes: of TCP with timestamps, of it on Ethernet
LATE_S = 20  # fairness: seconds at the start that are left out
WINDOW = 2  # dynamics: a goodput counts as reached over so many bins
REACH = 0.9  # of the best scheme's


def geometric_mean(values):
    if not values or min(values) <= 0:
        return 0.0
    return math.exp(sum(map(math.log, values)) / len(values))


def jain(values):
    """1 when all are equal, 1/n when one has all."""
    squares = len(values) * sum(v * v for v in values)
    return sum(values) ** 2 / squares if squares else 0.0


def capacity(case):
    """Most goodput that the bottleneck can carry, bit/s."""
    return case["rate_bps"] * PAYLOAD / FRAME


def hard(case):
    """Lossy, or with a shallow buffer."""
    return case["loss_percent"] > 0 or case["buffer_bdp"] < 1


def ratio(case, scheme, base, figure="goodput_bps"):
    """Of one scheme's figure to another's, or None where there is none."""
    a, b = counted(case, scheme), counted(case, base)
    return a[figure] / b[figure] if a and b and b[figure] else None


def best(case):
    """The scheme that uses a path best, and its share of what the path carries."""
    runs = {name: run for name, run in case["runs"].items() if not run["void"]}
    if not runs:
        return None
    name = max(runs, key=lambda n: runs[n]["goodput_bps"])
    return {"scheme": name, "share": round(runs[name]["goodput_bps"] / capacity(case), 4)}


def ratios(cases, scheme, base):
    """{case: ratio of goodput}"""
    found = {case["name"]: ratio(case, scheme, base) for case in cases}
    return {name: r for name, r in found.items() if r is not None}


def compare(cases, scheme, base):
    """One scheme against another over all paths."""
    by_case = ratios(cases, scheme, base)
    if not by_case:
        return None
    worst = min(by_case, key=by_case.get)
    slower = [(case["name"], counted(case, scheme)["queue_p95_ms"], counted(case, base)["queue_p95_ms"])
              for case in cases if case["name"] in by_case]
    slower = [s for s in slower if s[1] > s[2]]

    def mean_of(kind):
        chosen = [by_case[c["name"]] for c in cases if c["name"] in by_case and kind(c)]
        return {"paths": len(chosen), "ratio": rounded(geometric_mean(chosen))} if chosen else None

    result = {
        "paths": len(by_case),
        "share_95": rounded(sum(r >= 0.95 for r in by_case.values()) / len(by_case)),
        "below_95": {n: rounded(r) for n, r in by_case.items() if r < 0.95},
        "worst": {"case": worst, "ratio": rounded(by_case[worst])},
        "all": mean_of(lambda c: True),
        "lossless": mean_of(lambda c: not hard(c)),
        "lossy_or_shallow": mean_of(hard),
        "longer_queue": [{"case": n, "p95_ms": a, "against_ms": b} for n, a, b in slower],
    }
    return {name: value for name, value in result.items() if value is not None}


def changed(cases, scheme):
    """Decisions that clamps and fallbacks changed, over all paths and at worst."""
    runs = [(c["name"], counted(c, scheme)["counters"]) for c in cases
            if counted(c, scheme) and "counters" in counted(c, scheme)]
    inferences = sum(c["inferences"] for _, c in runs)
    if not inferences:
        return None
    worst = max(runs, key=lambda r: r[1]["changed_share"])
    return {
        "inferences": inferences,
        "clamped": sum(c["clamped"] for _, c in runs),
        "fallbacks": sum(c["fallbacks"] for _, c in runs),
        "failed": sum(c["failed"] for _, c in runs),
        "share": rounded(sum(c["clamped"] + c["fallbacks"] for _, c in runs) / inferences, 5),
        "worst": {"case": worst[0], "share": worst[1]["changed_share"]},
        "fell_back": [name for name, c in runs if c["fallbacks"]],
    }


def unusable(cases, least=0.95):
    """Lossless paths that no scheme fills: what is wrong may be the path."""
    return {c["name"]: c["best"]["share"] for c in cases
            if c.get("best") and not c["loss_percent"] and c["best"]["share"] < least}


def matrix_aims(comparisons, changes):
    """The aims of one judged scheme, as far as their figures are there."""
    found = []
    bbr, cubic = comparisons.get("bbr"), comparisons.get("cubic")
    if bbr:
        found.append(aim("paths with at least 95 % of BBR's goodput", ">= 0.9", bbr["share_95"],
                         bbr["share_95"] >= 0.9,
                         [f"{n} {r:.3f}" for n, r in bbr["below_95"].items()]))
        found.append(aim("least ratio to BBR's goodput", ">= 0.85", bbr["worst"]["ratio"],
                         bbr["worst"]["ratio"] >= 0.85,
                         [f"{n} {r:.3f}" for n, r in bbr["below_95"].items() if r < 0.85]))
        found.append(aim("paths with a longer 95th-percentile queue than BBR's", "0",
                         len(bbr["longer_queue"]), not bbr["longer_queue"],
                         [f"{q['case']} {q['p95_ms']:.1f} against {q['against_ms']:.1f} ms"
                          for q in bbr["longer_queue"]]))
    for kind, text, least in (("lossless", "lossless", 1.0),
                              ("lossy_or_shallow", "lossy or shallow", 1.175)):
        if cubic and kind in cubic:
            value = cubic[kind]["ratio"]
            found.append(aim(f"geometric mean of the ratio to CUBIC's goodput, {text}", f">= {least}",
                             value, value >= least))
    if changes:
        found.append(aim("decisions that clamps and fallbacks changed", "<= 0.05", changes["share"],
                         changes["share"] <= 0.05,
                         [f"{changes['worst']['case']} {changes['worst']['share']:.3f}"]
                         if changes["share"] > 0.05 else ()))
    return found


def matrix(cases, roles):
    """roles: {role: schemes}. Aims are asked of those judged, which also stand beside the ablations."""
    summary = {"schemes": {}, "unusable": unusable(cases), "void": voids(cases)}
    for role in ("judged", "shown", "ablation", "user"):
        for scheme in roles[role]:
            bases = ("bbr", "cubic", *(roles["ablation"] if role == "judged" else ()))
            comparisons = {base: compare(cases, scheme, base) for base in bases}
            comparisons = {base: c for base, c in comparisons.items() if c}
            changes = changed(cases, scheme)
            summary["schemes"][scheme] = {
                "against": comparisons,
                "aims": matrix_aims(comparisons, changes) if role == "judged" else []}
            if changes:
                summary["schemes"][scheme]["decisions"] = changes
    return summary


def fairness_case(flows, goodputs, extra_us):
    """flows: as the case names them; goodputs: bit/s of each, late enough."""
    total = sum(goodputs)
    figures = {"jain": rounded(jain(goodputs)), "late_goodput_bps": goodputs}
    others = [g for f, g in zip(flows, goodputs) if not f.startswith("@")]
    if others and total:
        # 1: it has what an equal share would give it.
        figures["others_of_fair_share"] = rounded(sum(others) / len(others) * len(flows) / total)
    if any(extra_us):
        near = [g for g, e in zip(goodputs, extra_us) if not e]
        far = [g for g, e in zip(goodputs, extra_us) if e]
        figures["far_over_near"] = rounded(sum(far) / len(far) / max(sum(near) / len(near), 1))
    return figures


def aims_by_scheme(cases, judged, aims_of):
    """{scheme: aims}; aims_of(case, scheme, run) lists those of one run that counts."""
    return {scheme: [found for case in cases if (run := counted(case, scheme))
                     for found in aims_of(case, scheme, run)] for scheme in judged}


def fairness_of(case, _scheme, run):
    if "others_of_fair_share" in run:
        value = run["others_of_fair_share"]
        return [aim(f"{case['name']}: of its fair share the other one keeps", ">= 0.3", value, value >= 0.3)]
    if "far_over_near" in run:
        return []
    return [aim(f"{case['name']}: Jain's index", ">= 0.9 (0.95 wanted)", run["jain"], run["jain"] >= 0.9)]


def fairness_aims(cases, judged):
    return aims_by_scheme(cases, judged, fairness_of)


def phases(steps, seconds):
    """[(begin, end)] between the steps."""
    edges = [0.0] + [at for at, *_ in steps] + [float(seconds)]
    return list(zip(edges, edges[1:]))


def mean_between(series, bin_s, begin, end):
    """Of the bins that lie wholly in between."""
    inside = series[math.ceil(begin / bin_s - 1e-9):math.floor(end / bin_s + 1e-9)]
    return sum(inside) / len(inside) if inside else 0.0


def time_to_reach(series, bin_s, begin, end, level):
    """Seconds from begin until WINDOW bins in a row hold the level on average, or None."""
    first, last = math.ceil(begin / bin_s - 1e-9), math.floor(end / bin_s + 1e-9)
    for i in range(first, last - WINDOW + 1):
        if sum(series[i:i + WINDOW]) / WINDOW >= level:
            return max((i + WINDOW) * bin_s - begin, 0.0)
    return None


def dynamics_case(runs, bin_s, seconds):
    """runs: {scheme: (steps, goodput series, queue percentile by (begin, end))}, none void.

    {scheme: [phase]}: goodput over the whole phase, 95th-percentile queue, and
    how long it took to REACH of what the best scheme has in its second half.
    """
    found = {scheme: [] for scheme in runs}
    count = min((len(phases(steps, seconds)) for steps, _, _ in runs.values()), default=0)
    for i in range(count):
        settled = {}
        for scheme, (steps, series, _) in runs.items():
            begin, end = phases(steps, seconds)[i]
            settled[scheme] = mean_between(series, bin_s, (begin + end) / 2, end)
        top = max(settled.values())
        for scheme, (steps, series, queue) in runs.items():
            begin, end = phases(steps, seconds)[i]
            phase = {"begin_s": begin, "end_s": end,
                     "goodput_bps": round(mean_between(series, bin_s, begin, end)),
                     "settled_bps": round(settled[scheme]),
                     "queue_p95_ms": queue(begin, end),
                     "best_settled_bps": round(top)}
            reached = time_to_reach(series, bin_s, begin, end, REACH * top)
            if reached is not None:
                phase["reached_s"] = round(reached, 2)
            found[scheme].append(phase)
    return found


def beats(case, run, value, other="constant"):
    """A tenth more goodput; or as much, with a tenth less of a queue."""
    mine, theirs = run["queue_p95_ms"], counted(case, other)["queue_p95_ms"]
    met = value >= 1.1 or (value >= 1 and mine <= 0.9 * theirs)
    return aim(f"{case['name']}: goodput over that of {other}",
               ">= 1.1, or >= 1 with a tenth less queue", rounded(value), met,
               [] if met else [f"queue p95 {mine:.1f} against {theirs:.1f} ms"])


def dynamics_of(case, scheme, run):
    slow = [(p["begin_s"], p.get("reached_s")) for p in run["phases"][1:] if p.get("reached_s", math.inf) > 10]
    steps = len(run["phases"]) - 1
    found = [aim(f"{case['name']}: steps after which 90 % of the best is reached within 10 s",
                 "all", f"{steps - len(slow)} of {steps}", not slow,
                 [f"step at {at:.0f} s: " + ("never" if t is None else f"{t:.1f} s") for at, t in slow])]
    value = ratio(case, scheme, "constant")
    return found if value is None else found + [beats(case, run, value)]


def dynamics_aims(cases, judged):
    return aims_by_scheme(cases, judged, dynamics_of)
