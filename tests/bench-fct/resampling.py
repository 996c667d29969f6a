# SPDX-License-Identifier: GPL-2.0
"""How certain a ratio of completion times is: a paired bootstrap over flows.

All schemes of a case have played the same flows. Each resample draws flows with
replacement, the same for all schemes, and reckons every scheme's figures anew;
the middle 95 % of the ratios are its interval. Flows that met in a queue are not
independent, which such an interval doesn't know: it is too narrow rather than
too wide, and says nothing of other traffic.
"""

import random

from collect import CLASSES, in_class
from grid import Failure
from readings import percentile

RESAMPLES = 400
FIGURES = ("mean_us", "p99_us")


def check_alike(case_name, flows_by_scheme):
    """That all have the same flows in the same order."""
    keys = {name: [key for key, *_ in flows] for name, flows in flows_by_scheme.items()}
    first = next(iter(keys), None)
    for name, of in keys.items():
        if of != keys[first]:
            raise Failure(f"{case_name}: {name} and {first} did not play the same flows: "
                          "run both again with --force")


def reckon(times):
    ordered = sorted(times)
    return sum(times) / len(times), percentile_of_sorted(ordered, 99)


def percentile_of_sorted(ordered, p):
    rank = p / 100 * (len(ordered) - 1)
    low = int(rank)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (rank - low)


def resample(flows_by_scheme, name):
    """{class: {scheme: [(mean, 99th percentile)]}}, first of what was measured, then of each resample."""
    check_alike(name, flows_by_scheme)
    found = {}
    for of in CLASSES:
        times = {scheme: [us for _, size, us in flows if in_class(size, of)]
                 for scheme, flows in flows_by_scheme.items()}
        count = min(map(len, times.values()), default=0)
        if not count:
            continue
        draw = random.Random(f"{name} {of}")
        found[of] = {scheme: [reckon(of_scheme)] for scheme, of_scheme in times.items()}
        for _ in range(RESAMPLES):
            drawn = draw.choices(range(count), k=count)
            for scheme, of_scheme in times.items():
                found[of][scheme].append(reckon([of_scheme[i] for i in drawn]))
    return found


def interval(values):
    return [round(percentile(values, p), 4) for p in (2.5, 97.5)]


def ratio(resampled, of, scheme, base, figure):
    """{ratio, interval} of a class's figure, or None where one of the schemes is missing."""
    by_scheme = resampled.get(of, {})
    if scheme not in by_scheme or base not in by_scheme:
        return None
    at = FIGURES.index(figure)
    ratios = [a[at] / b[at] if b[at] else 1.0 for a, b in zip(by_scheme[scheme], by_scheme[base])]
    return {"ratio": round(ratios[0], 4), "interval": interval(ratios[1:])}
