#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own style checks and a few of ours, on the host. KTAP.
#
# checkpatch.pl comes with linux-source-6.1. It is strict, with these exceptions:
#   compat.h           LINUX_VERSION_CODE and its comparisons: what it is there for
#   trace.h            alignment and "(" at the end of a line: as the kernel's own
#                      tracepoint headers have it
#   generated C        nothing
#
# Usage: style.sh        LF_EXPECT_ALL_FEATURES=1 makes a skip a failure
set -u
cd "$(dirname "$0")/../.." || exit 2
TREE=$PWD
CACHE=$TREE/build/cache
OUT=$TREE/build/style
# shellcheck source=tools/vm/guest-lib.sh
. tools/vm/guest-lib.sh

SOURCE=/usr/src/linux-source-6.1.tar.xz

# Files of ours, committed or about to be.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }

get_checkpatch() {
	[ ! -x "$CACHE/checkpatch.pl" ] || return 0
	[ -e $SOURCE ] || return 4
	mkdir -p "$CACHE"
	tar -xJf $SOURCE -C "$CACHE" --strip-components=2 linux-source-6.1/scripts/checkpatch.pl \
		linux-source-6.1/scripts/spelling.txt linux-source-6.1/scripts/const_structs.checkpatch
}

# Debian keeps codespell's words elsewhere than checkpatch looks.
WORDS=/usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt

checkpatch() {
	local ignore=() spell=()
	[ ! -e "$WORDS" ] || spell=(--codespell --codespellfile "$WORDS")
	case $1 in
	*/compat.h) ignore=(--ignore "LINUX_VERSION_CODE,CONSTANT_COMPARISON") ;;
	*/trace.h) ignore=(--ignore "PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE") ;;
	esac
	# Its verdict is in what it says: nothing, if there is nothing to say.
	local out
	out=$("$CACHE/checkpatch.pl" --no-tree --strict --terse --no-summary "${spell[@]}" "${ignore[@]}" --file "$1" 2>&1 |
		grep -v 'No structs that should be const')
	[ -z "$out" ] || { echo "$out"; return 1; }
}

CHECKED=('kmod/*.[ch]' 'tests/kselftest/modules/*.[ch]' 'tests/bench*/module/*.[ch]' 'tests/third-party/module/*.[ch]')

complaints_of() { echo "$OUT/checkpatch/${1//\//@}"; }

# All files, on all CPUs: one after the other they take minutes.
checkpatch_all() {
	rm -rf "$OUT/checkpatch"
	mkdir -p "$OUT/checkpatch"
	export CACHE OUT WORDS
	export -f checkpatch complaints_of
	files "${CHECKED[@]}" |
		xargs -P "$(nproc)" -I '{}' bash -c 'checkpatch "$1" >"$(complaints_of "$1")"' - '{}'
}

without_complaints() {
	local complaints
	complaints=$(<"$(complaints_of "$1")") || return
	[ -z "$complaints" ] || { echo "$complaints"; return 1; }
}

check_files() {
	local file status=0
	for file; do checkpatch "$file" || status=1; done
	return "$status"
}

# Snapshots as lf-codegen emits them.
generated() {
	local program=$TREE/build/user/bin/lf-codegen-vectors
	[ -x "$program" ] || { echo "no lf-codegen-vectors: make user"; return 4; }
	rm -rf "$OUT/generated"
	mkdir -p "$OUT/generated"
	"$program" "$OUT/generated" 8 && check_files "$OUT"/generated/*/*.c
}

kernel_build() { tools/lf-vm kernels | awk -v s="$1" '$1 == s { headers = $4 } END { print headers }'; }

# built KERNEL: sparse and all warnings; what is printed besides is a complaint.
built() {
	local out=$OUT/$1 kdir complaints
	kdir=$(kernel_build "$1")
	[ -d "$kdir" ] || { echo "no kernel headers of $1"; return 4; }
	command -v sparse >/dev/null || { echo 'no sparse'; return 4; }
	rm -rf "$out"
	mkdir -p "$out"/{product,tests,bench,bench-cc,third-party}
	cp -r Kbuild kmod "$out/product"
	cp -r tests/kselftest/modules/. "$out/tests"
	cp -r tests/bench/module/. "$out/bench"
	cp -r tests/bench-cc/module/. "$out/bench-cc"
	cp -r tests/third-party/module/. "$out/third-party"
	{
		make -s -j2 -C "$kdir" M="$out/product" W=1 C=2 CF=-D__CHECK_ENDIAN__ modules &&
			make -s -j2 -C "$kdir" M="$out/tests" W=1 C=2 LF_INCLUDE="$TREE/kmod/include" LF_UAPI="$TREE/kmod/uapi" \
				KBUILD_EXTRA_SYMBOLS="$out/product/Module.symvers" modules &&
			make -s -j2 -C "$kdir" M="$out/bench" W=1 C=2 LF_TREE="$TREE" \
				KBUILD_EXTRA_SYMBOLS="$out/product/Module.symvers" modules &&
			make -s -C "$kdir" M="$out/third-party" W=1 C=2 LF_TREE="$TREE" \
				KBUILD_EXTRA_SYMBOLS="$out/product/Module.symvers" modules &&
			make -s -C "$kdir" M="$out/bench-cc" W=1 C=2 modules
	} >"$out/log" 2>&1 || { cat "$out/log"; return 1; }
	complaints=$(grep -vE 'Skipping BTF|^$' "$out/log")
	[ -z "$complaints" ] || { echo "$complaints"; return 1; }
}

# What is generated from each netlink.yaml is what is committed.
regenerated() {
	local file status=0
	rm -rf "$OUT/netlink"
	mkdir -p "$OUT/netlink"
	kmod/netlink-gen.py "$OUT/netlink" || return
	while read -r file; do
		diff -u "${file#"$OUT/netlink/"}" "$file" || status=1
	done < <(find "$OUT/netlink" -type f)
	[ "$(find "$OUT/netlink" -type f | wc -l)" -ge 8 ] && return "$status"
}

spelled() {
	command -v codespell >/dev/null || { echo 'no codespell'; return 4; }
	files kmod docs tests tools codegen daemon '*.md' Makefile |
		grep -vE '\.(csv|pt|png|bin|json)$' | xargs -r codespell -L iif
}

shell_scripts() {
	files | while read -r file; do
		[[ $file == *.sh ]] || head -n 1 "$file" 2>/dev/null | grep -aqE '^#!.*\b(ba)?sh\b' && echo "$file"
	done
}

shellchecked() {
	command -v shellcheck >/dev/null || { echo 'no shellcheck'; return 4; }
	shell_scripts | xargs -r shellcheck -x
}

# A frame larger than this is a suspect (the kernel's own rule).
frames() {
	local ko out
	for ko in "$OUT"/6.1/product/*.ko; do
		out=$(objdump -d "$ko" | awk '
			/^[0-9a-f]+ <.*>:$/ { name = $2 }
			/sub +\$0x[0-9a-f]+,%rsp/ {
				size = $0; sub(/.*\$/, "", size); sub(/,.*/, "", size)
				print size, name
			}')
		while read -r size name; do
			[ -n "$size" ] || continue
			[ $((size)) -le 1024 ] || { echo "${ko##*/} $name $((size)) bytes"; return 1; }
		done <<<"$out"
	done
}

ktap_header
mkdir -p "$OUT"
status=0
get_checkpatch || status=$?
[ $status != 0 ] || checkpatch_all
while read -r file; do
	if [ $status = 0 ]; then
		ktap_check "checkpatch: $file" without_complaints "$file"
	else
		ktap_skip "checkpatch: $file" "no $SOURCE: install linux-source-6.1"
	fi
done < <(files "${CHECKED[@]}")
if [ $status = 0 ]; then
	ktap_check 'checkpatch: generated snapshots' generated
else
	ktap_skip 'checkpatch: generated snapshots' "no $SOURCE: install linux-source-6.1"
fi
ktap_check 'sparse and W=1: 6.1' built 6.1
ktap_check 'sparse and W=1: 6.12' built 6.12
ktap_check 'no frame beyond 1024 bytes' frames
ktap_check 'netlink.yaml regenerates what is there' regenerated
ktap_check 'codespell' spelled
ktap_check 'shellcheck' shellchecked
ktap_finish
exit
