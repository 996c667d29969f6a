# SPDX-License-Identifier: GPL-2.0
"""What all pictures need of gnuplot."""

import subprocess

from grid import Failure

COLOURS = ("#3366aa", "#cc8844", "#66aa66", "#aa3355", "#c00000", "#888888", "#77aacc", "#9966aa",
           "#004466", "#ddbb44", "#226622", "#dd88aa", "#664422", "#444444", "#44bbaa", "#bb66dd")


def quoted(text):
    return '"' + text.replace('"', "'") + '"'


def block(name, rows):
    """A data block; a cell that is None is missing."""
    lines = [" ".join("?" if cell is None else str(cell) for cell in row) for row in rows]
    return [f"${name} << EOD", *lines, "EOD"]


def head(path, width, height, panels):
    return [f"set terminal svg size {width},{height} font 'sans,12' background rgb 'white'",
            f"set output {quoted(path)}", "set datafile missing '?'", "set grid ytics",
            f"set multiplot layout {panels},1"]


def used(result):
    return [name for name in result["parameters"]["schemes"]
            if any(name in case["runs"] for case in result["figures"]["cases"])]


def bars(cases, names, data):
    plots = [f"${data} using {i + 2}:xtic(1) title {quoted(name)} lc rgb '{COLOURS[i % len(COLOURS)]}'"
             for i, name in enumerate(names)]
    return ["set style data histogram", "set style histogram clustered gap 1",
            "set style fill solid 0.8 noborder", "set boxwidth 1",
            "set xtics rotate by -35 nomirror noenhanced", f"set xrange [-0.6:{len(cases) - 0.4}]",
            "plot " + ", ".join(plots)]


def draw_script(script):
    try:
        done = subprocess.run(["gnuplot"], input="\n".join(script) + "\nunset multiplot\n",
                              capture_output=True, text=True, check=False)
    except OSError as e:
        raise Failure(f"gnuplot: {e.strerror}: make deps") from e
    if done.returncode:
        raise Failure(f"gnuplot: {done.stderr.strip()}")
