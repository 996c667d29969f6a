#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An app that the core has never heard of (tests/third-party): devices are its
# flows, records hold what was predicted and what came; "last" and "mean" are
# its networks, "wild" one that answers nothing that can be used.
#
#   a-a ─── a-b              1 kB now and then
#   t-c ─── t-r ─── t-s      iperf3 under "liteflow": 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

BUILT=/lf/build/kselftest/$LF_KERNEL/third-party

ktap_header
if [ ! -e "$BUILT/last.name" ]; then
	ktap_skip 'a third party' 'no lf-codegen or python3-torch: make user'
	ktap_finish
	exit
fi
LAST=$(<"$BUILT/last.name") MEAN=$(<"$BUILT/mean.name")

count() { app devload "$1"; }
state() { is "$2" snap "$1" state; }
more() { [ "$("${@:2}")" -gt "$1" ] || { echo "${*:2}: not more than $1"; return 1; }; }
grows() { wait_for 20 more "$("$@")" "$@" || { echo "$*: as before"; return 1; }; }
id() { snap "$1" id; }
# Who may have predicted: records come late, and flows keep their snapshot.
known() { lf-nl snaps devload | sed -En "s/^id=([0-9]+) .* name=($LAST) .*/\1:last/p; s/^id=([0-9]+) .* name=($MEAN|spare) .*/\1:mean/p"; }
# predicts NAME ID KIND: records that tell it, and none that is wrong.
predicts() {
	# shellcheck disable=SC2046
	ktap_check "$1" lf-devload 6 "$2:$3" 0:last $(known)
}

talk() { while :; do printf '%1000s' x >/dev/udp/"$NET_B4"/9; sleep 0.25; done 2>/dev/null; }
export -f talk

# --- without a network ---
# A grace period is 20 ms in a guest; the module's and the devices' exits wait for many.
echo 1 >/sys/kernel/rcu_expedited
load liteflow lf_devload
net_pair a
export NET_B4
ip netns exec a-a bash -c talk &
TALK=$!
start_events
ktap_check 'the core serves the app' is 4 count n_in
ktap_check 'and knows the length of its records' is 56 count record_len
ktap_check 'devices that are up are flows' wait_for 10 more 4 count flows
predicts 'predictions fall back to the last interval' 0 last
ktap_check 'the fallback is an event' event '^fallback app=devload reason=no_snapshot'
ktap_check 'and counted' more 0 count fallbacks
ktap_check 'nothing was decided' is 0 count inferences

# --- with one, and another ---
ktap_check 'its snapshot is accepted' load last
ktap_check 'and stands by' state "$LAST" standby
ktap_check 'it is activated' lfctl snapshot activate "$LAST"
predicts 'it predicts as the network does' "$(id "$LAST")" last
ktap_check 'and earns rewards' more 0 snap "$LAST" rewards
ktap_check 'its inputs are in their ranges' is 0 snap "$LAST" clipped
ktap_check 'its answers as well' is 0 snap "$LAST" failed
load mean
start_daemon
ktap_check 'the second is a canary' lf-nl canary "$MEAN" 500
ktap_check 'and gets flows that begin' grows snap "$MEAN" inferences
stop_daemon
lf-nl activate "$MEAN"
ktap_check 'it is activated: flows that begin are its own' grows snap "$MEAN" inferences
predicts 'and predict as it does' "$(id "$MEAN")" mean
ktap_check 'the first is kept' state "$LAST" previous
ktap_check 'and comes back' lfctl snapshot rollback devload --repin
ktap_check 'as the active one' state "$LAST" active
predicts 'and predicts again' "$(id "$LAST")" last

# --- parameters ---
ktap_check 'parameters without code are accepted' lfctl snapshot load "$LAST" "$BUILT/mean.params" --name spare
lf-nl activate spare repin
predicts 'and predict with the code that is there' "$(id spare)" mean
lfctl snapshot load "$LAST" "$BUILT/wild.params" --name wild >/dev/null
events_clear
ktap_check 'a network that leaves the range is activated' lf-nl activate wild repin
ktap_check 'and no answer of its is used: an event' event '^fallback app=devload reason=range'
predicts 'predictions fall back' 0 last
ktap_check 'it failed' more 0 snap wild failed
ktap_check 'a roll-back ends that' lfctl snapshot rollback devload --repin
predicts 'and parameters predict again' "$(id spare)" mean
lf-nl activate "$LAST" repin

# --- beside congestion control and another app, under load ---
load tcp_liteflow lf_cc_a lf_testapp lf_test_a
lf-nl activate lf_cc_a
lf-nl activate lf_test_a
net_path t --rate 20mbit --delay 20ms
net_allow_cc liteflow
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000
start_flow
test_app hammer 1
ktap_check 'three apps are served: cc' grows app cc inferences
ktap_check 'the test app' grows app test inferences
ktap_check 'and this one' grows count inferences

# It ends by itself, lest a swap that is under way should come after the next activation.
swap() { while [ ! -e /run/swapped ]; do lf-nl activate "$MEAN" repin; lf-nl activate "$LAST" repin; done; }
churn() {
	local i
	for ((i = 0; i < 10; i++)); do
		ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && ip link del v0 || return
	done
}
# again: the app goes and comes, whatever is active.
again() {
	local i
	for ((i = 0; i < 10; i++)); do unload lf_devload && load lf_devload || return; done
}
swap 2>/dev/null &
SWAP=$!
flows=$(count flows)
predicts "swapped without a pause: each record is whole, and its snapshot's" "$(id "$MEAN")" mean
ktap_check 'no decision fails' is 0 bash -c "lf-nl snaps devload | grep -v name=wild | sed 's/.* failed=//; s/ .*//' | sort -n | tail -1"
ktap_check 'devices come and go' churn
ktap_check 'and their flows with them' wait_for 10 is "$flows" count flows
ktap_check 'the app comes and goes ten times' again
touch /run/swapped
wait $SWAP
ktap_check 'its snapshots have waited for it' lf-nl activate "$MEAN" repin
predicts 'and it predicts' "$(id "$MEAN")" mean
ktap_check 'the others took no notice: cc' grows app cc inferences
ktap_check 'nor did the test app' grows app test inferences
ktap_check 'whose decisions are whole' is 0 test_value torn

# --- in every order ---
ktap_check 'in use: the core is busy' busy liteflow
ktap_check 'and the active snapshot' busy "$MEAN"
ktap_check 'and the one that parameters belong to' busy "$LAST"
ktap_check 'the app goes, under load' unload lf_devload
ktap_check 'the core does not: others use it' busy liteflow
ktap_check 'nobody uses its snapshot any more' unload "$MEAN"
ktap_check 'parameters go' lf-nl unload spare
lf-nl unload wild
ktap_check 'and then their module' unload "$LAST"
ktap_check 'without its app no snapshot is accepted' fails load last
ktap_check 'with it, it is again' load lf_devload last
lf-nl activate "$LAST"
predicts 'and serves' "$(id "$LAST")" last
test_app hammer 0
stop_flow
killall iperf3
ktap_check 'forced out, it can go before its app' lf-nl unload "$LAST" name "$LAST" force
ktap_check 'as it does' wait_for 10 unload "$LAST"
predicts 'and predictions fall back' 0 last
kill $TALK
wait $TALK 2>/dev/null
net_del a
net_del t
stop_events
ktap_check 'all can be unloaded' wait_for 30 unload lf_devload
ktap_check 'and the core' wait_for 30 unload_all_and_params
ktap_finish
exit
