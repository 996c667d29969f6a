#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From tables and what guests leave to results, pictures and the document."""

import json
import os
import re
import shutil
import unittest

import tables  # first: it finds bench-grid

import in_directory
import made_up
from tables import Failure

CASES = """
matrix   fast   100mbit 10ms 1   0 off - 4  core    @       -
matrix   lossy  100mbit 10ms 0.5 1 off - 4  default @       -
matrix   wide   10mbit  40ms 1   0 off - 4  full    @       -
fairness equal  40mbit  20ms 1   0 off - 22 default @,@     -
fairness beside 40mbit  20ms 1   0 off - 22 default @,cubic -
dynamics steps  40mbit  20ms 1   0 off - 6  core    @       3:rate=10mbit
case1    udp    100mbit 10ms 1   0 off - 8  default @       4:udp=30mbit,6:udp=0mbit
case2    one    100mbit 10ms 1   0 on  - 4  default @       -
case2    many   100mbit 10ms 1   0 on  - 4  default @*64    -
case2-real real 100mbit 10ms 4   0 on  - 4  default @*2     -
tuning   ways   100mbit 10ms 4   0 on  - 4  default @       -
"""
SCHEMES = """
cubic     kernel   other    cubic    -  -        \\
          matrix,fairness,dynamics,case1,case2,case2-real - -
bbr       kernel   other    bbr      -  -        \\
          matrix,fairness,dynamics,case1,case2,case2-real - -
dctcp     kernel   other    dctcp    -  -        matrix                 ecn  -
liteflow  liteflow judged   liteflow cc aurora   all                    -    -
constant  liteflow ablation liteflow cc constant matrix,dynamics        core -
unclamped liteflow ablation liteflow cc aurora   matrix                 core cc.clamp=0,cc.other=7
netlink_1 user     user     liteflow cc aurora   case1,case2,case2-real,tuning - cc.user_ms=1 \\
          lf-user --snapshot /root/aurora.so
netlink_x user     user     liteflow cc aurora   tuning                 -    cc.user_ms=1 \\
          lf-user --x --snapshot /root/aurora.so
"""
SNAPSHOTS = """
aurora   aurora.pt x.csv cc trained
constant aurora.pt x.csv cc constant
"""
JOBS = 24


class Tables(in_directory.InDirectory):
    def test_the_shipped_ones_are_read(self):
        cases, schemes = tables.read_cases(), tables.read_schemes()
        snapshots = [s["name"] for s in tables.read_snapshots()]
        self.assertEqual({c["part"] for c in cases}, set(tables.PARTS))
        for s in schemes:
            self.assertIn(s["snapshot"], snapshots + ["-"])
        paths = {c["name"] for c in cases if c["part"] == "matrix" and c["grid"] != "full"}
        self.assertGreaterEqual(len(paths), 21)

    def test_a_path_that_loses_or_is_shallow_has_no_gso(self):
        for case in tables.read_cases():
            if case["gso"] == "on":
                self.assertEqual(case["loss"], 0, case["name"])
                self.assertGreaterEqual(case["buffer"], 1, case["name"])

    def test_mistakes_are_told_with_their_place(self):
        for read, text, message in (
                (tables.read_cases, "matrix a 1mbit 1ms", ":1: the columns are"),
                (tables.read_cases, CASES + "matrix fast 1mbit 1ms 1 0 off - 4 default @ -",
                 "fast stands there twice"),
                (tables.read_cases, "other a 1mbit 1ms 1 0 off - 4 default @ -", "other is none of"),
                (tables.read_cases, "matrix a 1mb 1ms 1 0 off - 4 default @ -", "rate 1mb: a whole number"),
                (tables.read_cases, "matrix a 1mbit 1ms x 0 off - 4 default @ -", "are numbers"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 default @ 3:loss=1", "step 3:loss=1"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 default @ 3:udp=1ms", "rate 1ms"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 some @ -", "some is none of"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 default @/1ms,@/2ms -",
                 "more than one longer"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 default @*0 -", "flow @\\*0: not NAME"),
                (tables.read_cases, "matrix a 1mbit 1ms 1 0 off - 4 default *4 -", "not NAME"),
                (tables.read_schemes, "a g other cubic - aurora matrix - -", "a snapshot needs an app"),
                (tables.read_schemes, "a g other cubic - - matrix,none - -", "none is none of"),
                (tables.read_schemes, "a g best cubic - - matrix - -", "best is none of"),
                (tables.read_schemes, "a g other cubic - - matrix - cc.x=1", "a sysctl of LiteFlow needs"),
                (tables.read_schemes, "a g other cubic cc - matrix - cc.x", "sysctl cc.x: not NAME=NUMBER")):
            with self.assertRaisesRegex(Failure, message):
                self.table(read, text)

    def test_flows_are_names_counts_and_delays(self):
        self.assertEqual(tables.decode_flow("@"), ("@", 1, 0))
        self.assertEqual(tables.decode_flow("@*64"), ("@", 64, 0))
        self.assertEqual(tables.decode_flow("cubic/30ms"), ("cubic", 1, 30000))

    def test_sysctls_are_names_and_numbers(self):
        self.assertEqual(tables.decode_sysctl("-"), {})
        self.assertEqual(tables.decode_sysctl("cc.clamp=0,stale_ms=5"), {"cc.clamp": 0, "stale_ms": 5})

    def test_jobs_are_cases_by_groups(self):
        cases, schemes = self.table(tables.read_cases, CASES), self.table(tables.read_schemes, SCHEMES)
        names = [name for name, _, _ in tables.jobs(cases, schemes)]
        self.assertEqual(names[:3], ["matrix-fast-kernel", "matrix-fast-liteflow", "matrix-lossy-kernel"])
        self.assertEqual(names[-1], "tuning-ways-user")
        self.assertEqual(len(names), JOBS)
        self.assertEqual(len(tables.jobs(cases, schemes, full=True)), JOBS + 2)
        self.assertEqual(len(tables.jobs(cases, schemes, parts=["dynamics"])), 2)
        self.assertEqual(len(tables.jobs(cases, schemes, only=re.compile("fast.*flow"))), 1)
        by_name = {name: [s["name"] for s in group] for name, _, group in tables.jobs(cases, schemes)}
        self.assertEqual(by_name["matrix-fast-kernel"], ["cubic", "bbr"])
        self.assertEqual(by_name["fairness-equal-liteflow"], ["liteflow"])
        self.assertEqual(by_name["case2-many-user"], ["netlink_1"])
        self.assertEqual(by_name["tuning-ways-user"], ["netlink_1", "netlink_x"])

    def test_only_core_paths_have_all_schemes_but_in_the_full_grid(self):
        cases, schemes = self.table(tables.read_cases, CASES), self.table(tables.read_schemes, SCHEMES)

        def of(name, **grid):
            return next([s["name"] for s in group] for job, _, group in tables.jobs(cases, schemes, **grid)
                        if job == name)
        self.assertEqual(of("matrix-fast-liteflow"), ["liteflow", "constant", "unclamped"])
        self.assertEqual(of("matrix-lossy-liteflow"), ["liteflow"])
        self.assertEqual(of("matrix-lossy-liteflow", full=True), ["liteflow", "constant", "unclamped"])

    def test_the_default_grid_ends_within_90_minutes_on_two_cores(self):
        found = tables.jobs(tables.read_cases(), tables.read_schemes())
        self.assertLess(sum(tables.weight(case, group) for _, case, group in found) / 2, 90 * 60)
        # What runs in real time runs alone, after all else.
        parts = [case["part"] in tables.REAL_PARTS for _, case, _ in found]
        self.assertEqual(parts, sorted(parts))

    def environment(self, case_name, names):
        case = next(c for c in self.table(tables.read_cases, CASES) if c["name"] == case_name)
        schemes = [s for s in self.table(tables.read_schemes, SCHEMES) if s["name"] in names]
        for name in ("aurora", "constant"):
            made_up.write(f"{self.directory}/snapshots/{name}/name", f"lf_cc_{name}\n")
        return tables.environment(self.directory, case, schemes)

    def test_environment_is_for_the_guest(self):
        text = self.environment("steps", ("liteflow", "constant"))
        self.assertIn("LIMIT_BYTES=100000\n", text)
        self.assertIn("STEPS=3:rate=10mbit\n", text)
        self.assertIn("SCHEMES='liteflow liteflow cc lf_cc_aurora -\n"
                      "constant liteflow cc lf_cc_constant -'\n", text)
        self.assertIn("NEEDS_MODULES=1\n", text)
        for line in ("PROGRAMS=''", "OBJECTS=''", "COST=0", "REPEATS=1", "REAL_CPUS=0"):
            self.assertIn(line + "\n", text)

    def test_sysctls_and_what_runs_beside_reach_the_guest(self):
        self.assertIn(" cc lf_cc_aurora cc.clamp=0,cc.other=7'\n", self.environment("fast", ("unclamped",)))
        text = self.environment("many", ("netlink_1",))
        self.assertIn("SCHEMES='netlink_1 liteflow cc lf_cc_aurora cc.user_ms=1 "
                      "lf-user --snapshot /root/aurora.so'\n", text)
        for line in ("PROGRAMS=lf-user", "OBJECTS=aurora", "COST=1", "FLOWS='@*64'"):
            self.assertIn(line + "\n", text)

    def test_real_time_has_cpus_and_repeats(self):
        text = self.environment("real", ("liteflow",))
        for line in ("COST=1", "REPEATS=3", "REAL_CPUS=2"):
            self.assertIn(line + "\n", text)

    def test_a_snapshot_that_was_not_built_is_refused(self):
        with self.assertRaisesRegex(Failure, "snapshot none"):
            tables.module_of(self.directory, "none")


class Report(in_directory.Reported):
    NAME, CASES, SCHEMES = "cc", CASES, SCHEMES

    def test_all_parts_make_results_and_the_document(self):
        self.run_all(bps=lambda t: 2e7)
        self.report()
        matrix = self.result("matrix")
        self.assertEqual([c["name"] for c in matrix["figures"]["cases"]], ["fast", "lossy"])
        self.assertEqual(list(matrix["figures"]["cases"][0]["runs"]),
                         ["cubic", "bbr", "liteflow", "constant", "unclamped"])
        self.assertEqual(matrix["parameters"]["judged"], ["liteflow"])
        self.assertEqual(matrix["meta"]["guests"]["matrix-fast-kernel"], {"wall_s": 60, "cpu_s": 66.0, "load": 2.5})
        self.assertEqual(self.result("fairness")["figures"]["cases"][0]["runs"]["liteflow"]["jain"], 1)
        self.assertEqual(len(self.result("dynamics")["figures"]["cases"][0]["runs"]["bbr"]["phases"]), 2)
        case1 = self.result("case1")["figures"]["cases"][0]
        self.assertEqual(case1["background_bps"], 12000000)
        self.assertEqual(case1["runs"]["netlink_1"]["goodput_deviation_bps"], 0)
        case2 = self.result("case2")["figures"]["cases"]
        self.assertEqual(case2[1]["runs"]["cubic"]["connections"], 64)
        self.assertEqual(case2[1]["runs"]["netlink_1"]["busy_of_kernel"], 1)
        real = self.result("case2-real")
        self.assertEqual((real["parameters"]["time"], real["parameters"]["repeats"]), ("real", 3))
        self.assertEqual(len(real["figures"]["cases"][0]["runs"]["bbr"]["repeats_bps"]), 3)
        tuning = self.result("tuning")["figures"]
        self.assertEqual(tuning["cases"][0]["runs"]["netlink_x"]["goodput_of_kernel"], 1)
        self.assertTrue(tuning["summary"]["aims"]["netlink_x"][0]["met"])
        text = self.text()
        self.assertIn("| 100 Mbit/s, 10 ms, 1 BDP, 0 % | 20.00 / 1.0 / 3 | 20.00 / 1.0 / 3 |", text)
        self.assertIn("Lossless paths that no scheme uses to 95 %: fast (20.9 %)", text)
        self.assertNotIn("Not complete", text)
        self.assertFalse(os.path.exists(f"{self.work}/partial/bench-cc.md"))

    def test_aims_and_what_was_published_come_first(self):
        self.run_all(bps=lambda t: 2e7)
        out = self.report()
        text = self.text()
        # All schemes are made up alike: no better than the constant one, nor over CUBIC.
        self.assertIn("12 of 14 are met.", text)
        self.assertIn("| matrix | liteflow | geometric mean of the ratio to CUBIC's goodput, lossy or shallow "
                      "| >= 1.175 | 1.0 | **missed** | - |", text)
        self.assertIn("MISSED dynamics liteflow: steps: goodput over that of constant: 1.0 (wanted", out)
        self.assertIn("| liteflow: goodput against CUBIC's | +17.5 % | +0.0 % (lossless), +0.0 % "
                      "(lossy or shallow) |", text)
        self.assertIn("26.2 / 44.4 / 65.7 % | - / - / 0.0 % |", text)
        self.assertIn("`cc.user_ms=1` | `lf-user --snapshot /root/aurora.so` |", text)
        for heading in ("## Aims", "## Beside what was published", "## Schemes", "## Paths", "## Case 1",
                        "## Case 2: ", "## Case 2 in real time"):
            self.assertEqual(text.count(f"\n{heading}"), 1, heading)
        self.assertIn("**In real time**, on 1 emulated CPUs", text)

    def test_results_of_an_older_format_are_missing(self):
        self.run_all()
        self.report()
        os.remove(self.document)
        matrix = self.result("matrix")
        made_up.write(f"{self.results}/cc-matrix.json", json.dumps(matrix | {"format": 1}))
        self.report("fairness")
        self.assertFalse(os.path.exists(self.document))
        self.report("matrix")
        self.assertTrue(os.path.exists(self.document))

    def test_gaps_are_no_result(self):
        self.run_all(but=["matrix-lossy-liteflow"])
        out = self.report()
        self.assertIn("1 of 4 guests are missing", out)
        self.assertFalse(os.path.exists(f"{self.results}/cc-matrix.json"))
        self.assertFalse(os.path.exists(self.document))
        self.assertTrue(os.path.exists(f"{self.results}/cc-dynamics.json"))
        partial = self.result("matrix", f"{self.work}/partial")
        self.assertEqual(partial["figures"]["missing"], ["matrix-lossy-liteflow"])
        self.assertIn("**Not complete: 1 guests", self.text(f"{self.work}/partial/bench-cc.md"))
        self.run_all()
        self.report("matrix")
        self.assertTrue(os.path.exists(self.document))
        self.assertFalse(os.path.exists(f"{self.work}/partial/cc-matrix.json"))

    def test_what_was_measured_of_something_else_is_missing(self):
        self.run_all()
        made_up.write(f"{self.work}/jobs/matrix-fast-kernel.key", "another\n")
        self.assertIn("1 of 4 guests are missing", self.report())

    def test_void_and_fallen_are_shown(self):
        self.run_all(idle=0.1)
        made_up.job(f"{self.work}/raw/matrix-fast-liteflow", self.cases[0], self.schemes[3:],
                    counted=(50, 0, 1))
        self.report()
        text = self.text()
        self.assertIn("| *void* (10 % idle) | *void* (10 % idle) | 79.99 / 1.0 / 3 † |", text)
        self.assertIn("Void: fast (cubic, bbr), lossy (cubic, bbr, liteflow)", text)
        self.assertIn("| cubic ‡ | 79.99 |", text)

    def test_late_answers_are_shown_and_no_fall(self):
        self.run_all(but=["case1-udp-user", "case2-one-user"])
        made_up.job(f"{self.work}/raw/case1-udp-user", self.cases[6], self.schemes[6:], counted=(0, 1, 9, 100, 9))
        made_up.job(f"{self.work}/raw/case2-one-user", self.cases[7], self.schemes[6:], counted=(0, 1, 10, 50, 9))
        self.report()
        text = self.text()
        self.assertIn("| netlink_1 | 80.00 | 0.00 | 1.0 | 1.0 | 3 | - | 9.0 % |", text)
        self.assertRegex(text, r"\| netlink_1 † \| 79.99 .*\| - \| 18.0 % \|")

    def test_kernels_are_not_mixed(self):
        self.run_all()
        made_up.write(f"{self.work}/raw/matrix-lossy-kernel/kernel", "6.12\n")
        with self.assertRaisesRegex(Failure, "another kernel"):
            self.report()

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_pictures_are_drawn_with_gaps_too(self):
        self.run_all(but=["matrix-lossy-liteflow", "dynamics-steps-kernel"])
        made_up.job(f"{self.work}/raw/matrix-fast-kernel", self.cases[0], self.schemes[:2], idle=0.1)
        self.report(draw=True)
        for path in (f"{self.work}/partial/cc-matrix.svg", f"{self.work}/partial/cc-dynamics.svg",
                     *(f"{self.results}/cc-{part}.svg" for part in ("fairness", "case1", "case2", "case2-real"))):
            self.assertTrue(self.text(path).rstrip().endswith("</svg>"), path)


if __name__ == "__main__":
    unittest.main()
