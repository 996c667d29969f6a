# SPDX-License-Identifier: GPL-2.0
"""Pictures of the results, by gnuplot."""

from plot import COLOURS, bars, block, draw_script, head, quoted, used


def matrix(result, path):
    names = used(result)
    cases = [case for case in result["figures"]["cases"] if case["runs"]]

    def rows(value):
        return [[quoted(case["name"])] + [
            value(case, case["runs"][n]) if n in case["runs"] and not case["runs"][n]["void"] else None
            for n in names] for case in cases]

    script = head(path, max(900, 60 * len(cases) + 120), 900, 2)
    script += block("goodput", rows(lambda c, r: round(100 * r["goodput_bps"] / c["rate_bps"], 2)))
    script += block("queue", rows(lambda c, r: round(r["queue_p95_ms"] * c["rate_bps"] / 8e3
                                                     / c["buffer_bytes"] * 100, 2)))
    script += ["set key outside top center horizontal", "set title 'Goodput'",
               "set ylabel '% of the rate'", "set yrange [0:105]"]
    script += bars(cases, names, "goodput")
    script += ["unset key", "set title '95th percentile of the queue'",
               "set ylabel '% of the buffer'"]
    script += bars(cases, names, "queue")
    draw_script(script)


def fairness(result, path):
    names = used(result)
    cases = [case for case in result["figures"]["cases"] if case["runs"]]
    script = head(path, 900, 700, 2)
    for data, figure in (("jain", "jain"), ("queue", "queue_p95_ms")):
        script += block(data, [[quoted(case["name"])] + [
            case["runs"][n][figure] if n in case["runs"] and not case["runs"][n]["void"] else None
            for n in names] for case in cases])
    script += ["set key outside top center horizontal", "set yrange [0:1]",
               "set title \"Jain's index of the flows' goodput\""]
    script += bars(cases, names, "jain")
    script += ["unset key", "set yrange [0:*]", "set ylabel 'ms'",
               "set title '95th percentile of the queueing delay'"]
    script += bars(cases, names, "queue")
    draw_script(script)


def lines(data, names, bin_s, factor=1):
    return "plot " + ", ".join(
        f"${data} using (($0+0.5)*{bin_s}):(${i + 1}*{factor}) with lines lw 1.5 "
        f"lc rgb '{COLOURS[i % len(COLOURS)]}' title {quoted(name)}" for i, name in enumerate(names))


def dynamics(result, path):
    cases = [case for case in result["figures"]["cases"] if case["runs"]]
    names, bin_s = used(result), result["parameters"]["bin_s"]
    script = head(path, 1000, 330 * 2 * len(cases), 2 * len(cases))
    for number, case in enumerate(cases):
        count = round(case["seconds"] / bin_s)
        for series in ("series_bps", "series_queue_ms"):
            script += block(f"{series}{number}", [
                [case["runs"][n][series][i] if n in case["runs"] else None for n in names]
                for i in range(count)])
    script += ["set xlabel 's'", "set key outside right"]
    for number, case in enumerate(cases):
        script += [f"set xrange [0:{case['seconds']}]", "set yrange [0:*]", "unset arrow"]
        # As they came in the first run: a little before their time, as connecting takes time too.
        steps = next((run["phases"][1:] for run in case["runs"].values() if run["phases"]), [])
        script += [f"set arrow from {step['begin_s']}, graph 0 to {step['begin_s']}, graph 1 nohead "
                   "dt 2 lc rgb '#888888'" for step in steps]
        script += [f"set title {quoted(case['name'] + ': goodput')} noenhanced", "set ylabel 'Mbit/s'",
                   lines(f"series_bps{number}", names, bin_s, 1e-6),
                   f"set title {quoted(case['name'] + ': queueing delay')} noenhanced",
                   "set ylabel 'ms'", lines(f"series_queue_ms{number}", names, bin_s)]
    draw_script(script)


def case1(result, path):
    """The queue, one panel a scheme."""
    names, fine_s = used(result), result["parameters"]["fine_s"]
    panels = [(case, name) for case in result["figures"]["cases"] for name in names
              if name in case["runs"] and not case["runs"][name]["void"]]
    script = head(path, 1000, 170 * max(len(panels), 1) + 40, max(len(panels), 1))
    script += ["unset key", "set ylabel 'ms'", "set bmargin 2", "set lmargin 10"]
    for number, (case, name) in enumerate(panels):
        run = case["runs"][name]
        full_ms = case["buffer_bytes"] * 8e3 / case["rate_bps"]
        script += block(f"queue{number}", [[value] for value in run["series_queue_ms"]])
        script += [f"set xrange [0:{case['seconds']}]", f"set yrange [0:{1.1 * full_ms:g}]", "unset arrow",
                   "unset label"]
        for step in case["steps"]:
            at = step["second"]
            script += [f"set arrow from {at}, graph 0 to {at}, graph 1 nohead dt 2 lc rgb '#888888'"]
            if "udp_bps" in step:
                script += [f"set label {quoted(' UDP %g' % (step['udp_bps'] / 1e6))} at {at}, graph 0.9 font ',9'"]
        script += [f"set title {quoted('%s: queueing delay, %s' % (case['name'], name))} noenhanced offset 0,-0.7",
                   lines(f"queue{number}", [name], fine_s)]
    if not panels:
        script += ["plot 0"]
    draw_script(script)


def case2(result, path):
    """Goodput and what it costs, by the number of connections."""
    names = used(result)
    cases = [case for case in result["figures"]["cases"] if case["runs"]]
    script = head(path, max(900, 12 * len(names) * len(cases) + 200), 1100, 3)
    for data, value in (("goodput", lambda r: r["goodput_bps"] / 1e6),
                        ("busy", lambda r: r["cost"]["busy_ms_per_mb"]),
                        ("softirq", lambda r: 100 * r["cost"]["softirq_share"])):
        script += block(data, [[quoted(case["name"])] + [
            round(value(case["runs"][n]), 3) if n in case["runs"] else None for n in names] for case in cases])
    script += ["set key outside top center horizontal noenhanced", "set yrange [0:*]"]
    for data, title, unit in (("goodput", "Goodput", "Mbit/s"), ("busy", "Busy, per megabyte received", "ms"),
                              ("softirq", "Time in softirqs", "% of the CPUs")):
        script += [f"set title '{title}'", f"set ylabel '{unit}'"] + bars(cases, names, data) + ["unset key"]
    draw_script(script)


def draw(part, result, path):
    {"matrix": matrix, "fairness": fairness, "dynamics": dynamics, "case1": case1, "case2": case2,
     "case2-real": case2, "tuning": case2}[part](result, path)
