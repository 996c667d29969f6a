# SPDX-License-Identifier: GPL-2.0
"""lf-sim's engines against ns-3: build/results/sim.json, docs/bench-sim.md and its picture.

Usage: bench.py [--from-scratch] [--small] BIN WORK MODELS RESULTS DOCS

--from-scratch: trains first, in WORK/models, in place of the networks that ship; --small: a few minutes, to see that
all works. What an interrupted run has done is not done again.
"""

import glob
import json
import os
import sys
import time

import cost
import document
import engines
import floor
import gray
import grid
import sets
import summary
from results import host, write
from sim import Sim

PROCESSES = os.cpu_count()


def say(text):
    print(f"bench-sim: {text}", flush=True)


def train(sim, work, small):
    """The learned engines, as they ship."""
    models = os.path.join(work, "models")
    os.makedirs(models, exist_ok=True)
    size = sets.small if small else lambda of: of
    say("truth of networks to train on")
    nets = sets.simulate(sim, size(sets.TRAIN_NETS), work, PROCESSES)
    say("truth of paths to train on")
    paths = sets.simulate(sim, size(sets.TRAIN_PATHS), work, PROCESSES)
    for engine, jobs in (("table", nets), ("m3", paths), ("m4", nets)):
        out = os.path.join(models, engines.ENGINES[engine][1])
        if os.path.exists(out + ".done"):
            continue
        say(f"train {engine}")
        config = os.path.join(sets.HERE, f"{engine}{'-small' if small else ''}.toml")
        arguments = ["-c", config] if os.path.exists(config) else []
        if glob.glob(os.path.splitext(out)[0] + "-training.*"):
            arguments.append("--resume")
        sim("train", engine, *jobs, "-o", out, *arguments)
        write(out + ".done", "")
    return models


def engines_of(sim, jobs, work, models, name):
    """[(errors by engine, seconds by engine)] of each job."""
    found = []
    for number, job in enumerate(jobs):
        say(f"{name}: engines, {number + 1} of {len(jobs)}")
        runs, errors = engines.answers(sim, job, os.path.join(work, "runs", name, os.path.basename(job)), models)
        seconds = {engine: sim.json(run, "summary.json")["meta"]["wall_s"] for engine, run in runs.items()}
        truth = os.path.join(job, "result.json")
        seconds["ns3"] = sim.json(truth)["cpu_s"]
        found.append((errors, seconds))
    return found


def sums(seconds):
    return {name: sum(of[name] for of in seconds) for name in seconds[0]}


def floors(sim, jobs, work, models, small):
    scenarios, flows, runs = (2, 150, 3) if small else (sets.FLOOR_SCENARIOS, sets.FLOOR_FLOWS, sets.FLOOR_RUNS)
    of_jobs = [floor.jobs(job, os.path.join(work, "floor", os.path.basename(job)), flows, runs)
               for job in jobs[:scenarios]]
    sim("truth", *(job for of in of_jobs for job in of), "-j", PROCESSES)
    figures = [floor.figures(floor.slowdowns(exact), [floor.slowdowns(job) for job in late])
               for exact, *late in of_jobs]
    cut = engines_of(sim, [of[0] for of in of_jobs], work, models, "floor")
    parameters = {"flows": flows, "scenarios": scenarios, "runs": runs, "ns": sets.FLOOR_NS,
                  "percent": sets.ORACLE_PERCENT}
    return figures, [errors for errors, _ in cut], parameters


def measure(sim, work, models, small):
    size = sets.small if small else lambda of: of
    test, full = size(sets.TEST), size(sets.TEST_FULL)
    say("truth to test with")
    jobs = sets.simulate(sim, test, work, PROCESSES)
    full_jobs = sets.simulate(sim, full, work, PROCESSES)
    tested = engines_of(sim, jobs, work, models, "test")
    uncapped = engines_of(sim, full_jobs, work, models, "test-full")
    say("the floor")
    of_floor, cut, parameters = floors(sim, jobs, work, models, small)
    say("gray failures")
    of_gray = gray.measure(sim, work, models, small)
    say("costs")
    costs = {"events": cost.events(os.path.join(os.path.dirname(sim.program), "lf-bench-sim")),
             "fabric": cost.fabric(sim, work, models, small)}
    speed = {"test": sums([s for _, s in tested]), "test-full": sums([s for _, s in uncapped])}
    scenarios = [errors for errors, _ in tested]
    return {"format": 1, "name": "sim",
            "parameters": {"test": test._asdict(), "test_full": full._asdict(), "floor": parameters},
            "figures": {"scenarios": scenarios, "floor_scenarios": of_floor,
                        "gray": of_gray, "cost": costs,
                        "summary": {**summary.summarise(scenarios, cut, of_floor, speed, costs),
                                    "gray": gray.summarise(of_gray)}},
            "meta": {"host": host(), "date": time.strftime("%Y-%m-%d")}}


def check_models(models):
    missing = [name for _, name in engines.ENGINES.values() if name and not os.path.exists(os.path.join(models, name))]
    if missing:
        raise grid.Failure(f"{models}: no {', '.join(missing)}: make bench-sim SCRATCH=1 trains them")


def print_aims(result):
    for aim in result["figures"]["summary"]["aims"]:
        say(f"{'met   ' if aim['met'] else 'MISSED'} {aim['aim']}: {aim['value']} (wanted {aim['wanted']})")


def main(arguments):
    small, scratch = "--small" in arguments, "--from-scratch" in arguments
    places = [argument for argument in arguments if argument not in ("--small", "--from-scratch")]
    if len(places) != 5 or any(place.startswith("-") for place in places):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    program, work, models, results, docs = places
    os.makedirs(work, exist_ok=True)
    sim = Sim(os.path.join(program, "lf-sim"), os.path.join(work, "log.txt"))
    if scratch:
        models = train(sim, work, small)
    check_models(models)
    result = measure(sim, work, models, small)
    write(os.path.join(results, "sim.json"), json.dumps(result, indent=1) + "\n")
    document.draw(result, os.path.join(docs, "bench-sim.svg"))
    document.draw_gray(result, os.path.join(docs, "bench-sim-gray.svg"))
    write(os.path.join(docs, "bench-sim.md"), document.document(result))
    print_aims(result)
    say(f"{results}/sim.json, {docs}/bench-sim.md")
    return 0


if __name__ == "__main__":
    grid.run("bench-sim", main)
