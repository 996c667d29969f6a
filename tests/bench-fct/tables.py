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
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../bench-grid"))  # whoever imports this finds it as well

import grid
from grid import Failure, chosen, decode_sysctl, module_of, rows

PARTS = ("sched", "lb")
CASE = ("part", "name", "what", "load", "flows", "seed", "grid", "extra")
SCHEME = ("part", "name", "group", "role", "mode", "snapshot", "needs", "sysctl")
CHOICES = {"sched": ("search", "mining", "ring", "rpc", "mix", "control"),
         "lb": ("equal", "gray", "failing", "hot")}
EXTRAS = {"sched": {"link": ("shared", "own")}, "lb": {"sizes": ("search", "mining")}}
ROLES = ("other", "base", "judged", "user", "shown")
MODES = {"sched": ("none", "fq", "perfect"), "lb": ("ecmp", "wecmp")}  # without net.liteflow
BOOT_S = 20  # of a guest
# Seconds of one core for an exchange under one scheme, beside another guest.
EXCHANGE_S = {"sched": 0.04, "lb": 0.09}


def decode_extra(case):
    """{name: value}, the first of each name's where it isn't said."""
    found = {name: values[0] for name, values in EXTRAS[case["part"]].items()}
    for pair in case["extra"].split(",") if case["extra"] != "-" else ():
        name, _, value = pair.partition("=")
        if name not in found:
            raise Failure(f"case {case['name']}: {pair}: not {' or '.join(found)}=VALUE")
        found[name] = chosen(value, EXTRAS[case["part"]][name], f"case {case['name']}: {name}")
    return found


def read_cases(path=os.path.join(HERE, "cases")):
    cases = rows(path, CASE)
    for case in cases:
        what = f"case {case['name']}"
        chosen(case["part"], PARTS, what)
        chosen(case["what"], CHOICES[case["part"]], what)
        chosen(case["grid"], ("default", "full"), what)
        try:
            case["load"], case["flows"], case["seed"] = float(case["load"]), int(case["flows"]), int(case["seed"])
        except ValueError as e:
            raise Failure(f"{what}: load, flows and seed are numbers") from e
        if not 0 < case["load"] < 1 or case["flows"] < 1:
            raise Failure(f"{what}: a load between 0 and 1 and at least one flow are needed")
        case["extra"] = decode_extra(case)
    return cases


def in_module(scheme):
    """Whether a module decides, and not the kernel as it is."""
    return scheme["mode"].isdigit()


def read_schemes(path=os.path.join(HERE, "schemes")):
    schemes = rows(path, SCHEME, rest="beside", unique=("part", "name"))
    for scheme in schemes:
        what = f"scheme {scheme['name']}"
        chosen(scheme["part"], PARTS, what)
        chosen(scheme["role"], ROLES, what)
        chosen(scheme["needs"], ("-", "full"), what)
        if not in_module(scheme):
            chosen(scheme["mode"], MODES[scheme["part"]], what)
            if (scheme["sysctl"], scheme["snapshot"]) != ("-", "-"):
                raise Failure(f"{what}: a sysctl or a snapshot of LiteFlow needs a mode of it")
        decode_sysctl(scheme["sysctl"])
    return schemes


def read_snapshots(path=os.path.join(HERE, "snapshots")):
    return rows(path, grid.SNAPSHOT)


def applies(scheme, case, full):
    """Whether the scheme is run in this case."""
    return case["part"] == scheme["part"] and (scheme["needs"] == "-" or full)


def jobs(cases, schemes, full=False, parts=(), only=None):
    """[(name, case, schemes of one group)] in the order of the tables."""
    return grid.jobs(cases, schemes, applies, full, parts, only)


def weight(case, schemes):
    """About the seconds of one core that a guest takes beside another one on two cores."""
    return BOOT_S + len(schemes) * case["flows"] * EXCHANGE_S[case["part"]]


def traffic_of(case):
    """(program, its arguments but the directory, name of that)"""
    if case["part"] == "sched":
        program, name = "traffic.py", case["what"]
    else:
        program, name = "traffic_fabric.py", case["extra"]["sizes"]
    of = [case["part"], name, f"{case['load']:g}", str(case["flows"]), str(case["seed"])]
    return program, of, "-".join(of)


def environment(work, case, schemes):
    """The shell assignments that run.sh reads, and gives the guest in part."""
    lines = [" ".join([s["name"], s["mode"], module_of(work, s["snapshot"]), s["sysctl"], s["beside"]]).strip()
             for s in schemes]
    program, arguments, directory = traffic_of(case)
    return grid.assignments({
        "PART": case["part"], "SCHEMES": "\n".join(lines),
        "WORKLOAD" if case["part"] == "sched" else "FABRIC": case["what"],
        **({"LINK": case["extra"]["link"]} if case["part"] == "sched" else {}),
        "TRAFFIC": " ".join([program, *arguments]), "TRAFFIC_DIR": directory,
        "NEEDS_MODULES": int(any(map(in_module, schemes))),
        # Bands are set up by it as well.
        "NEEDS_LFCTL": int(any(in_module(s) or s["mode"] == "perfect" for s in schemes)),
    } | grid.files_needed(schemes))


def print_jobs(arguments):
    full, only, parts = grid.choice(arguments[1:], PARTS)
    found = jobs(read_cases(), read_schemes(), full, parts, only)
    grid.print_jobs(arguments[0], found, environment, weight)


def main(arguments):
    return grid.main(arguments, __doc__, print_jobs, read_snapshots)


if __name__ == "__main__":
    grid.run("bench-fct", main)
