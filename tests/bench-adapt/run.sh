#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The update rule compared in simulated time: build/results/adapt-rule.json,
# docs/bench-adapt.md and its picture from it. About 6 minutes of one core.
#
# Usage: tests/bench-adapt/run.sh [--seeds N]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

SEEDS=5
BIN=${BIN:-build/user/bin}
WORK=build/bench-adapt

while [ $# -gt 0 ]; do
	case $1 in
	--seeds)
		[ $# -ge 2 ] || { echo 'bench-adapt: --seeds needs a number' >&2; exit 2; }
		SEEDS=$2
		shift
		;;
	*) sed -n 's/^# \(Usage: .*\)/\1/p' "$0" >&2; exit 2 ;;
	esac
	shift
done

mkdir -p "$WORK"
"$BIN/lf-bench-adapt" models "$WORK" --seeds "$SEEDS" >"$WORK/raw.json"
/usr/bin/python3 -B tests/bench-adapt/report.py "$WORK/raw.json" build/results docs
echo 'bench-adapt: build/results/adapt-rule.json, docs/bench-adapt.md'
