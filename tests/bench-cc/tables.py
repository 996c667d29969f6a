#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Read the files cases, schemes and snapshots, and say what is to be run.

Usage: tables.py jobs WORK_DIR [--full] [--only REGEX] [PART...]
       tables.py snapshots

jobs writes WORK_DIR/jobs/JOB.env, shell assignments for one guest, for each
case and group of schemes, and prints "JOB WEIGHT", the weight being about the
seconds that it takes. snapshots prints the lines of that file without comments.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../bench-grid"))  # whoever imports this finds it as well

import grid
from grid import Failure, bits, chosen, decode_sysctl, microseconds, module_of, rows

PARTS = ("matrix", "fairness", "dynamics", "case1", "case2", "case2-real", "tuning")
COST_PARTS = ("case2", "case2-real", "tuning")  # the CPU is what they measure
REAL_PARTS = ("case2-real", "tuning")  # in real time, on REAL_CPUS CPUs, each scheme REAL_REPEATS times
REAL_CPUS = 2
REAL_REPEATS = 3
CASE = ("part", "name", "rate", "rtt", "buffer", "loss", "gso", "ecn", "seconds", "grid", "flows",
        "steps")
SCHEME = ("name", "group", "role", "cc", "app", "snapshot", "parts", "needs", "sysctl")
ROLES = ("other", "judged", "shown", "ablation", "user")
LEAST_BUFFER = 3000  # bytes: two packets
BOOT_S = 25  # of a guest, with its first, unmeasured run
AROUND_S = 3  # real: before and after the flows of one run


def decode_steps(text):
    """[(second, option, value)]"""
    steps = []
    for step in text.split(",") if text != "-" else ():
        match = re.fullmatch(r"(\d+):(rate|delay|udp)=(\w+)", step)
        if not match:
            raise Failure(f"step {step}: not SECOND:rate=... (or delay, or udp)")
        (microseconds if match[2] == "delay" else bits)(match[3])
        steps.append((int(match[1]), match[2], match[3]))
    if steps != sorted(steps):
        raise Failure(f"steps {text}: not in order of time")
    return steps


def decode_flow(flow):
    """(congestion control or @, connections, extra microseconds)"""
    match = re.fullmatch(r"([^*/]+)(?:\*([1-9]\d*))?(?:/(\w+))?", flow)
    if not match:
        raise Failure(f"flow {flow}: not NAME, NAME*COUNT or NAME/TIME")
    return match[1], int(match[2] or 1), microseconds(match[3]) if match[3] else 0


def read_cases(path=os.path.join(HERE, "cases")):
    cases = rows(path, CASE)
    for case in cases:
        what = f"case {case['name']}"
        chosen(case["part"], PARTS, what)
        chosen(case["gso"], ("on", "off"), what)
        chosen(case["grid"], ("default", "core", "ours", "full"), what)
        case["rate_bps"] = bits(case["rate"])
        case["rtt_us"] = microseconds(case["rtt"])
        try:
            for column in ("buffer", "loss", "seconds"):
                case[column] = float(case[column])
        except ValueError as e:
            raise Failure(f"{what}: buffer, loss and seconds are numbers") from e
        case["seconds"] = int(case["seconds"])
        case["flows"] = case["flows"].split(",")
        if len({extra for *_, extra in map(decode_flow, case["flows"]) if extra}) > 1:
            raise Failure(f"{what}: flows with more than one longer round trip")
        case["steps"] = decode_steps(case["steps"])
        case["limit_bytes"] = max(
            int(case["buffer"] * case["rate_bps"] * case["rtt_us"] / 8e6), LEAST_BUFFER)
    return cases


def read_schemes(path=os.path.join(HERE, "schemes")):
    schemes = rows(path, SCHEME, rest="beside")
    for scheme in schemes:
        what = f"scheme {scheme['name']}"
        parts = PARTS if scheme["parts"] == "all" else scheme["parts"].split(",")
        scheme["parts"] = [chosen(part, PARTS, what) for part in parts]
        chosen(scheme["role"], ROLES, what)
        chosen(scheme["needs"], ("-", "core", "ecn", "full"), what)
        decode_sysctl(scheme["sysctl"])
        if scheme["sysctl"] != "-" and scheme["app"] == "-":
            raise Failure(f"{what}: a sysctl of LiteFlow needs an app")
        if scheme["snapshot"] != "-" and scheme["app"] == "-":
            raise Failure(f"{what}: a snapshot needs an app")
    return schemes


def read_snapshots(path=os.path.join(HERE, "snapshots")):
    return rows(path, grid.SNAPSHOT)


def applies(scheme, case, full):
    """Whether the scheme is run in this case."""
    if case["part"] not in scheme["parts"]:
        return False
    if case["grid"] == "ours" and scheme["role"] == "other" and not full:
        return False
    return {"-": True, "core": full or case["grid"] == "core", "ecn": case["ecn"] != "-",
            "full": full}[scheme["needs"]]


def connections(case):
    return sum(count for _, count, _ in map(decode_flow, case["flows"]))


def weight(case, schemes):
    """About the seconds of one core that a guest takes beside another one on two cores."""
    if case["part"] in REAL_PARTS:
        # Alone, however many cores there are: as long as both are taken.
        return REAL_CPUS * (BOOT_S + REAL_REPEATS * len(schemes) * (case["seconds"] + AROUND_S))
    packets = case["rate_bps"] / 12000 * (0.21 if case["gso"] == "on" else 1)
    if case["part"] in COST_PARTS:
        packets *= 1 + connections(case) / 15  # small packets, and more of them
    return BOOT_S + len(schemes) * case["seconds"] * (1 + packets * 3.2e-4)


def jobs(cases, schemes, full=False, parts=(), only=None):
    """[(name, case, schemes of one group)] in the order of the tables."""
    return grid.jobs(cases, schemes, applies, full, parts, only)


def repeats(case):
    return REAL_REPEATS if case["part"] in REAL_PARTS else 1


def environment(work, case, schemes):
    """The shell assignments that guest.sh reads, and what run.sh must give it."""
    lines = [" ".join([s["name"], s["cc"], s["app"], module_of(work, s["snapshot"]), s["sysctl"],
                       s["beside"]]).strip() for s in schemes]
    steps = ",".join(f"{at}:{option}={value}" for at, option, value in case["steps"]) or "-"
    guest = {"RATE": case["rate"], "RTT": case["rtt"], "LIMIT_BYTES": case["limit_bytes"],
             "LOSS": f"{case['loss']:g}", "GSO": case["gso"], "ECN": case["ecn"],
             "SECONDS_EACH": case["seconds"], "FLOWS": ",".join(case["flows"]), "STEPS": steps,
             "COST": int(case["part"] in COST_PARTS), "REPEATS": repeats(case),
             "SCHEMES": "\n".join(lines)}
    guest["REAL_CPUS"] = REAL_CPUS if case["part"] in REAL_PARTS else 0
    guest["NEEDS_MODULES"] = int(any(s["app"] != "-" for s in schemes))
    return grid.assignments(guest | grid.files_needed(schemes))


def print_jobs(arguments):
    full, only, parts = grid.choice(arguments[1:], PARTS)
    found = jobs(read_cases(), read_schemes(), full, parts, only)
    grid.print_jobs(arguments[0], found, environment, weight)


def main(arguments):
    return grid.main(arguments, __doc__, print_jobs, read_snapshots)


if __name__ == "__main__":
    grid.run("bench-cc", main)
