#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A network that steers badly loses the flow, within a second. In virtual time.
#
#   t-c ─── t-r ─── t-s      iperf3 under "liteflow": 20 Mbit/s, 40 ms; then
#                            20 ms, later 80 ms; 10 ms and a buffer of 1.6 s
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

ONE=65536

start_steered() {
	start_flow
	wait_for 20 bash -c 'lf-nl flows cc | grep -q "inferences=[1-9][0-9].* reason=none"'
}

# trips SNAPSHOT REASON: let it steer; hundredths of a second until the event.
trips() {
	local start
	events_clear
	start=${EPOCHREALTIME/./}
	lf-nl activate "$1" repin
	wait_for 20 grep -q "^fallback app=cc reason=$2" /tmp/events || { echo never; cat /tmp/events >&2; return; }
	echo $(((${EPOCHREALTIME/./} - start) / 10000))
}

ktap_header
load liteflow tcp_liteflow lf_cc_a
lf-nl load lf_cc_a grow 20000 >/dev/null
lf-nl load lf_cc_a down $((-32 * ONE)) >/dev/null
lf-nl load lf_cc_a up $((32 * ONE)) >/dev/null
lf-nl load lf_cc_a wild $((40 * ONE)) >/dev/null
lf-nl activate grow
start_events

# --- collapse ---
net_path t --rate 20mbit --delay 40ms
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
start_steered
ktap_check 'the network steers' of_flow none
sleep 2
took=$(trips down guard_rate)
ktap_check "collapse is seen within a second and a half: $took/100 s" compare "$took" -le 150
ktap_check 'the flow says so' of_flow guard_rate
ktap_check 'it stays in liteflow by name' bash -c "ip netns exec t-c ss -tinH dst $NET_SERVER4 | grep -q liteflow"
# Three times what the collapsed network sent.
ktap_check 'it goes on under Reno' wait_for 20 moves 500000
decisions=$(app cc inferences)
sleep 1
ktap_check 'and nothing is decided for it' is "$decisions" app cc inferences
lf-nl activate grow repin
ktap_check 'not before the hold time' of_flow guard_rate
stop_flow

# --- return after the hold time ---
sysctl -qw net.liteflow.cc.guard_hold_ms=500
start_steered
sleep 1
trips down guard_rate >/dev/null
lf-nl activate grow repin
ktap_check 'after the hold time the network is back' wait_for 10 of_flow none
ktap_check 'and the data flow' wait_for 20 moves 500000
sysctl -qw net.liteflow.cc.guard_hold_ms=10000

# --- an answer out of range ---
took=$(trips wild range)
ktap_check "an answer out of range is seen at once: $took/100 s" compare "$took" -le 100
ktap_check 'and is counted' compare "$(snap wild failed)" -ge 1
ktap_check 'the flow goes on' wait_for 20 moves 500000
stop_flow
killall iperf3
net_del t

# --- a path that becomes longer is neither ---
net_path t --rate 20mbit --delay 20ms
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
lf-nl load lf_cc_a ease $((-4 * ONE)) >/dev/null
lf-nl activate lf_cc_a
base_is() {
	ip netns exec t-c ss -tinH dst "$NET_SERVER4" | sed -n 's/.*mrtt:\([0-9]*\).*/\1/p' |
		awk -v least="$1" '$1 >= least { good = 1 } END { exit !good }'
}
start_steered
sleep 1
events_clear
net_path_set t --delay 80ms
sleep 0.5
lf-nl activate ease repin
ktap_check 'what gives way for nothing learns that the path is longer' wait_for 1 base_is 80
lf-nl activate lf_cc_a repin
ktap_check 'gets back what it gave' moves 1200000
ktap_check 'and is not taken for a collapse' no_event '^fallback'
stop_flow
killall iperf3
net_del t

# --- runaway ---
lf-nl activate grow
net_path t --rate 20mbit --delay 10ms --limit-bytes 4000000
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
sysctl -qw net.liteflow.cc.guard_rtt=1000
start_steered
sysctl -qw net.liteflow.cc.guard_rtt=8
took=$(trips up guard_queue)
ktap_check "a queue that runs away is seen within two seconds: $took/100 s" compare "$took" -le 200
ktap_check 'the flow says so' of_flow guard_queue
rtt_below() {
	ip netns exec t-c ss -tinH dst "$NET_SERVER4" | sed -n 's/.*liteflow.* rtt:\([0-9]*\).*/\1/p' |
		awk -v most="$1" '$1 > most { bad = 1 } END { exit NR == 0 || bad }'
}
ktap_check 'and the queue goes' wait_for 20 rtt_below 100
stop_flow

# --- the same where only the send buffer bounds the queue ---
sysctl -qw net.liteflow.cc.guard_rtt=1000
lf-nl activate grow
start_steered
lf-nl activate up repin
ktap_check 'who fills its send buffer is limited by it' wait_for 20 bash -c \
	"ip netns exec t-c ss -tinH dst $NET_SERVER4 | grep -q 'liteflow.*sndbuf_limited'"
events_clear
sysctl -qw net.liteflow.cc.guard_rtt=8
ktap_check 'and is no less a runaway' event '^fallback app=cc reason=guard_queue' 2
stop_flow

# --- switched off ---
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000
lf-nl activate grow
start_steered
events_clear
lf-nl activate down repin
sleep 2
ktap_check 'guard_rate 0 lets it be' no_event '^fallback'
stop_flow
killall iperf3
net_del t
stop_events
ktap_check 'all can be unloaded' wait_for 30 unload_all_and_params
ktap_finish
exit
