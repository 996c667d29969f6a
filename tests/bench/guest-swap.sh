#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a real-time guest: snapshots swapped under inferences that never pause.

set -eu

insmod liteflow.ko
insmod lf_bench_swap.ko
insmod "$FIRST"
# The hammer runs on the last CPU.
# shellcheck disable=SC2086 # MODULES is a list
taskset 1 lf-bench-swap "$SWAPS" a.params b.params $MODULES >/results/swap.json
echo 0 >/sys/kernel/debug/lf_bench_swap/run
