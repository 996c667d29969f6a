#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ten thousand activations while flows run.
#
#   t-c ─── t-r ─── t-s                iperf3: 10 flows under "liteflow"
#   lf_testapp: hammer                 decisions in process and softirq context
#   lf-storm                           swaps the snapshots of both
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

start_traffic() {
	net_path t --rate 20mbit --delay 10ms
	ip netns exec t-s iperf3 -s -D >/dev/null
	wait_for 10 net_listens t-s 5201
	ip netns exec t-c iperf3 -c "$NET_SERVER4" -C liteflow -P 8 -t 600 >/dev/null 2>&1 &
	CLIENT=$!
	wait_for 20 flowing
	test_app hammer 1
}
flowing() { compare "$(app cc flows)" -ge 8 && compare "$(app cc inferences)" -gt 10; }

stop_traffic() {
	test_app hammer 0
	kill $CLIENT
	wait $CLIENT 2>/dev/null
	killall iperf3
	wait_for 30 is 0 app cc flows
	net_del t
}
state() { is "$2" snap "$1" state; }

ktap_header
load_all
lf-nl activate lf_cc_a
lf-nl activate lf_test_a
sysctl -qw net.liteflow.cc.guard_rate=0 net.liteflow.cc.guard_rtt=1000

# Warm up: what is allocated once is not a leak.
start_traffic
ktap_check 'eight flows and the hammer run' flowing
lf-storm 1000 >/tmp/warm || cat /tmp/warm
stop_traffic
before=$(memory)

start_traffic
fallbacks=$(app cc fallbacks)
ktap_from lf-storm 10000
ktap_check 'no flow fell back' is "$fallbacks" app cc fallbacks
ktap_check 'decisions were taken by the hammer' compare "$(test_value decided)" -gt 10000
ktap_check 'none failed' is 0 test_value failed
ktap_check 'none was torn between two snapshots' is 0 test_value torn
ktap_check 'each was the one its snapshot always takes' is 0 test_value strange
echo "# longest decision: $(($(test_value slowest) / 1000)) us"
stop_traffic
ktap_check 'the modules end as active and previous' state lf_cc_a active
ktap_check 'as they were activated last' state lf_cc_b previous
after=$(memory)
ktap_check "memory did not grow: $before kB, then $after kB" compare $((after - before)) -lt 1000
ktap_check 'all can be unloaded' wait_for 20 unload_all_and_params
ktap_finish
exit
