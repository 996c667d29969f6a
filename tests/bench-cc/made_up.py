# SPDX-License-Identifier: GPL-2.0
"""For the tests: what guest.sh would leave of runs that never were."""

import json
import os

from tables import COST_PARTS, decode_flow, repeats

KEY = "0\n"  # of every job
START_US = 1767225605000000  # of the data; the sampler begins a tenth of a second earlier


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def server(seconds, bps, count=1):
    """bps: bit/s at a time; count: connections, the first of which gets half as much as each other."""
    def interval(begin, end, received):
        shares = [0.5] + [1] * (count - 1)
        each = [{"start": begin, "end": end, "bytes": received * share / sum(shares)} for share in shares]
        return {"sum": {"start": begin, "end": end, "bytes": received}, "streams": each}

    found = [interval(i / 2, (i + 1) / 2 + 0.0001, bps(i / 2) / 16) for i in range(2 * seconds)]
    # What comes after the end is no interval of the flow.
    found.append(interval(seconds, seconds + 0.01, 12345))
    return json.dumps({"intervals": found})


def client(cc, retransmits):
    return json.dumps({"end": {"sender_tcp_congestion": cc, "sum_sent": {"retransmits": retransmits}}})


def queue(seconds, backlog):
    lines = ["%d 0 0 0" % (START_US - 100000)]
    for i in range(200 * seconds):
        lines.append("%d %d %d %d" % (START_US + 5000 * i, backlog(i / 200), 100000 + 50000 * i, i // 100))
    return "\n".join(lines) + "\n"


def app(inferences, clamped, fallbacks, asked=0, late=0):
    return json.dumps([{"name": name, "inferences": inferences, "clamped": clamped, "failed": 0,
                        "fallbacks": fallbacks, "asked": asked, "late": late} for name in ("cc", "mocc")])


def cost(directory, seconds, idle):
    """8 Mbit/s came, and half of what a CPU was busy with was softirqs."""
    for name, at in (("before", 3), ("after", seconds)):
        idle_ns, busy_ns = (int(1e9 * at * share) for share in (idle, 1 - idle))
        write(f"{directory}/{name}.cost", f"{START_US + at * 1000000} {idle_ns} {at * 1000000}\n")
        write(f"{directory}/{name}.softirq", f"TIMER 7 1000\nNET_RX {at} {busy_ns // 2}\n")


def scheme(directory, case, cc, bps=lambda t: 8e7, backlog=lambda t: 12500, idle=0.7, retransmits=3,
           counted=(100, 2, 0)):
    """One run of a scheme; every flow of the case gets bps."""
    for number, flow in enumerate(case["flows"]):
        name, count, _ = decode_flow(flow)
        write(f"{directory}/server.{number}.json", server(case["seconds"], bps, count))
        write(f"{directory}/client.{number}.json", client(cc if name == "@" else name, retransmits))
    write(f"{directory}/queue", queue(case["seconds"], backlog))
    for at, option, value in case["steps"]:
        with open(f"{directory}/steps", "a", encoding="utf-8") as file:
            file.write(f"{START_US + at * 1000000} {option}={value}\n")
    write(f"{directory}/idle", f"{idle}\n")
    write(f"{directory}/gso", "1\n")
    write(f"{directory}/memory", "4096\t131072\t67108864\n4096\t16384\t67108864\n")
    if case["part"] in COST_PARTS:
        cost(directory, case["seconds"], idle)
    write(f"{directory}/before.json", app(10, 1, 0))
    write(f"{directory}/after.json", app(10 + counted[0], 1 + counted[1], *counted[2:]))


def job(directory, case, schemes, **figures):
    """A guest's directory, complete."""
    for s in schemes:
        for repeat in range(repeats(case)):
            scheme(f"{directory}/{s['name']}/{repeat + 1}", case, s["cc"], **figures)
    write(f"{directory}/cpus", "1\n")
    write(f"{directory}/kernel", "6.1.0-test\n")
    write(f"{directory}/key", KEY)
    write(f"{directory}/wall_s", "60\n")
    write(f"{directory}/load", "2.5\n")
    write(f"{directory}/times", "0m0.1s 0m0.2s\n1m2.5s 0m3.5s\n")
