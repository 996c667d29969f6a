# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of usage, which source it and end with end_of_refusals.
set -u
cd "$(dirname "$0")" || exit 1
export PYTHONDONTWRITEBYTECODE=1

failed=0

# refuses STATUS TEXT CMD...: it ends with that status and says TEXT.
refuses() {
	local wanted=$1 text=$2 out status=0
	shift 2
	out=$("$@" 2>&1 </dev/null) || status=$?
	if [ "$status" != "$wanted" ] || [[ $out != *"$text"* ]]; then
		echo "FAILED: $*: status $status, not $wanted, or no \"$text\" in: $out"
		failed=1
	fi
}

# grid_refuses BENCH: what the programs of any comparison refuse, before anything is run.
grid_refuses() {
	refuses 2 'nonsense is no part' ./run.sh nonsense
	refuses 2 "Usage: tests/$1/run.sh" ./run.sh --unknown
	refuses 2 'needs a regular expression' ./run.sh --only
	refuses 2 'FULL=2' env FULL=2 ./run.sh
	refuses 2 'JOBS=0' env JOBS=0 ./run.sh
	refuses 1 'make user' env BIN=/nonexistent ./run.sh
	refuses 2 'Usage: tables.py' ./tables.py
	refuses 1 'not a regular expression' ./tables.py jobs /nonexistent --only '('
	refuses 1 'nothing matches' ./tables.py jobs /nonexistent --only 'no such case'
	refuses 2 'Usage: report.py' ./report.py
	refuses 1 "make $1" ./report.py document /nonexistent "/nonexistent/$1.md"
}

end_of_refusals() {
	[ $failed = 0 ] && echo 'all refused'
	exit $failed
}
