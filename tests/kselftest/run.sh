#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's tests. Builds the modules, the test modules and programs, boots
# a guest for each group (at most two at once), prints KTAP with every check of
# every group and ends with totals. Logs stay in build/kselftest/KERNEL/.
#
# Usage: run.sh [--kernel 6.1|6.12|all|debug] [GROUP...]
#
# debug is a kernel that checks itself (docs/debug-kernel.md), built first if
# it isn't there: one guest at a time, and what it counts goes to
# build/results/kselftest-debug.json as well.
#
#   host                                      guest (tools/lf-vm)
#   build/kselftest/programs ── 9p, /lf ──▶  guest/lib.sh   what groups share
#   build/kselftest/KERNEL/*.ko              guest/GROUP.sh KTAP on stdout
#
# LF_EXPECT_ALL_FEATURES=1 makes a skip a failure.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
TREE=$PWD
OUT=$TREE/build/kselftest
HERE=$TREE/tests/kselftest

# In order of duration, so that the long ones begin first.
GROUPS_ALL=(lifecycle traffic storm lb together user thirdparty netlink batches basic objective sched guard rates vectors)
# Rates and times are judged in virtual time, which no other work on the host
# can disturb; the others want two CPUs.
VIRTUAL=(guard rates sched lb)
KERNELS=(6.1)
LIMIT=900	# seconds for one group, on a machine that is busy too
MEMORY=768	# MB
GUESTS=2

die() { echo "run.sh: $*" >&2; exit 2; }

if [ "${1-}" = --kernel ]; then
	case ${2-} in
	all) KERNELS=(6.1 6.12) ;;
	6.1 | 6.12) KERNELS=("$2") ;;
	# It takes three to ten times as long, and its checkers' books as much
	# memory. faulty: whether they report; faults: memory that runs out.
	debug)
		KERNELS=(debug) LIMIT=3600 MEMORY=2048 GUESTS=1
		GROUPS_ALL=(faulty faults "${GROUPS_ALL[@]}")
		;;
	*) die "--kernel is 6.1, 6.12, all or debug" ;;
	esac
	shift 2
fi
for group; do
	[[ " ${GROUPS_ALL[*]} " == *" $group "* ]] || die "no group $group: ${GROUPS_ALL[*]}"
done
[ $# -gt 0 ] || set -- "${GROUPS_ALL[@]}"

build_programs() {
	cmake -S "$HERE" -B "$OUT/programs" -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$OUT/programs/bin" >/dev/null &&
		cmake --build "$OUT/programs" -j2 >"$OUT/programs.log" 2>&1 ||
		{ cat "$OUT/programs.log"; return 1; }
}

# The newest stock kernel's of a series.
kernel_build() { tools/lf-vm kernels | awk -v s="$1" '$1 == s { headers = $4 } END { print headers }'; }

# build_modules KERNEL: the product's, then those that use its symbols.
build_modules() {
	local out=$OUT/$1 product=$TREE/build/modules/$1 kdir module
	kdir=$(kernel_build "$1")
	[ -d "$kdir" ] || die "no kernel headers of $1: make deps"
	mkdir -p "$out" "$product"
	make -s KERNELS="$1" modules >"$out/build.log" 2>&1 &&
		cp -ru "$HERE/modules/." "$out" &&
		make -s -C "$kdir" M="$out" LF_INCLUDE="$TREE/kmod/include" \
			LF_UAPI="$TREE/kmod/uapi" \
			KBUILD_EXTRA_SYMBOLS="$product/Module.symvers" \
			modules >>"$out/build.log" 2>&1 ||
		{ cat "$out/build.log"; return 1; }
	mkdir -p "$out/ko"
	# Without their debugging information, which is slow to read over 9p.
	for module in "$out"/*.ko "$product"/*.ko; do
		strip --strip-debug -o "$out/ko/${module##*/}" "$module" || return
	done
}

# The generated snapshots of tests/codegen and what they must answer.
make_vectors() {
	local program=$TREE/build/user/bin/lf-codegen-vectors
	rm -rf "$OUT/vectors"
	mkdir -p "$OUT/vectors"
	[ ! -x "$program" ] || "$program" "$OUT/vectors" 10000
}

# build_vectors KERNEL
build_vectors() {
	local out=$OUT/$1/vectors source
	mkdir -p "$out"
	rm -f "$out"/*.c "$out"/*.ko
	for source in "$OUT"/vectors/*/*.c; do
		[ ! -f "$source" ] || cp -p "$source" "$out"
	done
	[ -n "$(ls "$out"/*.c 2>/dev/null)" ] || return 0
	{
		echo 'ccflags-y := -I$(LF_INCLUDE)'
		for source in "$out"/lf_*.c; do
			source=${source##*/}
			[[ $source == *.mod.c ]] || echo "obj-m += ${source%.c}.o"
		done
	} >"$out/Kbuild"
	make -s -j2 -C "$(kernel_build "$1")" M="$out" \
		LF_INCLUDE="$TREE/kmod/include" \
		KBUILD_EXTRA_SYMBOLS="$TREE/build/modules/$1/Module.symvers" \
		modules >"$out/build.log" 2>&1 || { cat "$out/build.log"; return 1; }
	strip --strip-debug "$out"/*.ko
}

# build_third_party KERNEL: as its author would.
build_third_party() {
	local out=$OUT/$1/third-party module
	rm -rf "$out"
	mkdir -p "$out"
	[ -x "$TREE/build/user/bin/lf-codegen" ] && /usr/bin/python3 -c 'import torch' 2>/dev/null ||
		return 0
	"$TREE/tests/third-party/build.sh" "$TREE" "$(kernel_build "$1")" \
		"$TREE/build/modules/$1/Module.symvers" "$out" >"$out.log" 2>&1 ||
		{ cat "$out.log"; return 1; }
	for module in "$out"/*.ko; do
		strip --strip-debug -o "$OUT/$1/ko/${module##*/}" "$module" || return
	done
}

# run_group KERNEL GROUP: the guest's output to GROUP.log, its end to GROUP.end.
run_group() {
	local log=$OUT/$1/$2.log start=$SECONDS status=0 lane=()
	if [[ " ${VIRTUAL[*]} " == *" $2 "* ]]; then
		lane=(--virtual --file "$OUT/programs/bin" --file "$OUT/$1/ko")
	fi
	tools/lf-vm run --kernel "$1" --timeout "$LIMIT" --mem "$MEMORY" "${lane[@]}" \
		--console "$OUT/$1/$2.console" \
		--env LF_EXPECT_ALL_FEATURES="${LF_EXPECT_ALL_FEATURES-0}" \
		--file "$HERE/guest/lib.sh" --file "$HERE/guest/fabric.sh" \
		--file "$TREE/build/user/bin/lfctl:/usr/bin/lfctl" \
		"$HERE/guest/$2.sh" >"$log" 2>&1 || status=$?
	echo "$status $((SECONDS - start))" >"$OUT/$1/$2.end"
}

number=0 passed=0 failed=0 skipped=0

# check LINE: one result, renumbered.
check() {
	number=$((number + 1))
	case $1 in
	'not ok '*) failed=$((failed + 1)) ;;
	*'# SKIP'*) skipped=$((skipped + 1)) ;;
	*) passed=$((passed + 1)) ;;
	esac
	echo "${1%%ok *}ok $number - ${1#*ok }"
}

# print_faulty KERNEL: whether the kernel found every mistake of lf_test_faulty.
print_faulty() {
	local name pattern
	while IFS=: read -r name pattern; do
		if grep -aqE "$pattern" "$OUT/$1/faulty.console"; then
			check "ok $1 faulty: reports $name"
		else
			check "not ok $1 faulty: reports $name"
		fi
	done <<-MISTAKES
		a use after free:KASAN: [a-z-]*use-after-free
		a leak:unreferenced object
		a pointer read outside of an RCU section:suspicious RCU usage
		sleeping under a spinlock:sleeping function called from invalid context
		locks taken in either order:possible circular locking dependency
		that lockdep gave up thereafter:lockdep has turned itself off
	MISTAKES
	if [[ $(cat "$OUT/$1/faulty.end") == '3 '* ]]; then
		check "ok $1 faulty: such a run fails"
	else
		check "not ok $1 faulty: such a run fails"
	fi
}

# print_group KERNEL GROUP: its checks, and one about how it ended.
print_group() {
	local line status=none took=0 what="$1 $2" ended=1 p=$passed f=$failed s=$skipped
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			line=${line/ok +([0-9]) /ok }
			check "${line/ok /ok $what: }"
			;;
		'# Totals'*) ended=0 ;;
		'KTAP version'* | [0-9]*..[0-9]*) ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$OUT/$1/$2.log"
	read -r status took <"$OUT/$1/$2.end"
	echo "# $what: $took s"
	if [ $ended = 0 ] && [[ $status == [014] ]]; then
		check "ok $what: ran to its end and the kernel has no complaint"
	else
		check "not ok $what: ran to its end and the kernel has no complaint"
		echo "# lf-vm: $status"
	fi
	echo "$((passed - p)) $((failed - f)) $((skipped - s)) $(reports "$OUT/$1/$2.console") $took" >"$OUT/$1/$2.counts"
}

# reports CONSOLE: how many a guest's kernel made since its script started.
reports() {
	awk '/lf-vm: script starts/ { on = 1 } on' "$1" |
		grep -acE 'BUG:|WARNING:|UBSAN:|ODEBUG:|unreferenced object|rcu: INFO|blocked for more than|leaked reference'
}

# write_results KERNEL FILE: of all groups that ever ran; what differs from run to
# run stands in meta.
write_results() {
	local group p f s reports took of='' seconds=''
	for group in "${GROUPS_ALL[@]}"; do
		read -r p f s reports took 2>/dev/null <"$OUT/$1/$group.counts" || continue
		of+="${of:+,}"$'\n'"\"$group\": {\"passed\": $p, \"failed\": $f, \"skipped\": $s, \"reports\": $reports}"
		seconds+="${seconds:+, }\"$group\": $took"
	done
	printf '{\n"kernel": "%s",\n"groups": {%s\n},\n"meta": {"seconds": {%s}}\n}\n' \
		"$(tools/lf-vm kernels | awk -v s="$1" '$1 == s { print $2 }')" "$of" "$seconds" >"$2"
}

shopt -s extglob
mkdir -p "$OUT"
# Two runs would overwrite each other's logs.
exec 8>"$OUT/lock"
flock -n 8 || { echo "# waiting for another run"; flock 8; }
build_programs || die "programs"
[ "${KERNELS[0]}" != debug ] || tools/vm/debug-kernel.sh || exit 2
for kernel in "${KERNELS[@]}"; do
	build_modules "$kernel" || die "modules of $kernel"
done
if [[ " $* " == *' vectors '* ]]; then
	make_vectors || die "vectors"
	for kernel in "${KERNELS[@]}"; do
		build_vectors "$kernel" || die "vectors of $kernel"
	done
fi
if [[ " $* " == *' thirdparty '* ]]; then
	for kernel in "${KERNELS[@]}"; do
		build_third_party "$kernel" || die "third party of $kernel"
	done
fi

echo 'KTAP version 1'
jobs=()
for kernel in "${KERNELS[@]}"; do
	for group; do
		rm -f "$OUT/$kernel/$group".{log,end,counts}
		jobs+=("$kernel $group")
	done
done
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
next=0
for job in "${jobs[@]}"; do
	# $GUESTS run; their results are printed in order.
	while [ "$next" -lt ${#jobs[@]} ] && [ "$(jobs -rp | wc -l)" -lt $GUESTS ]; do
		# shellcheck disable=SC2086
		run_group ${jobs[next]} &
		next=$((next + 1))
	done
	until [ -e "$OUT/${job% *}/${job#* }.end" ]; do
		wait -n
		while [ "$next" -lt ${#jobs[@]} ] && [ "$(jobs -rp | wc -l)" -lt $GUESTS ]; do
			# shellcheck disable=SC2086
			run_group ${jobs[next]} &
			next=$((next + 1))
		done
	done
	# shellcheck disable=SC2086
	case $job in
	*' faulty') print_faulty ${job% *} ;;
	*) print_group $job ;;
	esac
done
trap - EXIT
if [ "${KERNELS[0]}" = debug ]; then
	mkdir -p build/results
	write_results debug build/results/kselftest-debug.json
fi
echo "1..$number"
echo "# Totals: pass:$passed fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
[ "$failed" = 0 ]
