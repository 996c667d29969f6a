#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a connection strives for: by the name of its congestion control, by its
# cgroup, by its namespace; in this order, chosen when it starts.
#
#   t-c ─── t-r ─── t-s      iperf3: 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

CGROUPS=/tmp/cgroups

ktap_header
load liteflow tcp_liteflow lf_cc_a lf_mocc
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000
mkdir -p $CGROUPS
mount -t cgroup2 none $CGROUPS
mkdir $CGROUPS/web $CGROUPS/backup

registered() {
	local name
	for name in liteflow liteflow_thr liteflow_lat liteflow_loss; do
		grep -qw "$name" /proc/sys/net/ipv4/tcp_available_congestion_control || { echo "no $name"; return 1; }
	done
}
ktap_check 'four names are registered' registered
ktap_check 'two apps are registered' is 'cc mocc' bash -c "lf-nl apps | sed 's/name=\([a-z]*\) .*/\1/' | xargs"

net_allow_cc liteflow liteflow_thr liteflow_lat liteflow_loss
net_path t --rate 20mbit --delay 20ms
ip netns exec t-s sysctl -qw net.ipv4.tcp_congestion_control=cubic
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201

# weights_are APP WANT IPERF3-OPTIONS...: a connection is that app's (its
# receiver takes the name over), and its records have these weights.
weights_are() {
	local app=$1 want=$2 got pid
	shift 2
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -t 60 "$@" >/dev/null 2>&1 &
	pid=$!
	wait_for 10 bash -c "[ \$(lf-nl app $app flows) -gt 0 ]" || { echo "no flow of $app"; kill "$pid"; return 1; }
	got=$(timeout 20 lfctl -j batch watch "$app" --count 1 |
		grep -o '"weight":\[[^]]*\]' | head -n 1 | tr -dc '0-9.,' |
		awk -F, '{ printf "%.2f %.2f %.2f", $1, $2, $3 }')
	kill "$pid"
	wait "$pid" 2>/dev/null
	wait_for 20 is 0 app "$app" flows
	[ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }
}

# --- without a network ---
lfctl snapshot activate lf_cc_a
fallbacks() { app mocc fallbacks; }
reno() { ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow_lat -n 500K >/dev/null && compare "$(fallbacks)" -gt 0; }
ktap_check 'an objective without its network falls back' reno
ktap_check 'and does not end in the other app' is 0 app cc inferences
lfctl snapshot activate lf_mocc

# --- by name ---
ktap_check 'liteflow has none' weights_are cc '0.00 0.00 0.00' -C liteflow
ktap_check 'liteflow_thr' weights_are mocc '0.60 0.30 0.10' -C liteflow_thr
ktap_check 'liteflow_lat' weights_are mocc '0.10 0.60 0.30' -C liteflow_lat
ktap_check 'liteflow_loss' weights_are mocc '0.30 0.10 0.60' -C liteflow_loss
named() {
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow_lat -t 5 >/dev/null 2>&1 &
	wait_for 5 bash -c "ip netns exec t-c ss -tin | grep -q liteflow_lat"
}
ktap_check 'ss shows the name' named
wait_for 20 is 0 app mocc flows

# --- by namespace ---
objective() { ip netns exec t-"$1" sysctl -qw "net.liteflow.cc.objective=$2"; }
ktap_check 'a namespace has none' is '0	0	0' ip netns exec t-c sysctl -n net.liteflow.cc.objective
objective c '500 500 0'
ktap_check 'and is given one' weights_are mocc '0.50 0.50 0.00' -C liteflow
ktap_check 'in which only the ratio counts' bash -c 'ip netns exec t-c sysctl -qw "net.liteflow.cc.objective=20 60 20"'
ktap_check 'for new connections' weights_are mocc '0.20 0.60 0.20' -C liteflow
ktap_check 'other namespaces keep theirs' is '0	0	0' sysctl -n net.liteflow.cc.objective
ktap_check 'a weight above 1000 is refused' fails objective c '1001 0 0'
ktap_check 'the name goes before' weights_are mocc '0.60 0.30 0.10' -C liteflow_thr

# --- by cgroup ---
lfctl objective set mocc $CGROUPS/web 0.2,0.2,0.6
lfctl objective set mocc $CGROUPS/backup 1,0,0
ktap_check 'cgroups have objectives' is 2 bash -c 'lfctl objective list mocc | grep -c mocc'
in_cgroup() {
	local group=$1
	shift
	(
		echo "$BASHPID" >"$CGROUPS/$group/cgroup.procs" && "$@"
	)
}
ktap_check 'a cgroup goes before its namespace' in_cgroup web weights_are mocc '0.20 0.20 0.60' -C liteflow
ktap_check 'another has another' in_cgroup backup weights_are mocc '1.00 0.00 0.00' -C liteflow
ktap_check 'the name goes before' in_cgroup web weights_are mocc '0.10 0.60 0.30' -C liteflow_lat
ktap_check 'set again' lfctl objective set mocc $CGROUPS/web 0,1,0
ktap_check 'it holds for new connections' in_cgroup web weights_are mocc '0.00 1.00 0.00' -C liteflow
lfctl objective delete mocc $CGROUPS/web
lfctl objective delete mocc $CGROUPS/backup
ktap_check 'all are deleted' is 'APP  CGROUP  WEIGHTS' lfctl objective list
ktap_check 'a cgroup without one has its namespace'"'"'s' in_cgroup web weights_are mocc '0.20 0.60 0.20' -C liteflow

killall iperf3
net_del t
ktap_check 'all can be unloaded' wait_for 20 unload_all_and_params
ktap_finish
exit
