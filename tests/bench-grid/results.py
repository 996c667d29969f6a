# SPDX-License-Identifier: GPL-2.0
"""Results: what they are of, where it was measured, and files of them."""

import os
import re
import subprocess

from grid import Failure
from readings import read


def host():
    cpu = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return {"cpu": cpu, "cpus": os.cpu_count(), "kernel": os.uname().release,
            "load": [round(load, 2) for load in os.getloadavg()]}


def qemu():
    try:
        out = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True,
                             check=True).stdout
        return out.split("version ")[1].split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def cpu_seconds(text):
    """Of the second line of bash's times: user and system of what it started."""
    return round(sum(60 * int(m) + float(s)
                     for m, s in re.findall(r"(\d+)m([\d.]+)s", text.splitlines()[1])), 1)


def up_to_date(work, job):
    """Whether a guest's figures are of what run.sh would measure now."""
    paths = [os.path.join(work, "raw", job, "key"), os.path.join(work, "jobs", job + ".key")]
    return all(map(os.path.exists, paths)) and read(paths[0]) == read(paths[1])


def times_of(directory):
    """What a guest took of this machine."""
    return {"wall_s": int(read(os.path.join(directory, "wall_s"))),
            "cpu_s": cpu_seconds(read(os.path.join(directory, "times"))),
            "load": float(read(os.path.join(directory, "load")))}


def load(work, wanted, settings_of, collect):
    """{case name: (case, {scheme: collected})}, settings, missing jobs, times by job."""
    found, settings, missing, times = {}, {}, [], {}
    for job, case, schemes in wanted:
        directory = os.path.join(work, "raw", job)
        entry = found.setdefault(case["name"], (case, {}))[1]
        if not up_to_date(work, job):
            missing.append(job)
            continue
        these = settings_of(directory)
        if settings and these != settings:
            raise Failure(f"{directory}: ran on another kernel than the others: run it with --force")
        settings = these
        times[job] = times_of(directory)
        for scheme in schemes:
            entry[scheme["name"]] = collect(os.path.join(directory, scheme["name"]), case, scheme)
    return found, settings, missing, times


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(temporary, path)
