#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: prediction_test.py LF_BENCH_PREDICTION MODEL: from made-up records to scores."""

import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM, MODEL = sys.argv[1:3]


def record(i):
    """Pairs of one size each; half of the pairs' bytes wait when the flow begins."""
    pair = i % 4
    size = 1000 * 10 ** pair
    log = math.log2(1 + size)
    history = [log] * min(i // 4, 5) + [0.0] * (5 - min(i // 4, 5))
    state = [math.log2(1 + min(size, 31000)), 0, 9, 15, *history, log if i >= 4 else 0, 10, 1, 1, 1, 0, 0]
    return {"flow": i + 1, "time_ns": 1000 * i, "bytes": size, "port": 80, "pair": pair, "state": state}


class Prediction(unittest.TestCase):
    def run_program(self, *texts):
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for i, text in enumerate(texts):
                paths.append(os.path.join(directory, f"records{i}"))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(text)
            return subprocess.run([PROGRAM, MODEL, *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, timeout=120, check=False)

    def test_scores(self):
        batches = "".join(json.dumps({"app": "sched", "records": [record(i) for i in range(at, at + 40)]}) + "\n"
                          for at in range(0, 400, 40))
        ran = self.run_program(batches, batches)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        found = json.loads(ran.stdout)
        self.assertEqual((found["flows"], found["hosts"], found["predictable"]), (400, 2, True))
        table = found["predictors"]["table of (peer, port)"]
        self.assertAlmostEqual(table["r2_median"], 1)
        self.assertAlmostEqual(table["log_r2_median"], 1, places=4)
        self.assertEqual(len(found["predictors"]), 6)
        self.assertEqual(found["bands_bytes"][0], 10000)
        self.assertEqual(len(found["bands_bytes"]), 7)
        confusion = found["confusion"]["network, tuned"]["flows_by_true_and_predicted_band"]
        self.assertEqual([sum(row) for row in confusion], [200, 0, 100, 0, 100, 0, 0, 0])

    def test_errors(self):
        good = json.dumps({"records": [record(i) for i in range(10)]}) + "\n"
        short = json.dumps({"records": [dict(record(0), state=[1, 2])]}) + "\n"
        for text, reason in (("", "0 flows, 100 are needed"), (good, "10 flows, 100 are needed"),
                             (good + "{\n", ":2: no batch of app sched"), (good + "{}\n", ":2: no batch of app sched"),
                             (good + short, "state has 2 inputs, not 16")):
            ran = self.run_program(text)
            self.assertEqual(ran.returncode, 1)
            self.assertIn(reason, ran.stderr)
        self.assertEqual(subprocess.run([PROGRAM], stderr=subprocess.DEVNULL, check=False).returncode, 2)


if __name__ == "__main__":
    del sys.argv[1:3]
    unittest.main()
