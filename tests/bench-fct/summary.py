# SPDX-License-Identifier: GPL-2.0
"""What the figures of all runs come to: ratios to the base, and the aims.

A void run (its guest had no CPU left) counts nowhere and is named.
"""

import resampling
from aims import aim, counted, rounded, voids

BASE = {"sched": "none", "lb": "ecmp"}
NEAR_PERFECT = 1.10  # of perfect knowledge's times, where sizes are predictable
CONTROL_R2 = 0.05  # where nothing tells of sizes, nothing is known of them
TOLERANCE = 1.03  # lb: what is called no worse
MOST_FALLBACKS = 0.01  # of flows: with more, the figures are not the network's alone
GRAY_MEAN, GRAY_P99 = 0.7, 1.1  # of ecmp's mean, of wecmp's 99th percentile
COMPARED = (("short", "mean_us"), ("short", "p99_us"), ("long", "mean_us"), ("all", "mean_us"), ("all", "p99_us"))
NAMES = {"short": "short flows", "middle": "middle flows", "long": "long flows", "all": "all flows"}
FIGURES = {"mean_us": "mean", "p99_us": "99th percentile"}


def ratios_to(resampled, case, scheme, base):
    """{class: {figure: {ratio, interval}}} where both count."""
    found = {}
    if scheme == base or not counted(case, scheme) or not counted(case, base):
        return found
    for of, figure in COMPARED:
        value = resampling.ratio(resampled, of, scheme, base, figure)
        if value:
            found.setdefault(of, {})[figure] = value
    return found


def compare(case, resampled, base, judged):
    """Every scheme against the base, and the judged ones against every other."""
    against = {}
    for scheme in case["runs"]:
        for other in case["runs"] if scheme in judged else (base,):
            ratios = ratios_to(resampled, case, scheme, other)
            if ratios:
                against.setdefault(scheme, {})[other] = ratios
    return against


def text_of(value):
    return f"{value['ratio']:.3f} (95 %: {value['interval'][0]:.3f} to {value['interval'][1]:.3f})"


def fallbacks(run):
    """To be said beside what a scheme came to, if it did so with another's choices."""
    share = run.get("decisions", {}).get("fallback_share", 0)
    return [f"{100 * share:.0f} % of the flows had to do without the network"] if share > MOST_FALLBACKS else []


def at_most(case, scheme, other, of, figure, most, wanted=None):
    """An aim on a ratio, or none where one of the two is missing or void."""
    value = case["against"].get(scheme, {}).get(other, {}).get(of, {}).get(figure)
    if value is None:
        return []
    met = value["ratio"] <= most if wanted is None else value["ratio"] < most
    least, greatest = value["interval"]
    chance = [] if met or least > most else ["within chance"]
    return [aim(f"{case['name']}: {FIGURES[figure]} of {NAMES[of]} over that of {other}",
                wanted or f"<= {most:g}", value["ratio"], met,
                [f"95 %: {least:.3f} to {greatest:.3f}", *chance, *fallbacks(case["runs"][scheme])])]


def near_perfect(case, scheme):
    """Mean of what short flows' tail and long flows' mean take over perfect knowledge."""
    against = case["against"].get(scheme, {}).get("perfect", {})
    if not case.get("predicted", {}).get("predictable") or "short" not in against or "long" not in against:
        return []
    short, long = against["short"]["p99_us"], against["long"]["mean_us"]
    value = rounded((short["ratio"] + long["ratio"]) / 2)
    return [aim(f"{case['name']}: mean of short flows' 99th percentile and long flows' mean over perfect's",
                f"<= {NEAR_PERFECT:g}", value, value <= NEAR_PERFECT,
                [f"short {text_of(short)}", f"long {text_of(long)}"])]


def control(case):
    """Sizes that nothing tells of are not predicted: then the benchmark leaks none."""
    if case["what"] != "control" or "predictors" not in case.get("predicted", {}):
        return []
    best = rounded(max(of["r2_median"] for of in case["predicted"]["predictors"].values()))
    return [aim(f"{case['name']}: R2 of the best predictor", f"<= {CONTROL_R2:g}", best, best <= CONTROL_R2, [])]


def not_worse_than_processes(case, scheme, users):
    return [found for user in users for of in ("short", "long")
            for found in at_most(case, scheme, user, of, "mean_us", 1)]


def sched_aims(case, scheme, users):
    found = []
    for other in ("none", "pias"):
        found += at_most(case, scheme, other, "short", "p99_us", 1, "< 1")
        found += at_most(case, scheme, other, "long", "mean_us", 1, "< 1")
    return found + near_perfect(case, scheme) + control(case) + not_worse_than_processes(case, scheme, users)


def lb_aims(case, scheme, users):
    found = []
    if case["what"] == "gray":
        found += at_most(case, scheme, "ecmp", "all", "mean_us", GRAY_MEAN)
        found += at_most(case, scheme, "wecmp", "all", "p99_us", GRAY_P99)
    if case["what"] == "equal":
        found += at_most(case, scheme, "ecmp", "all", "mean_us", TOLERANCE)
    found += at_most(case, scheme, "least", "all", "mean_us", TOLERANCE)
    return found + not_worse_than_processes(case, scheme, users)


AIMS = {"sched": sched_aims, "lb": lb_aims}


def of_part(part, cases, roles):
    """cases: with runs and against."""
    return {"void": voids(cases),
            "aims": {scheme: [found for case in cases for found in AIMS[part](case, scheme, roles["user"])]
                     for scheme in roles["judged"]}}


def of_processes(case, scheme, users, of):
    """The least that the network saves of the mean against processes, and the most: shares."""
    against = case["against"].get(scheme, {})
    saved = [1 - against[user][of]["mean_us"]["ratio"] for user in users if of in against.get(user, {})]
    return [rounded(min(saved)), rounded(max(saved))] if saved else None
