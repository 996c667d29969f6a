#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flow scheduling: where flows begin and end, what is known of them, and what
# their bands do to packets. In virtual time, so that gaps are what they are.
#
#   t-a ─── t-b      lf-talk; prio counts bands at t-a, flower DSCPs at t-b
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

PORT=7000
count() { app sched "$1"; }
talk() { ip netns exec t-a lf-talk "$NET_B4" "$PORT" "$@"; }
talk6() { ip netns exec t-a lf-talk "$NET_B6" "$PORT" "$@"; }

# Begin to count anew; the bytes that left in each band of prio; packets that arrived over ip or ipv6 with a DSCP.
DSCPS=(8 10)
clear_counts() {
	local family dscp prio=0
	tc -n t-a qdisc replace dev eth0 root handle 2: pfifo
	tc -n t-a qdisc replace dev eth0 root handle 1: prio
	tc -n t-b qdisc del dev eth0 clsact 2>/dev/null
	tc -n t-b qdisc add dev eth0 clsact
	for family in ip ipv6; do
		for dscp in "${DSCPS[@]}"; do
			prio=$((prio + 1))
			tc -n t-b filter add dev eth0 ingress protocol "$family" prio "$prio" \
				flower ip_proto tcp ip_tos $((dscp << 2))/0xfc action ok
		done
	done
}
bands() { tc -n t-a -s class show dev eth0 | awk '/class prio/ { getline; printf "%d ", $2 }'; }
arrived() {
	local family dscp prio=0
	for family in ip ipv6; do
		for dscp in "${DSCPS[@]}"; do
			prio=$((prio + 1))
			[ "$family $dscp" != "$1 $2" ] ||
				tc -n t-b -s filter show dev eth0 ingress prio "$prio" | awk '/Sent/ { n += $4 } END { print n + 0 }'
		done
	done
}

# by_bands TALK "LOW-HIGH LOW-HIGH LOW-HIGH" MESSAGE...: so many kB of a connection leave by each band, headers included.
by_bands() {
	local by=$1 range low sent=()
	local -a want
	read -ra want <<<"$2"
	shift 2
	clear_counts
	"$by" "$@" || return
	read -ra sent <<<"$(bands)"
	for range in "${!want[@]}"; do
		low=${want[range]%-*}
		[ "${sent[range]}" -ge $((low * 1000)) ] && [ "${sent[range]}" -le $((${want[range]#*-} * 1000)) ] ||
			{ echo "bands: ${sent[*]}, not ${want[*]} kB"; return 1; }
	done
}

# arrives TALK FAMILY DSCP MESSAGE...: packets of a connection arrive with it.
arrives() {
	local by=$1 family=$2 dscp=$3
	shift 3
	clear_counts
	"$by" "$@" && compare "$(arrived "$family" "$dscp")" -gt 0
}

# records N CMD...: the last N records that come of CMD, as JSON objects, one a line.
records() {
	local n=$1 pid
	shift
	: >/tmp/batches
	lfctl -j batch watch sched >/tmp/batches &
	pid=$!
	wait_for 10 grep -q 1 /sys/module/lf_sched/refcnt
	sleep 0.5	# the core looks every T whether somebody listens
	"$@"
	wait_for 10 bash -c "[ \$(grep -o '\"bytes\"' /tmp/batches | wc -l) -ge $n ]"
	kill $pid
	wait $pid 2>/dev/null
	grep -o '{[^{}]*"bytes"[^{}]*}' /tmp/batches | tail -n "$n" >/tmp/records
}
# field NAME: of each record.
field() { sed -n "s/.*\"$1\":\(\[[^]]*\]\|[^,}]*\).*/\1/p" /tmp/records | xargs; }
# input N: input N (from 0) of each record, to two digits.
input() { sed -n 's/.*"state":\[\([^]]*\)\].*/\1/p' /tmp/records | awk -F, -v n=$(($1 + 1)) '{ printf "%s%.2f", s, $n; s = " " }'; }

# As many bands as prio has by itself: what it puts last is the third.
three_bands() {
	local most=2147483647
	sysctl -qw net.liteflow.sched.limits="10000 100000 $most $most $most $most $most" \
		net.liteflow.sched.priorities='6 0 2 2 2 2 2 2' net.liteflow.sched.dscps='18 0 8 8 8 8 8 8'
}

ktap_header

# --- load order ---
ktap_check 'flow scheduling needs the core' fails load lf_sched
load liteflow
ktap_check 'it loads' load lf_sched
ktap_check 'the app is listed: inputs' is 16 app sched n_in
ktap_check 'the app is listed: record' is 128 app sched record_len
load lf_sched_echo lf_sched_large lf_sched_wild
net_pair t
ip netns exec t-b lf-talk serve $PORT &
wait_for 10 net_listens t-b $PORT

# --- sysctl ---
sysctl_is() { is "$2" sysctl -n "net.liteflow.sched.$1"; }
sysctl_refuses() { fails sysctl -qw "net.liteflow.sched.$1=$2"; }
ktap_check 'sysctl mode is 0' sysctl_is mode 0
ktap_check 'sysctl gap_ms is 10' sysctl_is gap_ms 10
ktap_check 'sysctl limits are 10 kB to 10 MB' sysctl_is limits $'10000\t30000\t100000\t300000\t1000000\t3000000\t10000000'
ktap_check 'mode 3 is refused' sysctl_refuses mode 3
ktap_check 'gap_ms 0 is refused' sysctl_refuses gap_ms 0
ktap_check 'a limit of 0 is refused' sysctl_refuses limits '0 1'
ktap_check 'a priority of 16 is refused' sysctl_refuses priorities '16 0 0'
ktap_check 'a DSCP of 64 is refused' sysctl_refuses dscps '64 0 0'

# --- all bands ---
sinks() {
	local sent
	clear_counts
	ip netns exec t-a lfctl sched setup eth0 --apply >/dev/null && talk 400000:0 || return
	read -ra sent <<<"$(bands)"
	[ "${#sent[@]}" = 8 ] && [ $((sent[5] + sent[6] + sent[7])) = 0 ] && [ "${sent[3]}" -gt 150000 ] &&
		[ "${sent[2]}" -gt 50000 ] && [ "${sent[1]}" -gt 10000 ] && [ "${sent[0]}" -gt 9000 ] ||
		{ echo "bands: ${sent[*]}"; return 1; }
}
sysctl -qw net.liteflow.sched.mode=2
ktap_check 'a flow sinks from band to band' sinks
sysctl -qw net.liteflow.sched.mode=0
three_bands

# --- without a network ---
ktap_check 'without a network all goes by the default band' by_bands talk '0-1 300-330 0-1' 300000:0
ktap_check 'which is counted' compare "$(count fallbacks)" -gt 0
ktap_check 'a packet that is not full as well' by_bands talk '0-1 1-2 0-1' 1000:0

# --- bands ---
lf-nl activate lf_sched_echo
ktap_check 'a small flow goes first' by_bands talk '5-6 0-1 0-1' 5000:0
ktap_check 'a first packet that is not full goes first' by_bands talk '1-2 0-1 0-1' 1000:0
ktap_check 'what follows it, by what waits then' by_bands talk '1-2 50-55 0-1' 1000:0@2 50000:0
ktap_check 'a middle one second' by_bands talk '0-1 30-35 0-1' 30000:0
ktap_check 'what outgrows its band goes on in the next' by_bands talk '0-1 100-180 130-220' 300000:0
lf-nl activate lf_sched_large
ktap_check 'what is predicted to be large goes last at once' by_bands talk '0-1 0-1 5-6' 5000:0
ktap_check 'IPv6 as well' by_bands talk6 '0-1 0-1 5-6' 5000:0
sysctl -qw net.liteflow.sched.priorities='6 0 6'
ktap_check 'which band is which priority, sysctl says' by_bands talk '5-6 0-1 0-1' 5000:0
sysctl -qw net.liteflow.sched.priorities='6 0 2'

# --- DSCP ---
ktap_check 'a band is a DSCP' arrives talk ip 8 5000:0
ktap_check 'in IPv6 too' arrives talk6 ipv6 8 5000:0
sysctl -qw net.liteflow.sched.dscps='18 0 10'
ktap_check 'which, sysctl says' arrives talk ip 10 5000:0
sysctl -qw net.liteflow.sched.dscps='18 0 8'

# --- what the application chose ---
ktap_check "an application's priority stays" by_bands talk '5-6 0-1 0-1' priority=6 5000:0
ktap_check 'also one that comes later' by_bands talk '5-6 0-1 5-6' later=6 5000:0@50 5000:0
ktap_check "an application's DSCP stays" arrives talk ip 10 tos=40 5000:0
ktap_check "in IPv6 too" arrives talk6 ipv6 10 tos=40 5000:0

# --- where flows begin and end; what was known of them ---
three() { talk 1000:0@50 2000:0@50 3000:0; }
records 3 three
ktap_check 'a gap ends a flow' is '1000 2000 3000' field bytes
closed() { field flags | grep -o closed | wc -l; }
ktap_check 'and so does the end of the connection' is 1 closed
ktap_check 'what waits when it begins is known' is '9.97 10.97 11.55' input 0
ktap_check 'the first one is known to be the first' is '1.00 0.00 0.00' input 11
ktap_check 'who opened the connection is known' is '0.00 0.00 0.00' input 12
last_two() { input 4 | cut -d' ' -f2-; }
ktap_check "the pair's last one is known" is '9.97 10.97' last_two
burst() { talk 1000:0@2 1000:0@2 1000:0; }
records 1 burst
ktap_check 'what follows within the gap is the same flow' is 3000 field bytes
sysctl -qw net.liteflow.sched.gap_ms=200
records 1 three
ktap_check 'how long a gap is, sysctl says' is 6000 field bytes
sysctl -qw net.liteflow.sched.gap_ms=10
ahead() { talk 300:0@2 20000:0; }
records 1 ahead
known() { echo "$(field bytes) $(input 0) $(input 1)"; }
ktap_check 'of what follows a packet that was not full it is known, and what went before' is '20300 14.28 8.23' known
reply() { talk 8:50000@50; }
records 2 reply
sizes() { field bytes | tr ' ' '\n' | sort -rn | xargs; }
passive() { input 12 | tr ' ' '\n' | sort | xargs; }
ktap_check 'the reply is a flow of its own' is '50000 8' sizes
ktap_check 'whose end was opened by the peer' is '0.00 1.00' passive
aborted() { talk rst=1 1000:0; }
records 1 aborted
ktap_check 'a reset ends a flow' is 1000 field bytes

# --- a canary, its promotion and the way back ---
sysctl -qw net.liteflow.sched.guard=0
lf-nl activate lf_sched_echo
start_daemon
ktap_check 'the network that takes all for large is a canary' lfctl snapshot canary lf_sched_large --share 0.5
forty=()
for _ in {1..40}; do forty+=(5000:0@20); done
before=$(($(snap lf_sched_echo rewards) + $(snap lf_sched_large rewards)))
kept=$(snap lf_sched_echo reward_sum) lost=$(snap lf_sched_large reward_sum)
ktap_check 'each of them has its share of the flows' by_bands talk '50-170 0-1 50-170' "${forty[@]}"
ktap_check 'and is rewarded for its own' is $((before + 40)) \
	bash -c 'echo $(($(lf-nl snap lf_sched_echo rewards) + $(lf-nl snap lf_sched_large rewards)))'
ktap_check 'who is right loses nothing' is "$kept" snap lf_sched_echo reward_sum
ktap_check 'who is wrong does' compare "$(snap lf_sched_large reward_sum)" -lt "$lost"
ktap_check 'it is promoted' lfctl snapshot activate lf_sched_large
ktap_check 'and has all flows' by_bands talk '0-1 0-1 10-12' 5000:0@20 5000:0
ktap_check 'the other one waits' is previous snap lf_sched_echo state
ktap_check 'and is rolled back to' lfctl snapshot rollback sched
ktap_check 'for all flows' by_bands talk '10-12 0-1 0-1' 5000:0@20 5000:0
stop_daemon
sysctl -qw net.liteflow.sched.guard=2

# --- fallbacks ---
before=$(count fallbacks)
lf-nl activate lf_sched_wild
ktap_check 'an answer out of range leaves the default band' by_bands talk '0-1 5-6 0-1' 5000:0
ktap_check 'which is counted' compare "$(count fallbacks)" -gt "$before"
lf-nl activate lf_sched_large
sysctl -qw net.liteflow.sched.guard_hold_ms=60000
many=()
for _ in {1..140}; do many+=(2000:0@20); done
start_events
talk "${many[@]}"
ktap_check 'predictions worse than to go by the last: the guard holds' by_bands talk '0-1 5-6 0-1' 5000:0
ktap_check 'and that is an event' event 'reason=guard_error'
stop_events
unload_all_and_params
load liteflow lf_sched lf_sched_large
three_bands
lf-nl activate lf_sched_large

# --- other ways to decide ---
sysctl -qw net.liteflow.sched.mode=2
ktap_check 'by bytes sent: a flow begins first and sinks' by_bands talk '10-20 65-170 130-230' 300000:0
sysctl -qw net.liteflow.sched.mode=1
ktap_check 'in user space: nobody serves, the default band' by_bands talk '0-1 5-6 0-1' 5000:0
lf-serve netlink sched action=$((25 << 16)) >/tmp/serve 2>&1 &
SERVER=$!
wait_for 10 grep -q serving /tmp/serve
ktap_check 'in user space: the answer comes while the flow goes on' by_bands talk '0-1 0-280 30-320' 300000:0
kill $SERVER
wait $SERVER 2>/dev/null
sysctl -qw net.liteflow.sched.mode=0

# --- leaving under traffic ---
ip netns exec t-b iperf3 -s -D >/dev/null
wait_for 10 net_listens t-b 5201
ip netns exec t-a iperf3 -c "$NET_B4" -P 4 -t 3 -b 2M >/tmp/iperf &
iperf=$!
wait_for 10 bash -c '[ "$(lf-nl app sched flows)" -gt 3 ]'
lf-nl unload lf_sched_large name lf_sched_large force
ktap_check 'the module leaves under traffic' unload lf_sched_large lf_sched
wait $iperf
ktap_check 'which goes on' compare $? -eq 0
ktap_check 'and comes back' load lf_sched
ktap_check 'no flow is left' wait_for 10 is 0 app sched flows

ktap_finish
exit
