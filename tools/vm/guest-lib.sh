# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts that run in a lf-vm guest: `. /lib/lf/guest-lib.sh`. Safe under `set -eu`. The KTAP part and wait_for
# need no guest.

# --- KTAP: one line per behaviour, exit status 0 (passed), 1 (failed) or 4 (all skipped), as kselftest has it ---

_ktap_pass=0 _ktap_fail=0 _ktap_skip=0 _ktap_plan=''

ktap_header() { echo 'KTAP version 1'; }

ktap_plan() {
	_ktap_plan=$1
	echo "1..$1"
}

_ktap_number() { echo $((_ktap_pass + _ktap_fail + _ktap_skip)); }

ktap_ok() {
	_ktap_pass=$((_ktap_pass + 1))
	echo "ok $(_ktap_number) $1"
}

# ktap_not_ok NAME [WHY]
ktap_not_ok() {
	_ktap_fail=$((_ktap_fail + 1))
	[ -z "${2-}" ] || echo "# ${2//$'\n'/$'\n'# }"
	echo "not ok $(_ktap_number) $1"
}

# ktap_skip NAME WHY. Where every feature must be there (CI sets LF_EXPECT_ALL_FEATURES=1) a skip is a failure.
ktap_skip() {
	if [ "${LF_EXPECT_ALL_FEATURES-0}" = 1 ]; then
		ktap_not_ok "$1" "skipped: ${2-}"
		return
	fi
	_ktap_skip=$((_ktap_skip + 1))
	echo "ok $(_ktap_number) $1 # SKIP ${2-}"
}

# ktap_check NAME CMD...: ok when CMD succeeds, skipped when it returns 4. Its output is shown only when it fails.
# CMD runs in a subshell.
ktap_check() {
	local name=$1 out status=0
	shift
	out=$("$@" 2>&1) || status=$?
	case $status in
	0) ktap_ok "$name" ;;
	4) ktap_skip "$name" "$out" ;;
	*) ktap_not_ok "$name" "$* returned $status"$'\n'"$out" ;;
	esac
}

# Print the totals; the script ends with `ktap_finish; exit`.
ktap_finish() {
	local n
	n=$(_ktap_number)
	[ -n "$_ktap_plan" ] || ktap_plan "$n"
	echo "# Totals: pass:$_ktap_pass fail:$_ktap_fail xfail:0 xpass:0 skip:$_ktap_skip error:0"
	if [ "$_ktap_plan" != "$n" ]; then
		echo "# planned $_ktap_plan tests but ran $n"
		return 1
	fi
	[ "$_ktap_fail" = 0 ] || return 1
	[ "$_ktap_pass" != 0 ] || [ "$_ktap_skip" = 0 ] || return 4
}

# --- Waiting and measuring ---

# wait_for SECS CMD...: until CMD succeeds; fails after SECS on an idle machine: a busy one may take six times as long.
# Wait on a state with this, never on a guess of its time.
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 6000000))
	shift
	until "$@" >/dev/null 2>&1; do
		((${EPOCHREALTIME/./} < end)) || return 1
		sleep 0.05
	done
}

# cpu_idle_mark; ...; cpu_idle_share: the share of all CPUs' time, 0.00 to 1.00, that was idle since the mark. It comes
# from /proc/uptime: /proc/stat's busy times are sampled at the tick, which virtual time makes a systematic error.
cpu_idle_mark() { read -r _idle_up0 _idle0 </proc/uptime; }

cpu_idle_share() {
	local up idle
	read -r up idle </proc/uptime
	awk -v up="$up" -v up0="$_idle_up0" -v idle="$idle" -v idle0="$_idle0" -v cpus="$(nproc)" \
		'BEGIN { t = (up - up0) * cpus; printf "%.2f\n", (t > 0) ? (idle - idle0) / t : 1 }'
}

# The nanoseconds that all CPUs together have been idle, to the nanosecond.
cpu_idle_ns() { awk '$1 == ".idle_sleeptime" { sum += $3 } END { printf "%.0f\n", sum }' /proc/timer_list; }

# --- Networks: namespaces of their own, so that any number of them may use the same addresses ---
#
# net_pair NAME
#
#   NAME-a                                  NAME-b
#   eth0 10.0.0.1 fd00::1 ---------------- eth0 10.0.0.2 fd00::2
#
# net_path NAME --rate R [--delay RTT] [--loss PERCENT] [--limit-bytes N] [--burst-bytes N] [--gso on|off] [--fq]
#
#   NAME-c                    NAME-r                          NAME-s
#   eth0 10.1.0.1 fd01::1 --- c0  10.1.0.254 fd01::fe
#                             s0  10.2.0.254 fd02::fe ------- eth0 10.2.0.1 fd02::1
#
# The router shapes, so that the senders' queues and TCP's small-queue limit are left alone. Towards the server: half the
# delay and the loss (netem), then the bottleneck (tbf); back: the other half of the delay. --gso off makes both ends send
# packets one by one (gso_max_segs 1); --fq puts fq on the client's device.
#   --limit-bytes  the bottleneck's buffer; default: rate x delay, at least 32 kB
#   --burst-bytes  its token bucket; default: 1 ms of the rate, in real time 4 ms, to catch up with late timers. tbf splits
#                  a GSO packet that is larger, which costs CPU; with 70000 all pass whole, and a virtual second at
#                  100 Mbit/s takes half as long.
# netem loses whole GSO packets of up to 64 kB, and so does a full buffer that got them whole: with loss, or with both a
# large bucket and a buffer under 256 kB, use --gso off, and at most 100 Mbit/s.
#
# net_path_set NAME [--rate R] [--delay RTT] [--loss PERCENT] [--limit-bytes N] [--burst-bytes N]
#
# changes the path under its traffic. With a shorter delay new packets overtake those under way; what is queued and larger
# than a new, smaller bucket stays there for ever, with all behind it, so give --burst-bytes where senders pace so fast.

# shellcheck disable=SC2034
NET_A4=10.0.0.1 NET_A6=fd00::1 NET_B4=10.0.0.2 NET_B6=fd00::2
# shellcheck disable=SC2034
NET_CLIENT4=10.1.0.1 NET_CLIENT6=fd01::1 NET_SERVER4=10.2.0.1 NET_SERVER6=fd02::1

# A namespace doesn't wait for IPv6's duplicate address detection, and forgets what TCP measured before.
_net_ns() {
	local ns
	for ns; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv4.tcp_no_metrics_save=1
	done
}

# _net_link NS1 DEV1 V4 V6 NS2 DEV2 V4 V6
_net_link() {
	ip -n "$1" link add "$2" type veth peer name "$6" netns "$5"
	ip -n "$1" addr add "$3/24" dev "$2"
	ip -n "$1" addr add "$4/64" dev "$2" nodad
	ip -n "$5" addr add "$7/24" dev "$6"
	ip -n "$5" addr add "$8/64" dev "$6" nodad
	ip -n "$1" link set "$2" up
	ip -n "$5" link set "$6" up
}

net_pair() {
	_net_ns "$1-a" "$1-b"
	_net_link "$1-a" eth0 $NET_A4 $NET_A6 "$1-b" eth0 $NET_B4 $NET_B6
}

net_path() {
	local name=$1 gso=on fq=0 end shape=()
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--gso) gso=$2; shift ;;
		--fq) fq=1 ;;
		*) shape+=("$1" "$2"); shift ;;
		esac
		shift
	done
	_net_ns "$name-c" "$name-r" "$name-s"
	ip netns exec "$name-r" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	_net_link "$name-c" eth0 $NET_CLIENT4 $NET_CLIENT6 "$name-r" c0 10.1.0.254 fd01::fe
	_net_link "$name-s" eth0 $NET_SERVER4 $NET_SERVER6 "$name-r" s0 10.2.0.254 fd02::fe
	ip -n "$name-c" route add default via 10.1.0.254
	ip -n "$name-c" -6 route add default via fd01::fe
	ip -n "$name-s" route add default via 10.2.0.254
	ip -n "$name-s" -6 route add default via fd02::fe
	if [ "$gso" = off ]; then
		for end in c s; do ip -n "$name-$end" link set eth0 gso_max_segs 1; done
	fi
	[ $fq = 0 ] || tc -n "$name-c" qdisc replace dev eth0 root fq
	_net_shape "$name" add "${shape[@]}"
}

net_path_set() {
	local name=$1
	shift
	_net_shape "$name" change "$@"
}

# _in UNITS VALUE: the value in bit/s, or in microseconds.
_in() {
	local n=${2%%[a-z]*} unit=${2##*[0-9]}
	case $1:$unit in
	bits:kbit | us:ms) echo $((n * 1000)) ;;
	bits:mbit | us:s) echo $((n * 1000000)) ;;
	bits:gbit) echo $((n * 1000000000)) ;;
	bits:bit | us:us) echo "$n" ;;
	*)
		echo "guest-lib: $2: a whole number of bit, kbit, mbit, gbit or us, ms, s is needed" >&2
		return 1
		;;
	esac
}

# _net_shape NAME add|change [OPTIONS]: what isn't given stays as it was; the last values are kept in a file.
_net_shape() {
	local name=$1 verb=$2 state=/run/lf/net-$1 rate='' delay=0ms loss=0 limit='' burst='' bits us bytes bucket
	shift 2
	# shellcheck source=/dev/null
	[ ! -e "$state" ] || . "$state"
	while [ $# -gt 0 ]; do
		case $1 in
		--rate) rate=$2 ;;
		--delay) delay=$2 ;;
		--loss) loss=${2%\%} ;;
		--limit-bytes) limit=$2 ;;
		--burst-bytes) burst=$2 ;;
		*) echo "guest-lib: net_path has no option $1" >&2; return 1 ;;
		esac
		shift 2
	done
	bits=$(_in bits "$rate") && us=$(_in us "$delay") || return 1
	bytes=${limit:-$((bits * us / 8000000))}
	[ -n "$limit" ] || ((bytes > 32768)) || bytes=32768
	bucket=${burst:-$((bits * (LF_VIRTUAL ? 1 : 4) / 8000))}
	((bucket > 3100)) || bucket=3100	# two packets
	tc -n "$name-r" qdisc "$verb" dev s0 root handle 1: netem limit 1000000 delay $((us / 2))us loss "$loss%"
	tc -n "$name-r" qdisc "$verb" dev s0 parent 1:1 handle 10: tbf rate "${bits}bit" burst "$bucket" limit "$bytes"
	tc -n "$name-r" qdisc "$verb" dev c0 root handle 1: netem limit 1000000 delay $((us - us / 2))us
	printf 'rate=%s delay=%s loss=%s limit=%s burst=%s\n' "$rate" "$delay" "$loss" "$limit" "$burst" >"$state"
}

# net_del NAME: with the namespaces go the links between them.
net_del() {
	local ns
	for ns in $(ip netns list | awk '{ print $1 }'); do
		case $ns in
		"$1"-[abcrs]) ip netns del "$ns" ;;
		esac
	done
	rm -f "/run/lf/net-$1"
}

# net_listens NS PORT: something there listens on this TCP port.
net_listens() { ss -N "$1" -Hltn "sport = :$2" | grep -q .; }

# net_allow_cc CC...: a namespace other than the first may choose only what the first one allows to all.
net_allow_cc() {
	local list=/proc/sys/net/ipv4/tcp_allowed_congestion_control cc
	for cc; do
		modprobe -q "tcp_$cc" || true
		grep -qw "$cc" $list || echo "$(cat $list) $cc" >$list
	done
}

# --- A scheme of a comparison: what it sets, what runs beside it, what the module counted ---

# set_sysctls NAME=VALUE,...: of net.liteflow; what undoes it is in $undo. With - nothing is changed.
set_sysctls() {
	local pair name
	undo=''
	[ "$1" != - ] || return 0
	for pair in ${1//,/ }; do
		name=${pair%%=*}
		undo+=${undo:+,}$name=$(sysctl -n "net.liteflow.$name")
		sysctl -qw "net.liteflow.$pair"
	done
}

# begin_beside COMMAND DIR: it has printed "ready"; its group is in $beside, which is empty without a command. It
# prints to DIR/beside.
begin_beside() {
	beside=''
	[ -n "$1" ] || return 0
	setsid bash -c "$1" >"$2/beside" 2>&1 &
	beside=$!
	wait_for 30 grep -qx ready "$2/beside" || _beside_failed "$1 is not ready" "$2"
}

_beside_failed() {
	echo "guest: $1: $(cat "$2/beside")" >&2
	return 1
}

_told_to_end() { ! kill -- "-$beside"; }

# end_beside DIR: what ended before its time is no result. A signal that comes between a program's look for one and its
# wait is lost, so it gets more.
end_beside() {
	[ -n "$beside" ] || return 0
	kill -- "-$beside" 2>/dev/null || _beside_failed 'what ran beside it ended' "$1" || return 1
	wait_for 1 _told_to_end || kill -KILL -- "-$beside" 2>/dev/null || true
	wait "$beside" || true
}

# app_counters APP: as JSON; - has none.
app_counters() {
	if [ "$1" = - ]; then
		echo '[]'
	else
		lfctl -j app list
	fi
}
