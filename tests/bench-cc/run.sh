#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The comparison of congestion controls, in virtual time but for the last two:
# build/results/cc-*.json with a picture each, and docs/bench-cc.md from them. What
# is run stands in the files cases, schemes and snapshots. A guest measures one
# case under one group of schemes; what it measured is kept in build/bench-cc/raw,
# and is not run again while everything that it depends on stays the same.
# FULL=1: the wide grid.
#
# Usage: tests/bench-cc/run.sh [--force] [--only REGEX] [PART...]
#        parts: matrix fairness dynamics case1 case2 case2-real tuning
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

KERNEL=${KERNEL:-6.1}
FULL=${FULL:-0}
JOBS=${JOBS:-$(nproc)}	# guests at once; lf-vm lets no more than LF_VM_SLOTS run
MEMORY_MB=1024
LIMIT_S=7200	# of a guest; a hundred times what one takes
HERE=tests/bench-cc
BIN=${BIN:-build/user/bin}
MODULES=${MODULES:-build/modules/$KERNEL}
WORK=build/bench-cc
RESULTS=build/results
PYTHON=(/usr/bin/python3 -B)

say() { echo "bench-cc: $*"; }
die() { echo "bench-cc: $*" >&2; exit 1; }

usage() { sed -n '/^# Usage: /,/^[^#]/s/^# //p' $HERE/run.sh; }

bad_usage() {
	[ -z "${1-}" ] || echo "bench-cc: $1" >&2
	usage >&2
	exit 2
}

FORCE=0 ONLY='' PARTS=()
while [ $# -gt 0 ]; do
	case $1 in
	--force) FORCE=1 ;;
	--only)
		[ $# -ge 2 ] || bad_usage '--only needs a regular expression'
		ONLY=$2
		shift
		;;
	--help | -h) usage; exit 0 ;;
	matrix | fairness | dynamics | case1 | case2 | case2-real | tuning) PARTS+=("$1") ;;
	-*) bad_usage "unknown option $1" ;;
	*) bad_usage "$1 is no part" ;;
	esac
	shift
done
[[ $FULL =~ ^[01]$ ]] || bad_usage "FULL=$FULL: 0 or 1"
[[ $JOBS =~ ^[1-9][0-9]?$ ]] || bad_usage "JOBS=$JOBS: 1 to 99"

# What counts in a module: neither debug data nor the identity that covers it.
bare() { objcopy -g -R .note.gnu.build-id "$1" "$2"; }

check_built() {
	local file
	for file in "$BIN"/{lfctl,lf-answer,lf-bench-queue,lf-bench-udp,lf-bench-snapshot}; do
		[ -x "$file" ] || die "no $file: make user"
	done
	for file in "$MODULES"/{,tcp_}liteflow.ko; do
		[ -e "$file" ] || die "no $file: make modules KERNELS=$KERNEL"
	done
	read -r RELEASE HEADERS < <(tools/lf-vm kernels | awk -v s="$KERNEL" '$1 == s { r = $2 " " $4 } END { print r }') || true
	[ -n "${RELEASE-}" ] || die "no kernel $KERNEL: make deps"
	[ -d "${HEADERS-}" ] || die "no headers of $RELEASE: make deps"
	command -v gnuplot >/dev/null || die 'no gnuplot: make deps'
}

build_snapshot() {
	local name=$1 dir=$PWD/$WORK/snapshots/$1
	rm -rf "$dir"
	"$BIN"/lf-bench-snapshot "models/$2" "models/$3" "$4" "$5" "$dir" >"$WORK/name" ||
		die "snapshot $name was not emitted: see the file snapshots"
	make -s -C "$HEADERS" "M=$dir" "LF_INCLUDE=$PWD/kmod/include" \
		"KBUILD_EXTRA_SYMBOLS=$PWD/$MODULES/Module.symvers" modules >"$dir/make.log" 2>&1 ||
		{ cat "$dir/make.log" >&2; die "the snapshot in $dir was not built"; }
	bare "$dir/$(<"$WORK/name").ko" "$WORK/modules/$(<"$WORK/name").ko"
	# The same for a process.
	gcc -O2 -shared -fPIC -s -I kmod/include -I kmod/uapi -o "$WORK/modules/$name.so" "$dir/$(<"$WORK/name").c" ||
		die "the shared object of $name was not built"
	mv "$WORK/name" "$dir/name"
}

build_modules() {
	local line file
	rm -rf "$WORK/modules"
	mkdir -p "$WORK/modules"
	for file in "$MODULES"/{,tcp_}liteflow.ko; do bare "$file" "$WORK/modules/${file##*/}"; done
	mkdir -p "$WORK/module"
	cp -u $HERE/module/* "$WORK/module/"
	make -s -C "$HEADERS" "M=$PWD/$WORK/module" modules >"$WORK/module.log" 2>&1 ||
		{ cat "$WORK/module.log" >&2; die "the benchmark's module was not built"; }
	bare "$WORK/module/lf_bench_softirq.ko" "$WORK/modules/lf_bench_softirq.ko"
	while read -r line; do
		# shellcheck disable=SC2086 # the line's columns
		build_snapshot $line
	done < <("${PYTHON[@]}" $HERE/tables.py snapshots)
}

# The files of a job's guest, as FILES; from its .env.
find_files() {
	local snapshot program
	FILES=("$BIN/lf-bench-queue:/usr/bin/lf-bench-queue")
	[[ $STEPS != *udp=* ]] || FILES+=("$BIN/lf-bench-udp:/usr/bin/lf-bench-udp")
	[ "$COST" = 0 ] || FILES+=("$WORK/modules/lf_bench_softirq.ko")
	for program in $PROGRAMS; do
		[ ! -e "$BIN/$program" ] || FILES+=("$BIN/$program:/usr/bin/$program")
	done
	[ "$NEEDS_MODULES" = 1 ] || return 0
	FILES+=("$BIN/lfctl:/usr/bin/lfctl" "$WORK/modules/liteflow.ko" "$WORK/modules/tcp_liteflow.ko")
	for snapshot in $SNAPSHOTS; do FILES+=("$WORK/modules/$(<"$WORK/snapshots/$snapshot/name").ko"); done
	for snapshot in $OBJECTS; do FILES+=("$WORK/modules/$snapshot.so"); done
}

# What a job's figures depend on. lfctl only reads counters, before and after.
key_of() {
	local file
	{
		echo "$RELEASE $MEMORY_MB"
		cat "$WORK/jobs/$1.env" $HERE/guest.sh $HERE/{queue,udp}.c tools/vm/guest-lib.sh tools/vm/init
		for file in "${FILES[@]%%:*}"; do
			case $file in
			*/lfctl | */lf-bench-queue | */lf-bench-udp) ;;
			*) sha256sum <"$file" ;;
			esac
		done
	} | sha256sum | cut -c 1-32
}

# run_job JOB KEY: in the background
run_job() {
	local job=$1 key=$2 new=$WORK/raw/.new-$1 file arguments=() name start=$SECONDS guest=''
	trap '[ -z "$guest" ] || { kill "$guest"; wait "$guest"; }; exit 143' TERM
	# shellcheck source=/dev/null
	. "$WORK/jobs/$job.env"
	find_files
	for file in "${FILES[@]}"; do arguments+=(--file "$file"); done
	for name in RATE RTT LIMIT_BYTES LOSS GSO ECN SECONDS_EACH FLOWS STEPS COST REPEATS SCHEMES; do
		arguments+=(--env "$name=${!name}")
	done
	if [ "$REAL_CPUS" = 0 ]; then arguments+=(--virtual); else arguments+=(--cpus "$REAL_CPUS"); fi
	rm -rf "$new"
	tools/lf-vm run --kernel "$KERNEL" --timeout $LIMIT_S --mem $MEMORY_MB "${arguments[@]}" \
		--results "$new" $HERE/guest.sh >"$WORK/logs/$job" 2>&1 9>&- &
	guest=$!
	wait $guest || return 1
	[ -d "$new" ] || return 1
	echo $((SECONDS - start)) >"$new/wall_s"
	times >"$new/times"
	cut -d ' ' -f 1 /proc/loadavg >"$new/load"
	echo "$key" >"$new/key"
	rm -rf "${WORK:?}/raw/$job"
	mv "$new" "$WORK/raw/$job"
}

# The slots of lf-vm are the machine's: what waits there is not yet running.
declare -A running=()

stop_all() {
	local pid
	for pid in "${!running[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait
}

# wait_one: until a job ends
wait_one() {
	local pid status=0 job left
	wait -n -p pid "${!running[@]}" || status=$?
	job=${running[$pid]}
	unset "running[$pid]"
	done_weight=$((done_weight + weights[$job])) ended=$((ended + 1))
	if [ "$status" = 0 ]; then
		left=$(((total_weight - done_weight) * (SECONDS - began) / done_weight))
		say "$ended/${#todo[@]} $job: $(<"$WORK/raw/$job/wall_s") s; about $(((left + 59) / 60)) min left"
	else
		failed+=("$job")
		say "$ended/${#todo[@]} $job failed: see $WORK/logs/$job" >&2
	fi
}

check_built
exec 9<$HERE
flock -n 9 || die 'another one is running in this tree: wait for its end'
mkdir -p "$WORK"/{raw,logs} $RESULTS
build_modules

grid=() choice=()
[ "$FULL" = 0 ] || grid+=(--full)
[ -z "$ONLY" ] || choice+=(--only "$ONLY")
choice+=("${PARTS[@]}")
"${PYTHON[@]}" $HERE/tables.py jobs "$WORK" "${grid[@]}" "${choice[@]}" >"$WORK/list"

# Of all jobs: report.py shows nothing that was measured of something else.
declare -A keys=()
while read -r job _; do
	# shellcheck source=/dev/null
	. "$WORK/jobs/$job.env"
	find_files
	keys[$job]=$(key_of "$job")
	echo "${keys[$job]}" >"$WORK/jobs/$job.key"
done < <("${PYTHON[@]}" $HERE/tables.py jobs "$WORK" "${grid[@]}")

declare -A weights=()
todo=() failed=() total_weight=0 done_weight=0 ended=0
while read -r job weight; do
	if [ "$FORCE" = 0 ] && [ "$(cat "$WORK/raw/$job/key" 2>/dev/null)" = "${keys[$job]}" ]; then
		continue
	fi
	todo+=("$job") weights[$job]=$weight total_weight=$((total_weight + weight))
done <"$WORK/list"
say "$(wc -l <"$WORK/list") guests, of which ${#todo[@]} are to be run: about $((total_weight / JOBS / 60 + 1)) min on $JOBS idle cores"

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
began=$SECONDS
for job in "${todo[@]}"; do
	# In real time nothing else may run; these come last.
	most=$JOBS
	! grep -qx 'REAL_CPUS=[1-9]*' "$WORK/jobs/$job.env" || most=1
	while [ ${#running[@]} -ge "$most" ]; do wait_one; done
	run_job "$job" "${keys[$job]}" &
	running[$!]=$job
done
while [ ${#running[@]} -gt 0 ]; do wait_one; done
trap - EXIT

"${PYTHON[@]}" $HERE/report.py "$WORK" $RESULTS docs/bench-cc.md "${grid[@]}" "${choice[@]}"
[ ${#failed[@]} = 0 ] || die "${#failed[@]} failed: ${failed[*]}; their logs are in $WORK/logs. The rest is kept: run it again"
