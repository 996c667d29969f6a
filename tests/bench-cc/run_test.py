#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""run.sh from end to end in a tree of its own, where a guest is a stand-in."""

import os
import unittest

import tables  # first: it finds bench-grid

import made_up
import run_in_tree
from report_test import CASES, JOBS, SCHEMES, SNAPSHOTS


class Run(run_in_tree.Run):
    HERE = tables.HERE
    TABLES = {"cases": CASES, "schemes": SCHEMES, "snapshots": SNAPSHOTS}
    PROGRAMS = ("lfctl", "lf-bench-queue", "lf-bench-udp", "lf-answer", "lf-user")
    MODULES = ("liteflow", "tcp_liteflow")

    def setUp(self):
        super().setUp()
        made_up.write(f"{self.tree}/models/aurora.pt", "")

    def test_what_is_there_is_not_run_again(self):
        self.assertIn(f"{JOBS} guests, of which {JOBS} are to be run", self.run_it())
        self.assertEqual(len(self.ran()), JOBS)
        given = self.given()
        self.assertIn("--virtual", given["matrix-fast-kernel"])
        self.assertNotIn("softirq", given["matrix-fast-kernel"])
        self.assertIn("lf-bench-udp", given["case1-udp-kernel"])
        self.assertIn("lf_bench_softirq.ko", given["case2-many-kernel"])
        self.assertNotIn("aurora.so", given["case2-many-liteflow"])
        self.assertIn("aurora.so", given["case2-many-user"])
        self.assertIn("lf-user", given["case2-many-user"])
        self.assertNotIn("--virtual", given["case2-real-real-user"])
        self.assertIn("--cpus 2", given["case2-real-real-user"])
        self.assertEqual(self.result("cc-matrix")["figures"]["missing"], [])
        self.assertTrue(os.path.exists(f"{self.tree}/docs/bench-cc.md"))
        self.assertIn("of which 0 are", self.run_it())
        self.assertEqual(self.ran(), [])
        # Another build of a module concerns only who loads it.
        self.module("tcp_liteflow", "/bin/false")
        self.run_it("matrix")
        self.assertEqual(self.ran(), ["matrix-fast-liteflow", "matrix-lossy-liteflow"])
        self.run_it("--force", "--only", "matrix-fast")
        self.assertEqual(self.ran(), ["matrix-fast-kernel", "matrix-fast-liteflow"])
        # So does a program that runs beside it.
        self.run_it("--only", "udp-user")
        self.assertEqual(self.ran(), ["case1-udp-user"])
        self.program("build/user/bin/lf-user", "#!/bin/sh\nexit\n")
        self.run_it("--only", "fast|udp-user")
        self.assertEqual(self.ran(), ["case1-udp-user"])

    def test_a_guest_that_fails_is_named_and_the_rest_kept(self):
        out = self.run_it("matrix", status=1, FAIL="matrix-lossy-kernel")
        self.assertIn("1 failed: matrix-lossy-kernel", out)
        self.assertIn("1 of 4 guests are missing", out)
        self.assertEqual(len(self.ran()), 4)
        with open(f"{self.tree}/build/bench-cc/logs/matrix-lossy-kernel", encoding="utf-8") as file:
            self.assertIn("no guest today", file.read())
        self.run_it("matrix")
        self.assertEqual(self.ran(), ["matrix-lossy-kernel"])

    def test_interrupted_it_leaves_no_guest(self):
        self.stop_under_way("matrix")


if __name__ == "__main__":
    unittest.main()
