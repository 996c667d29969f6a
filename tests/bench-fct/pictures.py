# SPDX-License-Identifier: GPL-2.0
"""Pictures of the results, by gnuplot."""

from plot import COLOURS, bars, block, draw_script, head, quoted, used

SHOWN = {"sched": ("none", "pias", "perfect", "network", "netlink"), "lb": ("ecmp", "wecmp", "least", "network", "netlink")}


def runs_of(case, names):
    """Those that count, in this order."""
    return {n: case["runs"][n] for n in names if n in case["runs"] and not case["runs"][n]["void"]}


def times(cases, names, of, figure):
    """One row a case, one column a scheme: ms."""
    return [[quoted(case["name"])] + [
        run["completion"][of][figure] / 1000 if (run := runs_of(case, names).get(name)) and run["completion"][of] else None
        for name in names] for case in cases]


def distribution(case, names, number):
    """Share of the flows that were no slower."""
    shown = runs_of(case, names)
    script = []
    for name, run in shown.items():
        script += block(f"cdf{number}{name}", [[us / 1000, p] for p, us in run["quantiles_us"] if us])
    script += [f"set title {quoted('Flows, ' + case['name'])} noenhanced", "set logscale x", "set xlabel 'ms'",
               "set ylabel '% of the flows'", "set xrange [*:*]", "set yrange [0:100]", "unset logscale y",
               "set key outside right"]
    plots = ", ".join(f"$cdf{number}{name} using 1:2 with lines lw 1.5 lc rgb '{COLOURS[i % len(COLOURS)]}' "
                      f"title {quoted(name)}" for i, name in enumerate(shown))
    return script + ["plot " + (plots or "0"), "unset logscale x", "unset xlabel"]


def draw(part, result, path):
    names = used(result)
    cases = [case for case in result["figures"]["cases"] if case["runs"]]
    panels = [("short", "p99_us", "Short flows, 99th percentile"), ("middle", "mean_us", "Middle flows, mean"),
              ("long", "mean_us", "Long flows, mean"), ("all", "mean_us", "All flows, mean")]
    count = len(panels) + len(cases) + (part == "lb")
    script = head(path, max(900, 16 * len(names) * len(cases) + 200), 330 * count, count)
    for number, (of, figure, title) in enumerate(panels):
        script += block(f"times{number}", times(cases, names, of, figure))
        script += ["set key outside top center horizontal noenhanced", f"set title '{title}'", "set ylabel 'ms'",
                   "set logscale y", "set yrange [*:*]"] + bars(cases, names, f"times{number}")
    script += ["unset logscale y"]
    if part == "lb":
        script += block("imbalance", [[quoted(case["name"])] + [
            run["imbalance"] if (run := runs_of(case, names).get(name)) else None for name in names] for case in cases])
        script += ["set title 'Imbalance: fullest uplink over the mean'", "set ylabel ''", "set yrange [1:4]"]
        script += bars(cases, names, "imbalance")
    script += ["set style data lines", "set xtics norotate"]
    for number, case in enumerate(cases):
        script += distribution(case, SHOWN[part], number)
    draw_script(script)
