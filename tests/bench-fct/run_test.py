#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""run.sh from end to end in a tree of its own, where a guest is a stand-in."""

import os
import unittest

import tables  # first: it finds bench-grid

import run_in_tree
from report_test import CASES, JOBS, SCHEMES, SNAPSHOTS

# What it is called with is the traffic.
TRAFFIC = """#!/usr/bin/python3
import os, sys
os.makedirs(sys.argv[6])
open(sys.argv[6] + "/script", "w").write(" ".join(sys.argv[1:6]))
"""


class Run(run_in_tree.Run):
    HERE = tables.HERE
    TABLES = {"cases": CASES, "schemes": SCHEMES, "snapshots": SNAPSHOTS, "traffic.py": TRAFFIC,
              "traffic_fabric.py": TRAFFIC, "guest-sched.sh": "", "guest-lb.sh": "", "nginx.conf": ""}
    PROGRAMS = ("lfctl", "lf-answer", "lf-play", "lf-bench-links", "lf-bench-udp", "lf-bench-oracle.so", "lf-user", "nginx")
    MODULES = ("liteflow", "lf_sched", "lf_lb")

    def setUp(self):
        super().setUp()
        # It finds too few flows.
        self.program("build/user/bin/lf-bench-prediction", "#!/bin/sh\necho 'no flows' >&2\nexit 1\n")

    def run_it(self, *arguments, status=0, **environment):
        return super().run_it(*arguments, status=status, NGINX=f"{self.tree}/build/user/bin/nginx", **environment)

    def test_what_is_there_is_not_run_again(self):
        self.assertIn(f"{JOBS} guests, of which {JOBS} are to be run", self.run_it())
        self.assertEqual(len(self.ran()), JOBS)
        given = self.given()
        self.assertIn("--virtual", given["sched-mix-plain"])
        self.assertIn("traffic/sched-mix-0.5-20-1:/root/traffic", given["sched-mix-plain"])
        self.assertIn("traffic/lb-mining-0.5-20-1:/root/traffic", given["lb-slow-user"])
        self.assertIn("LINK=shared", given["sched-mix-user"])
        self.assertIn("FABRIC=gray", given["lb-slow-user"])
        self.assertNotIn("liteflow.ko", given["sched-mix-plain"])
        self.assertIn("lf_sched.ko", given["sched-mix-liteflow"])
        self.assertNotIn("lf_lb.ko", given["sched-mix-liteflow"])
        self.assertNotIn("sched.so", given["sched-mix-liteflow"])
        self.assertIn("modules/sched.so", given["sched-mix-user"])
        self.assertIn("oracle.so:/root/oracle.so", given["sched-mix-plain"])
        self.assertEqual(self.result("fct-lb")["figures"]["missing"], [])
        self.assertEqual(self.result("fct-sched")["figures"]["cases"][0]["predicted"], {"failed": "no flows"})
        self.assertTrue(os.path.exists(f"{self.tree}/docs/bench-fct.md"))
        self.assertIn("of which 0 are", self.run_it())
        self.assertEqual(self.ran(), [])
        # Another build of a module concerns only who loads it.
        self.module("lf_lb", "/bin/false")
        self.run_it("--only", "even")
        self.assertEqual(self.ran(), ["lb-even-liteflow", "lb-even-rules", "lb-even-user"])

    def test_other_traffic_is_run_again(self):
        self.run_it("--only", "slow-plain|mix-plain")
        self.ran()
        self.program("tests/bench-fct/traffic_fabric.py", TRAFFIC.replace('" ".join', '"-".join'))
        self.run_it("--only", "slow-plain|mix-plain")
        self.assertEqual(self.ran(), ["lb-slow-plain"])

    def test_a_guest_that_fails_is_named_and_the_rest_kept(self):
        out = self.run_it("lb", status=1, FAIL="lb-slow-plain")
        self.assertIn("1 failed: lb-slow-plain", out)
        self.assertIn("1 of 8 guests are missing", out)
        self.run_it("lb")
        self.assertIn("lb-slow-plain", self.ran())

    def test_interrupted_it_leaves_no_guest(self):
        self.stop_under_way("lb")


if __name__ == "__main__":
    unittest.main()
