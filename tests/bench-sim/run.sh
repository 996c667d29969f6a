#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lf-sim's engines against ns-3: build/results/sim.json, docs/bench-sim.md and its
# picture. It takes hours, more of them with --from-scratch, which simulates what m3
# and m4 learn from and trains them. It goes on where it was interrupted.
#
# Usage: tests/bench-sim/run.sh [--from-scratch] [--small]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C PYTHONPATH=tests/bench-grid

exec /usr/bin/python3 -B tests/bench-sim/bench.py "$@" \
	"${BIN:-build/user/bin}" "${WORK:-build/bench-sim}" models/sim "${RESULTS:-build/results}" "${DOCS:-docs}"
