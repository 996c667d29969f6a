# SPDX-License-Identifier: GPL-2.0
"""Parts of a document of results that are alike in all grids."""

from aims import all_aims


def number(value, digits=1):
    return "-" if value is None else f"{value:.{digits}f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n\n"


def missing(result):
    jobs = result["figures"]["missing"]
    if not jobs:
        return ""
    return f"**Not complete: {len(jobs)} guests of this part were not run.**\n\n"


def late(run):
    counters = run.get("counters")
    return f"{100 * counters['late'] / counters['asked']:.1f} %" if counters and counters["asked"] else "-"


def aims(results):
    """Of all parts, hit or miss."""
    rows = []
    for part, result in results.items():
        for scheme, aim in all_aims(result["figures"]["summary"]):
            misses = "; ".join(aim["misses"])
            rows.append([part, scheme, aim["aim"], aim["wanted"], str(aim["value"]),
                         "met" if aim["met"] else "**missed**", misses or "-"])
    if not rows:
        return ""
    met = sum(row[5] == "met" for row in rows)
    return (f"\n## Aims\n\n{met} of {len(rows)} are met.\n\n"
            + table(["part", "scheme", "aim", "wanted", "measured", "", "where"], rows).rstrip() + "\n")


def where(results):
    """What each part took, and of which machine."""
    text = "\n## Where\n\n"
    for result in results.values():
        host, guests = result["meta"]["host"], result["meta"]["guests"].values()
        text += (f"- {result['name']}: {result['parameters']['grid']} grid, {len(guests)} guests, "
                 f"{sum(g['wall_s'] for g in guests) / 60:.0f} min in all, of the CPU "
                 f"{sum(g['cpu_s'] for g in guests) / 60:.0f} min; {host['cpu']}, {host['cpus']} CPUs, "
                 f"QEMU {result['meta']['qemu']}, load {max((g['load'] for g in guests), default=0):.1f} at most\n")
    return text
