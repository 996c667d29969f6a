# SPDX-License-Identifier: GPL-2.0
"""Tables of what a grid of guests measures: cases, schemes, snapshots; jobs of them.

A job is a guest: one case under the schemes of one group. A benchmark has a
tables.py of its own, which says what its columns mean.
"""

import os
import re
import shlex
import sys

SNAPSHOT = ("name", "model", "calibration", "app", "kind")
RATES = {"kbit": 1000, "mbit": 1000000, "gbit": 1000000000}
TIMES = {"us": 1, "ms": 1000}


class Failure(Exception):
    """Something that the user can mend, told in one line."""


def run(name, main):
    """The program: main with its arguments, a Failure told in one line."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        sys.exit(1)


def in_units(text, units, what):
    match = re.fullmatch(r"(\d+)([a-z]+)", text)
    if not match or match[2] not in units:
        raise Failure(f"{what} {text}: a whole number of {' or '.join(units)} is needed")
    return int(match[1]) * units[match[2]]


def bits(rate):
    return in_units(rate, RATES, "rate")


def microseconds(time):
    return in_units(time, TIMES, "time")


def rows(path, columns, rest=None, unique=("name",)):
    """The lines of a table as dictionaries; `rest` names what follows the columns.

    No two are alike in the columns that are `unique`. One that ends in a backslash goes on in the next.
    """
    found = []
    with open(path, encoding="utf-8") as file:
        begun = ""
        for number, line in enumerate(file, 1):
            line, begun = begun + line, ""
            if not line.strip() or line.startswith("#"):
                continue
            if line.endswith("\\\n"):
                begun = line[:-2]
                continue
            cells = line.split(None, len(columns)) if rest else line.split()
            if len(cells) < len(columns) or (not rest and len(cells) > len(columns)):
                raise Failure(f"{path}:{number}: the columns are {' '.join(columns)}")
            row = dict(zip(columns, cells))
            if rest:
                row[rest] = cells[len(columns)].strip() if len(cells) > len(columns) else ""
            if any(all(other[of] == row[of] for of in unique) for other in found):
                raise Failure(f"{path}:{number}: {row['name']} stands there twice")
            found.append(row)
    return found


def chosen(value, allowed, what):
    if value not in allowed:
        raise Failure(f"{what}: {value} is none of {', '.join(allowed)}")
    return value


def decode_sysctl(text):
    """{name after net.liteflow.: value}"""
    found = {}
    for pair in text.split(",") if text != "-" else ():
        match = re.fullmatch(r"([a-z_.]+)=(\d+)", pair)
        if not match:
            raise Failure(f"sysctl {pair}: not NAME=NUMBER, the name without net.liteflow.")
        found[match[1]] = int(match[2])
    return found


def jobs(cases, schemes, applies, full=False, parts=(), only=None):
    """[(name, case, schemes of one group)] in the order of the tables.

    applies(scheme, case, full): whether it is run in this case.
    """
    found = []
    for case in cases:
        if (case["grid"] == "full" and not full) or (parts and case["part"] not in parts):
            continue
        wanted = [s for s in schemes if applies(s, case, full)]
        for group in dict.fromkeys(s["group"] for s in wanted):
            name = f"{case['part']}-{case['name']}-{group}"
            if only is None or only.search(name):
                found.append((name, case, [s for s in wanted if s["group"] == group]))
    return found


def module_of(work, snapshot):
    if snapshot == "-":
        return "-"
    path = os.path.join(work, "snapshots", snapshot, "name")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as e:
        raise Failure(f"snapshot {snapshot}: {path}: {e.strerror}; add it to the file snapshots") from e


def files_needed(schemes):
    """What run.sh must give a guest for these schemes.

    PROGRAMS: the first word of what runs beside; OBJECTS: snapshots that it
    names as /root/SNAPSHOT.so.
    """
    return {
        "SNAPSHOTS": " ".join(dict.fromkeys(s["snapshot"] for s in schemes if s["snapshot"] != "-")),
        "PROGRAMS": " ".join(dict.fromkeys(s["beside"].split()[0] for s in schemes if s["beside"])),
        "OBJECTS": " ".join(dict.fromkeys(s["snapshot"] for s in schemes
                                          if f"/root/{s['snapshot']}.so" in s["beside"].split())),
    }


def assignments(values):
    """As the shell reads them."""
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())


def choice(arguments, parts):
    """([--full], [--only REGEX], [PART...]) as (full, only, parts)."""
    full, only, wanted = False, None, []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--full":
            full = True
        elif argument == "--only":
            try:
                only = re.compile(next(rest))
            except StopIteration:
                raise Failure("--only needs a regular expression") from None
            except re.error as e:
                raise Failure(f"--only: not a regular expression: {e}") from e
        else:
            wanted.append(chosen(argument, parts, "part"))
    return full, only, wanted


def print_jobs(work, found, environment, weight):
    """Writes WORK/jobs/JOB.env of each and prints "JOB WEIGHT", the seconds that it takes."""
    if not found:
        raise Failure("nothing matches; names are PART-CASE-GROUP, see the files cases and schemes")
    os.makedirs(os.path.join(work, "jobs"), exist_ok=True)
    for name, case, schemes in found:
        with open(os.path.join(work, "jobs", name + ".env"), "w", encoding="utf-8") as file:
            file.write(environment(work, case, schemes))
        print(name, round(weight(case, schemes)))


def main(arguments, doc, print_all, snapshots):
    """The commands of a tables.py: jobs and snapshots."""
    if arguments[:1] == ["snapshots"] and len(arguments) == 1:
        for row in snapshots():
            print(*row.values())
    elif arguments[:1] == ["jobs"] and len(arguments) > 1:
        print_all(arguments[1:])
    else:
        print(doc, file=sys.stderr)
        return 2
    return 0
