#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad usage of the comparison's programs is refused before anything is run.
# $1: lf-answer
# shellcheck source=tests/bench-grid/refuses.sh
. "$(dirname "$0")/../bench-grid/refuses.sh"
ANSWER=$1

refuses 2 'nonsense is no part' ./run.sh nonsense
refuses 2 'Usage: tests/bench-cc/run.sh' ./run.sh --unknown
refuses 2 'needs a regular expression' ./run.sh --only
refuses 2 'FULL=2' env FULL=2 ./run.sh
refuses 2 'JOBS=0' env JOBS=0 ./run.sh
refuses 1 'make user' env BIN=/nonexistent ./run.sh
refuses 2 'Usage: tables.py' ./tables.py
refuses 1 'not a regular expression' ./tables.py jobs /nonexistent --only '('
refuses 1 'nothing matches' ./tables.py jobs /nonexistent --only 'no such case'
refuses 2 'Usage: report.py' ./report.py
refuses 1 'make bench-cc' ./report.py document /nonexistent /nonexistent/bench-cc.md
refuses 2 'Usage: lf-answer' "$ANSWER"
refuses 2 'Usage: lf-answer' "$ANSWER" --over smoke --app cc --snapshot x
refuses 2 'Usage: lf-answer' "$ANSWER" --over poll --app cc --snapshot x --every 1ms
refuses 1 'nonexistent' "$ANSWER" --over poll --app cc --snapshot /nonexistent.so
refuses 1 'lf_snapshot_get' "$ANSWER" --over poll --app cc --snapshot libz.so.1
[ $failed = 0 ] && echo 'all refused'
exit $failed
