#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Summary and page, on figures made up."""

import unittest

import document
import summary


def figures(reward):
    return {"utilisation": 0.9, "queue_ms": 5.0, "reward": reward, "decisions": 10}


def run(seed, reward, **updates):
    return {"seed": seed, "all": figures(reward), "phases": {"a": figures(reward)}, "rounds": 3,
            "updates": updates, "batch_bytes": 2000, "staged_bytes": 1000}


def case(name, *runs):
    return {"name": name, "about": "made up", "start": "shipped", "config": "", "runs": list(runs)}


def made_up():
    cost = {"tune_cpu_s": 1.0, "quantise_cpu_s": 0.5, "cpu_s": 9.0}
    return {"parameters": {"seeds": 2, "phases": [{"name": "a", "rate_bps": 1e6, "rtt_s": 0.1}], "phase_s": 30,
                           "connections": 2, "life_s": 1, "least_life_s": 1, "mistuned_by": 1},
            "rules": [case("frozen", run(1, 0.5), run(2, 0.9)),
                      case("tuned", run(2, 1.0, activated=2, promoted=1), run(1, 0.7, rolled_back=4))],
            "intervals": [],
            "meta": {"cpu": [{"start": "shipped", "name": "tuned", "runs": [cost]}], "blas_core": "X"}}


class Summary(unittest.TestCase):
    def setUp(self):
        self.result = summary.add_figures(made_up())
        self.tuned = self.result["rules"][1]["figures"]

    def test_frozen_is_compared_seed_by_seed(self):
        over = self.tuned["reward_over_frozen"]
        self.assertAlmostEqual(over["least"], 0.1)
        self.assertAlmostEqual(over["most"], 0.2)
        self.assertEqual(self.result["rules"][0]["figures"]["reward_over_frozen"]["most"], 0)

    def test_swaps_are_what_came_to_serve(self):
        self.assertEqual(self.tuned["swaps"], {"median": 1.5, "least": 0, "most": 3})
        self.assertEqual(self.tuned["rolled_back"]["most"], 4)

    def test_cpu_is_of_tuning_only(self):
        self.assertEqual(summary.cpu(self.result, "shipped", "tuned"), 1.5)
        self.assertIsNone(summary.cpu(self.result, "shipped", "frozen"))


class Page(unittest.TestCase):
    def test_tells_every_case_and_that_it_is_simulated(self):
        page = document.document(summary.add_figures(made_up()))
        self.assertIn("not in the kernel", page)
        self.assertIn("| tuned | 90.0 | 5.0 | 0.850 (0.700 to 1.000) | +0.150 (+0.100 to +0.200) | 2 (0 to 3)", page)
        self.assertIn("- *tuned*: made up.", page)


if __name__ == "__main__":
    unittest.main()
