#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of traffic_fabric.py."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import traffic_fabric


def text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Flows(unittest.TestCase):
    def test_same_seed_same_flows(self):
        self.assertEqual(traffic_fabric.flows("search", 0.5, 50, 3), traffic_fabric.flows("search", 0.5, 50, 3))
        self.assertNotEqual(traffic_fabric.flows("search", 0.5, 50, 3), traffic_fabric.flows("search", 0.5, 50, 4))

    def test_from_leaf_to_leaf(self):
        for start, client, server, size, kind in traffic_fabric.flows("mining", 0.5, 500, 1):
            self.assertNotEqual(client[0], server[0])
            self.assertTrue(1 <= client[1] <= 8 and 1 <= server[1] <= 8)
            self.assertTrue(64 <= size <= 3000000 and start > 0)
            self.assertIn(kind, ("up", "down"))

    def test_both_directions_carry_the_load(self):
        found = traffic_fabric.flows("search", 0.5, 20000, 1)
        for leaf in (1, 2):
            sent = sum(size for _, client, server, size, kind in found
                       if (client if kind == "up" else server)[0] == leaf)
            self.assertAlmostEqual(sent * 8e6 / found[-1][0] / 80e6, 0.5, delta=0.03)

    def test_loads_differ_in_time_alone(self):
        low, high = (traffic_fabric.flows("search", load, 100, 1) for load in (0.4, 0.8))
        self.assertEqual([f[1:] for f in low], [f[1:] for f in high])
        self.assertAlmostEqual(low[-1][0] / high[-1][0], 2, delta=0.01)


class Scripts(unittest.TestCase):
    def test_each_flow_is_a_lane_of_its_client(self):
        found = [(5, (1, 2), (2, 7), 9000, "up"), (8, (2, 1), (1, 3), 70, "down")]
        with tempfile.TemporaryDirectory() as directory:
            traffic_fabric.write(directory, found)
            texts = {name: text(f"{directory}/{name}") for name in os.listdir(directory)}
        self.assertEqual(texts, {
            "1-2": "lane 0 call 10.1.0.2 10.2.0.7 5000 0\nx 0 0 - 5 9000 64 up\n",
            "2-1": "lane 1 call 10.2.0.1 10.1.0.3 5000 0\nx 1 0 - 8 64 70 down\n",
            "seconds": "0.000\n"})

    def test_usage(self):
        self.assertEqual(traffic_fabric.main(["lb", "huge", "0.5", "10", "1", "/nowhere"]), 2)


if __name__ == "__main__":
    unittest.main()
