# SPDX-License-Identifier: GPL-2.0
"""Summary: errors of all engines over scenarios, with intervals, and whether the aims are met.

Figures of scenarios are averaged; intervals are the middle 95 % of means of scenarios drawn with replacement, the
same ones for all engines.
"""

import functools
import random

from readings import percentile

RESAMPLES = 2000
CLASSES = ("below_1000", "below_10000", "below_50000", "from_50000", "all")
SINGLE = ("mean_error", "p90_error")
LEARNED = ("m3", "m4")


@functools.lru_cache
def draws(count):
    rng = random.Random(1)
    return [rng.choices(range(count), k=count) for _ in range(RESAMPLES)]


def mean(values):
    return sum(values) / len(values)


def estimate(values):
    """Mean of scenarios and its interval; scenarios without the figure are left out."""
    there = [i for i, value in enumerate(values) if value is not None]
    if not there:
        return None
    means = [mean(of) for of in ([values[i] for i in draw if values[i] is not None] for draw in draws(len(values)))
             if of]
    return {"mean": mean([values[i] for i in there]), "interval": [percentile(means, 2.5), percentile(means, 97.5)],
            "scenarios": len(there)}


def figure(scenario, engine, of_class, name):
    value = scenario.get(engine, {}).get(of_class, {}).get(name)
    return abs(value) if value is not None and name == "p99_error" else value


def errors(scenarios):
    """{engine: {"mean_error": ..., "p90_error": ..., "p99_error": {class: ...}}} of [{engine: {class: figures}}]."""
    found = {}
    for engine in scenarios[0]:
        of = {name: estimate([figure(s, engine, "all", name) for s in scenarios]) for name in SINGLE}
        of["bias"] = estimate([figure(s, engine, "all", "bias") for s in scenarios])
        of["p99_error"] = {c: estimate([figure(s, engine, c, "p99_error") for s in scenarios]) for c in CLASSES}
        found[engine] = of
    return found


def floors(of_scenarios):
    """Means over scenarios of floor.figures()."""
    found = {who: {name: estimate([s[who][name] for s in of_scenarios]) for name in SINGLE}
             for who in ("floor", "oracle")}
    found["floor"]["p99_error"] = {c: estimate([s["floor"]["p99_error"].get(c) for s in of_scenarios])
                                   for c in CLASSES}
    return found


def closed(engine, flowsim, oracle):
    """The share of the way from flowSim to the oracle."""
    return (flowsim - engine) / (flowsim - oracle) if flowsim > oracle else None


def aim(text, wanted, value, met, why=""):
    return {"aim": text, "wanted": wanted, "value": value, "met": bool(met), "why": why}


def single_aims(found, cut, floor):
    """m4 against flowSim, the table and the oracle; cut: errors of the floor's flows."""
    aims = []
    for name in SINGLE:
        share = closed(cut["m4"][name]["mean"], cut["flowsim"][name]["mean"], floor["oracle"][name]["mean"])
        aims.append(aim(f"m4 closes the gap between flowSim and the oracle, {name}", ">= 0.5",
                        None if share is None else round(share, 3), share is not None and share >= 0.5))
        ours, table = found["m4"][name], found["table"][name]
        aims.append(aim(f"m4 beats the table with separate intervals, {name}", "below",
                        f"{ours['mean']:.3f} (to {ours['interval'][1]:.3f}) against {table['mean']:.3f} "
                        f"(from {table['interval'][0]:.3f})", ours["interval"][1] < table["interval"][0]))
    return aims


def tail_aims(found, floor):
    aims = []
    for engine in LEARNED:
        for of_class in CLASSES[:-1]:
            ours = found[engine]["p99_error"][of_class]
            if ours is None:
                continue
            least = floor["floor"]["p99_error"][of_class]
            allowed = max(0.15, 1.5 * least["mean"] if least else 0)
            others = {name: found[name]["p99_error"][of_class] for name in ("flowsim", "parsimon")}
            below = all(other is None or ours["mean"] < other["mean"] for other in others.values())
            aims.append(aim(f"{engine}: error of the 99th percentile, {of_class}",
                            f"<= {allowed:.2f}, below flowSim and Parsimon", round(ours["mean"], 3),
                            ours["mean"] <= allowed and below))
    return aims


def speed_aims(speed):
    """speed: {set: {engine: seconds, "ns3": seconds}}, sums over the same simulations."""
    aims = []
    for of_set, engine, wanted in (("test", "m4", 5), ("test-full", "m4", 50), ("test", "m3", 100)):
        if engine in speed.get(of_set, {}):
            ratio = speed[of_set]["ns3"] / speed[of_set][engine]
            aims.append(aim(f"{engine} against ns-3, {of_set}", f">= {wanted}", round(ratio, 1), ratio >= wanted))
    return aims


def cost_aims(costs):
    """flowSim against the published loop, which is what --exact does."""
    rows = {row["active"]: row for row in costs["events"]["flowsim"]}
    aims = []
    for active, wanted in ((10, 1), (800, 10)):
        ratio = rows[active]["fast"]["median"] / rows[active]["exact"]["median"]
        aims.append(aim(f"flowSim against the published loop, {active} active flows", f">= {wanted}",
                        round(ratio, 1), ratio >= wanted))
    return aims


def summarise(scenarios, cut, floor_scenarios, speed, costs):
    found, floor = errors(scenarios), floors(floor_scenarios)
    of_cut = errors(cut)
    return {"errors": found, "floor": floor, "errors_of_floor_flows": of_cut, "seconds": speed,
            "aims": single_aims(found, of_cut, floor) + tail_aims(found, floor) + speed_aims(speed)
            + cost_aims(costs)}
