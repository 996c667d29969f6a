#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Ratios, aims, fairness and steps, on figures made up."""

import unittest

import tables  # first: it finds bench-grid

import aims
import deployments
import published
import report
import summary


def roles(**given):
    return {"judged": [], "shown": [], "ablation": [], "user": []} | given


def run(goodput, p95=5.0, void=False, counters=None):
    found = {"goodput_bps": goodput, "queue_p95_ms": p95, "void": void, "idle_share": 0.1 if void else 0.6}
    return found | ({"counters": counters} if counters else {})


def decisions(inferences, clamped, fallbacks=0):
    return {"inferences": inferences, "clamped": clamped, "fallbacks": fallbacks, "failed": 0,
            "changed_share": (clamped + fallbacks) / inferences}


def case(name, loss=0.0, buffer=1.0, **runs):
    found = {"name": name, "rate_bps": 100e6, "loss_percent": loss, "buffer_bdp": buffer, "runs": runs}
    found["best"] = summary.best(found)
    return found


class Matrix(unittest.TestCase):
    def test_ratios_are_geometric_and_apart(self):
        cases = [case("a", lf=run(50), cubic=run(100)), case("b", lf=run(200), cubic=run(100)),
                 case("c", loss=1.0, lf=run(300), cubic=run(100)),
                 case("d", buffer=0.5, lf=run(1200), cubic=run(100))]
        found = summary.compare(cases, "lf", "cubic")
        self.assertEqual(found["lossless"], {"paths": 2, "ratio": 1.0})
        self.assertEqual(found["lossy_or_shallow"], {"paths": 2, "ratio": 6.0})
        self.assertEqual(found["worst"], {"case": "a", "ratio": 0.5})
        self.assertEqual(found["share_95"], 0.75)
        self.assertEqual(found["below_95"], {"a": 0.5})

    def test_void_runs_count_nowhere(self):
        cases = [case("a", lf=run(50, void=True), bbr=run(100)), case("b", lf=run(99), bbr=run(100)),
                 case("c", lf=run(1), bbr=run(100, void=True))]
        found = summary.compare(cases, "lf", "bbr")
        self.assertEqual(found["paths"], 1)
        self.assertEqual(found["worst"]["ratio"], 0.99)
        self.assertEqual(summary.voids(cases), {"a": {"lf": 0.1}, "c": {"bbr": 0.1}})

    def test_missing_runs_are_no_zeros(self):
        self.assertIsNone(summary.compare([case("a", lf=run(1))], "lf", "bbr"))
        self.assertEqual(summary.compare([case("a", lf=run(1)), case("b", lf=run(9), bbr=run(9))],
                                         "lf", "bbr")["paths"], 1)

    def test_longer_queues_are_listed(self):
        cases = [case("a", lf=run(1, 6.0), bbr=run(1, 5.0)), case("b", lf=run(1, 5.0), bbr=run(1, 5.0))]
        self.assertEqual(summary.compare(cases, "lf", "bbr")["longer_queue"],
                         [{"case": "a", "p95_ms": 6.0, "against_ms": 5.0}])

    def test_aims_hold_or_miss_with_their_numbers(self):
        cases = [case(str(i), lf=run(96), bbr=run(100), cubic=run(96)) for i in range(9)]
        found = {a["aim"]: a for a in summary.matrix(cases, roles(judged=["lf"]))["schemes"]["lf"]["aims"]}
        self.assertTrue(all(a["met"] for a in found.values()))
        cases.append(case("bad", lf=run(84, 9.0), bbr=run(100), cubic=run(100)))
        cases.append(case("worse", lf=run(90), bbr=run(100), cubic=run(100)))
        found = {a["aim"]: a for a in summary.matrix(cases, roles(judged=["lf"]))["schemes"]["lf"]["aims"]}
        share = found["paths with at least 95 % of BBR's goodput"]
        self.assertFalse(share["met"])
        self.assertEqual(share["misses"], ["bad 0.840", "worse 0.900"])
        self.assertEqual(found["least ratio to BBR's goodput"]["misses"], ["bad 0.840"])
        self.assertEqual(found["paths with a longer 95th-percentile queue than BBR's"]["misses"],
                         ["bad 9.0 against 5.0 ms"])

    def test_changed_decisions_are_summed(self):
        cases = [case("a", lf=run(1, counters=decisions(900, 9))),
                 case("b", lf=run(1, counters=decisions(100, 90, 1)))]
        found = summary.changed(cases, "lf")
        self.assertEqual(found["share"], 0.1)
        self.assertEqual(found["worst"], {"case": "b", "share": 0.91})
        self.assertEqual(found["fell_back"], ["b"])
        self.assertIsNone(summary.changed([case("a", lf=run(1))], "lf"))

    def test_unusable_paths_are_lossless_ones(self):
        cases = [case("full", a=run(95e6)), case("half", a=run(50e6)), case("lossy", loss=1.0, a=run(50e6))]
        self.assertEqual(summary.unusable(cases), {"half": 0.5228})

    def test_shipped_stands_beside_the_ablations(self):
        cases = [case("a", lf=run(90), constant=run(80), cubic=run(90))]
        found = summary.matrix(cases, roles(judged=["lf"], ablation=["constant"]))["schemes"]
        self.assertEqual(found["lf"]["against"]["constant"]["all"]["ratio"], 1.125)
        self.assertEqual(found["constant"]["aims"], [])

    def test_a_network_with_another_purpose_has_no_aims(self):
        cases = [case("a", lat=run(10, counters=decisions(100, 7)), cubic=run(90), bbr=run(90))]
        found = summary.matrix(cases, roles(shown=["lat"]))["schemes"]["lat"]
        self.assertEqual(found["aims"], [])
        self.assertEqual(found["decisions"]["share"], 0.07)
        self.assertEqual(set(found["against"]), {"bbr", "cubic"})

    def test_aims_of_either_kind_are_listed_by_scheme(self):
        self.assertEqual(aims.all_aims({"schemes": {"a": {"aims": [1, 2]}, "b": {"aims": []}}}),
                         [("a", 1), ("a", 2)])
        self.assertEqual(aims.all_aims({"aims": {"b": [3]}}), [("b", 3)])
        self.assertEqual(aims.all_aims({"void": {}}), [])


class Fairness(unittest.TestCase):
    def test_jain(self):
        self.assertEqual(summary.jain([5, 5, 5, 5]), 1)
        self.assertEqual(summary.jain([1, 0, 0, 0]), 0.25)
        self.assertEqual(summary.jain([0, 0]), 0)

    def test_share_of_the_other(self):
        found = summary.fairness_case(["@", "cubic"], [30, 10], [0, 0])
        self.assertEqual(found["others_of_fair_share"], 0.5)
        self.assertEqual(summary.fairness_case(["@"] * 3 + ["cubic"], [10] * 4, [0] * 4)
                         ["others_of_fair_share"], 1)

    def test_far_over_near(self):
        self.assertEqual(summary.fairness_case(["@", "@/30ms"], [40, 10], [0, 30000])["far_over_near"], 0.25)

    def test_aims(self):
        runs = {"name": "equal-2", "runs": {"lf": run(1) | {"jain": 0.89}}}
        self.assertFalse(summary.fairness_aims([runs], ["lf"])["lf"][0]["met"])
        runs["runs"]["lf"]["jain"] = 0.9
        self.assertTrue(summary.fairness_aims([runs], ["lf"])["lf"][0]["met"])


class Dynamics(unittest.TestCase):
    BIN = 0.5

    def series(self, *levels):
        """10 s of each level."""
        return [level for level in levels for _ in range(20)]

    def phases(self, **series):
        runs = {name: ([(10.0, "rate", "x")], s, lambda begin, end: 1.0) for name, s in series.items()}
        return summary.dynamics_case(runs, self.BIN, 20)

    def test_phases_lie_between_the_steps(self):
        self.assertEqual(summary.phases([(10.0, "rate", "x"), (12.0, "rate", "y")], 20),
                         [(0.0, 10.0), (10.0, 12.0), (12.0, 20.0)])

    def test_best_of_the_second_half_is_the_measure(self):
        found = self.phases(a=self.series(100, 20), b=self.series(50, 40))
        self.assertEqual(found["a"][1]["best_settled_bps"], 40)
        self.assertNotIn("reached_s", found["a"][1])
        self.assertEqual(found["b"][1]["reached_s"], 1.0)
        self.assertEqual(found["a"][0]["goodput_bps"], 100)

    def test_time_counts_from_the_step(self):
        slow = self.series(10, 10)
        slow[26:] = [100] * 14
        found = self.phases(a=slow, b=self.series(10, 100))
        self.assertEqual(found["a"][1]["reached_s"], 4.0)

    def test_a_single_bin_is_not_enough(self):
        series = self.series(10, 10)
        series[24] = 100
        self.assertIsNone(summary.time_to_reach(series, self.BIN, 10, 20, 90))

    def test_late_and_never_miss(self):
        def with_phases(reached):
            phase = {"begin_s": 10.0, "goodput_bps": 1, "queue_p95_ms": 1}
            return run(1) | {"phases": [phase, phase | ({"reached_s": reached} if reached else {})]}
        cases = [{"name": "s", "runs": {"lf": with_phases(None)}}]
        found = summary.dynamics_aims(cases, ["lf"])["lf"][0]
        self.assertFalse(found["met"])
        self.assertEqual(found["misses"], ["step at 10 s: never"])
        cases[0]["runs"]["lf"] = with_phases(9.5)
        self.assertTrue(summary.dynamics_aims(cases, ["lf"])["lf"][0]["met"])

    def test_a_tenth_better_than_constant(self):
        def met(goodput, p95):
            mine = run(goodput, p95) | {"phases": [{}]}
            cases = [{"name": "s", "runs": {"lf": mine, "constant": run(100, 10.0)}}]
            return summary.dynamics_aims(cases, ["lf"])["lf"][1]["met"]
        self.assertTrue(met(111, 20.0))
        self.assertTrue(met(100, 9.0))
        self.assertFalse(met(100, 9.5))
        self.assertFalse(met(99, 1.0))


class Deployments(unittest.TestCase):
    @staticmethod
    def made(goodput, busy=10.0, connections=64, softirq=0.2):
        return run(goodput) | {"flows": [{"goodput_bps": goodput, "connections_bps": [1] * connections}],
                               "cost": {"busy_ms_per_mb": busy, "softirq_share": softirq},
                               "counters": {"asked": 1000}}

    def case(self, **runs):
        found = {"name": "flows-64", "rate_bps": 100e6, "runs": runs}
        found["runs"] = {name: r | deployments.case2_run(found, name) for name, r in runs.items()}
        return found

    def test_background_counts_by_how_long_it_lasted(self):
        steps = [{"second": 4, "udp": "30mbit", "udp_bps": 30e6}, {"second": 5, "rate": "1mbit"},
                 {"second": 8, "udp": "10mbit", "udp_bps": 10e6}]
        self.assertEqual(deployments.background({"steps": steps, "seconds": 10}, 0), 14e6)
        self.assertEqual(deployments.background({"steps": steps, "seconds": 10}, 6), 20e6)
        self.assertEqual(deployments.background({"steps": [], "seconds": 10}, 3), 0)

    def test_deviation_is_of_the_bins_after_the_start(self):
        self.assertEqual(deployments.deviation([0, 0, 10, 30], 0.5, 1), 10)

    def test_cost_stands_beside_the_kernel_and_cubic(self):
        case = self.case(cubic=self.made(100), liteflow=self.made(90, 20.0), netlink_1=self.made(45, 80.0))
        found = case["runs"]["netlink_1"]
        self.assertEqual((found["goodput_of_kernel"], found["busy_of_kernel"]), (0.5, 4))
        self.assertEqual((found["goodput_of_cubic"], found["busy_of_cubic"]), (0.45, 8))
        self.assertNotIn("goodput_of_kernel", case["runs"]["liteflow"])
        self.assertEqual(found["jain"], 1)

    def test_a_process_stands_beside_its_own_network(self):
        case = {"name": "x", "rate_bps": 1, "runs": {"liteflow_thr": self.made(80), "thr_netlink_1": self.made(40)}}
        self.assertEqual(deployments.case2_run(case, "thr_netlink_1", "liteflow_thr")["goodput_of_kernel"], 0.5)
        self.assertNotIn("goodput_of_kernel", deployments.case2_run(case, "thr_netlink_1"))
        schemes = [{"name": n, "cc": c, "role": r} for n, c, r in (
            ("liteflow", "liteflow", "judged"), ("liteflow_thr", "liteflow_thr", "judged"),
            ("netlink_1", "liteflow", "user"), ("thr_netlink_1", "liteflow_thr", "user"))]
        self.assertEqual(report.in_kernel(schemes), {"netlink_1": "liteflow", "thr_netlink_1": "liteflow_thr"})

    def test_many_connections_are_judged(self):
        case = self.case(cubic=self.made(100), liteflow=self.made(94), netlink_1=self.made(10))
        found = deployments.case2([case], ["liteflow"], [])["aims"]
        self.assertEqual([(a["value"], a["met"]) for a in found["liteflow"]], [(0.94, False)])
        few = self.case(cubic=self.made(100, connections=4), liteflow=self.made(94, connections=4))
        self.assertEqual(deployments.case2([few], ["liteflow"], [])["aims"], {"liteflow": []})

    def test_a_process_must_be_a_baseline_with_one_connection(self):
        one = self.case(liteflow=self.made(100, connections=1), netlink_1=self.made(94, connections=1))
        many = self.case(liteflow=self.made(100), netlink_1=self.made(10))
        found = deployments.case2([one, many], [], ["netlink_1"])["aims"]["netlink_1"]
        self.assertEqual([(a["value"], a["met"]) for a in found], [(0.94, False)])
        schemes = [{"name": n, "role": r, "sysctl": s} for n, r, s in (
            ("liteflow", "judged", "-"), ("netlink_10", "user", "cc.user_ms=10"), ("netlink_1", "user", "cc.user_ms=1"))]
        self.assertEqual(report.prompt(schemes), ["netlink_1"])

    def test_published_figures_stand_beside_ours(self):
        case = self.case(cubic=self.made(100), liteflow=self.made(90), netlink_100=self.made(81, softirq=0.3),
                         netlink_1=self.made(45, softirq=0.6))
        rows = published.rows({"case2": {"name": "cc-case2", "figures": {"cases": [case]}}})
        self.assertEqual([row[2] for row in rows],
                         ["10.0 % / - / 50.0 %", "20.0 % / 30.0 % / - / 60.0 %", "1000 / - / 1000"])
        case1 = {"rate_bps": 100, "runs": {"netlink_10": run(60), "netlink_1": run(70, void=True)}}
        rows = published.rows({"case1": {"figures": {"cases": [case1]}}, "fairness": {}})
        self.assertEqual([row[2] for row in rows], ["- / 60.0 % / -"])


if __name__ == "__main__":
    unittest.main()
