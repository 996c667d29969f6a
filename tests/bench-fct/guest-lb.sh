#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In a guest: one fabric, with one traffic, under each scheme of a group. What was
# measured goes to /results/SCHEME.
#
#   1-1 eth0 --- h1 +-------+ s1 --- l1 spine1 l2 --- s1 +-------+ h1 --- eth0 2-1
#    :              | leaf1 |  :          :           :  | leaf2 |              :
#   1-8 eth0 --- h8 +-------+ s4 --- l1 spine4 l2 --- s4 +-------+ h8 --- eth0 2-8
#
# Each box is a namespace; host N of leaf L is L-N, its address 10.L.0.N on all
# devices. What a host sends with VLAN K (eth0.K) the leaf sends to spine K; what
# it sends without one is spread by the leaf's multipath route. Hosts' devices and
# the leaves' ports are shaped. The spines are not: from either leaf comes no more
# than they pass on to the other; they delay.
#
# Expects
#   FABRIC    equal    all spines alike
#             gray     all of spine 2's links have a quarter of the rate
#             failing  spine 2 loses everything during the second third of the time
#                      in which flows begin; no route changes
#             hot      something that none of the hosts knows of takes half of what
#                      leaf 1 can send by spine 2
#   SCHEMES   one a line: NAME MODE SNAPSHOT SYSCTLS BESIDE...
#             MODE      ecmp, wecmp (multipath by true capacities), or net.liteflow.lb.mode
#             SNAPSHOT  with mode 0: module of the snapshot to activate, without .ko; with 1:
#                       any name, so that the flows are recorded; - for none
#             SYSCTLS   NAME=VALUE,... of net.liteflow.; - for none
#             BESIDE    command that runs beside it and prints "ready"; may be empty
#   /root/traffic  L-N: the script of lf-play of that host; seconds: until the last flow begins
#   /root     with a MODE that is a number: liteflow.ko, lf_lb.ko, the snapshots
#   /usr/bin  lf-play, lf-bench-links; lf-bench-udp for hot; lfctl, and what BESIDE needs
# and leaves in /results
#   kernel, cpus, and in each SCHEME: flows, idle, cost, links, nstat, before.json,
#   after.json, records (where a network decides), beside, settings
set -eu
# shellcheck source=/dev/null
. /lib/lf/guest-lib.sh

LEAVES=2 SPINES=4 HOSTS=8	# hosts: of a leaf
RATE=20000000	# bit/s of each link, one way
DELAY=500us	# in a spine, one way
LIMIT=60000	# bytes that a port of a leaf queues
SEND=1000000	# bytes that a host's device queues: its TCP keeps less there
BURST=3100	# two packets
ODD=2		# the spine that is not as the others
PORT=5000
SAMPLE_US=100000

die() { echo "guest: $*" >&2; exit 1; }
# So that the log tells how far it came.
say() { echo "guest: $(cut -d ' ' -f 1 /proc/uptime) s: $*"; }

is_odd() { [ "$FABRIC $1" = "gray $ODD" ]; }
rate_of() { if is_odd "$1"; then echo $((RATE / 4)); else echo $RATE; fi; }
weight_of() { if is_odd "$1"; then echo 1; else echo 4; fi; }
hosts_of() {
	local number
	for ((number = 1; number <= HOSTS; number++)); do echo "$1-$number"; done
}

# new_namespace NAME SYSCTL...: without IPv6, whose own messages on 200 devices would be all that there is of it.
new_namespace() {
	ip netns add "$1"
	ip netns exec "$1" sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1 "${@:2}"
}

# The nexthops of a leaf's route for what comes without a VLAN.
nexthops() {
	local spine
	for ((spine = 1; spine <= SPINES; spine++)); do
		echo "nexthop via 169.254.2.$spine dev s$spine onlink weight $([ "$1" = wecmp ] && weight_of $spine || echo 1)"
	done | tr '\n' ' '
}

add_spine() {
	local spine=$1 leaf
	new_namespace "spine$spine" net.ipv4.ip_forward=1
	{
		echo link set lo up
		for ((leaf = 1; leaf <= LEAVES; leaf++)); do
			echo "link add l$leaf type veth peer name s$spine netns leaf$leaf"
			echo "link set l$leaf up"
			echo "route add 10.$leaf.0.0/16 via 169.254.1.$leaf dev l$leaf onlink"
		done
		echo "addr add 169.254.2.$spine/32 dev lo"
		echo "route add 10.9.0.0/16 via 169.254.1.2 dev l2 onlink"
	} | ip -n "spine$spine" -batch -
	for ((leaf = 1; leaf <= LEAVES; leaf++)); do
		echo "qdisc add dev l$leaf root netem limit 1000000 delay $DELAY"
	done | tc -n "spine$spine" -batch -
}

# The host's own side; its leaf's is up already.
add_host() {
	local leaf=$1 number=$2 ns=$1-$2 spine
	{
		echo link set lo up
		echo "addr add 10.$leaf.0.$number/32 dev eth0"
		echo link set eth0 up
		echo route add 169.254.0.1 dev eth0
		echo route add default via 169.254.0.1
		for ((spine = 1; spine <= SPINES; spine++)); do
			echo "link add link eth0 name eth0.$spine type vlan id $spine"
			echo "link set eth0.$spine up"
			echo "route add 169.254.$((10 + spine)).1 dev eth0.$spine src 10.$leaf.0.$number"
		done
	} | ip -n "$ns" -batch -
	tc -n "$ns" qdisc add dev eth0 root tbf rate $RATE burst $BURST limit $SEND
}

add_leaf() {
	local leaf=$1 mode=$2 other=$((3 - $1)) number spine
	{
		echo link set lo up
		echo "addr add 169.254.1.$leaf/32 dev lo"
		echo addr add 169.254.0.1/32 dev lo
		for ((spine = 1; spine <= SPINES; spine++)); do
			echo "addr add 169.254.$((10 + spine)).1/32 dev lo"
			echo "link set s$spine up"
			echo "route add 10.$other.0.0/16 via 169.254.2.$spine dev s$spine onlink table $((100 + spine))"
		done
		echo "route add 10.$other.0.0/16 $(nexthops "$mode")"
		for ((number = 1; number <= HOSTS; number++)); do
			echo "link add h$number type veth peer name eth0 netns $leaf-$number"
			echo "link set h$number up"
			echo "route add 10.$leaf.0.$number dev h$number"
			for ((spine = 1; spine <= SPINES; spine++)); do
				echo "link add link h$number name h$number.$spine type vlan id $spine"
				echo "link set h$number.$spine up"
				echo "rule add iif h$number.$spine table $((100 + spine))"
			done
		done
	} | ip -n "leaf$leaf" -batch -
	{
		for ((spine = 1; spine <= SPINES; spine++)); do
			echo "qdisc add dev s$spine root tbf rate $(rate_of $spine) burst $BURST limit $LIMIT"
			echo "qdisc add dev s$spine clsact"
		done
		for ((number = 1; number <= HOSTS; number++)); do
			echo "qdisc add dev h$number root tbf rate $RATE burst $BURST limit $LIMIT"
		done
	} | tc -n "leaf$leaf" -batch -
}

# set_up MODE
set_up() {
	local leaf spine number
	for ((leaf = 1; leaf <= LEAVES; leaf++)); do
		new_namespace "leaf$leaf" net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1
		# A switch's hash is of the header alone, and so stays when TCP has timed out: Linux takes the socket's.
		for ((number = 1; number <= HOSTS; number++)); do
			new_namespace "$leaf-$number" net.ipv4.tcp_no_metrics_save=1 net.core.txrehash=0 \
				net.ipv4.tcp_congestion_control=cubic
		done
	done
	for ((spine = 1; spine <= SPINES; spine++)); do add_spine $spine; done
	for ((leaf = 1; leaf <= LEAVES; leaf++)); do
		add_leaf $leaf "$1"
		for ((number = 1; number <= HOSTS; number++)); do add_host $leaf "$number"; done
	done
	ip -n leaf1 route add 10.9.0.0/16 via 169.254.2.$ODD dev s$ODD onlink
	ip -n leaf2 route add blackhole 10.9.0.0/16
}

tear_down() {
	local ns
	for ns in $(ip netns list | cut -d ' ' -f 1); do ip netns del "$ns"; done
}

# What lfctl says that a host needs; weights only for who chooses by them, so that the others find the capacities.
add_paths() {
	local mode=$1 leaf spine hops='' ns
	for ((spine = 1; spine <= SPINES; spine++)); do hops+=${hops:+,}169.254.$((10 + spine)).1@eth0.$spine; done
	for ((leaf = 1; leaf <= LEAVES; leaf++)); do
		lfctl lb setup "10.$((3 - leaf)).0.0/16" "$hops" >/run/setup
		grep '^ip ' /run/setup | sed 's/^ip -4 //' >/run/routes
		grep '^lfctl ' /run/setup >/run/paths
		if [ "$mode" = 5 ]; then
			for ((spine = 1; spine <= SPINES; spine++)); do
				sed -i "${spine}s/\$/ --weight $(weight_of $spine)/" /run/paths
			done
		fi
		for ns in $(hosts_of $leaf); do
			ip -n "$ns" -batch /run/routes
			ip netns exec "$ns" bash -e /run/paths
		done
	done
}

sleep_until() {
	local us=$(($1 - ${EPOCHREALTIME/./}))
	[ $us -le 0 ] || sleep "$((us / 1000000)).$(printf %06d $((us % 1000000)))"
}

# The fabric as it changes; $1: when it begins, $2: how many us it lasts.
follow_fabric() {
	local leaf
	case $FABRIC in
	failing)
		sleep_until $(($1 + $2 / 3))
		for leaf in leaf1 leaf2; do tc -n $leaf filter add dev s$ODD egress matchall action drop; done
		sleep_until $(($1 + $2 * 2 / 3))
		for leaf in leaf1 leaf2; do tc -n $leaf filter del dev s$ODD egress; done
		;;
	hot)
		sleep_until "$1"
		exec ip netns exec leaf1 lf-bench-udp 10.9.0.1 9 $((RATE / 2))
		;;
	esac
}

# What the hosts' TCP counted, summed: "NAME VALUE". The servers' /proc/PID/net are the hosts'.
sum_nstat() {
	local pid
	for pid; do cat "/proc/$pid/net/snmp" "/proc/$pid/net/netstat"; done | awk '
		/^(Tcp|TcpExt):/ {
			prefix = substr($1, 1, length($1) - 1)
			if ($2 ~ /^[A-Z]/) { for (i = 2; i <= NF; i++) name[i] = $i; next }
			for (i = 2; i <= NF; i++) sum[prefix name[i]] += $i
		}
		END { for (n in sum) if (sum[n] > 0) printf "%s %.0f\n", n, sum[n] }' | sort
}

settings() {
	ip netns exec 1-1 sysctl net.ipv4.tcp_congestion_control net.ipv4.tcp_no_metrics_save net.core.txrehash \
		net.ipv4.conf.all.rp_filter net.ipv4.tcp_rmem net.ipv4.tcp_wmem
	ip netns exec leaf1 sysctl net.ipv4.fib_multipath_hash_policy
	ip -n leaf1 route show 10.2.0.0/16
	tc -n leaf1 qdisc show dev s$ODD
	[ "$1" = - ] || sysctl net.liteflow.lb
}

# measure NAME MODE SNAPSHOT SYSCTLS BESIDE
measure() {
	local out=/results/$1 mode=$2 snapshot=$3 app=- host beside watch='' links follow start us pid
	local servers=() players=()
	[[ $mode != [0-9] ]] || app=lb
	mkdir -p "$out"
	say "$1: the fabric"
	set_up "$mode"
	if [ $app = lb ]; then
		insmod lf_lb.ko
		if [ "$mode" = 0 ]; then
			insmod "$snapshot.ko"
			lfctl snapshot activate "$snapshot" >/dev/null
		fi
		sysctl -qw "net.liteflow.lb.mode=$mode"
		set_sysctls "$4"
		add_paths "$mode"
	fi
	begin_beside "$5" "$out"
	say "$1: the servers"
	for host in $(hosts_of 1) $(hosts_of 2); do
		ip netns exec "$host" lf-play serve $PORT &
		servers+=($!)
	done
	for host in $(hosts_of 1) $(hosts_of 2); do
		wait_for 10 net_listens "$host" $PORT || die "$host: lf-play doesn't listen"
	done
	settings $app >"$out/settings"
	app_counters $app >"$out/before.json"
	if [ "$snapshot" != - ]; then
		lfctl -j batch watch lb >"$out/records" &
		watch=$!
	fi
	ip netns exec leaf1 lf-bench-links $SAMPLE_US "$out/links" leaf{1,2}/s{1,2,3,4} &
	links=$!
	start=$((${EPOCHREALTIME/./} + 2000000))
	us=$(awk '{ printf "%.0f", $1 * 1e6 }' traffic/seconds)
	for host in $(hosts_of 1) $(hosts_of 2); do
		[ -e "traffic/$host" ] || continue
		ip netns exec "$host" lf-play "traffic/$host" $start "/run/$host" &
		players+=($!)
	done
	follow_fabric $start "$us" &
	follow=$!
	sleep_until $start
	say "$1: the flows, for $(<traffic/seconds) s and what they then take"
	cpu_idle_mark
	echo "${EPOCHREALTIME/./} $(cpu_idle_ns)" >"$out/cost"
	for pid in "${players[@]}"; do wait "$pid" || die "$1: lf-play failed"; done
	cpu_idle_share >"$out/idle"
	echo "${EPOCHREALTIME/./} $(cpu_idle_ns)" >>"$out/cost"
	say "$1: done, idle $(<"$out/idle")"
	app_counters $app >"$out/after.json"
	sum_nstat "${servers[@]}" >"$out/nstat"
	kill $follow 2>/dev/null || true
	kill $links "${servers[@]}"
	wait $links || die 'the links were not sampled'
	end_beside "$out"
	if [ -n "$watch" ]; then
		sleep 1	# the last batch
		kill $watch
	fi
	if [ $app = lb ]; then
		ip netns exec 1-1 lfctl lb path list >"$out/paths"
	fi
	wait
	cat /run/[0-9]-[0-9] >"$out/flows"
	rm /run/[0-9]-[0-9]
	tear_down
	[ $app = - ] || rmmod lf_lb
	[ "$mode" != 0 ] || rmmod "$snapshot"
}

mapfile -t lines <<<"$SCHEMES"
modprobe -a 8021q sch_tbf sch_netem sch_ingress cls_matchall act_gact
# Namespaces take these over from the first one.
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
[ ! -e /root/liteflow.ko ] || insmod liteflow.ko
uname -r >/results/kernel
nproc >/results/cpus
for line in "${lines[@]}"; do
	read -r name mode snapshot sysctls beside <<<"$line"
	measure "$name" "$mode" "$snapshot" "$sysctls" "$beside"
done
