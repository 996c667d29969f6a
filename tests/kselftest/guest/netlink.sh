#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the netlink family refuses, from whom, and that nothing breaks it.
#
#   lf-nl-test ── wrong messages ──▶ liteflow.ko ◀── flows: app "test" (held
#                                                    and hammered), "mixed"
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

SEED=${SEED-1}

ktap_header
load liteflow tcp_liteflow lf_cc_a lf_cc_b
insmod $MODULES/lf_testapp.ko apps=test:30:8,mixed:4:1
load lf_test_a lf_test_b lf_test_mixed
lf-nl activate lf_test_a
test_app open 100

ktap_from lf-nl-test refusals
ktap_from lf-nl-test privileges
ktap_from lf-nl-test parameters
ktap_check 'the active snapshot of the app is still the same' is active snap lf_test_a state
ktap_check 'all flows are still pinned to it' is 100 snap lf_test_a pins

test_app hammer 1
ktap_from lf-nl-test proof "$SEED" 20000
ktap_check 'meanwhile no decision failed' is 0 test_value failed

# Fuzz from two processes at once; what it may do as root it may do.
fuzz() {
	local pid
	lf-nl-test fuzz $((SEED + 1)) 60000 >/tmp/fuzz &
	pid=$!
	lf-nl-test fuzz "$SEED" 60000 || return
	wait "$pid" || { cat /tmp/fuzz; return 1; }
}
ktap_check '120,000 fuzzed messages break nothing' fuzz
test_app hammer 0
ktap_check 'no decision was torn' is 0 test_value torn
ktap_check 'nor strange' is 0 test_value strange
test_app open 0
ktap_check 'and all can be unloaded' unload_all_and_params
ktap_finish
exit
