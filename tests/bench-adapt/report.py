#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Results, page and picture of the update rule's bench.

Usage: report.py RAW.json RESULTS-DIR DOCS-DIR"""

import json
import os
import pathlib
import subprocess
import sys

import document
import summary

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/demo"))
import measured  # noqa: E402  pylint: disable=wrong-import-position

COLOURS = ("#888888", "#aa3355", "#cc8844", "#3366aa", "#9966aa", "#66aa66", "#77aacc", "#c00000")


def block(name, rows):
    return [f"${name} << EOD", *(" ".join(str(cell) for cell in row) for row in rows), "EOD"]


def phase_panel(result, start):
    names = [phase["name"] for phase in result["parameters"]["phases"]]
    cases = [case for case in result["rules"] if case["start"] == start]
    lines, plots = [], []
    for i, case in enumerate(cases):
        rows = [(n, *(case["figures"]["phases"][name]["reward"][key] for key in ("median", "least", "most")))
                for n, name in enumerate(names)]
        lines += block(f"{start}{i}", rows)
        colour = COLOURS[i % len(COLOURS)]
        plots.append(f"${start}{i} using ($1+{(i - len(cases) / 2) * 0.08}):2:3:4 with yerrorbars pt 7 ps 0.6 "
                     f"lc rgb '{colour}' title \"{case['name']}\"")
    ticks = ", ".join(f'"{name}" {n}' for n, name in enumerate(names))
    return lines + [f"set title 'Reward by phase, from the {start} network: median and range of the seeds'",
                    "unset logscale x", "set xlabel ''", f"set xtics ({ticks})",
                    f"set xrange [-0.6:{len(names) - 0.4}]", "set key outside right", "plot " + ", \\\n".join(plots)]


def interval_panel(result):
    rows = [(case["name"].split()[0], *(case["figures"]["reward"][key] for key in ("median", "least", "most")))
            for case in result["intervals"]]
    return block("intervals", rows) + [
        "set title 'Reward by batch interval T, from the mistuned network'", "set xlabel 'T, ms'",
        "set xtics autofreq", "set xrange [7:7000]", "set logscale x", "unset key",
        "plot $intervals using 1:2:3:4 with yerrorlines pt 7 lc rgb '#3366aa'"]


def picture(result, path):
    lines = ["set terminal svg size 1000,1000 font 'sans,12' background rgb 'white'", f'set output "{path}"',
             "set grid ytics", "set ylabel 'reward'", "set multiplot layout 3,1"]
    lines += phase_panel(result, "shipped") + phase_panel(result, "mistuned") + interval_panel(result)
    subprocess.run(["gnuplot"], input="\n".join(lines) + "\n", text=True, check=True)


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    raw, results, docs = (pathlib.Path(argument) for argument in arguments)
    result = summary.add_figures(json.loads(raw.read_text(encoding="utf-8")))
    results.mkdir(parents=True, exist_ok=True)
    measured.write(str(results / "adapt-rule.json"), json.dumps(result, indent=1) + "\n")
    picture(result, docs / "bench-adapt.svg")
    measured.write(str(docs / "bench-adapt.md"), document.document(result))


if __name__ == "__main__":
    main(sys.argv[1:])
