# SPDX-License-Identifier: GPL-2.0
"""Sets of simulations: what is drawn for training and for testing, and how ns-3 is asked about it."""

import collections
import glob
import os

HERE = os.path.dirname(os.path.abspath(__file__))

# space: NAME.mixspace.json beside this file; flows: of each simulation, of a path those from end to end; cap: bytes
# that no flow exceeds, 0: none; trace: with what is left of flows, and queues, at every event.
Set = collections.namedtuple("Set", "name space count seed flows cap trace")

TRAIN_NETS = Set("train-nets", "train-nets", 220, 1, 2000, 1_000_000, True)
TRAIN_PATHS = Set("train-paths", "train-paths", 250, 2, 1000, 1_000_000, False)
TEST = Set("test", "test-nets", 20, 1001, 20_000, 1_000_000, False)
TEST_FULL = Set("test-full", "test-nets", 5, 2001, 2000, 0, False)
# The floor: how far ns-3 is from itself when flows start up to 200 ns later. Of the first test scenarios the first
# flows, once as they are and so many times with other starts.
FLOOR_SCENARIOS, FLOOR_FLOWS, FLOOR_RUNS, FLOOR_NS = 10, 4000, 10, 200
ORACLE_PERCENT = 35  # of a flow's slowdowns in these runs: the best that who cannot see 200 ns may answer

# For a run in minutes, that shows that all works.
SMALL = {"count": 5, "flows": 300, "cap": 100_000}


def small(of):
    return of._replace(**SMALL)


def draw(sim, of, work):
    """Its simulations' directories, made if they are not there."""
    directory = os.path.join(work, of.name)
    mixes = f"{directory}.mix.json"
    if not os.path.exists(mixes):
        sim("scenarios", os.path.join(HERE, f"{of.space}.mixspace.json"), "-n", of.count, "--seed", of.seed,
            "--flows", of.flows, "--cap", of.cap, "--jobs", directory, "-o", f"{mixes}.new")
        os.rename(f"{mixes}.new", mixes)
    return sorted(glob.glob(os.path.join(directory, "*")), key=lambda path: int(os.path.basename(path)))


def simulate(sim, of, work, processes):
    directories = draw(sim, of, work)
    sim("truth", *directories, "-j", processes, *(["--trace"] if of.trace else []))
    return directories
