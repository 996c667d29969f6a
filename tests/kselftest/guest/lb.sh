#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Load balancing: which way flows leave, by which rule, and what makes them turn.
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh
# shellcheck source=tests/kselftest/guest/fabric.sh
. /root/fabric.sh

# only DEVICE CMD...: every packet of it leaves by that device.
only() {
	local want=$1 i
	shift
	ways_of lb-c "$@" || return
	[ "${WAY[want]}" -gt 4 ] || { echo "by p$want: ${WAY[*]}"; return 1; }
	for i in 0 1 2 3; do
		[ "$i" = "$want" ] || [ "${WAY[i]}" = 0 ] || { echo "not by p$want alone: ${WAY[*]}"; return 1; }
	done
}

# one_path CMD...: it leaves by one of the paths, whichever; the handshake, which tells of no size, by any.
one_path() {
	local i n=0
	ways_of lb-c "$@" || return
	for i in 1 2 3; do [ "${WAY[i]}" -le 2 ] || n=$((n + 1)); done
	[ "$n ${WAY[0]}" = '1 0' ] || { echo "not by one path: ${WAY[*]}"; return 1; }
}

ktap_header
load liteflow lf_lb lf_lb_same lf_lb_weight lf_lb_far lf_lb_honest
fabric
# A connection is one flow, and goes where its SYN went.
lb gap_us=60000000 explore=0 guard=0

# --- without paths, without a network ---
ktap_check 'no paths: the routing table chooses' only 0 talk "$SERVER4" "$PORT"
ktap_check 'and nothing is counted' is 0 app lb fallbacks
ktap_check 'paths are declared' declare_paths 1 1 1
ktap_check 'and listed' is 6 bash -c 'ip netns exec lb-c lfctl lb path list | grep -c 0xff'
ktap_check 'of this namespace alone' is 0 bash -c 'ip netns exec lb-s lfctl lb path list | grep -c 0xff || true'
ktap_check 'no network: the routing table chooses' only 0 talk "$SERVER4" "$PORT" count=5
ktap_check 'for IPv6 as well' only 0 talk "$SERVER6" "$PORT" count=5
ktap_check 'which is counted, once for each flow' is 10 app lb fallbacks
lfctl snapshot activate lf_lb_far
ktap_check 'a network without an answer: the routing table chooses' only 0 talk "$SERVER4" "$PORT"
ktap_check 'which is counted too' is 11 app lb fallbacks

# --- the network's choice ---
lfctl snapshot activate lf_lb_same
for server in $SERVER4 $SERVER6; do
	ktap_check "$server: a connection leaves by one path" one_path talk "$server" "$PORT"
	ktap_check "$server: and so does each one" one_path talk "$server" "$PORT" rounds=5 pause=10
	ktap_check "$server: together they use all" spread lb-c talk "$server" "$PORT" count=40 bytes=100
	lb choice=1
	ktap_check "$server: by the better of two as well" spread lb-c talk "$server" "$PORT" count=40 bytes=100
	lb choice=0
done
ktap_check 'an undeclared prefix is left alone' only 0 talk "$OTHER" "$PORT" count=3
ktap_check 'all that was decided by the network' is 11 app lb fallbacks

delete_paths
ktap_check 'paths are deleted' is 0 bash -c 'ip netns exec lb-c lfctl lb path list | grep -c 0xff || true'
declare_paths 3 1 3
lfctl snapshot activate lf_lb_weight
lb sharpness=1000
for server in $SERVER4 $SERVER6; do
	ktap_check "$server: the best path, if the network is sure" only 2 talk "$server" "$PORT" count=10
done
lb explore=1000
ktap_check 'nobody explores without a daemon' only 2 talk "$SERVER4" "$PORT" count=10
start_daemon
ktap_check 'with one exploration spreads' spread lb-c talk "$SERVER4" "$PORT" count=40 bytes=100
stop_daemon KILL
wait_for 10 is 0 app lb attached
ktap_check 'and stops when it has gone' only 2 talk "$SERVER4" "$PORT" count=10
lb explore=0

# --- marks of the application ---
ktap_check 'its own mark stays' only 1 talk "$SERVER4" "$PORT" mark=1
ktap_check 'for IPv6 as well' only 3 talk "$SERVER6" "$PORT" mark=3
ktap_check 'other bits are no choice' only 2 talk "$SERVER4" "$PORT" mark=0x100
own_later() {
	ways_of lb-c talk "$SERVER4" "$PORT" late=3 rounds=20 || return
	[[ ${WAY[2]} -gt 0 && ${WAY[3]} -gt ${WAY[2]} && ${WAY[0]} -eq 0 && ${WAY[1]} -eq 0 ]] || { echo "${WAY[*]}"; return 1; }
}
ktap_check 'one that comes later is obeyed' own_later

# --- MPTCP ---
multipath() {
	[ "$(ip netns exec lb-c sysctl -n net.mptcp.enabled)" = 1 ] || { echo 'no MPTCP'; return 4; }
	wait_for 10 net_listens lb-s $((PORT + 2)) && only 2 talk "$1" $((PORT + 2)) mptcp=1 rounds=3
}
ip netns exec lb-s lf-talk serve $((PORT + 2)) mptcp=1 &
ktap_check 'subflows of MPTCP are steered as well' multipath $SERVER4
ktap_check 'and those of IPv6' multipath $SERVER6

# --- passive opens ---
for to in 10.9.0.0/16 fd09::/16; do
	for i in 1 2 3; do ip netns exec lb-s lfctl lb path add $to mark $i; done
done
for server in $SERVER4 $SERVER6; do
	passive() {
		ways_of lb-s talk "$server" "$PORT" bytes=100 back=100000 count=40 || return
		for i in 1 2 3; do [ "${WAY[i]}" -gt 0 ] || { echo "${WAY[*]}"; return 1; }; done
	}
	ktap_check "$server: answers leave by the paths of their side" passive
	# What answers a SYN has no socket yet.
	receives() {
		ways_of lb-s talk "$server" "$PORT" bytes=200000 count=20 || return
		compare $((WAY[1] + WAY[2] + WAY[3])) -gt $((2 * WAY[0]))
	}
	ktap_check "$server: and so do acknowledgements of who only receives" receives
done
for to in 10.9.0.0/16 fd09::/16; do
	for i in 1 2 3; do ip netns exec lb-s lfctl lb path del $to mark $i; done
done

# --- flowlets ---
lfctl snapshot activate lf_lb_same
lb gap_us=2000
ktap_check 'a gap lets a connection choose anew' spread lb-c talk "$SERVER4" "$PORT" rounds=40 pause=20 bytes=3000
lb gap_us=60000000
lfctl snapshot activate lf_lb_weight

# --- figures ---
ktap_check 'a path has an RTT' compare "$(path 2 rtt_us)" -gt 0
ktap_check 'and was chosen' compare "$(path 2 chosen)" -gt 10

# --- a path dies ---
lb dead_ms=60000
block() { tc -n lb-s filter add dev p2 ingress protocol ip prio 1 flower ip_proto tcp action drop; }
unblock() { tc -n lb-s filter del dev p2 ingress prio 1; }
lost() { tc -n lb-s -s filter show dev p2 ingress | awk '/Sent/ { n += $4 } END { print n + 0 }'; }
talk "$SERVER4" "$PORT" rounds=200 pause=50 bytes=1000 &
TALK=$!
wait_for 10 bash -c 'ss -N lb-c -Htn state established | grep -q :7000'
read -ra before <<<"$(left_by lb-c)"
block
dies() { read -ra now <<<"$(left_by lb-c)"; compare $((now[1] + now[3])) -gt $((before[1] + before[3] + 20)); }
ktap_check 'a dead path is left' wait_for 20 dies
left=$(lost)
few() { compare "$left" -gt 0 && compare "$left" -le 16; }
ktap_check "after few packets: $left" few
ktap_check 'a timeout is counted' compare "$(path 2 timeouts)" -ge 1
wait $TALK
ktap_check 'and the connection ends well' compare $? -eq 0
ktap_check 'connections find another way, at the latest by a second SYN' talk "$SERVER4" "$PORT" count=5
ktap_check 'then it is down' is down path 2 health
avoids() { ways_of lb-c talk "$SERVER4" "$PORT" count=10 && compare "${WAY[2]}" = 0; }
ktap_check 'and new flows avoid it' avoids
lb dead_ms=100
tried() { ways_of lb-c talk "$SERVER4" "$PORT" && compare "${WAY[2]}" -gt 0; }
ktap_check 'it is tried again' wait_for 20 tried
ktap_check 'and still is' is down path 2 health
unblock
recovers() { talk "$SERVER4" "$PORT" bytes=100 rounds=2; is up path 2 health; }
ktap_check 'another one that it is back' wait_for 20 recovers
ktap_check 'and it is used again' wait_for 20 only 2 talk "$SERVER4" "$PORT" count=5
ip -n lb-c route del $SERVER4 table 102
ip -n lb-c route add unreachable $SERVER4 table 102
nowhere() { ways_of lb-c talk "$SERVER4" "$PORT" count=5 && compare "${WAY[2]}" = 0; }
ktap_check 'a path that leads nowhere is no way' nowhere
ktap_check 'and down' is down path 2 health
ip -n lb-c route del unreachable $SERVER4 table 102
ip -n lb-c route add $SERVER4 dev p2 table 102
wait_for 20 recovers

# --- what there is no flow of ---
ktap_check 'connections that are reset' talk "$SERVER4" "$PORT" count=20 rst=1
ktap_check 'and refused ones' fails talk $SERVER4 $((PORT + 1))
waits() { ss -N lb-c -Htn state time-wait | grep -q ":$PORT"; }
ktap_check 'and those that wait out their end' waits
ktap_check 'leave no flow' wait_for 20 is 0 app lb flows

# --- a canary, its promotion and the way back ---
# rewarded SNAPSHOT N CMD...: at least so many of its flows earned a reward meanwhile.
rewarded() {
	local snapshot=$1 least=$2 before
	shift 2
	before=$(snap "$snapshot" rewards)
	"$@" && compare $(($(snap "$snapshot" rewards) - before)) -ge "$least"
}
forty() { talk "$SERVER4" "$PORT" count=40 bytes=100 && wait_for 20 is 0 app lb flows; }
fallbacks=$(app lb fallbacks)
start_daemon
ktap_check 'the network that knows no difference is a canary' lfctl snapshot canary lf_lb_same --share 0.5
# A third of its flows goes the other one's way.
ktap_check 'so that half of the flows spread' spread lb-c rewarded lf_lb_same 8 rewarded lf_lb_weight 8 forty
all_rewarded() {
	local before=$(($(snap lf_lb_same rewards) + $(snap lf_lb_weight rewards)))
	forty && compare $(($(snap lf_lb_same rewards) + $(snap lf_lb_weight rewards) - before)) -eq 40
}
ktap_check 'each of which one of them is rewarded for' all_rewarded
ktap_check 'it is promoted' lfctl snapshot activate lf_lb_same
ktap_check 'and has all flows' rewarded lf_lb_same 40 forty
ktap_check 'the other one waits' is previous snap lf_lb_weight state
ktap_check 'and is rolled back to' lfctl snapshot rollback lb
ktap_check 'for all flows' only 2 rewarded lf_lb_weight 10 talk "$SERVER4" "$PORT" count=10
ktap_check 'without one that fell back' is "$fallbacks" app lb fallbacks
stop_daemon

# --- records ---
start_daemon
lb explore=300
# 0.7 of the network's sure choice and a third of 0.3.
records() {
	timeout 120 lfctl -j batch watch lb --count 1 >/tmp/records &
	local pid=$!
	while kill -0 "$pid" 2>/dev/null; do talk "$SERVER4" "$PORT" count=10 bytes=5000; done
	tr '{' '\n' </tmp/records | grep '"flags":\["decided".*"bytes":5000,.*"mark":2,"paths":3,"probability":0\.[78]' >/dev/null ||
		{ cat /tmp/records; return 1; }
}
ktap_check 'a record tells with which probability' records
lb explore=0
stop_daemon

# --- rules to compare with ---
lb mode=4
turns() {
	local i a=()
	for i in 1 2 3; do a[i]=$(path "$i" chosen); done
	talk "$SERVER4" "$PORT" count=30 bytes=100
	for i in 1 2 3; do compare $(($(path "$i" chosen) - a[i])) -ge 9 || return; done
}
ktap_check 'round robin' turns
delete_paths
declare_paths 1000000 1 1
lb mode=5
by_weight() { ways_of lb-c talk "$SERVER4" "$PORT" count=20 bytes=100 && compare $((WAY[2] + WAY[3])) -lt "${WAY[1]}"; }
ktap_check 'by weight' by_weight
lb mode=2
for i in 1 3; do tc -n lb-c qdisc add dev p$i root netem delay 30ms; done
talk "$SERVER4" "$PORT" count=10 bytes=100
# What is known of the others ages, so that they are tried again now and then.
least() { ways_of lb-c talk "$SERVER4" "$PORT" count=20 bytes=100 && compare "${WAY[2]}" -gt $((2 * (WAY[1] + WAY[3]))); }
ktap_check 'least RTT' least
lb mode=3
two() { ways_of lb-c talk "$SERVER4" "$PORT" count=40 bytes=100 && compare "${WAY[2]}" -gt 0 && compare $((WAY[1] + WAY[3])) -gt 0; }
ktap_check 'best of two by RTT' two
# What a qdisc holds goes with it, and would be sent again later, by its old path.
quiet() {
	local ns
	for ns in lb-c lb-s; do [ -z "$(ss -N "$ns" -Htn state connected exclude time-wait)" ] || return; done
}
ktap_check 'all connections have ended' wait_for 20 quiet
for i in 1 3; do tc -n lb-c qdisc del dev p$i root; done
delete_paths
declare_paths 3 1 3

# --- the network in user space ---
lb mode=1
ktap_check 'nobody serves: the routing table chooses' only 0 talk "$SERVER4" "$PORT"
lf-serve device lb_user >/tmp/serve &
SERVE=$!
wait_for 10 grep -q serving /tmp/serve
answered() { ways_of lb-c talk "$SERVER4" "$PORT" rounds=40 pause=20 && compare $((WAY[1] + WAY[2] + WAY[3])) -gt "${WAY[0]}"; }
ktap_check 'an answer moves a flow' answered
ktap_check 'and is counted' compare "$(app lb_user answered)" -gt 0
kill $SERVE
wait $SERVE 2>/dev/null
lb mode=0

# --- setup ---
sets_up() {
	ip netns exec lb-s lfctl lb setup 10.9.0.0/16 @p1,@p2 --mark 0x100/0xf00 --table 200 --apply >/dev/null || return
	ip -n lb-s rule | grep -q 'fwmark 0x200/0xf00 lookup 201' || { ip -n lb-s rule; return 1; }
	ip -n lb-s route get 10.9.0.1 mark 0x200 | grep -q 'dev p2' || { ip -n lb-s route show table all; return 1; }
	is 2 bash -c 'ip netns exec lb-s lfctl lb path list | grep -c 10.9.0.0/16'
}
ktap_check 'lfctl sets up rules, routes and paths' sets_up
ip -n lb-s route del 10.9.0.0/16 dev p2 table 201
ktap_check 'of which one without its device leads nowhere' fails ip -n lb-s route get 10.9.0.1 mark 0x200
for mark in 0x100 0x200; do ip netns exec lb-s lfctl lb path delete 10.9.0.0/16 mark $mark/0xf00; done

# --- refusals ---
refuses() {
	local text=$1 out
	shift
	! out=$("$@" 2>&1) || { echo "$* succeeded"; return 1; }
	[[ $out == *"$text"* ]] || { echo "$out, not: $text"; return 1; }
}
ktap_check 'the same path twice is refused' refuses 'with this mark already' paths add 10.8.0.0/16 mark 1
ktap_check 'so is another mask' refuses 'another mask' paths add 10.8.0.0/16 mark 4/0xf
ktap_check 'and a prefix that is none' refuses 'beyond its length' paths add 10.8.0.1/16 mark 1
ktap_check 'and to delete what is not there' refuses 'no such path' paths delete 10.8.0.0/16 mark 9
seventeenth() {
	local i
	for i in $(seq 1 16); do paths add 10.66.0.0/16 mark "$i" || return; done
	refuses '16 paths already' paths add 10.66.0.0/16 mark 17
}
ktap_check 'and a 17th path' seventeenth
many() {
	local i
	for i in $(seq 0 252); do paths add "10.67.$i.0/24" mark 1 || return; done
	refuses '256 prefixes' paths add 10.68.0.0/16 mark 1
}
ktap_check 'and a 257th prefix' many
ktap_check 'all of them are listed' is 275 bash -c 'ip netns exec lb-c lfctl lb path list | grep -c 0xff'
delete_paths
ktap_from ip netns exec lb-s lf-lb-test refusals
ktap_from ip netns exec lb-s lf-lb-test fuzz "${SEED-1}" 20000
declare_paths 3 1 3

# --- it goes under traffic ---
ip netns exec lb-c lf-talk "$SERVER4" "$PORT" rounds=300 pause=20 &
TALK=$!
wait_for 10 bash -c 'ss -N lb-c -Htn state established | grep -q :7000'
ktap_check 'the module goes under traffic' wait_for 20 unload lf_lb
ktap_check 'and comes back without paths' load lf_lb
ktap_check 'with none declared' is 0 bash -c 'ip netns exec lb-c lfctl lb path list | grep -c 0xff || true'
wait $TALK
ktap_check 'the connection has not noticed' compare $? -eq 0

# --- the guard ---
# A network that knows no difference sends half of the flows the slow way.
for server in 10.8.0.0/16 fd08::/16; do
	for i in 1 2; do paths add $server mark $i; done
done
lfctl snapshot activate lf_lb_same
tc -n lb-c qdisc add dev p2 root netem delay 30ms
# Until both address families have been tried.
hold=12000
! slow_kernel || hold=60000
lb gap_us=60000000 guard_hold_ms=$hold
start_events
# judged COUNT [HOW...]: flows that the guard hears of.
judged() { talk "$SERVER4" "$PORT" bytes=1000 count="$1" "${@:2}" && wait_for 20 is 0 app lb flows; }
unjudged() { judged 120 && is 0 app lb fallbacks; }
ktap_check 'the guard waits for 128 flows' unjudged
tripped() { judged 20 && compare "$(app lb fallbacks)" -ge 1; }
ktap_check 'flows that were sent the slow way: it falls back' tripped
ktap_check 'the routing table chooses' only 0 talk "$SERVER4" "$PORT" count=3
ktap_check 'for IPv6 as well' only 0 talk "$SERVER6" "$PORT" count=3
ktap_check 'and that is an event' event '^fallback app=lb reason=guard_error'
back() { ways_of lb-c talk "$1" "$PORT" count=3 && compare "${WAY[0]}" -eq 0; }
ktap_check 'after a while the network is back' wait_for 20 back "$SERVER4"
ktap_check 'for IPv6 as well' back "$SERVER6"
lb guard=2000
fallbacks=$(app lb fallbacks)
allowed() { judged 140 "$@" && is "$fallbacks" app lb fallbacks; }
ktap_check 'how much slower is allowed, sysctl says' allowed
# As many go the slow way, but it had been predicted, by the RTTs that paths show.
# They are those of data without FINs, whose ACKs may wait until the peer closes.
lfctl snapshot activate lf_lb_honest
# What is left in the guard's window was promised by the other network.
ktap_check 'another network comes, and a window goes by' allowed rst=1
lb guard=100 sharpness=0
ktap_check 'a network that told of the slow way is not to blame' allowed rst=1
stop_events
ip netns del lb-c
# With the app goes its hold on the active snapshot.
unloads() { wait_for 20 unload lf_lb && wait_for 20 unload_all; }
ktap_check 'a namespace goes with its paths' unloads
killall lf-talk
ip netns del lb-s
ktap_finish
exit
