#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Ratios, intervals and aims, on figures made up."""

import random
import unittest
from unittest import mock

import tables  # first: it finds bench-grid

import published
import resampling
import summary
from grid import Failure

USERS = ("netlink", "poll")


def value(ratio, least=None, most=None):
    return {"ratio": ratio, "interval": [least or ratio, most or ratio]}


def both(short, long, every=1.0):
    return {"short": {"mean_us": value(short), "p99_us": value(short)}, "long": {"mean_us": value(long)},
            "all": {"mean_us": value(every), "p99_us": value(every)}}


def case(what="mix", predictable=True, **against):
    return {"name": "a", "what": what, "predicted": {"predictable": predictable}, "against": {"network": against},
            "runs": {n: {"void": False, "idle_share": 0.6} for n in ("network", *against)}}


def met(aims):
    return [a["met"] for a in aims]


def flows(times):
    return [(("web", 300, 500), 500, us) for us in times]


class Resampling(unittest.TestCase):
    def test_pairs_tell_a_small_difference_in_noise(self):
        draw = random.Random(1)
        base = [draw.lognormvariate(8, 1) for _ in range(300)]
        resampled = resampling.resample({"a": flows([us * 0.98 for us in base]), "b": flows(base)}, "case")
        ratio = resampling.ratio(resampled, "short", "a", "b", "mean_us")
        self.assertEqual((ratio["ratio"], ratio["interval"]), (0.98, [0.98, 0.98]))

    def test_an_interval_holds_the_ratio(self):
        draw = random.Random(2)
        resampled = resampling.resample({n: flows([draw.lognormvariate(8, 1) for _ in range(300)]) for n in "ab"}, "case")
        for figure in resampling.FIGURES:
            ratio = resampling.ratio(resampled, "all", "a", "b", figure)
            self.assertLess(ratio["interval"][0], ratio["ratio"])
            self.assertGreater(ratio["interval"][1], ratio["ratio"])
            self.assertGreater(ratio["interval"][1] - ratio["interval"][0], 0.1)

    def test_the_same_figures_again(self):
        of = {"a": flows(range(1, 50)), "b": flows(range(50, 1, -1))}
        self.assertEqual(resampling.resample(of, "case"), resampling.resample(of, "case"))

    def test_a_class_or_a_scheme_without_flows_has_no_ratio(self):
        resampled = resampling.resample({"a": flows([1, 2])}, "case")
        self.assertIsNone(resampling.ratio(resampled, "long", "a", "a", "mean_us"))
        self.assertIsNone(resampling.ratio(resampled, "short", "a", "b", "mean_us"))
        self.assertEqual(resampling.resample({}, "case"), {})

    def test_other_flows_are_refused(self):
        with self.assertRaisesRegex(Failure, "case: b and a did not play the same"):
            resampling.resample({"a": flows([1, 2]), "b": flows([1])}, "case")


class Aims(unittest.TestCase):
    def test_scheduling_is_faster_than_none_and_pias(self):
        aims = summary.sched_aims(case(none=both(0.9, 1.0), pias=both(0.8, 0.7)), "network", ())
        self.assertEqual(met(aims), [True, False, True, True])
        self.assertEqual([a["value"] for a in aims], [0.9, 1.0, 0.8, 0.7])

    def test_near_perfect_is_asked_where_sizes_can_be_predicted(self):
        aims = summary.near_perfect(case(perfect=both(1.3, 0.88)), "network")
        self.assertEqual((aims[0]["value"], aims[0]["met"]), (1.09, True))
        self.assertFalse(summary.near_perfect(case(perfect=both(1.3, 1.0)), "network")[0]["met"])
        self.assertEqual(summary.near_perfect(case(predictable=False, perfect=both(1, 1)), "network"), [])

    def test_a_control_is_predicted_by_nothing(self):
        of = case("control")
        self.assertEqual(summary.control(of), [])
        of["predicted"]["predictors"] = {"table": {"r2_median": 0.02}, "network": {"r2_median": 0.06}}
        self.assertEqual([(a["value"], a["met"]) for a in summary.control(of)], [(0.06, False)])
        of["what"] = "mix"
        self.assertEqual(summary.control(of), [])

    def test_the_kernel_is_no_worse_than_processes(self):
        aims = summary.not_worse_than_processes(case(netlink=both(1.0, 1.01), poll=both(0.5, 0.9)), "network", USERS)
        self.assertEqual(met(aims), [True, False, True, True])

    def test_a_gray_fabric_asks_more_of_load_balancing(self):
        against = {"ecmp": both(1, 1, 0.69), "wecmp": both(1, 1, 1.11), "least": both(1, 1, 1.03)}
        self.assertEqual(met(summary.lb_aims(case("gray", **against), "network", ())), [True, False, True])
        against["ecmp"] = both(1, 1, 1.04)
        self.assertEqual(met(summary.lb_aims(case("equal", **against), "network", ())), [False, True])
        self.assertEqual(met(summary.lb_aims(case("hot", **against), "network", ())), [True])

    def test_each_aim_shows_its_interval(self):
        of = both(0.9, 0.9)
        of["short"]["p99_us"] = value(0.9, 0.7, 1.2)
        self.assertEqual(summary.sched_aims(case(none=of), "network", ())[0]["misses"], ["95 %: 0.700 to 1.200"])

    def test_a_miss_says_whether_chance_explains_it(self):
        of = both(1.1, 1.1)
        of["short"]["p99_us"], of["long"]["mean_us"] = value(1.1, 0.9, 1.3), value(1.1, 1.05, 1.15)
        short, long = summary.sched_aims(case(none=of), "network", ())
        self.assertEqual(short["misses"], ["95 %: 0.900 to 1.300", "within chance"])
        self.assertEqual(long["misses"], ["95 %: 1.050 to 1.150"])

    def test_a_network_that_did_not_decide_is_not_judged_in_silence(self):
        of = case(none=both(0.9, 0.9))
        of["runs"]["network"]["decisions"] = {"fallback_share": 0.9}
        self.assertIn("90 % of the flows had to do without the network",
                      summary.sched_aims(of, "network", ())[0]["misses"])

    def test_what_is_void_is_not_compared(self):
        of = case(none=both(1, 1))
        of["runs"]["none"]["void"] = True
        resampled = resampling.resample({n: flows([1, 2]) for n in ("none", "network")}, "case")
        self.assertEqual(summary.ratios_to(resampled, of, "network", "none"), {})
        of["runs"]["none"]["void"] = False
        with mock.patch.object(resampling, "RESAMPLES", 10):
            self.assertEqual(summary.compare(of, resampled, "none", [])["network"]["none"]["short"]["mean_us"]["ratio"], 1)


class Published(unittest.TestCase):
    def test_savings_are_a_range_over_the_processes(self):
        of = case(netlink=both(0.9, 0.6), poll=both(0.95, 0.6))
        result = {"parameters": {"judged": ["network"], "processes": USERS}, "figures": {"cases": [of]}}
        self.assertEqual(published.rows({"sched": result}), [
            ("flow scheduling, short flows: mean completion time saved against processes", "10.9 %",
             "a 5.0 % to 10.0 %"),
            ("flow scheduling, long flows: mean completion time saved against processes", "33.7 %", "a 40.0 %")])


if __name__ == "__main__":
    unittest.main()
