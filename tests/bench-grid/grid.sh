# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A grid of guests: each measures one case under one group of schemes; what it
# measured is kept in $WORK/raw, and is not run again while everything that it
# depends on stays the same. run.sh of a benchmark sources this in the tree's root:
#
#   NAME=bench-x PART_NAMES=(...) . tests/bench-grid/grid.sh
#   read_options "$@"
#   begin_grid PROGRAM...     programs of $BIN and modules of $MODULES (NAME.ko)
#   (build what guests need, with bare and build_snapshots)
#   run_grid DOCUMENT
#
# and says in functions and variables of its own, of the job whose .env has been read,
#
#   find_files            FILES: what its guest gets, HOST[:GUEST] each; may make them
#   find_arguments        ARGUMENTS: of lf-vm, besides files, and GUEST: its script
#   KEY_SOURCES           what its figures depend on besides $GUEST, its .env and FILES
#   NOT_KEYED             regular expression of FILES that don't count: they only
#                         read, or their sources are in KEY_SOURCES
KERNEL=${KERNEL:-6.1}
FULL=${FULL:-0}
JOBS=${JOBS:-$(nproc)}	# guests at once; lf-vm lets no more than LF_VM_SLOTS run
LIMIT_S=7200	# of a guest; a hundred times what one takes
# shellcheck disable=SC2153 # run.sh gives it
HERE=tests/$NAME
BIN=${BIN:-build/user/bin}
MODULES=${MODULES:-build/modules/$KERNEL}
WORK=build/$NAME
RESULTS=build/results
PYTHON=(/usr/bin/python3 -B)

say() { echo "$NAME: $*"; }
die() { echo "$NAME: $*" >&2; exit 1; }

usage() { sed -n '/^# Usage: /,/^[^#]/s/^# //p' "$HERE/run.sh"; }

bad_usage() {
	[ -z "${1-}" ] || echo "$NAME: $1" >&2
	usage >&2
	exit 2
}

# As ONLY, FORCE and PARTS.
read_options() {
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
		-*) bad_usage "unknown option $1" ;;
		*)
			[[ " ${PART_NAMES[*]} " == *" $1 "* ]] || bad_usage "$1 is no part"
			PARTS+=("$1")
			;;
		esac
		shift
	done
	[[ $FULL =~ ^[01]$ ]] || bad_usage "FULL=$FULL: 0 or 1"
	[[ $JOBS =~ ^[1-9][0-9]?$ ]] || bad_usage "JOBS=$JOBS: 1 to 99"
}

# What counts in a module: neither debug data nor the identity that covers it.
bare() { objcopy -g -R .note.gnu.build-id "$1" "$2"; }

# begin_grid NAME...: there are these programs and modules; as RELEASE and HEADERS the kernel's.
begin_grid() {
	local name
	for name; do
		case $name in
		*.ko) [ -e "$MODULES/$name" ] || die "no $MODULES/$name: make modules KERNELS=$KERNEL" ;;
		*) [ -x "$BIN/$name" ] || die "no $BIN/$name: make user" ;;
		esac
	done
	read -r RELEASE HEADERS < <(tools/lf-vm kernels | awk -v s="$KERNEL" '$1 == s { r = $2 " " $4 } END { print r }') || true
	[ -n "${RELEASE-}" ] || die "no kernel $KERNEL: make deps"
	[ -d "${HEADERS-}" ] || die "no headers of $RELEASE: make deps"
	command -v gnuplot >/dev/null || die 'no gnuplot: make deps'
	exec 9<"$HERE"
	flock -n 9 || die 'another one is running in this tree: wait for its end'
	mkdir -p "$WORK"/{raw,logs} $RESULTS
	rm -rf "$WORK/modules"
	mkdir -p "$WORK/modules"
	for name; do
		[[ $name != *.ko ]] || bare "$MODULES/$name" "$WORK/modules/$name"
	done
}

# build_snapshot NAME MODEL CALIBRATION APP KIND: as a module and, for a process, as a shared object
build_snapshot() {
	local name=$1 dir=$PWD/$WORK/snapshots/$1
	rm -rf "$dir"
	"$BIN"/lf-bench-snapshot "models/$2" "models/$3" "$4" "$5" "$dir" >"$WORK/name" ||
		die "snapshot $name was not emitted: see the file snapshots"
	make -s -C "$HEADERS" "M=$dir" "LF_INCLUDE=$PWD/kmod/include" \
		"KBUILD_EXTRA_SYMBOLS=$PWD/$MODULES/Module.symvers" modules >"$dir/make.log" 2>&1 ||
		{ cat "$dir/make.log" >&2; die "the snapshot in $dir was not built"; }
	bare "$dir/$(<"$WORK/name").ko" "$WORK/modules/$(<"$WORK/name").ko"
	gcc -O2 -shared -fPIC -s -I kmod/include -I kmod/uapi -o "$WORK/modules/$name.so" "$dir/$(<"$WORK/name").c" ||
		die "the shared object of $name was not built"
	mv "$WORK/name" "$dir/name"
}

build_snapshots() {
	local line
	while read -r line; do
		# shellcheck disable=SC2086 # the line's columns
		build_snapshot $line
	done < <("${PYTHON[@]}" "$HERE/tables.py" snapshots)
}

# read_job JOB: what is said of it, and of no other
read_job() {
	FILES=() ARGUMENTS=()
	# shellcheck source=/dev/null
	. "$WORK/jobs/$1.env"
	find_files
	find_arguments
}

# What a job's figures depend on.
# shellcheck disable=SC2153 # find_arguments sets GUEST
key_of() {
	local file
	{
		echo "$RELEASE ${ARGUMENTS[*]}"
		cat "$WORK/jobs/$1.env" "$GUEST" "${KEY_SOURCES[@]}" tools/vm/guest-lib.sh tools/vm/init
		for file in "${FILES[@]%%:*}"; do
			if [ -d "$file" ]; then
				(cd "$file" && sha256sum -- *)
			elif [[ ! $file =~ $NOT_KEYED ]]; then
				sha256sum <"$file"
			fi
		done
	} | sha256sum | cut -c 1-32
}

# run_job JOB KEY: in the background
run_job() {
	local job=$1 key=$2 new=$WORK/raw/.new-$1 file files=() start=$SECONDS guest=''
	trap '[ -z "$guest" ] || { kill "$guest"; wait "$guest"; }; exit 143' TERM
	read_job "$job"
	for file in "${FILES[@]}"; do files+=(--file "$file"); done
	rm -rf "$new"
	tools/lf-vm run --kernel "$KERNEL" --timeout $LIMIT_S "${ARGUMENTS[@]}" "${files[@]}" \
		--results "$new" "$GUEST" >"$WORK/logs/$job" 2>&1 9>&- &
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
declare -A running=() weights=()
todo=() failed=() total_weight=0 done_weight=0 ended=0

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

# In real time nothing else may run; these come last.
alone() { grep -qx 'REAL_CPUS=[1-9]*' "$WORK/jobs/$1.env"; }

# run_grid DOCUMENT: what is missing of what was chosen, and the report
run_grid() {
	local grid=() choice=() job weight most
	local -A keys=()
	[ "$FULL" = 0 ] || grid+=(--full)
	[ -z "$ONLY" ] || choice+=(--only "$ONLY")
	choice+=("${PARTS[@]}")
	"${PYTHON[@]}" "$HERE/tables.py" jobs "$WORK" "${grid[@]}" "${choice[@]}" >"$WORK/list"

	# Of all jobs: report.py shows nothing that was measured of something else.
	while read -r job _; do
		read_job "$job"
		keys[$job]=$(key_of "$job")
		echo "${keys[$job]}" >"$WORK/jobs/$job.key"
	done < <("${PYTHON[@]}" "$HERE/tables.py" jobs "$WORK" "${grid[@]}")

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
		most=$JOBS
		! alone "$job" || most=1
		while [ ${#running[@]} -ge "$most" ]; do wait_one; done
		run_job "$job" "${keys[$job]}" &
		running[$!]=$job
	done
	while [ ${#running[@]} -gt 0 ]; do wait_one; done
	trap - EXIT

	"${PYTHON[@]}" "$HERE/report.py" "$WORK" $RESULTS "$1" "${grid[@]}" "${choice[@]}"
	[ ${#failed[@]} = 0 ] || die "${#failed[@]} failed: ${failed[*]}; their logs are in $WORK/logs. The rest is kept: run it again"
}
