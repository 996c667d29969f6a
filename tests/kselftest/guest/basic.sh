#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The life of snapshots: registered, activated, kept, drained, removed.
#
#   lf_testapp ── app "test" ── flows that are only held
#   tcp_liteflow ── app "cc" ── flows over lo
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

sysctl_is() { is "$2" sysctl -n "net.liteflow.$1"; }
sysctl_refuses() { fails sysctl -qw "net.liteflow.$1=$2"; }
# What the kernel logged since the last time.
log_says() { dmesg -c | grep -q "$1"; }
loads() { load "$1" && loaded "$1"; }
gone() { unload "$1" && ! loaded "$1"; }
no_snap() { fails snap "$1" id 2>/dev/null; }
pins() { is "$2" snap "$1" pins; }
state() { is "$2" snap "$1" state; }
wait_state() { wait_for 5 state "$1" "$2" || { snap "$1" state; return 1; }; }

ktap_header

# --- load order ---
ktap_check 'congestion control needs the core' fails load tcp_liteflow
ktap_check 'a snapshot needs the core' fails load lf_cc_a
ktap_check 'the core loads' loads liteflow
ktap_check 'a snapshot needs its app' fails load lf_cc_a
ktap_check 'and the log says so' log_says "refused: its app is not registered"
ktap_check 'no app is listed yet' is '' lf-nl apps
ktap_check 'congestion control loads' loads tcp_liteflow
ktap_check 'it is available to TCP' grep -qw liteflow /proc/sys/net/ipv4/tcp_available_congestion_control
ktap_check 'it is not for every user' fails grep -qw liteflow /proc/sys/net/ipv4/tcp_allowed_congestion_control
ktap_check 'the app cc is listed: inputs' is 30 app cc n_in
ktap_check 'the app cc is listed: outputs' is 1 app cc n_out
ktap_check 'the app cc is listed: record' is 232 app cc record_len
ktap_check 'the app cc is listed: interval' is 200 app cc interval
ktap_check 'the core is busy while an app is there' busy liteflow
ktap_check 'a third app loads' loads lf_testapp

# --- sysctl ---
ktap_check 'sysctl explore_share is 0' sysctl_is explore_share 0
ktap_check 'sysctl stale_ms is 0' sysctl_is stale_ms 0
ktap_check 'sysctl max_flows is 65536' sysctl_is max_flows 65536
ktap_check 'sysctl max_macs is 65536' sysctl_is max_macs 65536
ktap_check 'sysctl cc.guard_rate is 10' sysctl_is cc.guard_rate 10
ktap_check 'sysctl cc.guard_rtt is 8' sysctl_is cc.guard_rtt 8
ktap_check 'sysctl cc.guard_hold_ms is 10000' sysctl_is cc.guard_hold_ms 10000
ktap_check 'explore_share beyond 1000 is refused' sysctl_refuses explore_share 1001
ktap_check 'max_macs 0 is refused' sysctl_refuses max_macs 0
ktap_check 'max_macs beyond 2^20 is refused' sysctl_refuses max_macs 1048577
ktap_check 'max_flows beyond 2^24 is refused' sysctl_refuses max_flows 16777217
ktap_check 'stale_ms beyond a day is refused' sysctl_refuses stale_ms 86400001
ktap_check 'cc.guard_rate beyond 100 is refused' sysctl_refuses cc.guard_rate 101
ktap_check 'cc.guard_rtt 1 is refused' sysctl_refuses cc.guard_rtt 1
ktap_check 'cc.guard_hold_ms 99 is refused' sysctl_refuses cc.guard_hold_ms 99
ktap_check 'a negative number is refused' sysctl_refuses max_flows -1
in_netns() { ip netns add n && is /proc/sys/net/liteflow/cc/objective ip netns exec n find /proc/sys/net/liteflow -type f; }
ktap_check 'another namespace has only an objective of net.liteflow' in_netns
ip netns del n

# --- registration ---
start_events
ktap_check 'a snapshot loads' loads lf_test_a
ktap_check 'and is in standby' state lf_test_a standby
ktap_check 'and that is an event' event '^standby app=test name=lf_test_a '
ktap_check 'its multiplications are counted' is 240 snap lf_test_a macs
ktap_check 'the same content a second time is refused' fails load lf_test_a
ktap_check 'it answers without being active' is '8 9 10 11 12 13 14 15' lf-nl infer lf_test_a
ktap_check 'it is used by nobody: it goes' gone lf_test_a
ktap_check 'and that is an event' event '^unloaded app=test name=lf_test_a '
ktap_check 'and it is no longer listed' no_snap lf_test_a
load lf_test_a lf_test_b lf_cc_a
first=$(snap lf_test_a id)
unload lf_test_a
load lf_test_a
ktap_check 'an id never repeats' compare "$(snap lf_test_a id)" -gt "$first"
sysctl -qw net.liteflow.max_macs=239
unload lf_test_a
ktap_check 'more multiplications than max_macs are refused' fails load lf_test_a
ktap_check 'and the log says so' log_says 'more multiplications than net.liteflow.max_macs'
sysctl -qw net.liteflow.max_macs=65536
load lf_test_a

# --- flows and pins, with nothing active ---
test_app open 5
ktap_check 'flows are listed' is 5 bash -c 'lf-nl flows test | grep -c app=test'
ktap_check 'flows of one app only' is 0 bash -c 'lf-nl flows cc | wc -l'
ktap_check 'without a snapshot nobody decides' bash -c "echo 1 >$TEST_PARAMETERS/infer; grep -qx -- -61 $TEST_PARAMETERS/last_error"
test_app open 0
test_app failed 0

# --- activation ---
events_clear
ktap_check 'activation' lf-nl activate lf_test_a
ktap_check 'it is active' state lf_test_a active
ktap_check 'and that is an event' event '^active app=test name=lf_test_a .*state=active'
ktap_check 'activating it again changes nothing' lf-nl activate lf_test_a
test_app open 10
ktap_check 'new flows are pinned to it' pins lf_test_a 10
test_app infer 3
ktap_check 'it decides' is 30 snap lf_test_a inferences
ktap_check 'the app counts that' is 30 app test inferences
ktap_check 'no decision failed' is 0 test_value failed
lf-nl activate lf_test_b
ktap_check 'the active one becomes previous' state lf_test_a previous
ktap_check 'its flows stay with it' pins lf_test_a 10
test_app open 15
ktap_check 'new flows go to the new one' pins lf_test_b 5
test_app infer 1
ktap_check 'each flow is decided for by its own snapshot' is 40 snap lf_test_a inferences
ktap_check 'and no output is strange' is 0 test_value strange
ktap_check 'a module in use is busy: active' busy lf_test_b
ktap_check 'a module in use is busy: previous' busy lf_test_a

# --- parameters over netlink ---
events_clear
ktap_check 'parameters make a snapshot' lf-nl load lf_test_b p1 100
ktap_check 'in standby' state p1 standby
ktap_check 'and that is an event' event '^standby app=test name=p1 '
ktap_check 'which answers' is '800 801 802 803 804 805 806 807' lf-nl infer p1
ktap_check 'a name is given once' refused EINVAL 'a snapshot of this name exists' lf-nl load lf_test_b p1 101
events_clear
lf-nl activate p1
ktap_check 'the third activation lets the first drain' state lf_test_a draining
ktap_check 'and that is an event' event '^draining app=test name=lf_test_a '
ktap_check 'draining is in use' refused EBUSY 'in use' lf-nl unload lf_test_a
events_clear
test_app open 5
test_app open 0
ktap_check 'its last flow ends: drained' wait_state lf_test_a drained
ktap_check 'and that is an event' event '^drained app=test name=lf_test_a '
ktap_check 'a drained module goes' gone lf_test_a
ktap_check 'the parameters live on: the shape module does too' lf-nl infer lf_test_b
load lf_test_a
lf-nl load lf_test_a p2 200 >/dev/null
ktap_check 'parameters hold the module of their shape' busy lf_test_a
ktap_check 'unused parameters are unloaded' lf-nl unload p2
ktap_check 'and are gone' no_snap p2
ktap_check 'their module is free then' gone lf_test_a
load lf_test_a

# --- roll-back ---
events_clear
ktap_check 'roll-back' lf-nl rollback test
ktap_check 'the previous one is active' state lf_test_b active
ktap_check 'the bad one drains' state p1 drained
ktap_check 'and that is an event' event '^rolled_back app=test name=lf_test_b '
ktap_check 'only once' refused ENOENT 'no previous snapshot' lf-nl rollback test
lf-nl activate p1
test_app open 4
events_clear
ktap_check 'the previous one can be activated again' lf-nl activate lf_test_b
ktap_check 'and the other one is previous then' state p1 previous
ktap_check 'without it draining in between' no_event '^draining'
ktap_check 'roll-back with its flows' lf-nl rollback test repin
ktap_check 'takes all flows along' pins p1 4
lf-nl activate lf_test_b repin
ktap_check 'activation with its flows' pins lf_test_b 4
ktap_check 'leaves none behind' wait_for 5 pins p1 0

# --- re-pinning ---
ktap_check 'all flows of an app move' is 4 lf-nl repin test 0 lf_test_a
ktap_check 'to a standby one too' wait_state lf_test_a draining
flow=$(lf-nl flows test | sed -n '2s/^id=\([0-9]*\).*/\1/p')
ktap_check 'one flow moves' is 1 lf-nl repin test "$flow" p1
ktap_check 'and only that' wait_for 5 pins lf_test_a 3
ktap_check 'one that is there already does not' is 0 lf-nl repin test "$flow" p1
ktap_check 'without a target: to the active one' is 4 lf-nl repin test
ktap_check 'no such flow' refused ENOENT 'no such flow' lf-nl repin test 4000000000
ktap_check "not to another app's snapshot" refused EINVAL 'another app' lf-nl repin test 0 lf_cc_a
test_app infer 1
ktap_check 'idle flows decide by the new one' is 0 test_value failed

# --- removal of what is in use ---
ktap_check 'the active one is in use' refused EBUSY 'in use' lf-nl unload lf_test_b
ktap_check 'the active one, by name only' refused EBUSY 'in use' lf-nl unload lf_test_b name lf_test_b
ktap_check 'the active one, by force only' refused EBUSY 'asked for by name' lf-nl unload lf_test_b force
ktap_check 'the active one, by another name' refused EINVAL 'not that of the snapshot' lf-nl unload lf_test_b name p1 force
ktap_check 'it is still active' state lf_test_b active
ktap_check 'and still serves' pins lf_test_b 4
ktap_check 'by name and force it is taken away' lf-nl unload lf_test_b name lf_test_b force
ktap_check 'from its flows too' pins lf_test_b 0
ktap_check 'and it is drained' state lf_test_b drained
test_app infer 1
ktap_check 'its flows have no snapshot then' is -61 test_value last_error
test_app failed 0
lf-nl activate p1
test_app ready 1
ktap_check 'and find the next active one' pins p1 4
lf-nl activate lf_test_b
ktap_check 'previous parameters are unloaded by force' lf-nl unload p1 force
ktap_check 'and are gone' no_snap p1
ktap_check 'the active one is taken away for good' lf-nl unload lf_test_b name lf_test_b force
ktap_check 'its module can go' gone lf_test_b
load lf_test_b
lf-nl activate lf_test_b
test_app open 0

# --- canary ---
ktap_check 'no canary without a daemon' refused ENOTCONN 'no daemon' lf-nl canary lf_test_a 300
start_daemon
ktap_check 'the app knows its daemon' is 1 app test attached
events_clear
ktap_check 'a canary' lf-nl canary lf_test_a 300
ktap_check 'it is one' state lf_test_a canary
ktap_check 'its share is told' is 300 snap lf_test_a share
ktap_check 'and that is an event' event '^canary app=test name=lf_test_a .*share=300'
test_app open 2000
share=$(snap lf_test_a pins)
between() { compare "$share" -gt 480 && compare "$share" -lt 720; }
ktap_check 'it serves its share of new flows' between
ktap_check 'the active one serves the rest' pins lf_test_b $((2000 - share))
test_app open 0
ktap_check 'share 1000 is every new flow' lf-nl canary lf_test_a 1000
test_app open 50
ktap_check 'indeed' pins lf_test_a 50
ktap_check 'a share of 1001 is refused' refused ERANGE '' lf-nl canary lf_test_a 1001
ktap_check 'the active one is no canary' refused EBUSY 'active already' lf-nl canary lf_test_b 100
events_clear
ktap_check 'share 0 withdraws it' lf-nl canary lf_test_a 0
ktap_check 'and that is an event' event '^canary_dropped app=test name=lf_test_a '
ktap_check 'its flows stay with it' pins lf_test_a 50
ktap_check 'none can be withdrawn' refused EINVAL 'no canary' lf-nl canary lf_test_a 0
lf-nl canary lf_test_a 500
events_clear
ktap_check 'a canary that proved itself is activated' lf-nl activate lf_test_a
ktap_check 'and is active' state lf_test_a active
ktap_check 'it has not been dropped' no_event '^canary_dropped'
ktap_check 'the other one is previous' state lf_test_b previous
test_app open 0

# --- exploration ---
lf-nl load lf_test_a noisy 1000 131072 >/dev/null
lf-nl activate noisy
test_app open 100
test_app infer 1
ktap_check 'nobody explores while explore_share is 0' is 0 snap noisy explored
sysctl -qw net.liteflow.explore_share=1000
test_app infer 1
ktap_check 'with explore_share 1000 each decision has noise' is 100 snap noisy explored
sysctl -qw net.liteflow.explore_share=500
test_app infer 1
half() { compare "$(snap noisy explored)" -gt 125 && compare "$(snap noisy explored)" -lt 175; }
ktap_check 'with 500 half of the flows explore' half
sysctl -qw net.liteflow.explore_share=1000
before=$(snap noisy explored)
stop_daemon
ktap_check 'the daemon has gone' wait_for 5 is 0 app test attached
test_app infer 1
ktap_check 'nobody explores then' is "$before" snap noisy explored
ktap_check 'the means are not touched' is 0 test_value torn
sysctl -qw net.liteflow.explore_share=0
test_app open 0

# --- limits ---
sysctl -qw net.liteflow.max_flows=100
ktap_check 'the 101st flow is refused' fails test_app open 101
ktap_check 'a hundred are there' is 100 app test flows
ktap_check 'and that is counted' is 1 app test fallbacks
ktap_check 'and an event' event '^fallback app=test reason=no_memory count=1'
test_app open 0
sysctl -qw net.liteflow.max_flows=65536
lf-nl load lf_test_a far 100000000 >/dev/null
lf-nl activate far
test_app open 1
test_app infer 1
ktap_check "an output outside the app's range is a failure" is -34 test_value last_error
ktap_check 'and is counted' is 1 snap far failed
test_app failed 0
lf-nl activate lf_test_a repin
sysctl -qw net.liteflow.stale_ms=1
sleep 0.1
test_app infer 1
ktap_check 'an old snapshot is stale' is -116 test_value last_error
sysctl -qw net.liteflow.stale_ms=0
test_app failed 0
test_app infer 1
ktap_check 'stale_ms 0 is never' is 0 test_value failed
test_app open 0
many() {
	local i
	for ((i = 0; i < 300; i++)); do lf-nl load lf_test_a "many$i" "$i" >/dev/null 2>&1 || break; done
	compare "$i" -gt 200 && compare "$i" -lt 256 && refused EINVAL 'too many snapshots' lf-nl load lf_test_a more 1
	for ((i--; i >= 0; i--)); do lf-nl unload "many$i" || return; done
}
ktap_check 'there are at most 256 snapshots' many

# --- what is no snapshot ---

refuses_module() {
	dmesg -c >/dev/null
	! insmod "$MODULES"/lf_test_bad.ko fault="$1" 2>/dev/null && log_says "refused: .*$2"
}
unload lf_cc_a
unload_testapp() { lf-nl unload lf_test_a name lf_test_a force; lf-nl unload lf_test_b force; lf-nl unload noisy force; lf-nl unload far force; unload lf_test_a lf_test_b lf_testapp; }
ktap_check 'an app goes when its snapshots are out of use' unload_testapp
insmod $MODULES/lf_testapp.ko apps=test:30:8,mixed:4:1,narrow:3:1
ktap_check 'refused: an ABI version' refuses_module abi 'snapshot ABI version differs'
ktap_check 'refused: an unknown app' refuses_module app 'app is not registered'
ktap_check 'refused: a long name' refuses_module name 'snapshot name is too long'
ktap_check 'refused: inputs' refuses_module inputs 'input layer does not match the declared inputs'
ktap_check 'refused: outputs' refuses_module outputs 'output layer does not match the declared outputs'
ktap_check 'refused: scratch' refuses_module scratch 'beyond its scratch'
ktap_check 'refused: too few layers' refuses_module layers 'number of layers out of range'
ktap_check 'refused: an operation' refuses_module operation 'unknown layer operation'
ktap_check 'refused: a layer over its input' refuses_module overlap 'overwrites its own input'
ktap_check 'refused: a checksum' refuses_module crc 'parameter set checksum differs'
ktap_check 'refused: no function' refuses_module missing 'descriptor is incomplete'
ktap_check 'the same without a fault is accepted' insmod $MODULES/lf_test_bad.ko fault=none
unload lf_test_bad

# --- an app that comes back ---
load lf_test_a
lf-nl activate lf_test_a
lf-nl load lf_test_a p3 5 >/dev/null
ktap_check 'snapshots do not hold their app' unload lf_testapp
ktap_check 'its snapshots wait' state lf_test_a standby
ktap_check 'and serve nobody' refused ENODEV "app's module is not loaded" lf-nl activate lf_test_a
ktap_check 'nor do they multiply' refused ENODEV "app's module is not loaded" lf-nl load lf_test_a p4 6
load lf_testapp
ktap_check 'the app adopts them' lf-nl activate lf_test_a
ktap_check 'parameters as well' is '40 41 42 43 44 45 46 47' lf-nl infer p3
ktap_check 'and they serve' lf-nl activate p3
test_app open 1
ktap_check 'a flow of it holds the snapshot' pins p3 1
test_app open 0
lf-nl unload p3 name p3 force
lf-nl unload lf_test_a force

stop_events
ktap_check 'all goes' unload_all
ktap_check 'no trace of it is left' fails grep -E 'liteflow|lf_' /proc/modules
ktap_check 'nor in sysctl' fails ls /proc/sys/net/liteflow
ktap_finish
exit
