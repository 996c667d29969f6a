#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""run.sh from end to end in a tree of its own, where a guest is a stand-in."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import made_up
from report_test import CASES, JOBS, SCHEMES, SNAPSHOTS

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = {"PATH": os.environ["PATH"], "JOBS": "2"}

# What lf-vm would do. FAIL: jobs whose guest fails; SLEEP: guests that don't end.
LF_VM = """#!/usr/bin/python3 -B
import os, sys, time
sys.path.insert(0, "{here}")
import made_up, tables
if sys.argv[1] == "kernels":
    print("6.1 6.1.0-test /boot/vmlinuz {tree}/headers")
    sys.exit(0)
given = dict(zip(sys.argv[2:], sys.argv[3:]))
env = dict(a.split("=", 1) for flag, a in zip(sys.argv, sys.argv[1:]) if flag == "--env")
if os.environ.get("SLEEP"):
    with open("{tree}/started", "a") as f:
        f.write(f"{{os.getpid()}}\\n")
    time.sleep(60)
job = os.path.basename(given["--results"]).replace(".new-", "")
with open("{tree}/ran", "a") as f:
    f.write(job + "\\n")
with open("{tree}/given", "a") as f:
    f.write(job + " " + " ".join(sys.argv).replace("\\n", " ") + "\\n")
if job in os.environ.get("FAIL", "").split():
    sys.exit("no guest today")
case = next(c for c in tables.read_cases() if job.startswith(f"{{c['part']}}-{{c['name']}}-"))
names = [line.split()[0] for line in env["SCHEMES"].splitlines()]
schemes = [s for s in tables.read_schemes() if s["name"] in names]
made_up.job(given["--results"], case, schemes)
os.remove(given["--results"] + "/key")
"""
LF_BENCH_SNAPSHOT = """#!/bin/sh
mkdir -p "$5" && touch "$5/lf_cc_$4.c" && echo "lf_cc_$4"
"""
# A module is anything that objcopy takes.
KBUILD = """modules:
	for file in $(M)/*.c; do cp /bin/true $${file%.c}.ko; done
"""


class Run(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.tree = temporary.name
        here = f"{self.tree}/tests/bench-cc"
        for of in (HERE, f"{HERE}/../bench-grid"):
            shutil.copytree(of, f"{self.tree}/tests/{os.path.basename(of)}", ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in (("cases", CASES), ("schemes", SCHEMES), ("snapshots", SNAPSHOTS)):
            made_up.write(f"{here}/{name}", text)
        for name in ("guest-lib.sh", "init"):
            made_up.write(f"{self.tree}/tools/vm/{name}", "")
        self.program("tools/lf-vm", LF_VM.format(here=here, tree=self.tree))
        self.program("build/user/bin/lf-bench-snapshot", LF_BENCH_SNAPSHOT)
        for name in ("lfctl", "lf-bench-queue", "lf-bench-udp", "lf-answer", "lf-user"):
            self.program(f"build/user/bin/{name}", "#!/bin/sh\n")
        made_up.write(f"{self.tree}/headers/Makefile", KBUILD)
        for name in ("liteflow", "tcp_liteflow"):
            self.module(name, "/bin/true")
        made_up.write(f"{self.tree}/models/aurora.pt", "")

    def program(self, name, text):
        path = f"{self.tree}/{name}"
        made_up.write(path, text)
        os.chmod(path, 0o755)

    def module(self, name, of):
        os.makedirs(f"{self.tree}/build/modules/6.1", exist_ok=True)
        shutil.copy(of, f"{self.tree}/build/modules/6.1/{name}.ko")

    def start(self, *arguments, **environment):
        return subprocess.Popen([f"{self.tree}/tests/bench-cc/run.sh", *arguments],
                                env=ENVIRONMENT | environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def run_it(self, *arguments, status=0, **environment):
        process = self.start(*arguments, **environment)
        out, _ = process.communicate(timeout=100)
        self.assertEqual(process.returncode, status, out)
        return out

    def ran(self):
        """Jobs since the last question."""
        path = f"{self.tree}/ran"
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            jobs = sorted(file.read().split())
        os.remove(path)
        return jobs

    def test_what_is_there_is_not_run_again(self):
        self.assertIn(f"{JOBS} guests, of which {JOBS} are to be run", self.run_it())
        self.assertEqual(len(self.ran()), JOBS)
        with open(f"{self.tree}/given", encoding="utf-8") as file:
            given = {line.split()[0]: line for line in file}
        self.assertIn("--virtual", given["matrix-fast-kernel"])
        self.assertNotIn("softirq", given["matrix-fast-kernel"])
        self.assertIn("lf-bench-udp", given["case1-udp-kernel"])
        self.assertIn("lf_bench_softirq.ko", given["case2-many-kernel"])
        self.assertNotIn("aurora.so", given["case2-many-liteflow"])
        self.assertIn("aurora.so", given["case2-many-user"])
        self.assertIn("lf-user", given["case2-many-user"])
        self.assertNotIn("--virtual", given["case2-real-real-user"])
        self.assertIn("--cpus 2", given["case2-real-real-user"])
        with open(f"{self.tree}/build/results/cc-matrix.json", encoding="utf-8") as file:
            self.assertEqual(json.load(file)["figures"]["missing"], [])
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
        process = self.start("matrix", SLEEP="1")
        started = f"{self.tree}/started"
        pids = []
        for _ in range(300):
            time.sleep(0.1)
            if os.path.exists(started):
                with open(started, encoding="utf-8") as file:
                    pids = file.read().split()
                if len(pids) == 2:
                    break
        self.assertEqual(len(pids), 2)
        self.assertIn("another one is running", self.run_it(status=1))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143)
        for pid in pids:
            self.assertFalse(os.path.exists(f"/proc/{pid}"))


if __name__ == "__main__":
    unittest.main()
