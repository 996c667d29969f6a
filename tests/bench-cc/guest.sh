#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest: one case of the comparison under each scheme of a group, REPEATS
# times. What was measured goes to /results/SCHEME/REPEAT; collect.py makes sense
# of it.
#
#   p-c eth0 --+
#              +-- p-r (netem: delay and loss, then tbf: the bottleneck) --- p-s
#   p-b eth0 --+   p-b only where a flow's round trip takes longer than the others'
#
# RATE RTT LIMIT_BYTES LOSS GSO ECN SECONDS_EACH FLOWS STEPS: as in the file cases
# COST: 1: what the CPUs were busy with is measured as well
# SCHEMES: one a line: name, cc, app, module of the snapshot, sysctls, command beside it
set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

SAMPLE_US=5000		# of the queue
SKIP_S=3		# of a flow's start that all shares and costs leave out, as collect.py does
MEMORY=67108864		# most of tcp_rmem and tcp_wmem: no path may be limited by windows
INTERVAL=0.5		# of what the servers report, seconds
PORT=5201		# of the first flow
UDP4=10.4.0.1		# where background traffic goes: the server has no such address, and drops it

die() { echo "guest: $*" >&2; exit 1; }

# Its round trip takes $1 longer: what comes back to it is delayed.
add_far() {
	ip netns add p-b
	ip -n p-b link set lo up
	ip -n p-b link add eth0 type veth peer name b0 netns p-r
	ip -n p-b addr add 10.3.0.1/24 dev eth0
	ip -n p-r addr add 10.3.0.254/24 dev b0
	ip -n p-b link set eth0 up
	ip -n p-r link set b0 up
	ip -n p-b route add default via 10.3.0.254
	[ "$GSO" = on ] || ip -n p-b link set eth0 gso_max_segs 1
	# netem takes whole packets, and the path's own share of the delay back comes on top.
	tc -n p-r qdisc add dev b0 root netem limit 1000000 delay "$(($(_in us "$1") + $(_in us "$RTT") / 2))us"
}

far_delay() { grep -o '/[0-9]*[mu]s' <<<"$FLOWS" | head -n 1 | tr -d /; }

# Bytes not yet sent that a socket takes from its application: 10 ms, at least 128
# kB. Without a limit one write fills a third of the buffer, megabytes, and nothing
# is sent while they are copied: 2 ms on this CPU, which are lost to whoever keeps
# no queue at the bottleneck.
unsent() {
	local bytes=$(($(_in bits "$RATE") / 800))
	echo $((bytes > 131072 ? bytes : 131072))
}

set_up() {
	local far ns
	net_path p --rate "$RATE" --delay "$RTT" --loss "$LOSS" --limit-bytes "$LIMIT_BYTES" --gso "$GSO"
	ip -n p-r route add $UDP4 via "$NET_SERVER4"
	far=$(far_delay) || true
	[ -z "$far" ] || add_far "$far"
	if [ "$ECN" != - ]; then
		# Marks all that come while the queue is longer, as DCTCP wants it.
		tc -n p-r qdisc add dev s0 parent 10:1 handle 20: red limit "$LIMIT_BYTES" min "$ECN" max $((ECN + 1)) \
			avpkt 1000 burst $((ECN / 1000 + 1)) probability 1 bandwidth "$RATE" ecn
	fi
	for ns in p-c p-s ${far:+p-b}; do
		ip netns exec "$ns" sysctl -qw "net.ipv4.tcp_rmem=4096 131072 $MEMORY" \
			"net.ipv4.tcp_wmem=4096 16384 $MEMORY" net.ipv4.tcp_no_metrics_save=1 \
			"net.ipv4.tcp_notsent_lowat=$(unsent)" \
			"net.ipv4.tcp_ecn=$([ "$ECN" = - ] && echo 2 || echo 1)"
	done
}

# set_udp RATE: the background traffic from now on; 0 of any unit is none.
set_udp() {
	if [ -n "$udp" ]; then
		kill "$udp" 2>/dev/null || true
		wait "$udp" || true
	fi
	udp=''
	[ "${1%%[a-z]*}" != 0 ] || return 0
	ip netns exec p-c lf-bench-udp $UDP4 9 "$(_in bits "$1")" &
	udp=$!
}

# follow_steps DIR SECONDS: the path as it changes; one line per change with the time that it happened.
follow_steps() {
	local step before=0 at change udp=''
	[ "$STEPS" != - ] || return 0
	for step in ${STEPS//,/ }; do
		at=${step%%:*} change=${step#*:}
		sleep $((at - before))
		before=$at
		case $change in
		udp=*) set_udp "${change#*=}" ;;
		*) net_path_set p "--${change%%=*}" "${change#*=}" ;;
		esac
		echo "${EPOCHREALTIME/./} $change" >>"$1/steps"
	done
	if [ -n "$udp" ]; then
		sleep $(($2 - before))
		set_udp 0mbit
	fi
}

# What adds up, in FILE.softirq and, as "us idle_ns received_bytes", in FILE.cost.
totals() {
	[ "$COST" = 1 ] || return 0
	cat /sys/kernel/debug/lf_bench_softirq >"$1.softirq"
	echo "${EPOCHREALTIME/./} $(cpu_idle_ns) $(ip netns exec p-s cat /sys/class/net/eth0/statistics/rx_bytes)" >"$1.cost"
}

# measure NAME CC APP SNAPSHOT SYSCTLS BESIDE SECONDS
measure() {
	local out=/results/$1 scheme=$2 app=$3 snapshot=$4 seconds=$7 flow cc streams ns number=0 sampler pid
	local clients=() servers=() undo beside
	mkdir -p "$out"
	set_up
	[ "$snapshot" = - ] || lfctl snapshot activate "$snapshot" >/dev/null
	set_sysctls "$5"
	begin_beside "$6" "$out"
	app_counters "$app" >"$out/before.json"
	for flow in ${FLOWS//,/ }; do
		ip netns exec p-s iperf3 -s -1 -J -i "$INTERVAL" -p $((PORT + number)) >"$out/server.$number.json" &
		servers+=($!)
		wait_for 10 net_listens p-s $((PORT + number)) || die "iperf3 doesn't listen"
		number=$((number + 1))
	done
	ip netns exec p-r lf-bench-queue s0 10: $SAMPLE_US "$out/queue" &
	sampler=$!
	number=0
	for flow in ${FLOWS//,/ }; do
		cc=${flow%%[*/]*} ns=p-c streams=1
		[ "$cc" != @ ] || cc=$scheme
		[[ $flow != */* ]] || ns=p-b
		[[ $flow != *\** ]] || streams=$(grep -o '\*[0-9]*' <<<"$flow")
		ip netns exec "$ns" iperf3 -J -i 0 -c "$NET_SERVER4" -p $((PORT + number)) -C "$cc" -t "$seconds" \
			-P "${streams#\*}" >"$out/client.$number.json" &
		clients+=($!)
		number=$((number + 1))
	done
	follow_steps "$out" "$seconds" &
	pid=$!
	sleep $SKIP_S
	totals "$out/before"
	cpu_idle_mark
	sleep $((seconds > SKIP_S ? seconds - SKIP_S : 0))
	cpu_idle_share >"$out/idle"
	totals "$out/after"
	for pid in "$pid" "${clients[@]}" "${servers[@]}"; do
		# What went wrong stands in iperf3's JSON, and collect.py tells it.
		wait "$pid" || true
	done
	kill "$sampler"
	wait "$sampler" || die 'the queue was not sampled'
	app_counters "$app" >"$out/after.json"
	[ "$snapshot" = - ] || lfctl -j snapshot list >"$out/snapshots.json"
	ip -d -n p-c link show eth0 | grep -o 'gso_max_segs [0-9]*' | cut -d ' ' -f 2 >"$out/gso"
	ip netns exec p-c sysctl -n net.ipv4.tcp_rmem net.ipv4.tcp_wmem >"$out/memory"
	end_beside "$out"
	set_sysctls "${undo:--}"
	net_del p
}

mapfile -t lines <<<"$SCHEMES"
[ "$COST" = 0 ] || insmod lf_bench_softirq.ko
if [ -e /root/liteflow.ko ]; then
	insmod liteflow.ko
	insmod tcp_liteflow.ko
	for module in lf_*_????????????????.ko; do insmod "$module"; done
fi
for line in "${lines[@]}"; do
	read -r _ cc _ <<<"$line"
	net_allow_cc "$cc"
done
net_allow_cc cubic
uname -r >/results/kernel
nproc >/results/cpus

# The first run of all pages in the programs and seeds the kernel's random numbers.
STEPS_WANTED=$STEPS STEPS=-
measure warm-up cubic - - - '' 1
rm -r /results/warm-up
STEPS=$STEPS_WANTED

# Repeats of a scheme lie apart, so that whatever drifts meets all schemes alike.
for ((repeat = 1; repeat <= REPEATS; repeat++)); do
	for line in "${lines[@]}"; do
		read -r name cc app snapshot sysctls beside <<<"$line"
		measure "$name/$repeat" "$cc" "$app" "$snapshot" "$sysctls" "$beside" "$SECONDS_EACH"
	done
done
