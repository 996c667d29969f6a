# SPDX-License-Identifier: GPL-2.0
"""For the tests: what guest.sh would leave of runs that never were."""

import json
import os

KEY = "0\n"  # of every job
START_US = 1767225605000000  # of the data; the sampler begins a tenth of a second earlier


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def server(seconds, bps):
    """bps: bit/s at a time."""
    found = []
    for i in range(2 * seconds):
        found.append({"sum": {"start": i / 2, "end": (i + 1) / 2 + 0.0001,
                              "bytes": bps(i / 2) / 16}})
    # What comes after the end is no interval of the flow.
    found.append({"sum": {"start": seconds, "end": seconds + 0.01, "bytes": 12345}})
    return json.dumps({"intervals": found})


def client(cc, retransmits):
    return json.dumps({"end": {"sender_tcp_congestion": cc, "sum_sent": {"retransmits": retransmits}}})


def queue(seconds, backlog):
    lines = ["%d 0 0 0" % (START_US - 100000)]
    for i in range(200 * seconds):
        lines.append("%d %d %d %d" % (START_US + 5000 * i, backlog(i / 200), 100000 + 50000 * i, i // 100))
    return "\n".join(lines) + "\n"


def app(inferences, clamped, fallbacks):
    return json.dumps([{"name": "cc", "inferences": inferences, "clamped": clamped, "failed": 0,
                        "fallbacks": fallbacks}])


def scheme(directory, case, cc, bps=lambda t: 8e7, backlog=lambda t: 12500, idle=0.7, retransmits=3,
           counted=(100, 2, 0)):
    """One scheme's directory; every flow of the case gets bps."""
    for number, flow in enumerate(case["flows"]):
        name = flow.partition("/")[0]
        write(f"{directory}/server.{number}.json", server(case["seconds"], bps))
        write(f"{directory}/client.{number}.json", client(cc if name == "@" else name, retransmits))
    write(f"{directory}/queue", queue(case["seconds"], backlog))
    for at, option, value in case["steps"]:
        with open(f"{directory}/steps", "a", encoding="utf-8") as file:
            file.write(f"{START_US + at * 1000000} {option}={value}\n")
    write(f"{directory}/idle", f"{idle}\n")
    write(f"{directory}/gso", "1\n")
    write(f"{directory}/memory", "4096\t131072\t67108864\n4096\t16384\t67108864\n")
    write(f"{directory}/before.json", app(10, 1, 0))
    write(f"{directory}/after.json", app(10 + counted[0], 1 + counted[1], counted[2]))


def job(directory, case, schemes, **figures):
    """A guest's directory, complete."""
    for s in schemes:
        scheme(f"{directory}/{s['name']}", case, s["cc"], **figures)
    write(f"{directory}/kernel", "6.1.0-test\n")
    write(f"{directory}/key", KEY)
    write(f"{directory}/wall_s", "60\n")
    write(f"{directory}/times", "0m0.1s 0m0.2s\n1m2.5s 0m3.5s\n")
