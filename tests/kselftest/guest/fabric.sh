# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A host with several ways to a server, for the groups that balance:
#
#   lb-c 10.9.0.1 ═══ p0 (the routing table's own choice), p1, p2, p3 (marks 1, 2
#        fd09::1      and 3) ═══ lb-s 10.8.0.1, fd08::1; 10.7.0.1 has no paths

SERVER4=10.8.0.1 SERVER6=fd08::1 OTHER=10.7.0.1 PORT=7000
declare -a WAY

# ways NAMESPACE NEIGHBOUR TO...: the tables of the marks, and the table without one.
ways() {
	local ns=$1 via=$2 i to
	shift 2
	for i in 0 1 2 3; do
		for to; do
			[[ $to != *:* ]] || to="$to via $via"
			# shellcheck disable=SC2086
			ip -n "$ns" route add $to dev p$i table $((i ? 100 + i : 254))
		done
		[ $i = 0 ] || ip -n "$ns" rule add fwmark $i/0xff table $((100 + i))
		[ $i = 0 ] || ip -n "$ns" -6 rule add fwmark $i/0xff table $((100 + i))
		tc -n "$ns" qdisc add dev p$i clsact
		tc -n "$ns" filter add dev p$i egress protocol ip prio 1 flower ip_proto tcp action ok
		tc -n "$ns" filter add dev p$i egress protocol ipv6 prio 2 flower ip_proto tcp action ok
	done
}

fabric() {
	local ns i
	_net_ns lb-c lb-s
	for ns in lb-c lb-s; do
		ip netns exec $ns sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	done
	for i in 0 1 2 3; do
		ip -n lb-c link add p$i type veth peer name p$i netns lb-s
		ip -n lb-c addr add fe80::1/64 dev p$i nodad
		ip -n lb-s addr add fe80::2/64 dev p$i nodad
		ip -n lb-c link set p$i up
		ip -n lb-s link set p$i up
	done
	ip -n lb-c addr add 10.9.0.1/32 dev lo
	ip -n lb-c addr add fd09::1/128 dev lo nodad
	ip -n lb-s addr add $SERVER4/32 dev lo
	ip -n lb-s addr add $OTHER/32 dev lo
	ip -n lb-s addr add $SERVER6/128 dev lo nodad
	ways lb-c fe80::2 $SERVER4 $SERVER6 $OTHER
	ways lb-s fe80::1 10.9.0.1 fd09::1
	ip netns exec lb-s lf-talk serve $PORT &
	wait_for 10 net_listens lb-s $PORT
}

# TCP packets that left NAMESPACE by each device, as "p0 p1 p2 p3".
left_by() {
	local i
	for i in 0 1 2 3; do
		tc -n "$1" -s filter show dev p$i egress | awk '/Sent/ { n += $4 } END { printf "%d ", n }'
	done
}

# ways_of NAMESPACE CMD...: run it, and have what left by each device meanwhile in WAY.
ways_of() {
	local ns=$1 before after i
	shift
	read -ra before <<<"$(left_by "$ns")"
	"$@" || return
	read -ra after <<<"$(left_by "$ns")"
	for i in 0 1 2 3; do WAY[i]=$((after[i] - before[i])); done
}

talk() { ip netns exec lb-c lf-talk "$@"; }
paths() { ip netns exec lb-c lfctl lb path "$@"; }
lb() { sysctl -qw "${@/#/net.liteflow.lb.}"; }

# path MARK FIELD: what lfctl tells of the IPv4 path.
path() {
	paths list -j | tr '{' '\n' | grep "10.8.0.0/16.*\"mark\":\"0x$1/0xff\"" | grep -o "\"$2\":[^,}]*" | cut -d: -f2 | tr -d '"'
}

# spread NAMESPACE CMD...: it leaves by all paths, and not by the table's own.
spread() {
	local i
	ways_of "$@" || return
	[ "${WAY[0]}" = 0 ] || { echo "by p0 as well: ${WAY[*]}"; return 1; }
	for i in 1 2 3; do [ "${WAY[i]}" -gt 0 ] || { echo "not by all: ${WAY[*]}"; return 1; }; done
}

declare_paths() {
	local i
	for i in 1 2 3; do
		paths add 10.8.0.0/16 mark $i --weight "${!i}" && paths add fd08::/16 mark $i --weight "${!i}" || return
	done
}
delete_paths() {
	local i
	for i in 1 2 3; do
		paths delete 10.8.0.0/16 mark $i && paths delete fd08::/16 mark $i || return
	done
}
