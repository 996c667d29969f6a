#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's side of the demo: the same changing path for each scheme in turn.
# Everything measured goes to /results; report.py reads it on the host.
#
#   PHASE_S  seconds of a phase
#   PHASES   "RATE DELAY LOSS-PERCENT", separated by semicolons
#   RUNS     cubic, bbr, frozen and adaptive, each once; adaptive last
#
#   demo-c ──veth── demo-r (netem: delay and loss, tbf: bottleneck) ──veth── demo-s
#   iperf3 client                                                iperf3 server
set -euo pipefail
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

: "${PHASE_S:?}" "${PHASES:?}" "${RUNS:?}"
FLOWS=2
BUFFER=150000	# bytes at the bottleneck: 30 ms at 40 Mbit/s
IFS=';' read -ra PHASES <<<"$PHASES"

sample_queue() {
	local json
	while :; do
		json=$(tc -n demo-r -s -j qdisc show dev s0)
		echo "{\"t\": $EPOCHREALTIME, \"qdiscs\": $json}"
		sleep 0.2
	done
}

change_path() {
	local phase rate delay loss
	for phase in "${PHASES[@]:1}"; do
		sleep "$PHASE_S"
		read -r rate delay loss <<<"$phase"
		net_path_set demo --rate "$rate" --delay "$delay" --loss "$loss"
		echo "$EPOCHREALTIME $phase" >>"$1.phases"
	done
}

# measure NAME CC: one run over all phases.
measure() {
	local out=/results/$1 cc=$2 rate delay loss sampler total
	total=$((PHASE_S * ${#PHASES[@]}))
	echo "demo: $1: $FLOWS flows, $total s"
	read -r rate delay loss <<<"${PHASES[0]}"
	net_path_set demo --rate "$rate" --delay "$delay" --loss "$loss"
	cpu_idle_mark
	sample_queue >"$out.queue" &
	sampler=$!
	echo "$EPOCHREALTIME ${PHASES[0]}" >"$out.phases"
	change_path "$out" &
	ip netns exec demo-c iperf3 -c "$NET_SERVER4" -C "$cc" -P "$FLOWS" \
		-t "$total" -i 0.5 -J --get-server-output >"$out.iperf"
	kill "$sampler"
	wait
	cpu_idle_share >"$out.idle"
}

# wait inside measure would wait for these as well.
in_background() { setsid "$@" </dev/null >"/results/${1##*/}.log" 2>&1 & disown; }

agent_listens() { ss -Hltn 'sport = :4710' | grep -q .; }

attached() { lfctl -j app list | grep -q '"attached": *true'; }

modules=/lf/build/modules/$LF_KERNEL
insmod "$modules/liteflow.ko"
insmod "$modules/tcp_liteflow.ko"
insmod /root/snapshot.ko
shipped=$(lfctl -j snapshot list | grep -o '"name": *"[^"]*"' | head -1 | cut -d'"' -f4)
lfctl snapshot activate "$shipped"
net_allow_cc bbr cubic liteflow
read -r rate delay loss <<<"${PHASES[0]}"
net_path demo --rate "$rate" --delay "$delay" --loss "$loss" --limit-bytes $BUFFER --fq
ip netns exec demo-s iperf3 -s -D -J
wait_for 10 net_listens demo-s 5201

adapt() {
	sysctl -qw net.liteflow.explore_share=1000
	in_background lfctl -j monitor
	in_background liteflow-agent --listen 0.0.0.0:4710 --tls-ca /root/tls/ca.pem \
		--tls-cert /root/tls/agent.pem --tls-key /root/tls/agent.key
	wait_for 20 agent_listens || { cat /results/liteflow-agent.log; exit 1; }
	echo 'demo: agent ready'
	wait_for 120 attached || { echo 'demo: no trainer came' >&2; exit 1; }
	echo 'demo: trainer attached'
	lfctl -j app list >/results/before.json
	measure adaptive liteflow
	lfctl -j app list >/results/after.json
	lfctl -j snapshot list >/results/snapshots.json
}

for run in $RUNS; do
	case $run in
	adaptive) adapt ;;
	frozen) measure frozen liteflow ;;
	*) measure "$run" "$run" ;;
	esac
done
echo 'demo: measured'
