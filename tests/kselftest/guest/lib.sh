# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the groups share; they run in a guest of lf-vm.
set -u
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

TEST_PARAMETERS=/sys/module/lf_testapp/parameters

if [ "$LF_VIRTUAL" = 1 ]; then
	MODULES=/root/ko
	PATH=/root/bin:$PATH
else
	# Reading over 9p again and again is slow.
	MODULES=/tmp/modules
	mkdir -p /tmp/bin $MODULES
	cp /lf/build/kselftest/programs/bin/* /tmp/bin
	cp /lf/build/kselftest/"$LF_KERNEL"/ko/*.ko $MODULES
	PATH=/tmp/bin:$PATH
fi

load() {
	local module
	for module; do insmod $MODULES/"$module".ko || return; done
}

loaded() { grep -q "^$1 " /proc/modules; }

# load_all: core, congestion control, the test app, two snapshots of each.
load_all() { load liteflow tcp_liteflow lf_testapp lf_cc_a lf_cc_b lf_test_a lf_test_b; }

# unload MODULE...: what is in use is busy; what isn't loaded is no matter.
unload() {
	local module
	for module; do ! loaded "$module" || rmmod "$module" || return; done
}

# One that checks itself (docs/debug-kernel.md).
slow_kernel() { [ -e /sys/kernel/debug/kmemleak ]; }

unload_all() {
	unload lf_test_bad lf_test_mixed lf_sched_echo lf_sched_large lf_sched_wild lf_sched lf_lb_same lf_lb_weight lf_lb_far lf_lb_honest lf_lb \
		lf_mocc lf_cc_a lf_cc_b lf_test_a lf_test_b lf_testapp tcp_liteflow liteflow
}

# test_app PARAMETER VALUE: let the test app do something.
test_app() { echo "$2" >$TEST_PARAMETERS/"$1"; }
test_value() { cat $TEST_PARAMETERS/"$1"; }

snap() { lf-nl snap "$1" "$2"; }
app() { lf-nl app "$1" "$2"; }

# is WANT CMD...: what CMD prints.
is() {
	local want=$1 got
	shift
	got=$("$@") || { echo "$* failed"; return 1; }
	[ "$got" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

# compare A OP B: as test(1), and say so where it fails.
compare() { test "$1" "$2" "$3" || { echo "not $1 $2 $3"; return 1; }; }

# fails CMD...
fails() { ! "$@" || { echo "$* succeeded"; return 1; }; }

# refused ERRNO TEXT CMD...: lf-nl's CMD is refused so, with a text that has TEXT.
refused() {
	local code=$1 text=$2 out
	shift 2
	! out=$("$@" 2>&1) || { echo "$* succeeded"; return 1; }
	[[ $out == *"refused: $code: "*"$text"* ]] || { echo "$out, not $code: $text"; return 1; }
}

# busy MODULE: rmmod refuses, and the module stays.
busy() {
	local out
	! out=$(rmmod "$1" 2>&1) || { echo "rmmod $1 succeeded"; return 1; }
	[[ $out == *'in use'* || $out == *'unavailable'* ]] || { echo "$out"; return 1; }
	loaded "$1"
}

# memory: unreclaimable, in kB, once what is only kept for later is gone.
kilobytes() { awk -v what="$1:" '$1 == what { print $2 }' /proc/meminfo; }
memory() {
	local slab
	for slab in /sys/kernel/slab/*/shrink; do echo 1 >"$slab" 2>/dev/null; done
	echo 3 >/proc/sys/vm/drop_caches
	echo $(($(kilobytes SUnreclaim) + $(kilobytes Percpu) + $(kilobytes VmallocUsed)))
}

# What arrives at the server of path t, and whether that are at least so many bytes in a second.
received() { ip -n t-s -s link show dev eth0 | awk '/RX:/ { getline; print $1 }'; }
moves() {
	local before
	before=$(received)
	sleep 1
	compare $(($(received) - before)) -gt "$1"
}

# start_flow; stop_flow: iperf3 under liteflow on path t, as $FLOW, and all that the app cc has of it.
start_flow() {
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -t 300 >/dev/null 2>&1 &
	FLOW=$!
	wait_for 20 bash -c '[ "$(lf-nl app cc flows)" -gt 0 ]'
}

stop_flow() {
	kill "$FLOW"
	wait "$FLOW" 2>/dev/null
	wait_for 20 is 0 app cc flows
}

# of_flow REASON: of any; iperf3 has a second one, which is mostly silent.
of_flow() { lf-nl flows cc | grep -q "reason=$1"; }

# start_events: an event listener; events_clear; event PATTERN: one came.
start_events() {
	: >/tmp/events
	lf-nl events >>/tmp/events &
	EVENTS_PID=$!
	wait_for 10 grep -q listening /tmp/events
}

events_clear() { : >/tmp/events; }
event() { wait_for "${2-5}" grep -qE "$1" /tmp/events || { echo "no event $1 in:"; cat /tmp/events; return 1; }; }
no_event() { ! grep -E "$1" /tmp/events; }

stop_events() {
	kill "$EVENTS_PID"
	wait "$EVENTS_PID" 2>/dev/null
}

# start_daemon; stop_daemon [SIGNAL]: somebody who attached.
start_daemon() {
	rm -f /tmp/daemon	# what an earlier one said
	lf-nl attach >/tmp/daemon &
	DAEMON_PID=$!
	wait_for 10 grep -q attached /tmp/daemon
}

stop_daemon() {
	kill "-${1-TERM}" "$DAEMON_PID"
	wait "$DAEMON_PID" 2>/dev/null || true
}

# ktap_from PROGRAM...: the results that a program reports, each with its name.
ktap_from() {
	local line note='' status=none
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP '*) ktap_skip "${line#ok }" "${line#*SKIP }"; note='' ;;
		'ok '*) [ -z "$note" ] || echo "# $note"; ktap_ok "${line#ok }"; note='' ;;
		'not ok '*) ktap_not_ok "${line#not ok }" "$note"; note='' ;;
		'# '*) note=${note:+$note; }${line#\# } ;;
		'status '*) status=${line#status } ;;
		*) echo "# $line" ;;
		esac
	done < <("$@" 2>&1; echo "status $?")
	[ -z "$note" ] || echo "# $note"
	case $status in
	0 | 1) ;;
	*) ktap_not_ok "$1 ran to its end" "status $status" ;;
	esac
}

# Parameters first: they hold the module of their shape.
unload_all_and_params() {
	local line name
	[ ! -e $TEST_PARAMETERS ] || { test_app hammer 0; test_app open 0; }
	lf-nl snaps | while read -r line; do
		name=${line#* name=}
		name=${name%% *}
		lf-nl unload "$name" name "$name" force || return
	done
	unload_all
}
