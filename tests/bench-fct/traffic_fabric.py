#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Write what the hosts of the fabric do: a script of lf-play for each of them.

Usage: traffic_fabric.py lb SIZES LOAD FLOWS SEED OUT_DIR

SIZES is search or mining. Flows begin at random, whatever became of those before
(Poisson, open loop); each is a connection of its own from a random host of one
leaf to a random one of the other, its bytes being the request (up) or the
response (down). LOAD is the share of what the spines carry in one direction
when all are well; both directions have the same. OUT_DIR/HOST is the script of
each host that has any, HOST being LEAF-NUMBER; OUT_DIR/seconds says when the
last flow begins.
"""

import os
import random
import sys

import sizes

LEAVES = 2
HOSTS = 8  # of a leaf
SPINES = 4
SPINE_BITS = 20e6  # of each link between a leaf and a spine, one way
PORT = 5000
SIDE = 64  # bytes that go the other way: the request of a response, and its converse


def mean_size(name, steps=10000):
    return sum(sizes.size_at(name, (i + 0.5) / steps) for i in range(steps)) / steps


def address(host):
    return f"10.{host[0]}.0.{host[1]}"


def flows(distribution, load, count, seed):
    """[(start in us, client, server, bytes, kind)], by time; a host is (leaf, number)."""
    draw = random.Random(seed)
    of = sizes.sample(distribution, count, draw)
    pause = mean_size(distribution) * 8 / (load * SPINES * SPINE_BITS * LEAVES)
    found, now = [], 0.0
    for size in of:
        now += draw.expovariate(1 / pause)
        leaf = draw.randrange(LEAVES)
        source, sink = [(at + 1, draw.randrange(HOSTS) + 1) for at in (leaf, 1 - leaf)]
        up = draw.random() < 0.5
        client, server = (source, sink) if up else (sink, source)
        found.append((int(now * 1e6), client, server, max(size, SIDE), "up" if up else "down"))
    return found


def lines_of(number, flow):
    start, client, server, size, kind = flow
    request, response = (size, SIDE) if kind == "up" else (SIDE, size)
    return (f"lane {number} call {address(client)} {address(server)} {PORT} 0\n"
            f"x {number} 0 - {start} {request} {response} {kind}\n")


def write(directory, found):
    scripts = {}
    for number, flow in enumerate(found):
        scripts.setdefault(flow[1], []).append(lines_of(number, flow))
    os.makedirs(directory, exist_ok=True)
    for (leaf, host), lines in scripts.items():
        with open(f"{directory}/{leaf}-{host}", "w", encoding="ascii") as file:
            file.writelines(lines)
    with open(f"{directory}/seconds", "w", encoding="ascii") as file:
        file.write(f"{found[-1][0] / 1e6:.3f}\n")


def main(arguments):
    if len(arguments) != 6 or arguments[0] != "lb" or arguments[1] not in sizes.POINTS:
        print("Usage: traffic_fabric.py lb search|mining LOAD FLOWS SEED OUT_DIR", file=sys.stderr)
        return 2
    _, distribution, load, count, seed, directory = arguments
    write(directory, flows(distribution, float(load), int(count), int(seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
