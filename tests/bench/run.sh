#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The benchmarks: results in build/results/bench-*.json, docs/bench.md and its
# picture from them. A part whose result is newer than what it measures is not
# run again, so that an interrupted run goes on where it was.
#
# Usage: tests/bench/run.sh [--force] [PART...]  parts: inference activation cost decision
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

KERNEL=${KERNEL:-6.1}
SWAPS=10000
SECONDS_EACH=2
DECISIONS=1000
MODEL=models/aurora.pt
HERE=tests/bench
BIN=${BIN:-build/user/bin}
WORK=build/bench
RESULTS=build/results
MODULES=build/modules/$KERNEL

# The kernel's own flags for x86-64 that bear on speed, less what only makes
# sense in a kernel (its code model, mitigations that call thunks, -mfentry).
KERNEL_FLAGS=(-O2 -std=gnu11 -fno-strict-aliasing -fno-common -fno-strict-overflow
	-mno-sse -mno-mmx -mno-sse2 -mno-3dnow -mno-avx -mno-80387 -mno-fp-ret-in-387
	-mpreferred-stack-boundary=3 -mskip-rax-setup -mtune=generic -mno-red-zone
	-falign-jumps=1 -falign-loops=1 -fno-jump-tables -fno-asynchronous-unwind-tables
	-fno-delete-null-pointer-checks -fno-allow-store-data-races -fno-stack-check
	-fno-stack-clash-protection -fstack-protector-strong -fconserve-stack
	-ftrivial-auto-var-init=zero -fcf-protection=none)

say() { echo "bench: $*"; }
die() { echo "bench: $*" >&2; exit 1; }

usage() { sed -n 's/^# \(Usage: .*\)/\1/p' "$0"; }

# Debian's OpenBLAS takes this CPU for an old one if it is newer than itself.
choose_blas() {
	[ -z "${OPENBLAS_CORETYPE-}" ] || return 0
	if grep -qw avx512f /proc/cpuinfo; then
		export OPENBLAS_CORETYPE=SkylakeX
	elif grep -qw avx2 /proc/cpuinfo; then
		export OPENBLAS_CORETYPE=Haswell
	fi
}

kernel_release() { tools/lf-vm kernels | awk -v s="$KERNEL" '$1 == s { r = $2 } END { print r }'; }

# wanted PART DEPENDENCY...: whether it must be run
wanted() {
	local part=$1 file=$RESULTS/bench-$1.json dependency
	shift
	if [ ${#PARTS[@]} -ne 0 ] && [[ " ${PARTS[*]} " != *" $part "* ]]; then
		return 1
	fi
	if [ "$FORCE" = 0 ] && [ -e "$file" ]; then
		for dependency; do
			[ ! "$dependency" -nt "$file" ] || return 0
		done
		say "$part: $file is up to date"
		return 1
	fi
}

# build_module DIR: the snapshot emitted there; prints the nanoseconds it took.
build_module() {
	local dir=$PWD/$1 start=${EPOCHREALTIME/./}
	make -s -C "/lib/modules/$RELEASE/build" "M=$dir" "LF_INCLUDE=$PWD/kmod/include" \
		"KBUILD_EXTRA_SYMBOLS=$PWD/$MODULES/Module.symvers" modules >"$dir/make.log" 2>&1 ||
		{ cat "$dir/make.log" >&2; die "the snapshot in $dir was not built"; }
	echo $(((${EPOCHREALTIME/./} - start) * 1000))
}

build_bench_modules() {
	mkdir -p "$WORK/module"
	cp -u $HERE/module/* "$WORK/module/"
	make -s -C "/lib/modules/$RELEASE/build" "M=$PWD/$WORK/module" "LF_TREE=$PWD" \
		"KBUILD_EXTRA_SYMBOLS=$PWD/$MODULES/Module.symvers" modules >"$WORK/module.log" 2>&1 ||
		{ cat "$WORK/module.log" >&2; die "the benchmark's modules were not built"; }
}

# only FILE...: the one file that a pattern stands for
only() {
	if [ $# -ne 1 ] || [ ! -e "$1" ]; then
		die "expected one file: $*"
	fi
	echo "$1"
}

shared_object() {
	gcc "${KERNEL_FLAGS[@]}" -fPIC -shared -nostdlib -Ikmod/include -Ikmod/uapi -o "$1" "$2"
}

# emit_shipped APP: the network that ships for it
emit_shipped() {
	rm -rf "${WORK:?}/$1"
	"$BIN"/lf-codegen emit "models/$1.pt" --inputs "models/$1-calibration.csv" --app "$1" -o "$WORK/$1" >/dev/null
}

# shipped APP: its network alone
shipped() {
	emit_shipped "$1"
	shared_object "$WORK/$1.so" "$(only "$WORK/$1/lf_$1"_????????????????.c)"
	"$BIN"/lf-bench-inference --shipped "$1" "models/$1.pt" "models/$1-calibration.csv" "$WORK/$1.so" \
		"$RESULTS/bench-inference-$1.json"
}

inference() {
	local so=("$WORK/snapshot.so" "$WORK/prototype.so") file
	shared_object "${so[0]}" "$(only "$WORK"/cc/lf_cc_????????????????.c)"
	shared_object "${so[1]}" "$WORK/prototype.c"
	say 'inference: instructions, by callgrind'
	rm -f "$WORK"/callgrind.out*
	# valgrind has no AVX-512.
	OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:+Haswell} valgrind -q --tool=callgrind --instr-atstart=no --callgrind-out-file="$WORK/callgrind.out" \
		"$BIN"/lf-bench-inference $MODEL "${so[@]}" --count >"$WORK/callgrind.log" 2>&1 ||
		{ cat "$WORK/callgrind.log" >&2; die 'callgrind failed'; }
	for file in "$WORK"/callgrind.out*; do
		awk '/^desc: Trigger: Client Request: / { name = $NF }
			/^(summary|totals): / { n = $2 }
			END { if (name && n) print name, n }' "$file"
	done | sort >"$WORK/instructions"
	say 'inference: warm and cold, the other networks'
	shipped sched
	shipped lb
	say 'inference: warm and cold, side by side'
	"$BIN"/lf-bench-inference $MODEL "${so[@]}" "$WORK/instructions" $RESULTS/bench-inference.json
}

activation() {
	local i module compile=() files=() modules=()
	say 'activation: compile snapshots'
	for i in 0 1 2 3; do
		compile+=("$(build_module "$WORK/swap$i")")
		module=$(only "$WORK/swap$i"/lf_bench_????????????????.ko)
		files+=(--file "$module")
		modules+=("${module##*/}")
	done
	say "activation: $SWAPS swaps in a guest"
	rm -rf "$WORK/swap"
	tools/lf-vm run --kernel "$KERNEL" --timeout 600 "${files[@]}" --file "$MODULES/liteflow.ko" \
		--file "$WORK/module/lf_bench_swap.ko" --file "$WORK/swap1.params:/root/a.params" \
		--file "$WORK/swap2.params:/root/b.params" --file "$BIN"/lf-bench-swap:/usr/bin/lf-bench-swap \
		--env "SWAPS=$SWAPS" --env "FIRST=${modules[0]}" \
		--env "MODULES=${modules[*]:1}" --results "$WORK/swap" $HERE/guest-swap.sh
	"$BIN"/lf-bench-report activation "$WORK/emit.json" "$WORK/swap/swap.json" "$RELEASE" \
		$RESULTS/bench-activation.json "${compile[@]}"
}

# virtual NAME PROBE: one run of guest-cost.sh
virtual() {
	tools/lf-vm run --kernel "$KERNEL" --virtual --timeout 2000 --file "$MODULES/liteflow.ko" \
		--file "$MODULES/tcp_liteflow.ko" --file "$WORK/module/lf_bench_probe.ko" --file "$SNAPSHOT" \
		--file "$BIN"/lfctl:/usr/bin/lfctl --env "PROBE=$2" --env "SECONDS_EACH=$SECONDS_EACH" \
		--env "SNAPSHOT=$(basename "$SNAPSHOT" .ko)" $HERE/guest-cost.sh >"$WORK/cost.$1"
}

cost() {
	local pids=() pid
	build_module "$WORK/cc" >/dev/null
	SNAPSHOT=$(only "$WORK"/cc/lf_cc_????????????????.ko)
	say 'cost: two virtual runs that must be equal, then one with probes'
	virtual a 0 & pids+=($!)
	virtual b 0 & pids+=($!)
	virtual probe 1 & pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid" || die 'a virtual run failed'
	done
	cmp "$WORK/cost.a" "$WORK/cost.b" || die 'two virtual runs differ'
	"$BIN"/lf-bench-report cost "$WORK/cost.a" "$WORK/cost.probe" "$RELEASE" $SECONDS_EACH \
		$RESULTS/bench-cost.json
}

decision() {
	local app snapshots=()
	for app in sched lb; do
		emit_shipped $app
		build_module "$WORK/$app" >/dev/null
		snapshots+=("$(only "$WORK/$app/lf_$app"_????????????????.ko)")
	done
	gcc -O2 -o "$WORK/lf-talk" tests/kselftest/programs/lf-talk.c
	say 'decision: a virtual run with probes'
	tools/lf-vm run --kernel "$KERNEL" --virtual --timeout 2000 --file "$MODULES/liteflow.ko" \
		--file "$MODULES/lf_sched.ko" --file "$MODULES/lf_lb.ko" --file "$WORK/module/lf_bench_probe.ko" \
		--file "${snapshots[0]}" --file "${snapshots[1]}" --file "$WORK/lf-talk" \
		--file "$BIN"/lfctl:/usr/bin/lfctl --env "FLOWS=$DECISIONS" \
		--env "SCHED=$(basename "${snapshots[0]}" .ko)" --env "LB=$(basename "${snapshots[1]}" .ko)" \
		$HERE/guest-decide.sh >"$WORK/decision"
	"$BIN"/lf-bench-report decision "$WORK/decision" "$RELEASE" $DECISIONS $RESULTS/bench-decision.json
}

FORCE=0 PARTS=()
for argument; do
	case $argument in
	--force) FORCE=1 ;;
	inference | activation | cost | decision) PARTS+=("$argument") ;;
	*) usage >&2; exit 2 ;;
	esac
done

RELEASE=$(kernel_release)
[ -n "$RELEASE" ] || die "no kernel $KERNEL: make deps"
mkdir -p "$WORK" $RESULTS
choose_blas
rm -rf "$WORK"/{cc,swap[0-9]}
"$BIN"/lf-bench-emit $MODEL "$WORK"
build_bench_modules

SOURCES=(kmod/include/liteflow/*.h "$HERE"/*.sh models/{aurora,sched,lb}.pt)
if wanted inference "${SOURCES[@]}" "$BIN"/lf-bench-inference; then inference; fi
if wanted activation "${SOURCES[@]}" "$MODULES/liteflow.ko" $HERE/module/*; then activation; fi
if wanted cost "${SOURCES[@]}" "$MODULES"/*liteflow.ko $HERE/module/*; then cost; fi
if wanted decision "${SOURCES[@]}" "$MODULES"/{liteflow,lf_sched,lf_lb}.ko $HERE/module/*; then decision; fi

for part in inference activation cost decision; do
	[ -e $RESULTS/bench-$part.json ] || { say "no docs/bench.md without part $part"; exit 0; }
done
"$BIN"/lf-bench-report document $RESULTS docs/bench.md "$WORK/picture.data"
gnuplot -c $HERE/picture.gp "$WORK/picture.data" $RESULTS/bench.svg
cp $RESULTS/bench.svg docs/bench.svg
say "$RESULTS/bench-{inference,activation,cost,decision}.json, docs/bench.md"
