#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TCP under congestion control "liteflow".
#
#   lf-flows ── lo ── lf-flows               every way to open, end and change
#
#   t-c ─── t-r ─── t-s                      iperf3: 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

ktap_header
load liteflow tcp_liteflow lf_cc_a lf_cc_b
lf-nl activate lf_cc_a
# A guest whose CPUs are elsewhere for a while looks like a collapse.
sysctl -qw net.ipv4.tcp_fastopen=3 net.ipv4.tcp_ecn=1 net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000

ktap_from lf-flows
ktap_check 'no decision failed' is 0 app cc failed

# --- over a path ---
net_allow_cc liteflow
net_path t --rate 20mbit --delay 20ms
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201

ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -n 2M >/dev/null
ktap_check 'no flow is left' wait_for 5 is 0 app cc flows
in_default() {
	ip netns exec t-c sysctl -qw net.ipv4.tcp_congestion_control=liteflow &&
		is liteflow ip netns exec t-c sysctl -n net.ipv4.tcp_congestion_control
}
ktap_check 'another namespace makes it its default' in_default
ktap_check 'which holds the module' busy tcp_liteflow

ip netns exec t-c iperf3 -c "$NET_SERVER4" -t 60 -P 4 >/dev/null 2>&1 &
at_least() { compare "$(app cc flows)" -ge "$1"; }
wait_for 10 at_least 5
seen_by_ss() {
	ip netns exec t-c ss -tinH dst "$NET_SERVER4" | grep -q 'liteflow.*cwnd:.*bbr:(bw:'
}
ktap_check 'ss -ti shows it' wait_for 5 seen_by_ss
netns_of_flows() {
	local want end
	# iperf3's server takes the client's congestion control over.
	want=$(for end in c s; do ip netns exec t-"$end" stat -L -c %i /proc/self/ns/net; done | sort)
	is "$want" bash -c "lf-nl flows cc | sed 's/.*netns=\([0-9]*\).*/\1/' | sort -u"
}
ktap_check 'flows know their namespace' netns_of_flows

# --- the namespace goes under its traffic ---
start_events
# The sockets hold their namespace until their processes end, and then until TCP
# gives up on what can't be delivered any more.
for end in c s; do ip netns exec t-$end sysctl -qw net.ipv4.tcp_orphan_retries=1 net.ipv4.tcp_retries2=3; done
kill_namespace() {
	net_del t
	killall iperf3
	wait_for 30 is 0 app cc flows
}
ktap_check 'namespaces deleted under traffic take their flows along' kill_namespace
module_free() { [ "$(awk '$1 == "tcp_liteflow" { print $3 }' /proc/modules)" = 0 ]; }
ktap_check 'and their hold on the module' wait_for 30 module_free

# --- without a snapshot ---
net_path t --rate 20mbit --delay 20ms
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
ktap_check 'the active snapshot is taken away' lf-nl unload lf_cc_a name lf_cc_a force
before=$(app cc fallbacks)
events_clear
ktap_check 'flows run without a snapshot' ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -n 2M
ktap_check 'each is a fallback' compare "$(app cc fallbacks)" -gt "$before"
ktap_check 'and an event' event '^fallback app=cc reason=no_snapshot'

# A flow that began without one finds the next.
sysctl -qw net.liteflow.cc.guard_hold_ms=100
ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -t 30 >/dev/null 2>&1 &
job=$!
wait_for 10 is 2 app cc flows
ktap_check 'they say why' wait_for 5 bash -c 'lf-nl flows cc | grep -q "snapshot=0 .*reason=no_snapshot"'
lf-nl activate lf_cc_b
decides() { compare "$(snap lf_cc_b inferences)" -gt 20; }
ktap_check 'they return when there is one' wait_for 10 decides
ktap_check 'and say so' wait_for 5 bash -c 'lf-nl flows cc | grep -q "reason=none"'
ktap_check 'a snapshot that flows use is busy' busy lf_cc_b
events_clear
lf-nl unload lf_cc_b name lf_cc_b force
ktap_check 'forced unload: the flow falls back' event '^fallback app=cc reason=no_snapshot'
moves() {
	local before
	before=$(ip -n t-s -s link show dev eth0 | awk '/RX:/ { getline; print $1 }')
	sleep 1
	compare "$(ip -n t-s -s link show dev eth0 | awk '/RX:/ { getline; print $1 }')" -gt $((before + 500000))
}
ktap_check 'and goes on' moves
ktap_check 'its module can go' unload lf_cc_b
kill $job
wait $job 2>/dev/null
wait_for 20 is 0 app cc flows
killall iperf3
net_del t
stop_events
ktap_check 'all can be unloaded' wait_for 20 unload_all_and_params
ktap_finish
exit
