#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All apps on one host: connections under "liteflow" that are scheduled and
# balanced as well, each app with a network of its own and none knowing of the
# others.
#
#   p1, p2, p3 at lb-c: prio, whose first band is for small flows, the others
#   50 Mbit/s; 10 ms back
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh
# shellcheck source=tests/kselftest/guest/fabric.sh
. /root/fabric.sh

declare -A MODULE=([cc]=tcp_liteflow [sched]=lf_sched [lb]=lf_lb)
declare -A NETWORK=([cc]=lf_cc_a [sched]=lf_sched_echo [lb]=lf_lb_same)

decisions() { snap "${NETWORK[$1]}" inferences; }
# decides APP...: each of them does, within some time.
decides() {
	local app before
	more() { [ "$(decisions "$1")" -gt "$2" ]; }
	for app; do
		before=$(decisions "$app") || return
		wait_for 10 more "$app" "$before" || { echo "$app: no decision after $before"; return 1; }
	done
}
flows_of_all() {
	local app
	for app in cc sched lb; do [ "$(app "$app" flows)" -gt 0 ] || return; done
}
no_flow() {
	local app
	for app in cc sched lb; do is 0 app "$app" flows || return; done
}
# On a busy machine a guard of congestion control may trip: that is its work.
no_fallback() {
	is 0 app sched fallbacks && is 0 app lb fallbacks && no_event '^fallback .*reason=(no_|range|stale)'
}
congestion() { ip netns exec lb-c sysctl -qw net.ipv4.tcp_congestion_control="$1"; }

# begin APP: its module, and its network active.
begin() {
	load "${MODULE[$1]}" || return
	loaded "${NETWORK[$1]}" || load "${NETWORK[$1]}" || return
	lf-nl activate "${NETWORK[$1]}" || return
	case $1 in
	cc) sysctl -qw net.ipv4.tcp_allowed_congestion_control='reno cubic liteflow' ;;
	lb) lb gap_us=15000 && declare_paths 1 1 1 ;;
	esac
}

# Small requests under cubic, as $SMALL, and large ones under liteflow, as $LARGE.
start_small() {
	congestion cubic
	ip netns exec lb-c lf-talk "$SERVER4" "$PORT" rounds=1024 pause=30 bytes=3000 &
	SMALL=$!
	wait_for 10 bash -c 'ss -N lb-c -Htni state established | grep -q cubic'
}
start_large() {
	congestion liteflow
	ip netns exec lb-c lf-talk "$SERVER4" "$PORT" rounds=1024 bytes=50000000 &
	LARGE=$!
	wait_for 10 bash -c 'ss -N lb-c -Htni state established | grep -q liteflow'
	congestion cubic
}
stop() {
	kill "$1"
	wait "$1" 2>/dev/null
}

shape() {
	local i band
	for i in 1 2 3; do
		ip -n lb-c link set p$i gso_max_segs 1
		tc -n lb-c qdisc add dev p$i root handle 1: prio
		for band in 2 3; do
			tc -n lb-c qdisc add dev p$i parent 1:$band handle $band: tbf rate 50mbit burst 15000 limit 60000
		done
		tc -n lb-s qdisc add dev p$i root netem delay 10ms limit 10000
		tc -n lb-s filter add dev p$i ingress protocol ip prio 1 flower ip_proto tcp ip_tos $((18 << 2))/0xfc action ok
	done
}
# Bytes that left in the first band; packets that arrived with its DSCP.
first_band() { local i; for i in 1 2 3; do tc -n lb-c -s class show dev p$i | awk '/class prio 1:1 / { getline; print $2 }'; done | awk '{ n += $1 } END { print n }'; }
first_dscp() { local i; for i in 1 2 3; do tc -n lb-s -s filter show dev p$i ingress; done | awk '/Sent/ { n += $4 } END { print n + 0 }'; }

ktap_header
# A grace period is 20 ms in a guest, and modules that leave wait for many.
echo 1 >/sys/kernel/rcu_expedited
load liteflow
fabric
shape

# --- at once ---
start_events
for app in cc sched lb; do
	ktap_check "$app comes" begin $app
done
start_small
start_large
ktap_check 'flows of all three' wait_for 10 flows_of_all
ktap_check 'all three decide' decides cc sched lb
stop "$LARGE"
stop "$SMALL"
congestion liteflow
ktap_check 'connections under liteflow leave by all paths' spread lb-c talk "$SERVER4" "$PORT" count=40 bytes=3000
ktap_check 'and those over IPv6' spread lb-c talk "$SERVER6" "$PORT" count=40 bytes=3000
bands=$(first_band) dscps=$(first_dscp)
talk "$SERVER4" "$PORT" count=10 bytes=3000
ktap_check 'what is small goes first' compare $(($(first_band) - bands)) -gt 30000
ktap_check 'and says so' compare $(($(first_dscp) - dscps)) -ge 10
ktap_check 'no flow is left' wait_for 20 no_flow
ktap_check 'none fell back' no_fallback
stop_events

# --- what there is no flow of ---
ktap_check 'connections that are reset' talk "$SERVER4" "$PORT" count=20 rst=1
ktap_check 'and refused ones' fails talk "$SERVER4" $((PORT + 1))
waits() { ss -N lb-c -Htn state time-wait | grep -q ":$PORT"; }
ktap_check 'and those that wait out their end' waits
asked() { ss -N lb-s -Htn state syn-recv | grep -q ":$PORT"; }
unanswered() {
	local i status pid
	for i in 0 1 2 3; do tc -n lb-c filter add dev "p$i" ingress protocol ip prio 1 flower ip_proto tcp action drop; done
	talk "$SERVER4" "$PORT" bytes=100 &
	pid=$!
	wait_for 10 asked
	status=$?
	for i in 0 1 2 3; do tc -n lb-c filter del dev "p$i" ingress prio 1; done
	wait "$pid" && return "$status"
}
ktap_check 'and those that are only asked for' unanswered
multipath() {
	[ "$(ip netns exec lb-c sysctl -n net.mptcp.enabled)" = 1 ] || { echo 'no MPTCP'; return 4; }
	wait_for 10 net_listens lb-s $((PORT + 2)) && spread lb-c talk "$1" $((PORT + 2)) mptcp=1 rounds=3 count=20
}
# Paths that were not answered are left alone until a flow has tried them.
recovered() {
	local mark
	talk "$SERVER4" "$PORT" count=3 bytes=100 || return
	for mark in 1 2 3; do is up path "$mark" health || return; done
}
ktap_check 'their paths are tried again' wait_for 20 recovered
ip netns exec lb-s lf-talk serve $((PORT + 2)) mptcp=1 &
ktap_check 'and those of MPTCP' multipath "$SERVER4"
ktap_check 'over IPv6 as well' multipath "$SERVER6"
ktap_check 'leave no flow' wait_for 20 no_flow
congestion cubic
unload tcp_liteflow lf_sched lf_lb

# --- each leaves while the others go on ---
# leave APP: those under liteflow end before it does.
leave() {
	if [ "$1" = cc ]; then
		busy tcp_liteflow || return
		kill "$LARGE"
	fi
	wait_for 20 unload "${MODULE[$1]}" || { echo "$1 stays"; return 1; }
}
in_order() {
	local app
	for app; do begin "$app" || return; done
	start_small
	start_large
	while [ $# -gt 0 ]; do
		decides "$@" && leave "$1" || return
		shift
	done
	kill "$SMALL" || { echo 'the connection has ended'; return 1; }
	wait "$SMALL" 2>/dev/null || true
}
# A check ends when all that it has started does: one that fails must not leave its traffic behind.
then_quiet() {
	local status=0
	"$@" || status=$?
	kill "$SMALL" "$LARGE" 2>/dev/null
	return "$status"
}
for order in 'cc sched lb' 'cc lb sched' 'sched cc lb' 'sched lb cc' 'lb cc sched' 'lb sched cc'; do
	# shellcheck disable=SC2086
	ktap_check "they leave under traffic: $order" then_quiet in_order $order
done
killall lf-talk
ktap_check 'all can be unloaded' wait_for 20 unload_all
ip netns del lb-c
ip netns del lb-s
ktap_finish
exit
