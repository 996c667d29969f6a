# SPDX-License-Identifier: GPL-2.0
"""For the tests: what guests would leave of runs that never were."""

import json
import os

from tables import in_module

KEY = "0\n"  # of every job
NETNS = 4026532000  # of the servers
# (kind, request, response, us): short, middle and long ones of each kind.
FLOWS = [("web", 300, 5000, 2000), ("web", 300, 5000, 4000), ("web", 300, 50000, 8000), ("web", 300, 500000, 60000),
         ("up", 2000000, 64, 200000), ("down", 64, 8000, 3000), ("ring", 250000, 250000, 30000)]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def flows(slow, repeats=3):
    """In the order of their ends, as lf-play has them; slow: (size, us) to us."""
    lines = []
    for i in range(repeats):
        for number, (kind, request, response, us) in enumerate(FLOWS):
            size = request if kind == "up" else response
            lines.append((kind, request, response, 1000000 * i + 1000 * number, round(slow(size, us + 10 * i))))
    lines.sort(key=lambda line: line[3] + line[4])
    return "".join(" ".join(map(str, line)) + "\n" for line in lines)


def app(names, inferences, fallbacks, asked, late):
    return json.dumps([{"name": name, "inferences": inferences, "clamped": 0, "failed": 0, "fallbacks": fallbacks,
                        "asked": asked, "late": late} for name in names])


def record(flags, waited_us, netns=NETNS):
    return {"flags": flags, "waited_us": waited_us, "netns": netns, "bytes": 5000}


def records(part):
    more = [["decided", "explored"], ["decided", "moved"]] if part == "lb" else [["decided"], ["fallback"]]
    return "".join(json.dumps({"app": part, "records": batch}) + "\n" for batch in (
        [record(["decided"], 2), record(["decided"], 4)], [record(flags, 3) for flags in more],
        [record(["decided"], 9000, NETNS + 1)] if part == "sched" else []))


def links():
    """A bin that is even, one where one uplink of leaf 1 has all, and one without traffic."""
    samples = [[0] * 8, [100000] * 8, [500000] + [100000] * 7, [500010] + [100000] * 7]
    return "# names\n" + "".join(" ".join(map(str, [100000 * i, *sample])) + "\n" for i, sample in enumerate(samples))


def scheme(directory, case, of, slow=lambda size, us: us, idle=0.6, counted=(10, 1, 0, 0)):
    """One scheme's figures."""
    write(f"{directory}/flows", flows(slow))
    write(f"{directory}/idle", f"{idle}\n")
    write(f"{directory}/cost", f"1000000 5000\n3000000 {5000 + int(2e9 * idle)}\n")
    for name, counters in (("before", (5, 0, 0, 0)), ("after", tuple(c + 5 * (i == 0) for i, c in enumerate(counted)))):
        write(f"{directory}/{name}.json", app(("sched", "lb", "lb_user"), *counters) if in_module(of) else "[]")
    write(f"{directory}/beside", "ready\n")
    if of["snapshot"] != "-":
        write(f"{directory}/records", records(case["part"]))
    if case["part"] == "sched":
        if of["snapshot"] != "-":
            write(f"{directory}/netns", f"{NETNS}\n")
        write(f"{directory}/queue", json.dumps([{"kind": "tbf", "root": True, "bytes": 1000000, "drops": 7},
                                                {"kind": "bfifo", "bytes": 1000000, "drops": 7}]))
    else:
        write(f"{directory}/links", links())
        write(f"{directory}/nstat", "TcpOutSegs 1000\nTcpRetransSegs 20\nTcpExtTCPOFOQueue 5\n")


def job(directory, case, schemes, **figures):
    """A guest's directory, complete. slow may be {scheme: function}."""
    slow = figures.pop("slow", {})
    for s in schemes:
        more = {"slow": slow[s["name"]]} if s["name"] in slow else {}
        scheme(f"{directory}/{s['name']}", case, s, **more, **figures)
    for name, text in (("cpus", "1\n"), ("kernel", "6.1.0-test\n"), ("key", KEY), ("wall_s", "60\n"), ("load", "2.5\n"),
                       ("times", "0m0.1s 0m0.2s\n1m2.5s 0m3.5s\n")):
        write(f"{directory}/{name}", text)
