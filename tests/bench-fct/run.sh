#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The comparison of flow completion times under flow scheduling and load balancing, in
# virtual time: build/results/fct-*.json with a picture each, and docs/bench-fct.md
# from them. What is run stands in the files cases, schemes and snapshots; what was
# measured is kept in build/bench-fct/raw (tests/bench-grid/grid.sh). FULL=1: the wide
# grid.
#
# Usage: tests/bench-fct/run.sh [--force] [--only REGEX] [PART...]
#        parts: sched lb
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

NAME=bench-fct
PART_NAMES=(sched lb)
# shellcheck source=tests/bench-grid/grid.sh
. tests/bench-grid/grid.sh

MEMORY_MB=1024
NGINX=${NGINX:-$(PATH=$PATH:/usr/sbin command -v nginx || true)}
KEY_SOURCES=("$HERE"/*.[ch] tests/bench-grid/{udp.c,program.h})
# The sources of these are there, and what they link is glibc's; lfctl sets up what
# another build of it would.
NOT_KEYED='/(lfctl|lf-play|lf-bench-links|lf-bench-udp|lf-bench-oracle\.so)$'

# The traffic of a case, in a directory whose name says what it is made of.
make_traffic() {
	local dir=$WORK/traffic/$TRAFFIC_DIR words
	[ ! -d "$dir" ] || return 0
	read -ra words <<<"$TRAFFIC"
	rm -rf "$WORK/traffic/.new"
	"${PYTHON[@]}" "$HERE/${words[0]}" "${words[@]:1}" "$WORK/traffic/.new" || die "the traffic $TRAFFIC was not made"
	mv "$WORK/traffic/.new" "$dir"
}

# shellcheck disable=SC2153 # its .env says PART and the others
find_files() {
	local snapshot program
	make_traffic
	FILES=("$WORK/traffic/$TRAFFIC_DIR:/root/traffic" "$BIN/lf-play:/usr/bin/lf-play")
	if [ "$PART" = sched ]; then
		FILES+=("$NGINX:/usr/sbin/nginx" "$HERE/nginx.conf" "$BIN/lf-bench-oracle.so:/root/oracle.so")
	else
		FILES+=("$BIN/lf-bench-links:/usr/bin/lf-bench-links" "$BIN/lf-bench-udp:/usr/bin/lf-bench-udp")
	fi
	for program in $PROGRAMS; do FILES+=("$BIN/$program:/usr/bin/$program"); done
	[ "$NEEDS_LFCTL" = 0 ] || FILES+=("$BIN/lfctl:/usr/bin/lfctl")
	[ "$NEEDS_MODULES" = 1 ] || return 0
	FILES+=("$WORK/modules/liteflow.ko" "$WORK/modules/lf_$PART.ko")
	for snapshot in $SNAPSHOTS; do FILES+=("$WORK/modules/$(<"$WORK/snapshots/$snapshot/name").ko"); done
	for snapshot in $OBJECTS; do FILES+=("$WORK/modules/$snapshot.so"); done
}

find_arguments() {
	# shellcheck disable=SC2034 # grid.sh reads it
	GUEST=$HERE/guest-$PART.sh
	ARGUMENTS=(--mem "$MEMORY_MB" --virtual --env "SCHEMES=$SCHEMES")
	if [ "$PART" = sched ]; then
		ARGUMENTS+=(--env "LINK=$LINK")
	else
		ARGUMENTS+=(--env "FABRIC=$FABRIC")
	fi
}

read_options "$@"
begin_grid lfctl lf-answer lf-play lf-bench-{links,udp,snapshot,prediction,oracle.so} liteflow.ko lf_{sched,lb}.ko
[ -n "$NGINX" ] || die 'no nginx: make deps'
# Another program may make other traffic now; it is the files that count.
rm -rf "$WORK/traffic"
mkdir -p "$WORK/traffic"
build_snapshots
export LF_BENCH_PREDICTION=$BIN/lf-bench-prediction
run_grid docs/bench-fct.md
