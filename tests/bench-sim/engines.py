# SPDX-License-Identifier: GPL-2.0
"""Engines: what each is asked with, and its answers to a simulation's flows."""

import os

# name: (arguments, what it has learnt by)
ENGINES = {
    "flowsim": (("-e", "flowsim"), None),
    "table": (("-e", "table"), "table.txt"),
    "parsimon": (("-e", "parsimon"), None),
    "parsimon-own": (("-e", "parsimon", "--own-delays"), None),
    "m3": (("-e", "m3"), "m3.pt"),
    "m4": (("-e", "m4"), "m4.m4"),
}


def newer(path, sources):
    return os.path.exists(path) and all(os.path.getmtime(path) >= os.path.getmtime(source) for source in sources)


def answer(sim, engine, job, directory, models):
    """A run's directory, in `directory`; what is newer than all that it is made of is not made again."""
    arguments, model = ENGINES[engine]
    out = os.path.join(directory, engine)
    inputs = [os.path.join(job, name) for name in ("topology.txt", "flows.txt", "settings.json")]
    sources = inputs + [sim.program]
    if model:
        arguments += ("-m", os.path.join(models, model))
        sources.append(os.path.join(models, model))
    if not newer(os.path.join(out, "summary.json"), sources):
        sim("run", *arguments, "--settings", inputs[2], inputs[0], inputs[1], "-o", out)
    return out


def answers(sim, job, directory, models):
    """{engine: directory} and their errors, {engine: {class: figures}}."""
    runs = {engine: answer(sim, engine, job, directory, models) for engine in ENGINES}
    compared = os.path.join(directory, "errors")
    sources = [os.path.join(run, "summary.json") for run in runs.values()]
    if not newer(os.path.join(compared, "compare.json"), sources + [os.path.join(job, "fct.txt")]):
        sim("compare", job, *runs.values(), "-o", compared)
    return runs, sim.json(compared, "compare.json")["figures"]
