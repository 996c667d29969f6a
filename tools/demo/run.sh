#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, end to end: a guest steers real TCP flows with the shipped
# network over a path that changes, while liteflowd outside tunes it and swaps
# it under the running flows. CUBIC, BBR and the frozen network run beside it.
#
# Usage: run.sh [--kernel 6.1|6.12] [--phase SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."

NAME=demo
KERNEL=6.1
PHASE_S=25
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) KERNEL=$2 ;;
	--phase) PHASE_S=$2 ;;
	*) echo "usage: $0 [--kernel 6.1|6.12] [--phase SECONDS]" >&2; exit 2 ;;
	esac
	shift 2
done
OUT=$PWD/build/demo
PHASES='40mbit 20ms 0;20mbit 40ms 0;60mbit 30ms 0.2'
RUNS='cubic bbr frozen adaptive'
SEED=1
ANCHOR=0	# held to nothing: held, a minute moves it too little to be an update
# shellcheck source=tools/demo/trial.sh
. tools/demo/trial.sh

mkdir -p build/results
trial
/usr/bin/python3 -B tools/demo/report.py "$OUT" build/results
