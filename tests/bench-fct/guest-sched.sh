#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest: the traffic of one case of flow scheduling under each scheme of a
# group. What was measured goes to /results/SCHEME.
#
#   f-c eth0 --- c0 f-r s0 --- eth0 f-s     f-c: all clients, an address each; f-s: nginx and lf-play
#
# Responses meet the bottleneck, tbf with the scheme's queue below it; what comes
# back is delayed (netem), and never lost.
#
# LINK: shared: the bottleneck is the router's device towards the clients, where
#	bands come by DSCP; own: it is the server's device, by skb->priority
# SCHEMES: one a line: name, mode, module of the snapshot, sysctls, command beside it
#	mode: none: one queue; fq: fq_codel; perfect: bands that the applications
#	choose; or net.liteflow.sched.mode. Module and sysctls: - for none
# /root/traffic: what traffic.py writes
# /root: nginx.conf, oracle.so; liteflow.ko, lf_sched.ko and snapshots if a mode needs them
# In the path: nginx, lf-play; lfctl unless all modes are none or fq
#
# Of each scheme: flows, idle, cost, before.json, after.json, queue, beside and,
# with a snapshot, records of all flows that sent anything, and netns, the number
# that those of the server carry.
set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

RATE=100mbit
BURST=3100		# bytes: two packets, so that tbf splits larger ones
QUEUE=150000		# bytes that a queue, or each band's, holds: 12 ms
RTT=1ms			# without a queue
LEAD_US=500000		# for a player to read its script in
TRAFFIC=/root/traffic
FILES=/run/files
CGROUPS=/sys/fs/cgroup
SERVER4=10.2.0.1

die() { echo "guest: $*" >&2; exit 1; }

case $LINK in
shared) NS=f-r DEVICE=c0 BY=--dscp ;;
own) NS=f-s DEVICE=eth0 BY='' ;;
*) die "LINK=$LINK: neither shared nor own" ;;
esac

# Of all servers in the script, as PROTO PORT.
ports() { awk '$1 == "lane" { print $3, $6 }' $TRAFFIC/script | sort -u; }

make_files() {
	local size
	mkdir -p $FILES
	while read -r size; do truncate -s "$size" "$FILES/$size"; done <$TRAFFIC/files
}

make_network() {
	_net_ns f-c f-r f-s
	ip netns exec f-r sysctl -qw net.ipv4.ip_forward=1
	ip -n f-c link add eth0 type veth peer name c0 netns f-r
	ip -n f-s link add eth0 type veth peer name s0 netns f-r
	awk '$1 == "lane" { print "addr add " $4 "/24 dev eth0" }' $TRAFFIC/script | sort -u | ip -n f-c -batch -
	ip -n f-r addr add 10.1.0.254/24 dev c0
	ip -n f-r addr add 10.2.0.254/24 dev s0
	ip -n f-s addr add $SERVER4/24 dev eth0
	for end in f-c:eth0 f-r:c0 f-r:s0 f-s:eth0; do ip -n "${end%:*}" link set "${end#*:}" up; done
	ip -n f-c route add default via 10.1.0.254
	ip -n f-s route add default via 10.2.0.254
	tc -n f-r qdisc add dev s0 root netem limit 1000000 delay $RTT
}

# make_queue MODE
make_queue() {
	local band
	tc -n $NS qdisc add dev $DEVICE root handle 10: tbf rate $RATE burst $BURST limit 1000000
	case $1 in
	none) tc -n $NS qdisc add dev $DEVICE parent 10:1 bfifo limit $QUEUE ;;
	fq) tc -n $NS qdisc add dev $DEVICE parent 10:1 fq_codel ;;
	*)
		ip netns exec $NS lfctl sched setup $DEVICE --parent 10:1 $BY --apply >/dev/null
		for band in {1..8}; do tc -n $NS qdisc add dev $DEVICE parent "1:$band" bfifo limit $QUEUE; done
		;;
	esac
}

# within GROUP COMMAND...: in a cgroup of its own, as an init system has it; to be run in the background.
within() {
	mkdir -p "$CGROUPS/$1"
	echo $BASHPID >"$CGROUPS/$1/cgroup.procs"
	shift
	exec "$@"
}

# begin_servers MODE DIR: their processes are in $servers.
begin_servers() {
	local proto port oracle=() bands=()
	servers=()
	if [ "$1" = perfect ]; then
		oracle=(env LD_PRELOAD=/root/oracle.so) bands=(bands)
	fi
	if [ -s $TRAFFIC/files ]; then
		within web ip netns exec f-s "${oracle[@]}" nginx -e stderr -c /root/nginx.conf >"$2/nginx" 2>&1 &
		servers+=($!)
	fi
	while read -r proto port; do
		if [ "$proto" = call ]; then
			within "call-$port" ip netns exec f-s lf-play serve "$port" "${bands[@]}" &
			servers+=($!)
		fi
		wait_for 10 net_listens f-s "$port" || die "nothing listens on port $port: $(cat "$2/nginx" 2>&1)"
	done < <(ports)
}

load_modules() {
	insmod liteflow.ko
	insmod lf_sched.ko
	if [ "$1" != - ]; then
		insmod "$1.ko"
		lfctl snapshot activate "$1" >/dev/null
	fi
}

# With the module goes all that it knew of flows.
unload_modules() {
	rmmod lf_sched
	[ "$1" = - ] || rmmod "$1"
	rmmod liteflow
}

totals() { echo "${EPOCHREALTIME/./} $(cpu_idle_ns)"; }

# play SCRIPT DIR
play() {
	local start=$((${EPOCHREALTIME/./} + LEAD_US)) player
	within clients ip netns exec f-c lf-play "$1" $start "$2/flows" &
	player=$!
	sleep 0.$LEAD_US
	totals >"$2/cost"
	cpu_idle_mark
	wait $player || die "the player failed: $(cat "$2/nginx" 2>&1)"
	cpu_idle_share >"$2/idle"
	totals >>"$2/cost"
}

# measure NAME SCRIPT MODE SNAPSHOT SYSCTLS BESIDE
measure() {
	local out=/results/$1 mode=$3 snapshot=$4 app=- servers pid watcher='' beside=''
	mkdir -p "$out"
	make_network
	if [[ $mode == [0-9] ]]; then
		app=sched
		load_modules "$snapshot"
		set_sysctls "sched.mode=$mode${5:+,$5}"
		begin_beside "$6" "$out"
	fi
	make_queue "$mode"
	begin_servers "$mode" "$out"
	if [ "$snapshot" != - ]; then
		ip netns exec f-s readlink /proc/self/ns/net | tr -dc 0-9 >"$out/netns"
		lfctl -j batch watch sched >"$out/records" &
		watcher=$!
	fi
	app_counters $app >"$out/before.json"
	play "$2" "$out"
	app_counters $app >"$out/after.json"
	tc -n $NS -s -j qdisc show dev $DEVICE >"$out/queue"
	for pid in "${servers[@]}"; do
		kill "$pid" || die "a server ended: $(cat "$out/nginx")"
		wait "$pid" || true
	done
	rm -f "$out/nginx"
	net_del f
	[ $app = - ] || leave "$snapshot" "$out"
}

# leave SNAPSHOT DIR: what a scheme with modules used.
leave() {
	sleep 1		# the last records come when a batch's time is over
	if [ -n "$watcher" ]; then
		kill "$watcher"
		wait "$watcher" || true
	fi
	end_beside "$2"
	unload_modules "$1"
}

ulimit -n 65536
mapfile -t lines <<<"$SCHEMES"
make_files
uname -r >/results/kernel
nproc >/results/cpus

# The first run of all pages in the programs and seeds the kernel's random numbers.
measure warm-up $TRAFFIC/warm-up none - '' ''
rm -r /results/warm-up

for line in "${lines[@]}"; do
	read -r name mode snapshot sysctls beside <<<"$line"
	measure "$name" $TRAFFIC/script "$mode" "$snapshot" "${sysctls#-}" "$beside"
done
