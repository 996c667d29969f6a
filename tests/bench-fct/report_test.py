#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""From tables and what guests leave to results, pictures and the document."""

import json
import os
import re
import shutil
import unittest
from unittest import mock

import tables  # first: it finds bench-grid

import in_directory
import made_up
import resampling
from grid import Failure

CASES = """
sched mix    mix    0.5 20 1 default link=shared
sched odd    search 0.8 20 1 default -
sched wide   rpc    0.5 20 1 full    link=own
lb    even   equal  0.5 20 1 default sizes=search
lb    slow   gray   0.5 20 1 default sizes=mining
"""
SCHEMES = """
sched none    plain    base   none    -     - -
sched perfect plain    other  perfect -     - -
sched pias    liteflow other  2       -     - -
sched network liteflow judged 0       sched - -
sched netlink user     user   1       sched - sched.gap_ms=5 lf-user --snapshot /root/sched.so
lb    ecmp    plain    base   ecmp    -     - -
lb    wecmp   plain    other  wecmp   -     - -
lb    least   rules    other  2       -     - -
lb    network liteflow judged 0       lb    - -
lb    netlink user     user   1       lb    - - lf-user --snapshot /root/lb.so
"""
SNAPSHOTS = """
sched sched.pt x.csv sched trained
lb    lb.pt    x.csv lb    trained
"""
JOBS = 2 * 3 + 2 * 4


class Tables(in_directory.InDirectory):
    def test_the_shipped_ones_are_read(self):
        cases, schemes = tables.read_cases(), tables.read_schemes()
        snapshots = [s["name"] for s in tables.read_snapshots()]
        self.assertEqual({c["part"] for c in cases}, set(tables.PARTS))
        for s in schemes:
            self.assertIn(s["snapshot"], snapshots + ["-"])
        for part in tables.PARTS:
            of = [c for c in cases if c["part"] == part]
            self.assertEqual({c["what"] for c in of}, set(tables.CHOICES[part]))
            few = [c for c in of if c["grid"] == "default"]
            self.assertEqual(len({c["what"] for c in few}) * len({c["load"] for c in few}), len(few))

    def test_mistakes_are_told_with_their_place(self):
        for read, text, message in (
                (tables.read_cases, "sched a mix 0.5", ":1: the columns are"),
                (tables.read_cases, CASES + "lb even equal 0.5 20 1 default -", "even stands there twice"),
                (tables.read_cases, "cc a mix 0.5 20 1 default -", "cc is none of"),
                (tables.read_cases, "lb a mix 0.5 20 1 default -", "mix is none of equal"),
                (tables.read_cases, "sched a mix x 20 1 default -", "are numbers"),
                (tables.read_cases, "sched a mix 1.5 20 1 default -", "between 0 and 1"),
                (tables.read_cases, "sched a mix 0.5 20 1 maybe -", "maybe is none of"),
                (tables.read_cases, "sched a mix 0.5 20 1 default sizes=search", "not link=VALUE"),
                (tables.read_cases, "sched a mix 0.5 20 1 default link=none", "none is none of"),
                (tables.read_schemes, "lb a g best ecmp - - -", "best is none of"),
                (tables.read_schemes, "lb a g base none - - -", "none is none of ecmp"),
                (tables.read_schemes, "lb a g base ecmp lb - -", "needs a mode of it"),
                (tables.read_schemes, "lb a g base 0 lb - lb.x", "not NAME=NUMBER"),
                (tables.read_schemes, "lb a g base 0 lb - -\nlb a g base 0 lb - -", "a stands there twice")):
            with self.assertRaisesRegex(Failure, message):
                self.table(read, text)

    def test_jobs_are_cases_by_groups(self):
        cases, schemes = self.table(tables.read_cases, CASES), self.table(tables.read_schemes, SCHEMES)
        names = [name for name, _, _ in tables.jobs(cases, schemes)]
        self.assertEqual(names[:3], ["sched-mix-plain", "sched-mix-liteflow", "sched-mix-user"])
        self.assertEqual(names[-1], "lb-slow-user")
        self.assertEqual(len(names), JOBS)
        self.assertEqual(len(tables.jobs(cases, schemes, full=True)), JOBS + 3)
        self.assertEqual(len(tables.jobs(cases, schemes, parts=["lb"])), 8)
        self.assertEqual(len(tables.jobs(cases, schemes, only=re.compile("mix.*user"))), 1)

    def test_the_default_grid_ends_within_90_minutes_on_two_cores(self):
        found = tables.jobs(tables.read_cases(), tables.read_schemes())
        self.assertLess(sum(tables.weight(case, group) for _, case, group in found) / 2, 90 * 60)

    def environment(self, case_name, names):
        case = next(c for c in self.table(tables.read_cases, CASES) if c["name"] == case_name)
        schemes = [s for s in self.table(tables.read_schemes, SCHEMES)
                   if s["name"] in names and s["part"] == case["part"]]
        for name in ("sched", "lb"):
            made_up.write(f"{self.directory}/snapshots/{name}/name", f"lf_{name}_x\n")
        return tables.environment(self.directory, case, schemes)

    def test_environment_is_for_the_guest(self):
        text = self.environment("mix", ("netlink",))
        for line in ("PART=sched", "LINK=shared", "TRAFFIC='traffic.py sched mix 0.5 20 1'", "PROGRAMS=lf-user",
                     "TRAFFIC_DIR=sched-mix-0.5-20-1", "OBJECTS=sched", "NEEDS_MODULES=1", "NEEDS_LFCTL=1",
                     "SCHEMES='netlink 1 lf_sched_x sched.gap_ms=5 lf-user --snapshot /root/sched.so'"):
            self.assertIn(line + "\n", text)
        text = self.environment("mix", ("none",))
        for line in ("NEEDS_MODULES=0", "NEEDS_LFCTL=0", "SCHEMES='none none - -'"):
            self.assertIn(line + "\n", text)
        self.assertIn("NEEDS_LFCTL=1\n", self.environment("mix", ("none", "perfect")))
        text = self.environment("slow", ("ecmp", "wecmp"))
        for line in ("FABRIC=gray", "TRAFFIC='traffic_fabric.py lb mining 0.5 20 1'", "NEEDS_LFCTL=0"):
            self.assertIn(line + "\n", text)

    def test_all_schemes_of_a_case_have_the_same_traffic(self):
        cases, schemes = self.table(tables.read_cases, CASES), self.table(tables.read_schemes, SCHEMES)
        for case in cases:
            texts = {self.environment(case["name"], (s["name"],)).partition("TRAFFIC=")[2].partition("\n")[0]
                     for s in schemes if s["part"] == case["part"]}
            self.assertEqual(len(texts), 1)


class Report(in_directory.Reported):
    NAME, CASES, SCHEMES = "fct", CASES, SCHEMES

    def setUp(self):
        super().setUp()
        self.patch(resampling, "RESAMPLES", 40)

    def test_all_parts_make_results_and_the_document(self):
        self.run_all(slow={"network": lambda size, us: us / 2, "perfect": lambda size, us: us / 2.1})
        self.report()
        sched = self.result("sched")
        self.assertEqual([c["name"] for c in sched["figures"]["cases"]], ["mix", "odd"])
        self.assertEqual(list(sched["figures"]["cases"][0]["runs"]), ["none", "perfect", "pias", "network", "netlink"])
        self.assertEqual((sched["parameters"]["base"], sched["parameters"]["processes"]), ("none", ["netlink"]))
        self.assertEqual(sched["meta"]["guests"]["sched-mix-plain"], {"wall_s": 60, "cpu_s": 66.0, "load": 2.5})
        against = sched["figures"]["cases"][0]["against"]["network"]["none"]["long"]["mean_us"]
        self.assertAlmostEqual(against["ratio"], 0.5, 3)
        self.assertLessEqual(against["interval"][0], against["interval"][1])
        text = self.text()
        self.assertIn("| none | 3.01 / 3.01 / 4.02 | 8.01 / 8.01 / 8.02 | 96.7 / 60 / 200 | 43.9 / 8.01 / 200 |", text)
        self.assertIn("| network | 40.0 % | 60 % | 3 / 4 | - | 1 | 7 |", text)
        self.assertIn("| network | 40.0 % | 60 % | 3 / 4 | - | 1 | 25.0 % | 25.0 % | 2.00 | 0.500 % | 2.000 % |", text)
        self.assertNotIn("Not complete", text)
        for heading in ("## Aims", "## Beside what was published", "## Schemes", "## Flow scheduling",
                        "## Load balancing", "## Where"):
            self.assertEqual(text.count(f"\n{heading}\n"), 1, heading)
        self.assertFalse(os.path.exists(f"{self.work}/partial/bench-fct.md"))

    def test_aims_are_hit_and_missed(self):
        self.run_all(slow={"network": lambda size, us: us / 2, "perfect": lambda size, us: us / 3})
        out = self.report()
        text = self.text()
        self.assertNotIn("over perfect's", text)  # nobody says that sizes are predictable
        self.assertIn("met    lb network: slow: mean of all flows over that of ecmp: 0.5 (wanted <= 0.7): 95 %:", out)
        self.assertIn("| load balancing, long flows: mean completion time saved against processes | 56.7 % | "
                      "even 50.0 %; slow 50.0 % |", text)
        # All alike but for the perfect: as fast is not faster.
        shutil.rmtree(self.work)
        self.run_all()
        self.assertIn("MISSED sched network: mix: 99th percentile of short flows over that of none: 1.0 (wanted < 1)",
                      self.report())

    def test_gaps_are_no_result(self):
        self.run_all(but=["sched-mix-liteflow"])
        out = self.report()
        self.assertIn("1 of 6 guests are missing", out)
        self.assertFalse(os.path.exists(f"{self.results}/fct-sched.json"))
        self.assertFalse(os.path.exists(self.document))
        self.assertTrue(os.path.exists(f"{self.results}/fct-lb.json"))
        self.assertIn("**Not complete: 1 guests", self.text(f"{self.work}/partial/bench-fct.md"))
        self.run_all()
        self.report("sched")
        self.assertTrue(os.path.exists(self.document))
        self.assertFalse(os.path.exists(f"{self.work}/partial/fct-sched.json"))

    def test_void_runs_count_nowhere(self):
        self.run_all()
        made_up.job(f"{self.work}/raw/sched-mix-user", self.cases[0], self.schemes[4:5], idle=0.1)
        self.report()
        text = self.text()
        self.assertIn("| netlink | *void* (10 % idle) | - | - | - |", text)
        self.assertIn("Void: mix (netlink).", text)
        self.assertNotIn("netlink", self.result("sched")["figures"]["cases"][0]["against"]["network"])

    def test_other_flows_are_no_comparison(self):
        self.run_all()
        made_up.write(f"{self.work}/raw/sched-mix-user/netlink/flows", "web 300 5000 0 2000\n")
        with self.assertRaisesRegex(Failure, "mix: netlink and none did not play the same flows"):
            self.report()

    def test_kernels_are_not_mixed(self):
        self.run_all()
        made_up.write(f"{self.work}/raw/sched-odd-plain/kernel", "6.12\n")
        with self.assertRaisesRegex(Failure, "another kernel"):
            self.report()

    def test_predicted_sizes_are_of_the_servers_flows(self):
        self.run_all(slow={"network": lambda size, us: us / 2, "perfect": lambda size, us: us / 3})
        program = f"{self.directory}/lf-bench-prediction"
        predictors = {name: {"log_r2_median": 0.5, "r2_median": 0.25} for name in ("last size", "network, tuned")}
        answer = {"flows": 2, "predictable": True, "predictors": predictors, "bands_bytes": [10000, 300000, 3000000],
                  "confusion": {"network, tuned": {
                      "flows_by_true_and_predicted_band": [[10 * i + k for k in range(4)] for i in range(4)],
                      "share_right": 0.3333}}}
        made_up.write(program, f"#!/bin/sh\ncp \"$2\" {self.directory}/asked\necho '{json.dumps(answer)}'\n")
        os.chmod(program, 0o755)
        with mock.patch.dict(os.environ, {"LF_BENCH_PREDICTION": program}):
            out = self.report()
        self.assertIn("MISSED sched network: mix: mean of short flows' 99th percentile and long flows' mean over perfect's: "
                      "1.5 (wanted <= 1.1)", out)
        with open(f"{self.directory}/asked", encoding="utf-8") as file:
            asked = [r for line in file for r in json.loads(line)["records"]]
        self.assertEqual({r["netns"] for r in asked}, {made_up.NETNS})
        text = self.text()
        self.assertIn("| mix | 2 | yes | 0.50 / 0.25 | 0.50 / 0.25 |", text)
        self.assertIn("| true band | predicted to 10 kB | predicted to 300 kB | predicted to 3 MB | predicted more |", text)
        self.assertIn("| mix | network, tuned | to 10 kB | 0 | 1 | 2 | 3 | 33.3 % |", text)
        self.assertIn("| mix | network, tuned | more | 30 | 31 | 32 | 33 |  |", text)

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_pictures_are_drawn_with_gaps_too(self):
        self.run_all(but=["sched-mix-liteflow"])
        made_up.job(f"{self.work}/raw/lb-even-user", self.cases[3], self.schemes[9:], idle=0.1)
        self.report(draw=True)
        for path in (f"{self.work}/partial/fct-sched.svg", f"{self.results}/fct-lb.svg"):
            self.assertTrue(self.text(path).rstrip().endswith("</svg>"), path)


if __name__ == "__main__":
    unittest.main()
