#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From what a guest leaves to figures."""

import tempfile
import unittest

import tables  # first: it finds bench-grid

import collect
import made_up
from grid import Failure

CASE = {"part": "sched", "name": "a-case"}
NETWORK = {"name": "network", "role": "judged", "mode": "0", "snapshot": "sched"}
NONE = {"name": "none", "role": "base", "mode": "none", "snapshot": "-"}


class Collect(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = f"{temporary.name}/scheme"

    def collect(self, part="sched", scheme=None, **figures):
        case, scheme = CASE | {"part": part}, NETWORK | (scheme or {})
        made_up.scheme(self.directory, case, scheme, **figures)
        made_up.write(f"{self.directory}/../cpus", "1\n")
        return collect.collect(self.directory, case, scheme)

    def test_flows_are_counted_by_size(self):
        run, flows = self.collect()
        self.assertEqual(len(flows), 3 * len(made_up.FLOWS))
        # Uploads by their request: the one of 2 MB is long.
        self.assertEqual({name: of["flows"] for name, of in run["completion"].items()},
                         {"short": 9, "middle": 3, "long": 9, "all": 21})
        self.assertEqual(run["completion"]["middle"]["median_us"], 8010)
        self.assertEqual(run["quantiles_us"][-1], [100, 200020])

    def test_alike_flows_are_known_by_the_order_of_their_beginnings(self):
        made_up.write(f"{self.directory}/flows", "web 300 500 20 7\nweb 300 500 10 9\nrpc 64 64 15 1\n")
        self.assertEqual([us for _, _, us in collect.read_flows(f"{self.directory}/flows")], [1, 9, 7])

    def test_a_class_without_flows_has_no_figures(self):
        self.assertIsNone(collect.completion([]))

    def test_what_is_no_flow_is_told(self):
        for text, message in (("", "no flow"), ("web 1 2 3\n", ":1: no flow of lf-play"), ("web 1 2 3 x\n", ":1")):
            made_up.write(f"{self.directory}/flows", text)
            with self.assertRaisesRegex(Failure, message):
                collect.read_flows(f"{self.directory}/flows")

    def test_a_busy_guest_is_void(self):
        run, _ = self.collect(idle=0.2)
        self.assertTrue(run["void"])
        self.assertEqual(run["busy_share"], 0.8)
        self.assertFalse(self.collect(idle=0.3)[0]["void"])

    def test_decisions_are_the_servers(self):
        run, _ = self.collect()
        # The client's flow, which waited for 9 ms, is not among them.
        self.assertEqual(run["decisions"], {"flows": 4, "decided": 3, "fallback_share": 0.25, "waited_median_us": 3.0,
                                            "waited_p99_us": 4.0})
        run, _ = self.collect("lb")
        self.assertEqual((run["decisions"]["explored_share"], run["decisions"]["moved_share"]), (0.25, 0.25))
        self.assertNotIn("decisions", self.collect(scheme=NONE)[0])

    def test_counters_are_of_the_app_that_decides(self):
        self.assertEqual(self.collect(counted=(10, 2, 8, 1))[0]["counters"]["fallbacks"], 2)
        self.assertNotIn("counters", self.collect(scheme=NONE)[0])
        self.assertEqual(collect.app_of({"part": "lb"}, NETWORK), "lb")
        self.assertEqual(collect.app_of({"part": "lb"}, NETWORK | {"role": "user"}), "lb_user")
        self.assertEqual(collect.app_of({"part": "sched"}, NETWORK | {"role": "user"}), "sched")

    def test_a_link_is_balanced_by_bins_with_traffic(self):
        # One bin is even; in one a single uplink of leaf 1 carries all; leaf 2 is idle then.
        self.assertEqual(self.collect("lb")[0]["imbalance"], round((1 + 1 + 4) / 3, 4))

    def test_segments_are_shares(self):
        segments = self.collect("lb")[0]["segments"]
        self.assertEqual((segments["retransmitted_share"], segments["out_of_order_share"], segments["timeouts"]),
                         (0.02, 0.005, 0))

    def test_the_queue_is_that_of_the_bottleneck(self):
        self.assertEqual(self.collect()[0]["queue"], {"sent_bytes": 1000000, "dropped_packets": 7})

    def test_records_cut_short_are_told(self):
        self.collect()
        made_up.write(f"{self.directory}/records", '{"records": [')
        with self.assertRaisesRegex(Failure, "cut short"):
            collect.read_records(self.directory)


if __name__ == "__main__":
    unittest.main()
