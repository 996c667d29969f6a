#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The generators of the flow scheduling part's traffic."""

import collections
import os
import random
import re
import tempfile
import unittest

import allreduce
import rpc
import sizes
import traffic
import web
from session import HTTP_HEAD, Exchange, Lane, Session, lines

FLOWS = 300


def read(text):
    """(lanes by name, exchanges) of a script, each a list of words."""
    words = [line.split() for line in text]
    return {w[1]: w for w in words if w[0] == "lane"}, [w for w in words if w[0] == "x"]


def made(workload, load=0.5, count=FLOWS, seed=1):
    sessions, span = traffic.make(workload, load, count, seed)
    return sessions, span, list(lines(sessions, traffic.SERVER))


class Sizes(unittest.TestCase):
    def test_points_are_met_and_what_lies_between_is_linear(self):
        self.assertEqual(sizes.size_at("search", 0.15), 1000)
        self.assertAlmostEqual(sizes.size_at("search", 0.175), 1500, delta=1)
        self.assertEqual(sizes.size_at("mining", 0), 1)
        self.assertEqual(sizes.size_at("mining", 1), 3e6)

    def test_a_small_sample_shows_the_distribution(self):
        found = sizes.sample("search", 100, random.Random(1))
        self.assertEqual(sum(size <= 10e3 for size in found), 54)
        self.assertNotEqual(found, sorted(found))


class Scripts(unittest.TestCase):
    def test_each_workload_makes_a_script(self):
        kinds = {"search": {"web"}, "mining": {"web"}, "ring": {"ring"}, "rpc": {"rpc"},
                 "mix": {"web", "rpc", "ring"}, "control": {"web"}}
        for workload in traffic.WORKLOADS:
            with self.subTest(workload):
                lanes, exchanges = read(made(workload)[2])
                self.assertGreaterEqual(len(exchanges), FLOWS)
                self.assertEqual({x[7] for x in exchanges}, kinds[workload])
                self.assertLessEqual({x[1] for x in exchanges}, set(lanes))
                self.assertLessEqual(max(int(x[6]) for x in exchanges), sizes.MOST + (web.PIECE if workload == "control" else rpc.FRAME))
                self.assertGreaterEqual(min(int(x[6]) for x in exchanges), 1)

    def test_groups_come_before_those_that_wait_for_them(self):
        for workload in traffic.WORKLOADS:
            with self.subTest(workload):
                seen = set()
                for x in read(made(workload)[2])[1]:
                    if x[3] != "-":
                        self.assertIn(x[3], seen)
                    seen.add(x[2])

    def test_the_load_is_what_was_asked_for(self):
        for workload in traffic.WORKLOADS:
            for load in (0.5, 0.8):
                with self.subTest(workload, load=load):
                    sessions, span, script = made(workload, load)
                    lanes, exchanges = read(script)
                    payload = sum(int(x[6]) + (HTTP_HEAD if lanes[x[1]][2] == "http" else 0) for x in exchanges)
                    # Packets of 1,448 bytes and one at the end that is shorter have 66 each.
                    wire = payload + 66 * sum(-(-(int(x[6]) + (HTTP_HEAD if lanes[x[1]][2] == "http" else 0)) // 1448)
                                              for x in exchanges)
                    self.assertAlmostEqual(wire * 8 / (span / 1e6) / 100e6, load, places=6)
                    self.assertLess(max(s.start for s in sessions), span)

    def test_a_seed_makes_the_same_requests_at_any_load(self):
        for workload in traffic.WORKLOADS:
            with self.subTest(workload):
                self.assertEqual(made(workload)[2], made(workload)[2])
                self.assertNotEqual(made(workload)[2], made(workload, seed=2)[2])
                sizes_at = [sorted(x[5:] for x in read(made(workload, load)[2])[1]) for load in (0.5, 0.8)]
                self.assertEqual(*sizes_at)

    def test_the_mix_shares_the_bytes(self):
        carried = collections.Counter()
        for x in read(made("mix", count=2000)[2])[1]:
            carried[x[7]] += int(x[6])
        for kind, share in ("web", 0.5), ("rpc", 0.25), ("ring", 0.25):
            self.assertAlmostEqual(carried[kind] / carried.total(), share, delta=0.03)


class Lines(unittest.TestCase):
    def test_sessions_share_lanes_in_the_order_of_their_starts(self):
        lane = Lane("call", "10.1.0.9", 7, True)
        late, soon = Session(start=500), Session(start=20)
        late.add(Exchange(lane, 0, None, 3, 100, 200, "rpc"))
        soon.add(Exchange(lane, 0, None, 0, 101, 201, "rpc"))
        soon.add(Exchange(lane, 1, 0, 40, 102, 202, "rpc"))
        self.assertEqual(list(lines([late, soon], "10.2.0.1")), [
            "lane 0 call 10.1.0.9 10.2.0.1 7 1\n", "x 0 0 - 20 101 201 rpc\n", "x 0 1 0 40 102 202 rpc\n",
            "x 0 2 - 503 100 200 rpc\n"])


class Splits(unittest.TestCase):
    def setUp(self):
        self.session, lane = Session(start=900), Lane("call", "10.1.0.9", 7, True)
        for group, delay in enumerate((0, 60, 60, 5)):
            for size in (10, 20):
                self.session.add(Exchange(lane, group, group - 1 if group else None, delay, 100, size + group, "rpc"))

    def test_what_comes_after_the_end_is_a_session_of_its_own(self):
        before, after = self.session.split(1000)
        self.assertEqual([(x.group, x.response) for x in before.exchanges], [(0, 10), (0, 20), (1, 11), (1, 21)])
        self.assertEqual(after.start, 1020)
        self.assertEqual([(x.group, x.after, x.delay, x.response) for x in after.exchanges],
                         [(0, None, 0, 12), (0, None, 0, 22), (1, 0, 5, 13), (1, 0, 5, 23)])

    def test_what_ends_before_stays(self):
        self.assertEqual(self.session.split(2000), (self.session, None))

    def test_nothing_begins_after_the_last_session(self):
        for workload in "search", "rpc", "mix":
            sessions, span, _ = made(workload)
            for session in sessions:
                if session.exchanges[0].kind != "ring":
                    self.assertIsNone(session.split(span)[1])


class Web(unittest.TestCase):
    def setUp(self):
        draw = random.Random(3)
        self.site = web.Site("search", web.DEBIAN, web.visitors(["10.1.0.1", "10.1.0.2"], draw), draw)
        self.visits = [self.site.visit() for _ in range(300)]

    def test_objects_are_the_same_at_each_visit(self):
        stock = {size for page in self.site.pages for size in page}
        asked = collections.Counter(x.response for v in self.visits for x in v.exchanges)
        self.assertLessEqual(set(asked), stock)
        self.assertGreater(asked.most_common(1)[0][1], 100)

    def test_objects_follow_their_page_and_pages_each_other(self):
        for visit in self.visits:
            groups = collections.defaultdict(list)
            for x in visit.exchanges:
                groups[x.group].append(x)
            self.assertEqual(sorted(groups), list(range(len(groups))))
            for number, group in groups.items():
                self.assertEqual({x.after for x in group}, {number - 1 if number else None})
        pages = sum(len({x.group for x in v.exchanges if x.lane is v.exchanges[0].lane}) for v in self.visits)
        self.assertGreater(pages, 2 * len(self.visits))

    def test_a_visitor_has_its_connections(self):
        self.assertEqual({x.lane.source for v in self.visits for x in v.exchanges}, {"10.1.0.1", "10.1.0.2"})
        most = {v.address: v.parallel for v in self.site.visitors}
        for visit in self.visits:
            used = {x.lane for x in visit.exchanges}
            self.assertLessEqual(len(used), most[visit.exchanges[0].lane.source])
            self.assertEqual({(lane.port, lane.keep) for lane in used}, {(8080, True)})

    def test_nginx_has_these_ports(self):
        with open(f"{os.path.dirname(os.path.abspath(__file__))}/nginx.conf", encoding="ascii") as file:
            conf = file.read()
        kept = {int(port): float(seconds) > 0 for port, seconds in
                re.findall(r"listen (\d+).*?keepalive_timeout (\d+)", conf, re.DOTALL)}
        self.assertEqual(kept, dict((web.SENDFILE_OFF, web.DEBIAN, web.HEADER_FIRST, web.PIECEMEAL)))


class AllReduce(unittest.TestCase):
    def test_buckets_hold_a_models_gradients(self):
        model = allreduce.Model(3.5e6, "10.1.0.1", random.Random(1))
        self.assertAlmostEqual(sum(model.buckets), 3.5e6 * 4 * sizes.SCALE, delta=2)
        self.assertLess(model.buckets[0], model.buckets[1])

    def test_an_iteration_is_its_buckets_and_then_the_loss(self):
        model = allreduce.Model(3.5e6, "10.1.0.1", random.Random(1))
        found = model.iteration(100, 1e6).exchanges
        self.assertEqual([x.response for x in found], [*model.buckets, allreduce.LOSS])
        self.assertEqual([x.request for x in found], [x.response for x in found])
        self.assertEqual([x.after for x in found], [None] * len(model.buckets) + [0])
        self.assertEqual(len({x.lane for x in found}), 1)
        self.assertLess(found[0].delay, found[1].delay)

    def test_all_models_use_one_port_of_one_neighbour(self):
        found = {(x.lane.source, x.lane.port) for s in made("ring")[0] for x in s.exchanges}
        self.assertEqual(len(found), 1)
        self.assertEqual(len({id(x.lane) for s in made("ring")[0] for x in s.exchanges}), 3)


class Main(unittest.TestCase):
    def test_files_are_written(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(traffic.main(["sched", "mix", "0.8", "1000", "7", directory + "/new"]), 0)
            text = {}
            for name in os.listdir(directory + "/new"):
                with open(f"{directory}/new/{name}", encoding="ascii") as file:
                    text[name] = file.read().splitlines()
        self.assertEqual(set(text), {"script", "warm-up", "files", "seconds"})
        lanes, exchanges = read(text["script"])
        asked = {x[6] for x in exchanges if lanes[x[1]][2] == "http"}
        self.assertEqual(asked, set(text["files"]))
        lanes, exchanges = read(text["warm-up"])
        self.assertLessEqual({x[6] for x in exchanges if lanes[x[1]][2] == "http"}, asked)
        self.assertEqual({lane[5] for lane in lanes.values()}, {"80", "8080", "8081", "50051", "29500"})

    def test_what_makes_no_sense_is_refused(self):
        for line in ("", "sched mix 0.8 200 7", "lb mix 0.8 200 7 /x", "sched none 0.8 200 7 /x", "sched mix 1 200 7 /x",
                     "sched mix 0.8 many 7 /x"):
            with self.subTest(line):
                self.assertEqual(traffic.main(line.split()), 2)


if __name__ == "__main__":
    unittest.main()
