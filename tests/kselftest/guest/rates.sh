#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How fast flows are under "liteflow", compared with the kernel's Reno, and how
# often batches come. In virtual time.
#
#   t-c ─── t-r ─── t-s      iperf3: 20 Mbit/s, 20 ms
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

# client CC [OPTIONS]: hundredths of Mbit/s that arrived in 6 s.
client() {
	local cc=$1
	shift
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -C "$cc" -t 6 -J "$@" |
		awk '/"sum_received"/ { on = 1 } on && /bits_per_second/ { printf "%d\n", $2 / 1e4; exit }'
}

ktap_header
load liteflow tcp_liteflow lf_cc_a lf_cc_b lf_testapp
ktap_from lf-batches times
net_path t --rate 20mbit --delay 20ms
ip netns exec t-s iperf3 -s -D >/dev/null
wait_for 10 net_listens t-s 5201

reno=$(client reno)
ktap_check "Reno fills the path: $reno" compare "$reno" -ge 1500
rate=$(client liteflow)
ktap_check "flows without a snapshot run under Reno: $rate, at least 90 % of its rate" \
	compare $((rate * 100)) -ge $((reno * 90))
ktap_check 'indeed: nothing was decided' is 0 app cc inferences
rate=$(client liteflow -R)
ktap_check "passive opens too: $rate" compare $((rate * 100)) -ge $((reno * 90))

# Keeps to the rate that the start phase found.
lf-nl activate lf_cc_a
rate=$(client liteflow)
ktap_check "the start phase finds most of the path's rate: $rate" compare "$rate" -ge 1000
# Ever a little more: losses and the safety rules hold it back.
lf-nl load lf_cc_a grow 20000 >/dev/null
lf-nl activate grow
rate=$(client liteflow)
ktap_check "one that grows fills the path: $rate" compare $((rate * 100)) -ge $((reno * 80))
rate=$(NET_SERVER4=$NET_SERVER6 client liteflow)
ktap_check "by IPv6 too: $rate" compare $((rate * 100)) -ge $((reno * 80))
rate=$(client liteflow -P 4)
ktap_check "four flows together too: $rate" compare $((rate * 100)) -ge $((reno * 80))
ktap_check 'the network decided' compare "$(app cc inferences)" -gt 100
ktap_check 'no decision failed' is 0 app cc failed

wait_for 20 is 0 app cc flows
killall iperf3
net_del t
ktap_check 'all can be unloaded' wait_for 20 unload_all_and_params
ktap_finish
exit
