#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Write what the clients of a server ask it for: a script of lf-play.

Usage: traffic.py sched WORKLOAD LOAD FLOWS SEED OUT_DIR

WORKLOAD: search, mining   web sites whose sizes are of that distribution
          ring             all-reduce of three models
          rpc              a service with three methods
          mix              all of that: half of the bytes are the web's, the rest in equal parts
          control          nothing can be known: independent sizes, sent piece by piece, each on a connection
                           of its own
At least FLOWS exchanges; LOAD is the share of the link (100 Mbit/s) that their
responses take while sessions begin. The same SEED makes the same traffic, at
any LOAD. OUT_DIR gets
  script    for lf-play
  warm-up   the same of a few exchanges with each port
  files     sizes of the files that nginx must have, one a line
  seconds   from the beginning to the last session's
"""

import os
import random
import sys

import allreduce
import rpc
import sizes
import web
from session import Arrivals, Exchange, Lane, Session, lines

RATE = 100e6  # bit/s, of the bottleneck
SERVER = "10.2.0.1"
WEB, RPC, RING, CONTROL = ([f"10.1.0.{first + i}" for i in range(count)]
                           for first, count in ((1, 40), (101, 12), (121, 1), (131, 20)))
CONTROL_REQUEST, CONTROL_FILES = 300, 200  # bytes; of each distribution
WARM_UP = 3  # exchanges with each port


def sites(name, draw):
    """Visits to three sites that differ in how their server writes."""
    everyone = web.visitors(WEB, draw)
    found = [web.Site(name, at, everyone, draw) for at in (web.SENDFILE_OFF, web.DEBIAN, web.HEADER_FIRST)]
    return Arrivals(lambda: draw.choice(found).visit(), draw)


def calls(draw):
    return Arrivals(rpc.Service(RPC, draw).session, draw)


def training(draw):
    return allreduce.Training(RING[0], draw)


def control(draw):
    """Sizes of both distributions above a piece's, independent but for coming from a stock: each is a file."""
    stock = [web.PIECE + size for name in sizes.POINTS for size in sizes.sample(name, CONTROL_FILES, draw)]
    port, keep = web.PIECEMEAL

    def make():
        lane = Lane("http", draw.choice(CONTROL), port, keep)
        return Session(exchanges=[Exchange(lane, 0, None, 0, CONTROL_REQUEST, draw.choice(stock), "web")])
    return Arrivals(make, draw)


def sources(workload, draw):
    """[(source of sessions, its share of the bytes)]"""
    if workload in sizes.POINTS:
        return [(sites(workload, draw), 1)]
    if workload == "mix":
        return [(sites("search", draw), 0.5), (calls(draw), 0.25), (training(draw), 0.25)]
    return [({"ring": training, "rpc": calls, "control": control}[workload](draw), 1)]


WORKLOADS = (*sizes.POINTS, "ring", "rpc", "mix", "control")


def make(workload, load, count, seed):
    """(sessions, us that they begin in)"""
    draw = random.Random(f"{workload} {seed}")
    found = sources(workload, draw)
    carried = [0] * len(found)
    exchanges = 0
    while exchanges < count:
        at = min(range(len(found)), key=lambda i: carried[i] / found[i][1])
        session = found[at][0].more()
        carried[at] += session.wire_bytes()
        exchanges += len(session.exchanges)
    span = sum(carried) * 8 / (load * RATE) * 1e6
    return [session for source, _ in found for session in source.sessions(span)], span


def warm_up(sessions):
    """A few exchanges of each port's first lanes, one after the other."""
    taken = {}
    for session in sessions:
        for x in session.exchanges:
            if len(taken.setdefault(x.lane.port, [])) < WARM_UP:
                taken[x.lane.port].append(x)
    session = Session()
    for number, x in enumerate(x for of_port in taken.values() for x in of_port):
        session.add(Exchange(x.lane, number, number - 1 if number else None, 0, x.request, x.response, x.kind))
    return [session]


def write(directory, sessions, span):
    os.makedirs(directory, exist_ok=True)
    files = {x.response for s in sessions for x in s.exchanges if x.lane.proto == "http"}
    for name, text in (("script", lines(sessions, SERVER)), ("warm-up", lines(warm_up(sessions), SERVER)),
                       ("files", (f"{size}\n" for size in sorted(files))), ("seconds", [f"{span / 1e6:.3f}\n"])):
        with open(f"{directory}/{name}", "w", encoding="ascii") as file:
            file.writelines(text)


def main(arguments):
    try:
        part, workload, load, count, seed, directory = arguments
        if part != "sched" or workload not in WORKLOADS or not 0 < float(load) < 1:
            raise ValueError
        write(directory, *make(workload, float(load), int(count), int(seed)))
    except ValueError:
        print("Usage: traffic.py sched WORKLOAD LOAD FLOWS SEED OUT_DIR; WORKLOAD: " + ", ".join(WORKLOADS) +
              "; 0 < LOAD < 1", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
