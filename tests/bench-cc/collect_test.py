#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From what a guest leaves to figures."""

import tempfile
import unittest

import collect
import made_up
from tables import Failure

CASE = {"part": "matrix", "name": "a-case", "rate_bps": 100000000, "rtt_us": 10000, "buffer": 1.0,
        "limit_bytes": 125000, "loss": 0.0, "gso": "off", "ecn": "-", "seconds": 10, "flows": ["@"],
        "steps": []}
SCHEME = {"name": "liteflow", "cc": "liteflow", "app": "cc"}


class Collect(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name

    def collect(self, case=None, scheme=None, **figures):
        case = CASE | (case or {})
        made_up.scheme(self.directory, case, "liteflow", **figures)
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
        made_up.scheme(self.directory, CASE, "liteflow")
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
                                           "fallbacks": 1, "changed_share": 0.05})
        run, _ = self.collect(scheme={"app": "-"})
        self.assertNotIn("counters", run)

    def test_without_its_app_it_is_refused(self):
        with self.assertRaisesRegex(Failure, "no app mocc"):
            self.collect(scheme={"app": "mocc"})

    def test_a_busy_guest_makes_it_void(self):
        self.assertFalse(self.collect(idle=0.30)[0]["void"])
        self.assertTrue(self.collect(idle=0.29)[0]["void"])

    def test_another_congestion_control_is_refused(self):
        with self.assertRaisesRegex(Failure, "a flow ran liteflow"):
            self.collect(scheme={"cc": "bbr"})

    def test_an_error_of_iperf_is_told(self):
        made_up.scheme(self.directory, CASE, "liteflow")
        made_up.write(f"{self.directory}/client.0.json", '{"error": "no route"}')
        with self.assertRaisesRegex(Failure, "no route"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_a_flow_cut_short_is_refused(self):
        made_up.scheme(self.directory, CASE, "liteflow")
        made_up.write(f"{self.directory}/server.0.json", made_up.server(7, lambda t: 8e7))
        with self.assertRaisesRegex(Failure, "ended before its time"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_an_unused_path_is_refused(self):
        made_up.scheme(self.directory, CASE, "liteflow")
        made_up.write(f"{self.directory}/queue", "1 0 0 0\n2 0 500 0\n")
        with self.assertRaisesRegex(Failure, "nothing went through"):
            collect.collect(self.directory, CASE, SCHEME)

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(Failure, "queue: No such file.*run it again"):
            collect.collect(self.directory, CASE, SCHEME)


class Percentile(unittest.TestCase):
    def test_is_between_ranks(self):
        self.assertEqual(collect.percentile([3, 1, 2], 50), 2)
        self.assertEqual(collect.percentile([0, 10], 95), 9.5)
        self.assertEqual(collect.percentile([7], 95), 7)
        self.assertRaises(ValueError, collect.percentile, [], 50)


if __name__ == "__main__":
    unittest.main()
