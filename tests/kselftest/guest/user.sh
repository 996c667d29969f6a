#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The network in user space: a process answers, well, late, wrongly, or not any
# more; by netlink and by a device.
#
#   t-c ─── t-r ─── t-s      iperf3 under "liteflow": 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

ONE=65536
DEVICE=/dev/liteflow/cc

# serve WAY [HOW...]: somebody answers; served: whether.
serve() {
	local way=$1
	shift
	rm -f /tmp/serve
	lf-serve "$way" cc "$@" >/tmp/serve 2>&1 &
	SERVER=$!
	wait_for 10 grep -q serving /tmp/serve || { cat /tmp/serve; return 1; }
}

unserve() {
	kill "-${1-TERM}" "$SERVER"
	wait "$SERVER" 2>/dev/null
	return 0
}

count() { app cc "$1"; }
# more COUNTER THAN
more() { [ "$(count "$1")" -gt "$2" ]; }
grows() { wait_for 20 more "$1" "$2" || { echo "$1: $(count "$1"), as before"; return 1; }; }
steered() { wait_for 30 of_flow none; }
reno() { of_flow no_answer && ! of_flow none; }

# still COUNTER: it doesn't change in a second.
still() {
	local before
	before=$(count "$1")
	sleep 1
	is "$before" count "$1"
}

ktap_header
load liteflow tcp_liteflow lf_cc_a
net_path t --rate 20mbit --delay 20ms
net_allow_cc liteflow
ip netns exec t-s sysctl -qw net.ipv4.tcp_congestion_control=cubic
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000
# Far longer than any scheduling here takes.
sysctl -qw net.liteflow.cc.user_ms=500 net.liteflow.cc.guard_hold_ms=100

# --- nobody serves ---
start_flow
ktap_check 'nobody serves: the flow is Reno'"'"'s' of_flow no_answer
ktap_check 'and runs' wait_for 20 moves 500000
ktap_check 'nothing was asked' is 0 count asked

# --- somebody does ---
for way in netlink device poll; do
	asked=$(count asked) answered=$(count answered)
	serve $way
	ktap_check "$way: somebody serves" grep -q serving /tmp/serve
	ktap_check "$way: the flow asks" grows asked "$asked"
	ktap_check "$way: and is answered" grows answered "$answered"
	ktap_check "$way: it is under its network" steered
	ktap_check "$way: nothing is decided in the kernel" is 0 count inferences
	ktap_check "$way: another one is refused by netlink" refused EBUSY 'another process serves' lf-serve netlink cc
	ktap_check "$way: and by the device" refused EBUSY '' lf-serve device cc
	unserve
done

# --- what is answered is done ---
crawls() { ! moves 300000; }
serve device action=$((-32 * ONE))
ktap_check 'less is asked for, less is sent' wait_for 30 crawls
unserve
serve device action=$((32 * ONE))
ktap_check 'and more' wait_for 30 moves 1500000
unserve

# --- the interval is kept ---
serve device
steered
asked=$(count asked)
sleep 5
asked=$(($(count asked) - asked))
ktap_check "T = 500 ms: about ten questions in 5 s: $asked" compare "$asked" -le 11
ktap_check 'and not far fewer' compare "$asked" -ge 4

# --- it dies, and comes back ---
unserve KILL
ktap_check 'it is killed: Reno within seconds' wait_for 5 reno
ktap_check 'and the data flow' wait_for 20 moves 500000
serve netlink
ktap_check 'it is back: so is the network' steered
unserve KILL
ktap_check 'the same by netlink' wait_for 5 reno

# --- silence ---
sysctl -qw net.liteflow.cc.guard_hold_ms=3000
serve device mute=1
late=$(count late)
ktap_check 'questions without an answer are late' grows late "$late"
ktap_check 'too long a silence is Reno'"'"'s' wait_for 20 reno
unserve
sysctl -qw net.liteflow.cc.guard_hold_ms=100

# --- late ---
serve device delay=1500
late=$(count late) stale=$(count stale) fallbacks=$(count fallbacks)
ktap_check 'answers after 2 T are late' grows late "$late"
ktap_check 'which is a fallback' grows fallbacks "$fallbacks"
ktap_check 'and they are dropped' grows stale "$stale"
unserve

# --- stale ---
for how in repeat=2 seq=1 seq=-1 flow=1000 flow=0x100000000; do
	serve netlink $how
	stale=$(count stale)
	ktap_check "$how: dropped and counted" grows stale "$stale"
	unserve
done

# --- wrong ---
serve device action=$((40 * ONE))
ktap_check 'an answer out of range' wait_for 30 of_flow range
unserve
ktap_check 'answers with other outputs are refused' bash -c "lf-serve device cc n=1 2>&1 | grep 'refused: EINVAL'"
ktap_check 'so is what is none' bash -c "dd if=/etc/passwd of=$DEVICE bs=64 count=1 2>&1 | grep 'Invalid argument'"
ktap_check 'and a read that can hold none' bash -c "dd if=$DEVICE bs=8 count=1 2>&1 | grep 'Invalid argument'"
ktap_check 'and one to where no memory is' bash -c "lf-serve device cc fault=1 2>&1 | grep 'refused: EFAULT'"
ktap_check 'root opens it' bash -c "exec 3<$DEVICE"
ktap_check 'others do not' fails setpriv --reuid 65534 --clear-groups bash -c "exec 3<$DEVICE"
chmod 666 $DEVICE
ktap_check 'whatever its mode' fails setpriv --reuid 65534 --clear-groups bash -c "exec 3<$DEVICE"
chmod 600 $DEVICE

# --- the switch back ---
sysctl -qw net.liteflow.cc.user_ms=0
lfctl snapshot activate lf_cc_a
inferences=$(count inferences)
ktap_check 'the network moves into the kernel' grows inferences "$inferences"
serve device
ktap_check 'where nobody is asked' still asked
sysctl -qw net.liteflow.cc.user_ms=100
asked=$(count asked)
ktap_check 'and out of it, under a running flow' grows asked "$asked"
ktap_check 'nothing is decided there' still inferences
stop_flow
sysctl -qw net.liteflow.cc.user_ms=0

# --- the app goes under its server ---
killall iperf3
net_del t
ktap_check 'the module of a served app can go' unload tcp_liteflow
ktap_check 'its server finds the end' wait_for 10 grep -q ended /tmp/serve
ktap_check 'the device is gone' fails test -e $DEVICE
load tcp_liteflow
serve poll
ktap_check 'and can be served anew' test -e $DEVICE
unload tcp_liteflow
ktap_check 'again it finds the end' wait_for 10 grep -q ended /tmp/serve
wait "$SERVER"
ktap_check 'all can be unloaded' unload_all
ktap_finish
exit
