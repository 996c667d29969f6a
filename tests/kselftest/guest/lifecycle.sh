#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Modules that come and go, and a daemon that dies.
#
#   a-a ─── a-b      iperf3 under "liteflow", while modules are pulled
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

state() { is "$2" snap "$1" state; }

ktap_header

# --- a hundred times ---
cycles() {
	local i
	for ((i = 0; i < $1; i++)); do
		load liteflow tcp_liteflow lf_testapp lf_cc_a lf_test_a || return
		lf-nl activate lf_test_a && lf-nl activate lf_cc_a || return
		test_app open 10
		test_app infer 1
		lf-nl load lf_test_a p 3 >/dev/null && lf-nl activate p repin || return
		test_app open 0
		# With its app every snapshot is out of use.
		unload lf_testapp tcp_liteflow && lf-nl unload p && unload_all || return
		! grep -E '^(liteflow|tcp_liteflow|lf_)' /proc/modules || return
	done
}
# A grace period is 20 ms in a guest, and a cycle waits for dozens.
echo 1 >/sys/kernel/rcu_expedited
ktap_check 'ten times all modules come and go' cycles 10
before=$(memory)
ktap_check 'and ninety times more' cycles 90
after=$(memory)
ktap_check "and no memory grows: $before kB, then $after kB" compare $((after - before)) -lt 1500
echo 0 >/sys/kernel/rcu_expedited

# --- with flows open ---
load_all
load lf_test_mixed 2>/dev/null
lf-nl activate lf_cc_a
lf-nl activate lf_test_a
net_pair a
ip netns exec a-b iperf3 -s -D >/dev/null
wait_for 10 net_listens a-b 5201
ip netns exec a-a iperf3 -c "$NET_B4" -C liteflow -b 20M -t 300 -P 2 >/dev/null 2>&1 &
job=$!
two_flows() { compare "$(app cc flows)" -ge 2; }
wait_for 10 two_flows
test_app hammer 1
ktap_check 'flows are open: tcp_liteflow is busy' busy tcp_liteflow
ktap_check 'and the core' busy liteflow
ktap_check 'and the snapshot' busy lf_cc_a
ktap_check 'a snapshot that is not used goes' unload lf_cc_b
load lf_cc_b

# Whoever pulls and pushes at once is refused or served, and nothing breaks.
pull() {
	local end=$((SECONDS + $1)) module
	shift
	while [ $SECONDS -lt $end ]; do
		for module; do rmmod "$module" 2>/dev/null; insmod $MODULES/"$module".ko 2>/dev/null; done
	done
}
push() {
	local end=$((SECONDS + $1)) name
	shift
	while [ $SECONDS -lt $end ]; do
		for name; do lf-nl activate "$name" repin 2>/dev/null; done
	done
}
strip() {
	local end=$((SECONDS + $1))
	while [ $SECONDS -lt $end ]; do
		lf-nl unload lf_test_b name lf_test_b force 2>/dev/null
		lf-nl unload lf_test_a name lf_test_a force 2>/dev/null
		sleep 0.2
	done
}
pull 15 lf_cc_a lf_cc_b lf_test_a lf_test_b tcp_liteflow liteflow &
pull 15 lf_test_b lf_cc_b &
strip 15 &
push 15 lf_cc_a lf_cc_b lf_test_a lf_test_b
wait %2 %3 %4 2>/dev/null
load lf_cc_a lf_cc_b lf_test_a lf_test_b 2>/dev/null
ktap_check 'modules pulled while they are activated: all are still there' \
	is 4 bash -c "lf-nl snaps | grep -cE 'name=lf_(cc|test)_[ab] '"
ktap_check 'each is activated again' lf-nl activate lf_cc_b
lf-nl activate lf_test_b repin
ktap_check 'no decision was torn' is 0 test_value torn
ktap_check 'nor strange' is 0 test_value strange
only_missing() { compare "$(test_value last_error)" -eq 0 || compare "$(test_value last_error)" -eq -61; }
ktap_check 'none failed but for want of a snapshot' only_missing
ktap_check 'flows are still open' two_flows
test_app hammer 0

# --- the daemon ---
start_events
start_daemon
ktap_check 'attaching is an event' event '^attached'
ktap_check 'a second daemon is refused' refused EBUSY 'another daemon' lf-nl attach
ktap_check 'nobody else detaches it' refused ENOTCONN 'not attached' lf-nl detach
lf-nl load lf_test_a noisy 50 131072 >/dev/null
lf-nl activate noisy
lf-nl canary lf_test_a 400
sysctl -qw net.liteflow.explore_share=1000
test_app open 200
test_app infer 1
ktap_check 'there is a canary' state lf_test_a canary
ktap_check 'there is exploration' compare "$(snap noisy explored)" -gt 50
events_clear
stop_daemon KILL
ktap_check 'kill -9: the daemon has gone' event '^detached'
ktap_check 'the canary is dropped' event '^canary_dropped app=test name=lf_test_a '
ktap_check 'it only drains' state lf_test_a draining
ktap_check 'the active snapshot goes on' state noisy active
before=$(snap noisy explored)
inferences=$(snap noisy inferences)
test_app failed 0
test_app infer 1
ktap_check 'exploration stops' is "$before" snap noisy explored
ktap_check 'decisions go on' compare "$(snap noisy inferences)" -gt "$inferences"
ktap_check 'without a failure' is 0 test_value failed
ktap_check 'no canary afterwards' refused ENOTCONN 'no daemon' lf-nl canary lf_test_a 1
ktap_check 'another daemon may attach' lf-nl attach-detach
kill_many() {
	local i
	for ((i = 0; i < 20; i++)); do
		start_daemon && lf-nl canary lf_test_b 500 && stop_daemon KILL || return
		wait_for 5 is 0 app test attached || return
		[ "$(snap lf_test_b state)" != canary ] || return
	done
}
ktap_check 'twenty daemons killed: each time the canary is dropped' kill_many
test_app open 0
sysctl -qw net.liteflow.explore_share=0
kill $job
wait $job 2>/dev/null
killall iperf3
wait_for 20 is 0 app cc flows
net_del a
stop_events
ktap_check 'all can be unloaded' wait_for 30 unload_all_and_params
ktap_finish
exit
