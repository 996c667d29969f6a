#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lf-vm itself, from the host: every promise of its --help. KTAP; takes about two minutes.

set -u
here=$(cd "$(dirname "$0")" && pwd)
vm=$(cd "$here/../../tools" && pwd)/lf-vm
# shellcheck source=/dev/null
. "$here/../../tools/vm/guest-lib.sh"

tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$tmp"' EXIT

# guest NAME OPTIONS...: run $tmp/NAME.sh, or the script of that name; keep what it says and its status under NAME.
guest() {
	local name=$1 status=0
	shift
	"$vm" run --timeout 200 "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null || status=$?
	echo $status >"$tmp/$name.status"
}

# script NAME: a guest script, from stdin.
script() {
	{ echo '#!/bin/bash'; cat; } >"$tmp/$1.sh"
}

status_is() {
	[ "$(cat "$tmp/$1.status")" = "$2" ] || { echo "status $(cat "$tmp/$1.status"), not $2"; cat "$tmp/$1.err"; return 1; }
}

says() { grep -q "$2" "$tmp/$1" || { echo "no '$2' in:"; cat "$tmp/$1"; return 1; }; }

fails() { ! "$@" >/dev/null; }

no_qemu() { ! pgrep -f "qemu-system.*$1" >/dev/null; }

# --- the guest scripts ---

script basic <<'EOS'
printf '%s|' "$LF_VM" "$LF_KERNEL" "$LF_VIRTUAL" "$GREETING" "$PWD" "$(id -u)" "$@"; echo
uname -r
modprobe -a veth dummy sch_netem sch_tbf sch_fq sch_htb sch_ets sch_red act_mirred cls_u32 cls_flower cls_matchall ifb \
	tcp_bbr tcp_dctcp tcp_vegas overlay nf_tables 2>&1
ip -br link show lo | awk '{ print $4 }'
cut -d' ' -f2 /proc/mounts | grep -cxE '/(proc|sys|sys/kernel/debug|sys/kernel/tracing|dev|run)'
head -c 300 data/numbers | sha256sum | cut -c 1-8
gnusort --version | head -n 1
mkdir /results/sub && head -c 100000 /dev/zero >/results/sub/zeros && echo result >/results/text
if [ "$LF_VIRTUAL" = 0 ]; then
	[ -x /lf/tools/lf-vm ] && ! touch /lf/x 2>/dev/null && echo shared
	echo listening
	echo hello | timeout 30 nc -l -p 7000
fi
echo 'on stderr' >&2
exit 7
EOS
script hang <<<'echo alive; sleep 1000'
script bug <<<'echo "BUG: fake" >/dev/kmsg'
script taint <<<'echo 64 >/proc/sys/kernel/tainted'
script late <<<'echo booted'
script panic <<<'echo c >/proc/sysrq-trigger; sleep 100'
mkdir "$tmp/data"
seq 1000 >"$tmp/data/numbers"

basic() {
	local name=$1
	shift
	cp "$tmp/basic.sh" "$tmp/$name.sh"
	guest "$name" --file "$tmp/data" --file "$(command -v sort):/usr/bin/gnusort" --env "GREETING=a 'b" \
		--results "$tmp/$name.results" --console "$tmp/$name.console" "$@" "$tmp/$name.sh" 'two words' "\$x"
}

results_of() {
	[ "$(stat -c %s "$tmp/$1.results/sub/zeros")" = 100000 ] && [ "$(cat "$tmp/$1.results/text")" = result ]
}

# check_basic NAME SERIES VIRTUAL
check_basic() {
	local want
	want=$(
		printf '%s|' 1 "$2" "$3" "a 'b" /root 0 'two words' "\$x"; echo
		"$vm" kernels | awk -v s="$2" '$1 == s { r = $2 } END { print r }'
		printf '%s\n' '<LOOPBACK,UP,LOWER_UP>' 6 "$(seq 1000 | head -c 300 | sha256sum | cut -c 1-8)" "$(sort --version | head -n 1)"
		[ "$3" = 1 ] || printf '%s\n' shared listening
		echo 'on stderr'
	)
	ktap_check "$1: exit status passes through" status_is "$1" 7
	ktap_check "$1: output is the script's, all of it and nothing else" diff <(echo "$want") "$tmp/$1.out"
	ktap_check "$1: results come back" results_of "$1"
	ktap_check "$1: console is kept" says "$1.console" 'Linux version'
}

# --- run them; lf-vm itself sees to it that no more than two run at once ---

# The script waits for an answer by its forwarded port, so it runs still when its output is seen.
streamed() { wait_for 100 grep -qs listening "$tmp/$1.out" && [ ! -e "$tmp/$1.status" ]; }

answers() { [ "$(cat </dev/tcp/127.0.0.1/"$1")" = hello ]; }

ktap_header

basic rt61 --forward 17061:7000 &
ktap_check 'output is streamed' streamed rt61
ktap_check 'a forwarded port reaches the guest' wait_for 10 answers 17061
wait

for name in va vb; do
	guest $name --virtual --results "$tmp/$name.results" --console "$tmp/$name.console" --env RATE=10mbit --env SECS=3 \
		"$here/guest-iperf.sh" &
done
wait
guest path --results "$tmp/path.results" --env RATE=100mbit --env SECS=5 "$here/guest-iperf.sh"
basic rt612 --kernel 6.12 --forward 17612:7000 &
basic v612 --kernel 6.12 --virtual &
streamed rt612
wait_for 10 answers 17612
guest hang --timeout 15 "$tmp/hang.sh" &
guest bug "$tmp/bug.sh" &
guest taint "$tmp/taint.sh" &
guest allowed --expect-taint 64 "$tmp/taint.sh" &
guest panic "$tmp/panic.sh" &
wait
# A machine that hangs before its kernel says anything, or whose kernel stumbles, but not the next time.
mkdir "$tmp/qemu"
cat >"$tmp/qemu/qemu-system-x86_64" <<EOS
#!/bin/bash
[[ "\$*" == *-virtfs* ]] && rm "$tmp/hangs" 2>/dev/null && exec sleep 1000
if [[ "\$*" == *-virtfs* ]] && rm "$tmp/stumbles" 2>/dev/null; then
	echo '[    3.084886] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI' >"\$(grep -o -m 1 'file:[^ ]*' <<<"\$*" | head -n 1 | cut -d : -f 2)"
	exit 0
fi
exec $(command -v qemu-system-x86_64) "\$@"
EOS
chmod +x "$tmp/qemu/qemu-system-x86_64"
PATH=$tmp/qemu:$PATH guest untouched "$tmp/late.sh"
: >"$tmp/hangs"
PATH=$tmp/qemu:$PATH LF_VM_BOOT_S=20 guest late "$tmp/late.sh"
: >"$tmp/stumbles"
PATH=$tmp/qemu:$PATH guest again "$tmp/late.sh"

check_basic rt61 6.1 0
check_basic rt612 6.12 0
check_basic v612 6.12 1

ktap_check 'time limit: 124' status_is hang 124
ktap_check 'time limit: what came before it is seen' says hang.out alive
ktap_check 'time limit: the console is shown' says hang.err 'script starts'
ktap_check 'a boot that hangs: once more' says late.err 'hung while it booted'
ktap_check 'a boot that hangs: 0' status_is late 0
ktap_check 'a boot that hangs: its script ran' says late.out booted
ktap_check 'a boot that stumbles: once more' says again.err 'stumbled while it booted'
ktap_check 'a boot that stumbles: 0' status_is again 0
ktap_check 'another boot: nothing is said of it' fails says untouched.err 'while it booted'
ktap_check 'a kernel BUG: 3' status_is bug 3
ktap_check 'a kernel BUG: shown' says bug.err 'BUG: fake'
ktap_check 'a taint: 3' status_is taint 3
ktap_check 'a taint: shown' says taint.err '64 is not allowed'
ktap_check 'an allowed taint: 0' status_is allowed 0
ktap_check 'a panic: 3' status_is panic 3
ktap_check 'a panic: shown' says panic.err 'Kernel panic'

goodput() { awk '/"sum_received"/ { on = 1 } on && /bits_per_second/ { print int($2 / 1e4) / 100; exit }' "$1"; }
between() { awk -v x="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(x >= lo && x <= hi) }' || { echo "$1 not in $2..$3"; return 1; }; }
ktap_check 'virtual: status' status_is va 0
ktap_check 'virtual: cubic fills 10 Mbit/s' between "$(goodput "$tmp/va.results/iperf.json")" 8 10
ktap_check 'virtual: two runs say the same, to the nanosecond' cmp "$tmp/va.out" "$tmp/vb.out"
ktap_check 'virtual: two runs result in the same' diff -r "$tmp/va.results" "$tmp/vb.results"
ktap_check "virtual: two runs' consoles are the same" cmp "$tmp/va.console" "$tmp/vb.console"
ktap_check 'real time: status' status_is path 0
ktap_check 'real time: cubic fills 100 Mbit/s' between "$(goodput "$tmp/path.results/iperf.json")" 80 100

# --- the end of lf-vm is the end of its guest ---

for signal in TERM KILL; do
	"$vm" run --console "$tmp/$signal.console" "$tmp/hang.sh" >"$tmp/$signal.out" &
	pid=$!
	wait_for 60 grep -q alive "$tmp/$signal.out"
	kill -$signal $pid
	wait $pid 2>/dev/null
	ktap_check "SIG$signal leaves no guest" wait_for 5 no_qemu "$tmp/$signal.console"
done

# Nor does it wait for what watches over the boot, which has an hour here.
stopped_at_boot() {
	local pid
	: >"$tmp/hangs"
	PATH=$tmp/qemu:$PATH LF_VM_BOOT_S=3600 "$vm" run "$tmp/late.sh" &
	pid=$!
	wait_for 60 test ! -e "$tmp/hangs"
	kill $pid
	wait_for 30 eval "! kill -0 $pid 2>/dev/null" || { kill -KILL $pid; echo 'it waits'; return 1; }
}
ktap_check 'stopped while its guest boots: ends' stopped_at_boot

# --- refusals, and the library's exit status ---

refused() {
	local status=0
	"$vm" run "$@" || status=$?
	[ $status = 2 ]
}
# A signal while it waits for a slot once removed the directory of the locks, which is /tmp where there is no /run/lock.
# shellcheck disable=SC2016
killed_while_waiting() {
	unshare -m bash -c 'set -e
		locks=/run/lock
		[ -d $locks ] || locks=/tmp
		cp "$2" /dev/shm/lf-vm-waits.sh
		mount -t tmpfs none $locks
		touch $locks/keep
		LF_VM_SLOTS=0 timeout 20 "$1" run /dev/shm/lf-vm-waits.sh || [ $? = 124 ]
		rm /dev/shm/lf-vm-waits.sh
		test -e $locks/keep' - "$vm" "$tmp/bug.sh"
}
ktap_check 'killed while it waits for a slot: removes only what is its own' killed_while_waiting

# find fails when what it looks at goes meanwhile, such as another run's directory; that once ended the run.
beside_ending_runs() {
	mkdir "$tmp/bin"
	cat >"$tmp/bin/find" <<-FIND
		#!/bin/bash
		/usr/bin/find "\$@"
		[[ "\$*" != *-m[mt]i[nm]* ]]
	FIND
	chmod +x "$tmp/bin/find"
	PATH=$tmp/bin:$PATH refused --virtual --forward 1:1 "$tmp/bug.sh"
}
ktap_check 'other runs may end while one begins' beside_ending_runs

ktap_check 'refuses an unknown option' refused --bogus 1 "$tmp/bug.sh"
ktap_check 'refuses a kernel that is not there' refused --kernel 5.99 "$tmp/bug.sh"
ktap_check 'refuses ports in virtual time' refused --virtual --forward 1:1 "$tmp/bug.sh"
ktap_check 'refuses a missing script' refused "$tmp/none.sh"

# finishes STATUS COMMANDS: what ktap_finish returns after them, in a shell of its own
finishes() {
	local status=0
	LF_EXPECT_ALL_FEATURES=${3-0} bash -euc ". '$here/../../tools/vm/guest-lib.sh'; ktap_header; $2; ktap_finish" || status=$?
	[ $status = "$1" ]
}
ktap_check 'library: passed' finishes 0 'ktap_plan 2; ktap_ok a; ktap_skip b why'
ktap_check 'library: failed' finishes 1 'ktap_ok a; ktap_check b false'
ktap_check 'library: all skipped' finishes 4 'ktap_check a exit 4; ktap_skip b why'
ktap_check 'library: a skip fails where every feature must be' finishes 1 'ktap_ok a; ktap_skip b why' 1
ktap_check 'library: a short run fails' finishes 1 'ktap_plan 2; ktap_ok a'

ktap_finish
