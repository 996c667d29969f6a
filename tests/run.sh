#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every test, in order of cost: style and unit tests, generated code, then the
# kernel's in QEMU. Logs in build/test-logs. The last line counts all of them.
#
# Usage: tests/run.sh [SUITE...]      suites: unit style vm kselftest
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

LOGS=build/test-logs
mkdir -p "$LOGS"
passed=0 failed=0 skipped=0

# count_ktap LOG: "passed failed skipped" of the test lines, at any depth of
# nesting only the innermost ones (those without a plan of their own).
count_ktap() {
	awk '/^ *(not )?ok [0-9]+/ {
		if (/# SKIP/) s++; else if (/^ *not ok/) f++; else p++
	} END { print p + 0, f + 0, s + 0 }' "$1"
}

# ctest's summary: "87% tests passed, 3 tests failed out of 24".
count_ctest() {
	awk '/tests passed,.* failed out of/ {
		for (i = 1; i <= NF; i++) if ($i == "tests" && $(i + 1) == "failed") f = $(i - 1)
		t = $NF
	}
	/\*\*\*Skipped/ { s++ }
	END { print t - f - s + 0, f + 0, s + 0 }' "$1"
}

# suite NAME FORMAT CMD...: a command that fails without a failed test is one.
suite() {
	local name=$1 format=$2 log=$LOGS/$1.log status=0 p f s start=$SECONDS
	shift 2
	echo "== $name: $*"
	"$@" >"$log" 2>&1 || status=$?
	read -r p f s < <("count_$format" "$log")
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	if [ $((p + f + s)) -eq 0 ]; then
		echo "   ran no test" && f=1
	fi
	if [ "$f" -ne 0 ]; then
		# KTAP's diagnostics stand before and after the line they explain.
		grep -E -B 40 -A 3 '^ *not ok|\*\*\*(Failed|Exception|Timeout)|\(Failed\)|error:' "$log" |
			grep -vE '^ *ok [0-9]' | head -120
		echo "   --- the end of $log:" && tail -30 "$log"
	fi
	echo "   $p passed, $f failed, $s skipped in $((SECONDS - start)) s"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

wanted() {
	[ ${#SUITES[@]} -eq 0 ] || [[ " ${SUITES[*]} " == *" $1 "* ]]
}

SUITES=("$@")
! wanted unit || suite unit ctest ctest --test-dir build/user -j2 --timeout 300 --output-on-failure
! wanted style || suite style ktap tests/kselftest/style.sh
! wanted vm || suite vm ktap tests/vm/lf-vm-test.sh
! wanted kselftest || suite kselftest ktap tests/kselftest/run.sh --kernel all

echo
if [ "${LF_EXPECT_ALL_FEATURES-0}" = 1 ] && [ "$skipped" -ne 0 ]; then
	echo "a skip is a failure here: every feature is expected"
	failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
