# SPDX-License-Identifier: GPL-2.0
"""What engines cost as work grows: events a second by active flows, and a large fabric."""

import json
import os
import subprocess

from engines import ENGINES
from grid import Failure

# 8 pods of 48 racks of 16 hosts, 4 planes of 24 spines: m3's section 5.3.
FABRIC = ("--pods", 8, "--racks", 48, "--hosts", 16, "--planes", 4, "--spines", 24)
FLOWS = 1_000_000


def events(program):
    """lf-bench-sim's."""
    done = subprocess.run([program], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise Failure(f"{program} ended with {done.returncode}")
    return json.loads(done.stdout)


def fabric(sim, work, models, small):
    """Seconds and memory of whom a million flows over 6,144 hosts are not too many for."""
    directory = os.path.join(work, "fabric")
    os.makedirs(directory, exist_ok=True)
    files = [os.path.join(directory, name) for name in ("topology.txt", "flows.txt")]
    flows = 10_000 if small else FLOWS
    sim("topology", "fat-tree", *FABRIC, "-o", files[0])
    sim("workload", "random", *files[:1], "-n", flows, "--sizes", "webserver", "--load", 0.5, "--matrix", "hot:1",
        "-o", files[1])
    found = {}
    for engine in ("flowsim", "m3"):
        arguments, model = ENGINES[engine]
        out = os.path.join(directory, engine)
        usage = sim("run", *arguments, *(["-m", os.path.join(models, model)] if model else []), *files, "-o", out)
        result = sim.json(out, "summary.json")
        found[engine] = {"wall_s": result["meta"]["wall_s"], "memory_mb": usage.ru_maxrss / 1024,
                         "p99": result["figures"]["all"]["p99"]}
    return {"flows": flows, "engines": found}
