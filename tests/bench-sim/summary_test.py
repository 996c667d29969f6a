#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Errors over scenarios, the floor, the aims, and the document of them."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bench-grid"))

import document  # noqa: E402  pylint: disable=wrong-import-position
import engines  # noqa: E402  pylint: disable=wrong-import-position
import floor  # noqa: E402  pylint: disable=wrong-import-position
import gray  # noqa: E402  pylint: disable=wrong-import-position
import summary  # noqa: E402  pylint: disable=wrong-import-position


def figures(error, tail):
    """error: of single flows; None of an engine that knows none."""
    single = {} if error is None else {"mean_error": error, "p90_error": 2 * error, "bias": 0.0}
    return {c: {"flows": 10, "p99_error": tail, **single} for c in summary.CLASSES}


def scenario(**errors):
    """Of engines (error, error of the tail); the others' are large."""
    return {engine: figures(*errors.get(engine.replace("-", "_"), (0.6, -0.6))) for engine in engines.ENGINES}


FLOOR = {"floor": {"mean_error": 0.1, "p90_error": 0.2, "p99_error": {c: 0.05 for c in summary.CLASSES}},
         "oracle": {"mean_error": 0.08, "p90_error": 0.15}}


RATE = {"median": 20.0, "least": 10.0, "most": 30.0}
COSTS = {"events": {"flowsim": [{"active": n, "exact": {**RATE, "median": 4.0}, "fast": RATE} for n in (10, 800)],
                    "m4": [{"active": 10, "touched": 3, "rate": RATE}]},
         "fabric": {"flows": 1000, "engines": {"flowsim": {"wall_s": 1.0, "memory_mb": 50.0, "p99": 2.0}}}}
GRAY = {"bytes": 1000, "seconds": {"ns3": 9.0, "flowsim": 1.0, "m4": 2.0},
        "ms": [{"hosts": n, "reduction": r, "ns3": 10.0, "flowsim": 8.0, "m4": 10.0 + n} for n in (2, 4) for r in (4, 5)]}


def summarised(scenarios, speed=None):
    return summary.summarise(scenarios, scenarios, [FLOOR], speed or {"test": {"ns3": 10.0, "m4": 1.0}}, COSTS)


class Summary(unittest.TestCase):
    def aims(self, *arguments):
        return {a["aim"]: a for a in summarised(*arguments)["aims"]}

    def test_means_have_intervals_over_scenarios(self):
        of = summary.errors([scenario(m4=(e, 0)) for e in (0.1, 0.2, 0.3)])["m4"]["mean_error"]
        self.assertAlmostEqual(of["mean"], 0.2)
        self.assertTrue(0.1 <= of["interval"][0] < 0.2 < of["interval"][1] <= 0.3)

    def test_tails_count_by_amount_and_only_where_there_are_flows(self):
        scenarios = [scenario(m4=(0.1, -0.2)), scenario(m4=(0.1, 0.4))]
        del scenarios[1]["m4"]["below_1000"]
        tails = summary.errors(scenarios)["m4"]["p99_error"]
        self.assertAlmostEqual(tails["all"]["mean"], 0.3)
        self.assertAlmostEqual(tails["below_1000"]["mean"], 0.2)
        self.assertEqual(tails["below_1000"]["scenarios"], 1)

    def test_half_of_the_gap_is_what_is_wanted(self):
        name = "m4 closes the gap between flowSim and the oracle, mean_error"
        for error, met in ((0.30, True), (0.36, False)):
            aim = self.aims([scenario(flowsim=(0.6, 0), m4=(error, 0))] * 3)[name]
            self.assertEqual(aim["met"], met)
            self.assertAlmostEqual(aim["value"], round((0.6 - error) / (0.6 - 0.08), 3))

    def test_intervals_must_be_separate(self):
        name = "m4 beats the table with separate intervals, mean_error"
        self.assertTrue(self.aims([scenario(m4=(0.1, 0), table=(0.2, 0))] * 3)[name]["met"])
        mixed = [scenario(m4=(e, 0), table=(e + 0.01, 0)) for e in (0.1, 0.3, 0.5)]
        self.assertFalse(self.aims(mixed)[name]["met"])

    def test_tails_must_be_small_and_below_the_others(self):
        name = "m3: error of the 99th percentile, below_1000"
        self.assertTrue(self.aims([scenario(m3=(None, 0.1))])[name]["met"])
        self.assertFalse(self.aims([scenario(m3=(None, 0.2))])[name]["met"])
        self.assertFalse(self.aims([scenario(m3=(None, 0.1), parsimon=(0.1, 0.05))])[name]["met"])

    def test_flowsim_is_against_the_published_loop(self):
        aims = self.aims([scenario()])
        self.assertTrue(aims["flowSim against the published loop, 10 active flows"]["met"])
        self.assertFalse(aims["flowSim against the published loop, 800 active flows"]["met"])

    def test_speed_is_against_ns3(self):
        self.assertEqual(self.aims([scenario()])["m4 against ns-3, test"]["value"], 10.0)

    def test_the_same_figures_again(self):
        scenarios = [scenario(m4=(e, e)) for e in (0.1, 0.2, 0.3)]
        self.assertEqual(summarised(scenarios), summarised(scenarios))


class Floor(unittest.TestCase):
    def test_the_oracle_is_a_percentile_of_each_flow(self):
        exact = [(500, 2.0), (90_000, 4.0)]
        found = floor.figures(exact, [[(500, 2.0), (90_000, 6.0)], [(500, 3.0), (90_000, 4.0)]])
        self.assertAlmostEqual(found["floor"]["mean_error"], 0.25)
        self.assertAlmostEqual(found["oracle"]["mean_error"], (0.35 / 2 + 0.7 / 4) / 2)
        self.assertAlmostEqual(found["floor"]["p99_error"]["below_1000"], 0.25)
        self.assertNotIn("below_10000", found["floor"]["p99_error"])

    def test_a_job_is_cut_to_its_first_flows(self):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in (("flows.txt", "3\na\nb\nc\n"), ("topology.txt", "t\n"), ("settings.json", '{"seed": 1}')):
                with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
            exact, late = floor.jobs(directory, f"{directory}/out", 2, 1)
            with open(f"{late}/flows.txt", encoding="utf-8") as file:
                self.assertEqual(file.read(), "2\na\nb\n")
            with open(f"{late}/settings.json", encoding="utf-8") as file:
                self.assertIn('"jitter_ns": 200', file.read())
            with open(f"{exact}/settings.json", encoding="utf-8") as file:
                self.assertNotIn("jitter_ns", file.read())


class Gray(unittest.TestCase):
    def test_errors_have_signs_by_what_failed(self):
        found = gray.summarise(GRAY)
        self.assertAlmostEqual(found["flowsim"]["bias"], -0.2)
        self.assertAlmostEqual(found["m4"]["bias_by_hosts"]["4"], 0.4)
        self.assertAlmostEqual(found["m4"]["bias_by_reduction"]["5"], 0.3)
        self.assertAlmostEqual(found["m4"]["mean_error"], 0.3)


class Document(unittest.TestCase):
    def test_says_what_was_measured(self):
        result = {"parameters": {"test": {"count": 1, "flows": 100, "cap": 1000},
                                 "floor": {"flows": 10, "scenarios": 1, "runs": 2, "ns": 200, "percent": 35}},
                  "figures": {"gray": GRAY, "cost": COSTS,
                              "summary": {**summarised([scenario(m4=(0.125, 0.1), m3=(None, 0.2))]),
                                          "gray": gray.summarise(GRAY)}},
                  "meta": {"host": {"cpu": "a CPU", "cpus": 2, "kernel": "6.1"}}}
        text = document.document(result)
        self.assertIn("| m4 | 0.125 (0.125 to 0.125) |", text)
        self.assertIn("| m3 | - | - |", text)
        self.assertIn("| oracle | 0.080", text)
        self.assertIn("**missed**", text)


if __name__ == "__main__":
    unittest.main()
