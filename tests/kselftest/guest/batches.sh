#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Batches: interval, numbers, losses; records of congestion control.
#
#   lf_testapp ── emit ──▶ batches ──▶ lf-batches
#   t-c ─── t-r ─── t-s    iperf3 under "liteflow": 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

ktap_header
load_all
ktap_from lf-batches counts

lf-nl load lf_cc_a grow 20000 >/dev/null
lf-nl activate grow
# A guest whose CPUs are elsewhere for a while looks like a collapse.
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000
net_path t --rate 20mbit --delay 20ms
# The path drops a SYN now and then; it must ask for ECN the second time too.
for end in c s; do ip netns exec t-$end sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn_fallback=0; done
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201

# records KIND TEXT IPERF3-OPTIONS...
records() {
	local kind=$1 pid
	shift
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -t 60 "$@" >/dev/null 2>&1 &
	pid=$!
	wait_for 10 bash -c '[ "$(lf-nl app cc inferences)" -gt 0 ]'
	sleep 1
	ktap_from lf-batches records 4 "$kind"
	kill $pid
	wait $pid 2>/dev/null
	wait_for 20 is 0 app cc flows
}
records busy
records limited -b 2M -l 2K
tc -n t-r qdisc change dev s0 root handle 1: netem limit 1000000 delay 10ms loss 5% ecn
records marked
killall iperf3
net_del t
ktap_check 'all can be unloaded' wait_for 30 unload_all_and_params
ktap_finish
exit
