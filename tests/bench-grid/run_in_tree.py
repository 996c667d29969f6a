# SPDX-License-Identifier: GPL-2.0
"""For the tests: run.sh from end to end in a tree of its own, where a guest is a stand-in."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import made_up

GRID = os.path.dirname(os.path.abspath(__file__))
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
schemes = [s for s in tables.read_schemes() if s["name"] in names and s.get("part", case["part"]) == case["part"]]
made_up.job(given["--results"], case, schemes)
os.remove(given["--results"] + "/key")
"""
LF_BENCH_SNAPSHOT = """#!/bin/sh
mkdir -p "$5" && touch "$5/lf_$3_$4.c" && echo "lf_$3_$4"
"""
# A module is anything that objcopy takes.
KBUILD = """modules:
	for file in $(M)/*.c; do cp /bin/true $${file%.c}.ko; done
"""


class Run(unittest.TestCase):
    """A benchmark in HERE with made-up TABLES ({name: text}), PROGRAMS and MODULES."""
    HERE, TABLES, PROGRAMS, MODULES = "", {}, (), ()

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.tree = temporary.name
        self.name = os.path.basename(self.HERE)
        here = f"{self.tree}/tests/{self.name}"
        for of in (self.HERE, GRID):
            shutil.copytree(of, f"{self.tree}/tests/{os.path.basename(of)}",
                            ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in self.TABLES.items():
            made_up.write(f"{here}/{name}", text)
        for name in ("guest-lib.sh", "init"):
            made_up.write(f"{self.tree}/tools/vm/{name}", "")
        self.program("tools/lf-vm", LF_VM.format(here=here, tree=self.tree))
        self.program("build/user/bin/lf-bench-snapshot", LF_BENCH_SNAPSHOT)
        for name in self.PROGRAMS:
            self.program(f"build/user/bin/{name}", "#!/bin/sh\n")
        made_up.write(f"{self.tree}/headers/Makefile", KBUILD)
        for name in self.MODULES:
            self.module(name, "/bin/true")

    def program(self, name, text):
        path = f"{self.tree}/{name}"
        made_up.write(path, text)
        os.chmod(path, 0o755)

    def module(self, name, of):
        os.makedirs(f"{self.tree}/build/modules/6.1", exist_ok=True)
        shutil.copy(of, f"{self.tree}/build/modules/6.1/{name}.ko")

    def start(self, *arguments, **environment):
        return subprocess.Popen([f"{self.tree}/tests/{self.name}/run.sh", *arguments],
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

    def given(self):
        """{job: what lf-vm was called with}"""
        with open(f"{self.tree}/given", encoding="utf-8") as file:
            return {line.split()[0]: line for line in file}

    def result(self, name):
        with open(f"{self.tree}/build/results/{name}.json", encoding="utf-8") as file:
            return json.load(file)

    def stop_under_way(self, *arguments):
        """It is stopped while two guests run: none may be left."""
        process = self.start(*arguments, SLEEP="1")
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
