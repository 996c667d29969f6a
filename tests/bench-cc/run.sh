#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The comparison of congestion controls, in virtual time but for the last two:
# build/results/cc-*.json with a picture each, and docs/bench-cc.md from them. What
# is run stands in the files cases, schemes and snapshots; what was measured is kept
# in build/bench-cc/raw (tests/bench-grid/grid.sh). FULL=1: the wide grid.
#
# Usage: tests/bench-cc/run.sh [--force] [--only REGEX] [PART...]
#        parts: matrix fairness dynamics case1 case2 case2-real tuning
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

NAME=bench-cc
PART_NAMES=(matrix fairness dynamics case1 case2 case2-real tuning)
# shellcheck source=tests/bench-grid/grid.sh
. tests/bench-grid/grid.sh

MEMORY_MB=1024
KEY_SOURCES=("$HERE/queue.c" tests/bench-grid/udp.c)
NOT_KEYED='/(lfctl|lf-bench-queue|lf-bench-udp)$'	# lfctl only reads counters, before and after

build_softirq() {
	mkdir -p "$WORK/module"
	cp -u "$HERE"/module/* "$WORK/module/"
	make -s -C "$HEADERS" "M=$PWD/$WORK/module" modules >"$WORK/module.log" 2>&1 ||
		{ cat "$WORK/module.log" >&2; die "the benchmark's module was not built"; }
	bare "$WORK/module/lf_bench_softirq.ko" "$WORK/modules/lf_bench_softirq.ko"
}

find_files() {
	local snapshot program
	FILES=("$BIN/lf-bench-queue:/usr/bin/lf-bench-queue")
	[[ $STEPS != *udp=* ]] || FILES+=("$BIN/lf-bench-udp:/usr/bin/lf-bench-udp")
	[ "$COST" = 0 ] || FILES+=("$WORK/modules/lf_bench_softirq.ko")
	for program in $PROGRAMS; do
		[ ! -e "$BIN/$program" ] || FILES+=("$BIN/$program:/usr/bin/$program")
	done
	[ "$NEEDS_MODULES" = 1 ] || return 0
	FILES+=("$BIN/lfctl:/usr/bin/lfctl" "$WORK/modules/liteflow.ko" "$WORK/modules/tcp_liteflow.ko")
	for snapshot in $SNAPSHOTS; do FILES+=("$WORK/modules/$(<"$WORK/snapshots/$snapshot/name").ko"); done
	for snapshot in $OBJECTS; do FILES+=("$WORK/modules/$snapshot.so"); done
}

find_arguments() {
	local name
	# shellcheck disable=SC2034 # grid.sh reads it
	GUEST=$HERE/guest.sh
	ARGUMENTS=(--mem "$MEMORY_MB")
	for name in RATE RTT LIMIT_BYTES LOSS GSO ECN SECONDS_EACH FLOWS STEPS COST REPEATS SCHEMES; do
		ARGUMENTS+=(--env "$name=${!name}")
	done
	if [ "$REAL_CPUS" = 0 ]; then ARGUMENTS+=(--virtual); else ARGUMENTS+=(--cpus "$REAL_CPUS"); fi
}

read_options "$@"
begin_grid lfctl lf-answer lf-bench-{queue,udp,snapshot} {,tcp_}liteflow.ko
build_softirq
build_snapshots
run_grid docs/bench-cc.md
