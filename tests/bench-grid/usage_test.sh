#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad usage of lf-answer ($1) is refused.
# shellcheck source=tests/bench-grid/refuses.sh
. "$(dirname "$0")/refuses.sh"
ANSWER=$1

refuses 2 'Usage: lf-answer' "$ANSWER"
refuses 2 'Usage: lf-answer' "$ANSWER" --over smoke --app cc --snapshot x
refuses 2 'Usage: lf-answer' "$ANSWER" --over poll --app cc --snapshot x --every 1ms
refuses 1 'nonexistent' "$ANSWER" --over poll --app cc --snapshot /nonexistent.so
refuses 1 'lf_snapshot_get' "$ANSWER" --over poll --app cc --snapshot libz.so.1
end_of_refusals
