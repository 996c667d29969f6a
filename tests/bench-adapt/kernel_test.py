#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What adaptation did on a kernel, from runs made up."""

import json
import tempfile
import unittest

import kernel
import measured

STEP_S = 30


def run(goodput, queue, began=100.0):
    """Two phases of 10 and 5 Mbit/s; goodput (bit/s) and queue (s) are functions of the time."""
    phases = [{"start": began + i * STEP_S, "end": began + (i + 1) * STEP_S, "rate_bps": rate, "delay": "20ms",
               "loss_percent": 0.0} for i, rate in enumerate((10e6, 5e6))]
    times = [i / 2 for i in range(1, 4 * STEP_S + 1)]
    return {"began": began, "phases": phases, "goodput": [(began + t, goodput(t)) for t in times],
            "queue": [(began + t, queue(t)) for t in times], "retransmits": 0, "idle": 0.5}


class Kernel(unittest.TestCase):
    def setUp(self):
        # The frozen one sinks at 12 s as well, and began at another time.
        self.runs = {"frozen": run(lambda t: 8e6 if t <= 12 else 4e6, lambda t: 0.01, began=900.0),
                     "adaptive": run(lambda t: 8e6 if t <= 12 else 5e6,
                                     lambda t: 0.01 if t <= 12 else 0.03)}

    def test_a_window_is_of_its_phase(self):
        self.assertEqual(kernel.window(self.runs["adaptive"], 135, 140), (1.0, 30.0))
        self.assertEqual(kernel.window(self.runs["adaptive"], 105, 110), (0.8, 10.0))
        self.assertIsNone(kernel.window(self.runs["adaptive"], 500, 505))

    def test_a_swap_is_judged_beside_the_frozen_one(self):
        effects = kernel.swap_effects(self.runs, [(12.0, 12.0)])
        self.assertEqual(effects, [{"time_s": 12.0, "utilisation": 0.1, "queue_ms": 20.0}])

    def test_swaps_beside_a_step_tell_nothing(self):
        beside = [(2.0, 12.0), (12.0, 28.0), (33.0, 40.0), (40.0, 58.0), (20.0, 40.0)]
        self.assertEqual(kernel.swap_effects(self.runs, beside), [])

    def test_only_what_stayed_has_an_effect(self):
        turns = {"difference": 0.01, "lower": -0.01, "upper": 0.02, "allowed": 0.02, "ended_s": 124.0}
        updates = [{"time_s": 112.0, "turns": turns, "verdict": verdict}
                   for verdict in ("kept", "dropped", "rolled_back", "not judged before the end")]
        updates.append({"time_s": 112.0, "turns": None, "verdict": "kept"})
        self.assertEqual(kernel.promoted_swaps(updates, 100.0), [(12.0, 24.0)] * 2)

    def test_phases_tell_the_reaction_apart(self):
        rows = kernel.phases_of(self.runs["adaptive"])
        self.assertEqual([row["reaction_utilisation"] for row in rows], [0.8, 1.0])
        self.assertLess(rows[0]["utilisation"], 0.7)

    def test_the_log_tells_what_became_of_each_trial(self):
        gate = {"type": "gate", "stability": 0.9, "fidelity_min": 0.3, "threshold": 0.2}
        trial = {"basis": "turns", "difference": 0.01, "lower": 0, "upper": 0.02, "allowed": 0.02}
        steps = {step + "_s": 0.001 for step in ("tune", "quantise", "build", "load", "verify", "activate")}
        lines = []
        # The same snapshot twice: dropped first, and kept when it came again.
        for number, ends in ((1, ["dropped"]), (2, ["promoted", "kept"]), (3, ["promoted"]), (4, [])):
            lines += [gate | {"round": number},
                      {"type": "update", "round": number, "time": 10 * number, "snapshot": 2, "path": "params"} | steps]
            for kind, result in zip(("turns", "watch"), ends):
                lines.append(trial | {"type": kind, "round": number, "time": 10 * number + 5, "result": result})
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as log:
            log.write("".join(json.dumps(line) + "\n" for line in lines))
            log.flush()
            updates = measured.load_updates(log.name)
        self.assertEqual([u["verdict"] for u in updates],
                         ["dropped", "kept", "not judged before the end", "not judged before the end"])
        self.assertEqual([u["turns"] and u["turns"]["ended_s"] for u in updates], [15, 25, 35, None])

    def test_the_page_holds_what_changed(self):
        seeds = [{"phases": {arm: kernel.phases_of(self.runs[arm]) for arm in kernel.ARMS},
                  "swap_effects": kernel.swap_effects(self.runs, [(12.0, 12.0)]),
                  "turns": [{"difference": 0.0123}], "verdicts": ["kept", "rolled_back"]}]
        phases = [{k: p[k] for k in ("rate_bps", "delay", "loss_percent")} for p in self.runs["frozen"]["phases"]]
        page = kernel.page({"parameters": {"phases": phases, "phase_s": STEP_S, "flows": 2}, "seeds": seeds,
                            "phases": kernel.summarise(seeds, 2)})
        self.assertIn("| 5 Mbit/s, 20ms | 0.800 | 1.000 | +0.200 | 10.0 | 30.0 | +20.0 |", page)
        self.assertIn("utilisation +0.100, queue +20.0 ms.", page)
        self.assertIn("2 updates were tried: 1 kept, 1 rolled_back.", page)
        self.assertIn("a reward (of 1) of +0.0123.", page)


if __name__ == "__main__":
    unittest.main()
