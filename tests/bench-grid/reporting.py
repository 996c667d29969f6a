# SPDX-License-Identifier: GPL-2.0
"""Reporting: a comparison's results, pictures and document, part by part.

tables, pictures and document are the comparison's own modules.
"""

import json
import os
import sys

import document
import grid
import pictures
import tables
from aims import all_aims
from grid import Failure
from readings import read
from results import write


def roles_of(schemes):
    """{role: names}"""
    return {role: [s["name"] for s in schemes if s["role"] == role] for role in tables.ROLES}


class Reporting:
    """name: of the results' files, NAME-PART; form: of them, those of another one being as good as missing.

    result_of(part, work, jobs, full) makes one result of what the guests left.
    """

    def __init__(self, name, form, result_of, usage):
        self.name, self.form, self.result_of, self.usage = name, form, result_of, usage
        self.bench = f"bench-{name}"

    def load(self, directories):
        """{part: result}, each from the first directory that has it in this format."""
        found = {}
        for part in tables.PARTS:
            for directory in directories:
                path = os.path.join(directory, f"{self.name}-{part}.json")
                if os.path.exists(path):
                    try:
                        result = json.loads(read(path))
                    except ValueError as e:
                        raise Failure(f"{path}: {e}; remove it and run the part again") from e
                    if result.get("format") == self.form:
                        found[part] = result
                        break
        return found

    def report_part(self, part, work, wanted, results, full):
        """To results, or with gaps to what is partial; nothing without any run."""
        partial = os.path.join(work, "partial")
        result = self.result_of(part, work, wanted, full)
        gaps = result["figures"]["missing"]
        if len(gaps) == len(wanted):
            return
        path = os.path.join(partial if gaps else results, f"{self.name}-{part}")
        write(path + ".json", json.dumps(result, indent=1) + "\n")
        pictures.draw(part, result, path + ".svg")
        stale = os.path.join(partial, f"{self.name}-{part}.json")
        if not gaps and os.path.exists(stale):
            os.remove(stale)
        print(f"{self.bench}: {path}.json" + (f": {len(gaps)} of {len(wanted)} guests are missing" if gaps else ""))

    def report(self, work, results, document_path, full, only, parts):
        everything = tables.jobs(tables.read_cases(), tables.read_schemes(), full)
        for part in parts or tables.PARTS:
            # What --only left out may be there from before.
            wanted = [job for job in everything if job[1]["part"] == part]
            if not only or any(only.search(job) for job, _, _ in wanted):
                self.report_part(part, work, wanted, results, full)
        found = self.load([results])
        if set(found) == set(tables.PARTS):
            self.write_document(found, document_path, results)
        partial = os.path.join(work, "partial")
        found = self.load([partial, results])
        self.print_aims(found)
        if any(result["figures"]["missing"] for result in found.values()):
            path = os.path.join(partial, f"{self.bench}.md")
            write(path, document.document(found))
            print(f"{self.bench}: {path}: of what is there")

    def print_aims(self, found):
        for part, result in found.items():
            for scheme, aim in all_aims(result["figures"]["summary"]):
                where = "; ".join(aim["misses"])
                print(f"{self.bench}: {'met   ' if aim['met'] else 'MISSED'} {part} {scheme}: {aim['aim']}: "
                      f"{aim['value']} (wanted {aim['wanted']})" + (f": {where}" if where else ""))

    def write_document(self, found, path, results):
        write(path, document.document(found))
        for part in found:
            picture = os.path.join(results, f"{self.name}-{part}.svg")
            if os.path.exists(picture):
                write(os.path.join(os.path.dirname(path), f"{self.name}-{part}.svg"), read(picture))
        print(f"{self.bench}: {path}")

    def main(self, arguments):
        if len(arguments) == 3 and arguments[0] == "document":
            found = self.load([arguments[1]])
            if not found:
                raise Failure(f"{arguments[1]}: no {self.name}-*.json: make {self.bench}")
            self.write_document(found, arguments[2], arguments[1])
            return 0
        if len(arguments) < 3:
            print(self.usage, file=sys.stderr)
            return 2
        self.report(*arguments[:3], *grid.choice(arguments[3:], tables.PARTS))
        return 0
