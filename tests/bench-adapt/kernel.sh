#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Adaptation on a real kernel, in real time: the frozen network and the one that
# liteflowd tunes, over a path that steps by four in rate and RTT. It begins with
# the shipped network, over a path that repeats, and with a mistuned one.
# build/results/adapt-kernel.json and, when all seeds ran, docs/bench-adapt-kernel.md.
# About 65 minutes of a machine that does nothing else; a seed that was measured
# is not measured again while nothing that it depends on has changed.
#
# Usage: tests/bench-adapt/kernel.sh [--seeds N] [--phase SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

NAME=bench-adapt
KERNEL=6.1
SEEDS=5
PHASE_S=30
RUNS='frozen adaptive'
ONCE='32mbit 20ms 0;8mbit 20ms 0;32mbit 20ms 0;32mbit 80ms 0'
while [ $# -gt 0 ]; do
	case $1 in
	--seeds) SEEDS=${2-} ;;
	--phase) PHASE_S=${2-} ;;
	*) sed -n 's/^# \(Usage: .*\)/\1/p' "$0" >&2; exit 2 ;;
	esac
	[[ ${2-} =~ ^[1-9][0-9]*$ ]] || { echo "$NAME: $1 needs a number" >&2; exit 2; }
	shift 2
done
WORK=$PWD/build/bench-adapt/kernel
OUT=$WORK MODEL=none SEED=0 ANCHOR=0 PHASES=$ONCE
# shellcheck source=tools/demo/trial.sh
. tools/demo/trial.sh

# What a seed's figures depend on.
key() {
	{
		echo "$PHASE_S $PHASES $RUNS $SEED $ANCHOR"
		cat build/user/bin/{liteflow*,lfctl,lf-codegen} build/modules/$KERNEL/*.ko "$MODEL" \
			models/aurora-calibration.csv tools/demo/{guest.sh,liteflowd.toml.in}
	} | sha256sum
}

# measure START: all seeds.
measure() {
	local found
	for ((SEED = 1; SEED <= SEEDS; SEED++)); do
		OUT=$WORK/$1/$SEED
		found=$(key)
		if [ "$(cat "$OUT/key" 2>/dev/null)" = "$found" ]; then
			say "$1, seed $SEED: measured before"
			continue
		fi
		say "$1, seed $SEED of $SEEDS"
		trial
		echo "$found" >"$OUT/key"
	done
}

# As liteflowd holds a network by default.
MODEL=$PWD/models/aurora.pt ANCHOR=0.3 PHASES="$ONCE;$ONCE"
measure shipped
# Not held: as for a network that nobody trusts.
mkdir -p "$WORK"
build/user/bin/lf-bench-adapt models "$WORK" --only none >/dev/null
MODEL=$WORK/mistuned.pt ANCHOR=0 PHASES=$ONCE
measure mistuned
/usr/bin/python3 -B tests/bench-adapt/kernel.py "$WORK" "$SEEDS" build/results docs
