# SPDX-License-Identifier: GPL-2.0
"""lf-sim, as a program that is run."""

import json
import os
import subprocess

from grid import Failure


class Sim:
    """Called with a command's arguments: its output goes to a log, progress to the terminal; returns its rusage."""

    def __init__(self, program, log):
        self.program, self.log = program, log
        if not os.path.exists(program):
            raise Failure(f"{program} is not there: make all")

    def __call__(self, *arguments):
        line = [self.program, *map(str, arguments)]
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(" ".join(line)[:500] + "\n")
            log.flush()
            with subprocess.Popen(line, stdout=log) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Failure(f"lf-sim {arguments[0]} ended with {process.returncode}: what it said stands above, "
                          f"its output in {self.log}")
        return usage

    @staticmethod
    def json(*path):
        name = os.path.join(*map(str, path))
        try:
            with open(name, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError) as e:
            raise Failure(f"{name}: {e}; remove its directory and run it again") from e
