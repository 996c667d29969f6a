#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that runs out: while modules are loaded, in every netlink command, and
# under traffic. Only in the debug kernel, whose allocations fail on demand.
#
#   t-c ─── t-r ─── t-s      iperf3 under "liteflow": 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

FAILSLAB=/sys/kernel/debug/failslab
PAGES=/sys/kernel/debug/fail_page_alloc

# failslab NAME=VALUE...
failslab() {
	local set
	for set; do echo "${set#*=}" >$FAILSLAB/"${set%%=*}"; done
}
load_failing() { ktap_from lf-faults load $MODULES/"$1".ko "${2-}"; }
fallbacks() { compare "$(app cc fallbacks)" -gt "$1"; }

ktap_header
if [ ! -e $FAILSLAB ]; then
	ktap_skip 'memory that runs out' 'no CONFIG_FAILSLAB: --kernel debug'
	ktap_finish
	exit
fi
# The tests are to see what fails, not the log.
echo 0 >$FAILSLAB/verbose
echo 0 >$PAGES/verbose
echo 0 >/sys/kernel/debug/fail_usercopy/verbose
# Those that could wait for memory as well, and the smallest.
echo N >$FAILSLAB/ignore-gfp-wait
echo N >$PAGES/ignore-gfp-wait
echo 0 >$PAGES/min-order

# --- while modules are loaded ---
load_failing liteflow
load_failing tcp_liteflow
load_failing lf_sched
load_failing lf_lb
load_failing lf_testapp apps=test:30:8,mixed:4:1
load_failing lf_cc_a
unload lf_sched lf_lb

# --- in every netlink command ---
load lf_cc_b lf_test_a lf_test_b lf_test_mixed
lf-nl activate lf_test_a
lf-nl activate lf_cc_a
test_app open 10
ktap_from lf-faults requests
test_app open 0

# --- under traffic ---
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000 net.liteflow.cc.guard_hold_ms=100
net_path t --rate 20mbit --delay 20ms
net_allow_cc liteflow
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
transfer() { ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -n "$BYTES"; }
BYTES=500K

# Connections' states and flows, whose caches lf-vm marks for it: none, then one in two.
failslab cache-filter=Y times=-1 interval=1 probability=100
before=$(app cc fallbacks)
ktap_check 'no memory for connections: they run' transfer
ktap_check 'as fallbacks' fallbacks "$before"
ktap_check 'there is no flow' wait_for 20 is 0 app cc flows
failslab probability=50
transfers() { for _ in {1..8}; do transfer || return; done; }
ktap_check 'for half of them: they run' transfers
failslab probability=0 cache-filter=N
before=$(app cc inferences)
# Longer than a start, in which the network is not asked.
BYTES=4M
ktap_check 'with memory again connections run' transfer
BYTES=500K
ktap_check 'under the network' compare "$(app cc inferences)" -gt "$before"

# Of all allocations that can't wait, here and in the rest of the kernel: under traffic,
# since a server that can't listen serves nobody.
load lf_sched lf_sched_echo lf_lb lf_lb_same
lf-nl activate lf_sched_echo
lf-nl activate lf_lb_same
ip netns exec t-c lfctl lb path add 10.2.0.0/16 mark 1
ip netns exec t-c lfctl lb path add 10.2.0.0/16 mark 2
ip netns exec t-s lf-talk serve 7000 &
wait_for 10 net_listens t-s 7000
failslab ignore-gfp-wait=Y probability=5
talk() { ip netns exec t-c lf-talk "$NET_SERVER4" 7000 count="$1" bytes=5000; }
# insist CMD...: connect() itself may be refused for want of memory: then the application asks again.
insist() {
	local i
	for i in {1..10}; do ! "$@" || return 0; done
	echo "refused $i times"
	return 1
}
insist_50() { for _ in {1..50}; do insist talk 1 || return; done; }
ktap_check 'a twentieth fails: connections go on' insist_50
ktap_check 'those under a network as well' insist transfer
failslab probability=0
ktap_check 'none fails: connections go on' talk 50
ktap_check 'flow scheduling decides' compare "$(app sched inferences)" -gt 0
ktap_check 'load balancing decides' compare "$(app lb inferences)" -gt 0

# With all who answer: of a peer whose reset was lost for want of memory they would not hear any more.
killall lf-talk iperf3
# Without the router between them, connections that close ask each other for minutes.
no_flow() { is 0 app cc flows && is 0 app sched flows && is 0 app lb flows; }
ktap_check 'no flow is left' wait_for 60 no_flow
net_del t
ktap_check 'all can be unloaded' wait_for 30 unload_all_and_params
ktap_finish
exit
