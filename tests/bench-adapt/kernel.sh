#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Adaptation on a real kernel, in real time: the frozen network and the one that
# liteflowd tunes, over a path that steps by four in rate and RTT and repeats.
# build/results/adapt-kernel.json and, when all seeds ran, docs/bench-adapt-kernel.md.
# About 45 minutes of a machine that does nothing else; a seed that was measured
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
ANCHOR=0.3	# liteflowd's default
PHASES='32mbit 20ms 0;8mbit 20ms 0;32mbit 20ms 0;32mbit 80ms 0'
PHASES="$PHASES;$PHASES"
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
OUT=$WORK SEED=0
# shellcheck source=tools/demo/trial.sh
. tools/demo/trial.sh

# What a seed's figures depend on.
key() {
	{
		echo "$PHASE_S $PHASES $RUNS $SEED $ANCHOR"
		cat build/user/bin/{liteflow*,lfctl,lf-codegen} build/modules/$KERNEL/*.ko models/aurora* \
			tools/demo/{guest.sh,liteflowd.toml.in}
	} | sha256sum
}

for ((SEED = 1; SEED <= SEEDS; SEED++)); do
	OUT=$WORK/$SEED
	found=$(key)
	if [ "$(cat "$OUT/key" 2>/dev/null)" = "$found" ]; then
		say "seed $SEED: measured before"
		continue
	fi
	say "seed $SEED of $SEEDS"
	trial
	echo "$found" >"$OUT/key"
done
/usr/bin/python3 -B tests/bench-adapt/kernel.py "$WORK" "$SEEDS" build/results docs
