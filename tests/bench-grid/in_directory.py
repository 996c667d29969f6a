# SPDX-License-Identifier: GPL-2.0
"""For the tests: tables, and reports of what no guest has left, in a directory of their own.

made_up, report and tables are the comparison's own modules.
"""

import contextlib
import io
import json
import os
import shutil
import tempfile
import unittest
from unittest import mock

import made_up
import report
import tables


class InDirectory(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name

    def table(self, read, text):
        path = os.path.join(self.directory, "table")
        made_up.write(path, text)
        return read(path)


class Reported(InDirectory):
    """Of the tables in the texts CASES and SCHEMES; NAME: of the results, as Reporting has it."""
    NAME, CASES, SCHEMES = "", "", ""

    def setUp(self):
        super().setUp()
        self.work, self.results = f"{self.directory}/work", f"{self.directory}/results"
        self.document = f"{self.directory}/docs/bench-{self.NAME}.md"
        self.cases = self.table(tables.read_cases, self.CASES)
        self.schemes = self.table(tables.read_schemes, self.SCHEMES)
        for name, value in (("read_cases", self.cases), ("read_schemes", self.schemes)):
            self.patch(tables, name, return_value=value)

    def patch(self, of, name, *value, **arguments):
        patch = mock.patch.object(of, name, *value, **arguments)
        patch.start()
        self.addCleanup(patch.stop)

    def run_all(self, but=(), **figures):
        for name, case, schemes in tables.jobs(self.cases, self.schemes):
            made_up.write(f"{self.work}/jobs/{name}.key", made_up.KEY)
            if name not in but:
                made_up.job(f"{self.work}/raw/{name}", case, schemes, **figures)

    def report(self, *arguments, draw=False):
        out = io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(out))
            if not draw:
                stack.enter_context(mock.patch("pictures.draw"))
            status = report.main([self.work, self.results, self.document, *arguments])
        self.assertEqual(status, 0)
        return out.getvalue()

    def result(self, part, directory=None):
        with open(f"{directory or self.results}/{self.NAME}-{part}.json", encoding="utf-8") as file:
            return json.load(file)

    def text(self, path=None):
        with open(path or self.document, encoding="utf-8") as file:
            return file.read()

    def test_figures_are_the_same_bytes_again(self):
        self.run_all()
        self.report()
        first = {part: self.result(part) for part in tables.PARTS}
        self.report()
        for part in tables.PARTS:
            again = self.result(part)
            for member in ("name", "parameters", "figures"):
                self.assertEqual(json.dumps(first[part][member]), json.dumps(again[member]))

    def test_the_document_is_of_the_results_alone(self):
        self.run_all()
        self.report()
        first = self.text()
        shutil.rmtree(self.work)
        with contextlib.redirect_stdout(io.StringIO()):
            report.main(["document", self.results, self.document])
        self.assertEqual(self.text(), first)
