#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a virtual-time guest: what it takes to decide on a flow, with the networks
# that ship, by kretprobes; gathering the inputs and entering the band or the path
# included. A connection for each flow, of 20 kB, since one that its first packet holds is
# not asked about; load balancing among four paths. Prints "decision APP" before
# each line of the probe.
set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

# A random number costs a hundred times as much until the kernel trusts its own, as a
# host's does soon after it has booted.
head -c 1 /dev/random >/dev/null

insmod liteflow.ko
net_pair d
ip netns exec d-b ./lf-talk serve 7000 &
wait_for 10 net_listens d-b 7000

talk() { ip netns exec d-a ./lf-talk "$NET_B4" 7000 bytes=20000 count="$1"; }

# measure APP SNAPSHOT
measure() {
	insmod "lf_$1.ko"
	insmod "$2.ko"
	lfctl snapshot activate "$2" >&2
	# Traffic of one size is none that the network is any good at.
	sysctl -qw "net.liteflow.$1.guard=0"
	[ "$1" != lb ] || for mark in 1 2 3 4; do
		ip netns exec d-a lfctl lb path add 10.0.0.0/24 mark $mark >&2
	done
	talk 50
	insmod lf_bench_probe.ko "functions=lf_$1_decide"
	echo 0 >/sys/kernel/debug/lf_bench_probe
	talk "$FLOWS"
	sed "s/^/decision $1 /" /sys/kernel/debug/lf_bench_probe
	rmmod lf_bench_probe
}

measure sched "$SCHED"
measure lb "$LB"
