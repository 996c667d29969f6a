#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From what a guest leaves to figures."""

import tempfile
import unittest

import collect
import made_up
import tables
from tables import Failure

CASE = {"part": "matrix", "name": "a-case", "rate_bps": 100000000, "rtt_us": 10000, "buffer": 1.0,
        "limit_bytes": 125000, "loss": 0.0, "gso": "off", "ecn": "-", "seconds": 10, "flows": ["@"],
        "steps": []}
SCHEME = {"name": "liteflow", "cc": "liteflow", "app": "cc"}


class Collect(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = f"{temporary.name}/liteflow"

    def collect(self, case=None, scheme=None, **figures):
        case = CASE | (case or {})
        for repeat in range(tables.repeats(case)):
            made_up.scheme(f"{self.directory}/{repeat + 1}", case, "liteflow", **figures)
        made_up.write(f"{self.directory}/../cpus", "1\n")
        return collect.collect(self.directory, case, SCHEME | (scheme or {}))

    def test_start_is_left_out_of_goodput_and_queue(self):
        run, _ = self.collect(bps=lambda t: 1e7 if t < 3 else 8e7,
                              backlog=lambda t: 125000 if t < 3 else 12500)
        self.assertAlmostEqual(run["goodput_bps"], 8e7, delta=1e5)
        self.assertAlmostEqual(run["goodput_total_bps"], 5.9e7, delta=1e5)
        self.assertEqual(run["queue_mean_ms"], 1)
        self.assertEqual(run["queue_p95_ms"], 1)
        self.assertEqual(run["queue_max_ms"], 10)

    def test_percentile_is_of_time(self):
        run, _ = self.collect(backlog=lambda t: 25000 if t >= 9 else 0)
        self.assertEqual(run["queue_p95_ms"], 2)
        run, _ = self.collect(backlog=lambda t: 25000 if t >= 9.8 else 0)
        self.assertEqual(run["queue_p95_ms"], 0)

    def test_delay_is_by_the_rate_of_its_time(self):
        case = {"steps": [(5, "rate", "25mbit")]}
        run, series = self.collect(case)
        self.assertEqual(series["queue_ms"][9], 1)
        self.assertEqual(series["queue_ms"][10], 4)
        self.assertEqual(run["queue_max_ms"], 4)

    def test_a_step_that_was_not_made_is_refused(self):
        made_up.scheme(f"{self.directory}/1", CASE, "liteflow")
        with self.assertRaisesRegex(Failure, "0 of 1 steps"):
            collect.collect(self.directory, CASE | {"steps": [(5, "rate", "25mbit")]}, SCHEME)

    def test_flows_add_up(self):
        run, series = self.collect({"flows": ["@", "cubic", "@/30ms"]})
        self.assertAlmostEqual(run["goodput_bps"], 2.4e8, delta=3e5)
        self.assertEqual(run["retransmits"], 9)
        self.assertEqual([f["cc"] for f in run["flows"]], ["liteflow", "cubic", "liteflow"])
        self.assertEqual(len(series["goodput_bps"]), 3)

    def test_counters_are_of_this_run(self):
        run, _ = self.collect(counted=(200, 9, 1))
        self.assertEqual(run["counters"], {"inferences": 200, "failed": 0, "clamped": 9,
                                           "fallbacks": 1, "asked": 0, "late": 0, "changed_share": 0.05})
        run, _ = self.collect(counted=(0, 10, 6, 160, 4))
        self.assertEqual(run["counters"]["late"], 4)
        self.assertEqual(run["counters"]["changed_share"], 0.1)
        run, _ = self.collect(scheme={"app": "-"})
        self.assertNotIn("counters", run)

    def test_without_its_app_it_is_refused(self):
        with self.assertRaisesRegex(Failure, "no app lb"):
            self.collect(scheme={"app": "lb"})

    def test_a_busy_guest_makes_it_void(self):
        self.assertFalse(self.collect(idle=0.30)[0]["void"])
        self.assertTrue(self.collect(idle=0.29)[0]["void"])

    def test_where_cost_is_measured_no_run_is_void(self):
        run, _ = self.collect({"part": "case2"}, idle=0.25)
        self.assertTrue(run["cpu_limited"])
        self.assertFalse(run["void"])
        self.assertTrue(self.collect(idle=0.25)[0]["cpu_limited"])

    def test_cost_is_by_what_was_received(self):
        cost = self.collect({"part": "case2"}, idle=0.25)[0]["cost"]
        # 7 s at 1 MB/s, three quarters of them busy and half of that in softirqs.
        self.assertEqual(cost, {
            "received_mb": 7, "busy_share": 0.75, "busy_ms_per_mb": 750, "softirq_ns": 2625000000,
            "softirq_share": 0.375, "softirq_ms_per_mb": 375,
            "softirq_kinds_ns": {"timer": 0, "net_rx": 2625000000}})

    def test_cost_of_two_cpus_is_of_both(self):
        made_up.scheme(f"{self.directory}/1", CASE | {"part": "case2"}, "liteflow", idle=0.5)
        self.assertEqual(collect.cost(f"{self.directory}/1", 2)["busy_share"], 0.75)

    def test_without_anything_received_there_is_no_cost(self):
        self.collect({"part": "case2"})
        made_up.write(f"{self.directory}/1/after.cost", made_up_cost(f"{self.directory}/1/before.cost"))
        with self.assertRaisesRegex(Failure, "nothing was received"):
            collect.cost(f"{self.directory}/1", 1)

    def test_connections_of_one_client_are_told_apart(self):
        run, _ = self.collect({"part": "case2", "flows": ["@*4"]}, bps=lambda t: 7e7)
        self.assertEqual(len(run["flows"]), 1)
        self.assertAlmostEqual(run["goodput_bps"], 7e7, delta=1e5)
        each = run["flows"][0]["connections_bps"]
        self.assertEqual(len(each), 4)
        self.assertAlmostEqual(each[0], 1e7, delta=1e5)
        self.assertAlmostEqual(each[3], 2e7, delta=1e5)
        self.assertNotIn("connections_bps", self.collect()[0]["flows"][0])

    def test_background_traffic_is_no_change_of_the_rate(self):
        _, series = self.collect({"steps": [(5, "udp", "25mbit")]})
        self.assertEqual(series["queue_ms"][15], 1)
        self.assertEqual(len(series["queue_fine_ms"]), 200)

    def test_another_congestion_control_is_refused(self):
        with self.assertRaisesRegex(Failure, "a flow ran liteflow"):
            self.collect(scheme={"cc": "bbr"})

    def test_an_error_of_iperf_is_told(self):
        made_up.scheme(f"{self.directory}/1", CASE, "liteflow")
        made_up.write(f"{self.directory}/1/client.0.json", '{"error": "no route"}')
        with self.assertRaisesRegex(Failure, "no route"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_a_flow_cut_short_is_refused(self):
        made_up.scheme(f"{self.directory}/1", CASE, "liteflow")
        made_up.write(f"{self.directory}/1/server.0.json", made_up.server(7, lambda t: 8e7))
        with self.assertRaisesRegex(Failure, "ended before its time"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_an_unused_path_is_refused(self):
        made_up.scheme(f"{self.directory}/1", CASE, "liteflow")
        made_up.write(f"{self.directory}/1/queue", "1 0 0 0\n2 0 500 0\n")
        with self.assertRaisesRegex(Failure, "nothing went through"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(Failure, "queue: No such file.*run it again"):
            collect.collect(self.directory, CASE, SCHEME)


def made_up_cost(path):
    """A second later, and nothing came."""
    time, idle, received = collect.read(path).split()
    return f"{int(time) + 1000000} {idle} {received}\n"


class Repeats(unittest.TestCase):
    def test_each_figure_is_a_median_by_itself(self):
        runs = [{"a": a, "flows": [{"b": a, "cc": "x"}], "void": a == 3} for a in (9, 3, 5)]
        self.assertEqual(collect.median(runs), {"a": 5, "flows": [{"b": 5, "cc": "x"}], "void": True})

    def test_what_one_lacks_has_none(self):
        self.assertEqual(collect.median([{"a": 1, "b": 1}, {"a": 3}, {"a": 2}]), {"a": 2})

    def test_real_time_is_repeated(self):
        case = CASE | {"part": "case2-real"}
        with tempfile.TemporaryDirectory() as directory:
            for repeat, bps in enumerate((8e7, 2e7, 6e7)):
                made_up.scheme(f"{directory}/s/{repeat + 1}", case, "liteflow", bps=lambda t, bps=bps: bps)
            made_up.write(f"{directory}/cpus", "2\n")
            run, _ = collect.collect(f"{directory}/s", case, SCHEME)
        self.assertAlmostEqual(run["goodput_bps"], 6e7, delta=1e5)
        self.assertEqual(len(run["repeats_bps"]), 3)


class Percentile(unittest.TestCase):
    def test_is_between_ranks(self):
        self.assertEqual(collect.percentile([3, 1, 2], 50), 2)
        self.assertEqual(collect.percentile([0, 10], 95), 9.5)
        self.assertEqual(collect.percentile([7], 95), 7)
        self.assertRaises(ValueError, collect.percentile, [], 50)


if __name__ == "__main__":
    unittest.main()
