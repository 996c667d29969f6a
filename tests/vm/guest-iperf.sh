#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest: iperf3 over a path of RATE and 20 ms for SECS seconds, with everything in the output that would show that
# two runs were not identical: nanoseconds, TCP's state, interrupt counts.

set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

date +%s.%N
net_path p --rate "$RATE" --delay 20ms
ip netns exec p-s iperf3 -s -D
wait_for 10 net_listens p-s 5201
cpu_idle_mark
ip netns exec p-c iperf3 -c "$NET_SERVER6" -t 1 -C cubic
ip netns exec p-c iperf3 -J -c "$NET_SERVER4" -t "$SECS" -C cubic >/results/iperf.json
echo "idle $(cpu_idle_share)"
ip netns exec p-c nstat -asz
tc -s -n p-r qdisc show
ip -n p-c neigh
cat /proc/interrupts
date +%s.%N
net_del p
