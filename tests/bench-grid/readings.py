# SPDX-License-Identifier: GPL-2.0
"""What guests leave, as figures: whatever is alike in all grids."""

import json
import math
import os

from grid import Failure

LEAST_IDLE = 0.30  # a guest that was less idle is limited by its CPU: no result of a network


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


def counters(directory, app, names=("inferences", "failed", "clamped", "fallbacks", "asked", "late")):
    """What the app counted meanwhile, and the share of decisions that it changed.

    asked: of a process; what of that came late, or never, is among the fallbacks.
    """
    def of(name):
        return [a for a in read_json(os.path.join(directory, name)) if a["name"] == app]

    if app == "-":
        return None
    before, after = of("before.json"), of("after.json")
    if not before or not after:
        raise Failure(f"{directory}: no app {app}")
    delta = {key: after[0][key] - before[0][key] for key in names}
    delta["changed_share"] = round((delta["clamped"] + delta["fallbacks"])
                                   / max(delta["inferences"] + delta["asked"], 1), 5)
    return delta
