#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a virtual-time guest: iperf3 over 100 Mbit/s and 20 ms under each
# congestion control, with 1 and 64 flows. One line per run: what the guest's
# CPU was busy with, per ACK, for sender, router and receiver together. With
# PROBE=1, kretprobes time the congestion control's own functions; they cost so
# much themselves that the other figures of such a run don't count.

set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

# What congestion control does per ACK.
declare -A FUNCTIONS=(
	[liteflow]=lf_cc_control
	[cubic]='cubictcp_cong_avoid,cubictcp_acked'
	[bbr]=bbr_main
)

insmod liteflow.ko
insmod tcp_liteflow.ko
insmod "$SNAPSHOT.ko"
lfctl snapshot activate "$SNAPSHOT" >&2
net_allow_cc liteflow cubic bbr

count() { ip netns exec p-c nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }

stat_of() { lfctl -j app list | grep -o "\"$1\": *[0-9]*" | head -n 1 | grep -o '[0-9]*$'; }

wire_bytes() { ip netns exec p-s cat /sys/class/net/eth0/statistics/rx_bytes; }

# What adds up, as "name value" pairs.
totals() {
	echo "elapsed_us ${EPOCHREALTIME/./} idle_ns $(cpu_idle_ns) acks $(count TcpInSegs) bytes $(wire_bytes)" \
		"inferences $(stat_of inferences) fallbacks $(stat_of fallbacks)"
}

# measure CC FLOWS: SECONDS_EACH seconds, 2 s after the start. With SECONDS_EACH=0 nothing is measured.
measure() {
	local cc=$1 flows=$2 gso
	net_path p --rate 100mbit --delay 20ms --limit-bytes 500000 --burst-bytes 70000
	ip netns exec p-s iperf3 -s -D
	wait_for 10 net_listens p-s 5201
	gso=$(ip -d -n p-c link show eth0 | grep -o 'gso_max_segs [0-9]*')
	ip netns exec p-c iperf3 -c "$NET_SERVER4" -t $((SECONDS_EACH + 3)) -P "$flows" -C "$cc" >/tmp/iperf &
	sleep 2
	[ "$PROBE" = 0 ] || insmod lf_bench_probe.ko "functions=${FUNCTIONS[$cc]}"
	totals >/tmp/before
	[ "$PROBE" = 0 ] || echo 0 >/sys/kernel/debug/lf_bench_probe
	sleep "$SECONDS_EACH"
	[ "$PROBE" = 0 ] || sed "s/^/probe $cc $flows /" /sys/kernel/debug/lf_bench_probe >/tmp/probe
	totals >/tmp/after
	[ "$PROBE" = 0 ] || rmmod lf_bench_probe
	wait $!
	if [ "$SECONDS_EACH" != 0 ]; then
		paste -d ' ' /tmp/before /tmp/after | awk -v what="run $cc $flows" -v gso="$gso" '{
			for (i = 1; i <= NF / 2; i += 2)
				what = what sprintf(" %s %.0f", $i, $(i + 1 + NF / 2) - $(i + 1))
			print what, gso
		}'
		[ "$PROBE" = 0 ] || cat /tmp/probe
	fi
	net_del p
}

# The first run of all pages in the programs and seeds the kernel's random numbers.
SECONDS_EACH=0 measure cubic 1

for cc in liteflow cubic bbr; do
	for flows in 1 64; do
		measure $cc $flows
	done
done
