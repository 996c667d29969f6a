# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Schemes measured in turn in one guest, and liteflowd outside that tunes while
# the one called "adaptive" runs. Who sources this stands in the tree and sets
#   NAME OUT KERNEL      what it is called, where all goes, 6.1 or 6.12
#   PHASE_S PHASES RUNS  seconds of a phase; phases and schemes as in guest.sh
#   SEED ANCHOR          of the adapter
# and calls trial. What was measured is then in $OUT/guest, liteflowd's decisions
# in $OUT/decisions.jsonl; if it failed it says where to look. It relies on set -e,
# which nobody may turn off: no `trial || ...`.

: "${NAME:?}" "${OUT:?}" "${KERNEL:?}" "${PHASE_S:?}" "${PHASES:?}" "${RUNS:?}" "${SEED:?}" "${ANCHOR:?}"
BIN=$PWD/build/user/bin
daemon=''
guest=''

say() { echo "$NAME: $*"; }

cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	[ -z "$guest" ] || kill "$guest" 2>/dev/null || true
	wait 2>/dev/null || true
}
trap cleanup EXIT

# quiet CMD...: says something only if it fails.
quiet() {
	local out
	out=$("$@" 2>&1) || { echo "$out" >&2; return 1; }
}

# The agent listens beyond the guest's loopback, so it demands TLS.
make_certificates() {
	local tls=$OUT/tls name
	mkdir -p "$tls"
	quiet openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=liteflow-demo \
		-keyout "$tls/ca.key" -out "$tls/ca.pem"
	for name in agent trainer; do
		quiet openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" \
			-keyout "$tls/$name.key" -out "$tls/$name.csr"
		quiet openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.pem" \
			-CAkey "$tls/ca.key" -CAcreateserial -days 2 \
			-extfile <(echo "subjectAltName=DNS:$name") \
			-out "$tls/$name.pem"
	done
}

build_snapshot() {
	local dir=$OUT/snapshot kdir
	kdir=$(tools/lf-vm kernels | awk -v s="$KERNEL" '$1 == s { headers = $4 } END { print headers }')
	"$BIN/lf-codegen" emit models/aurora.pt \
		--inputs models/aurora-calibration.csv --app cc --sigma 0.7 -o "$dir"
	make -s -C "$kdir" M="$dir" LF_INCLUDE="$PWD/kmod/include" \
		KBUILD_EXTRA_SYMBOLS="$PWD/build/modules/$KERNEL/Module.symvers" modules
	cp "$dir"/lf_cc_*.ko "$OUT/snapshot.ko"
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_config() {
	sed -e "s|@OUT@|$OUT|g" -e "s|@TREE@|$PWD|g" -e "s|@PORT@|$1|g" -e "s|@SEED@|$SEED|g" -e "s|@ANCHOR@|$ANCHOR|g" \
		-e "s|@SYMVERS@|$PWD/build/modules/$KERNEL/Module.symvers|g" \
		tools/demo/liteflowd.toml.in >"$OUT/liteflowd.toml"
	"$BIN/liteflowd" check-config "$OUT/liteflowd.toml"
}

# start_guest PORT SECONDS: as long as all schemes take.
start_guest() {
	: >"$OUT/guest.log"	# follow_guest may be the first to open it
	tools/lf-vm run --kernel "$KERNEL" --timeout $(($2 + 240)) \
		--mem 1024 --env PHASE_S="$PHASE_S" --env PHASES="$PHASES" --env RUNS="$RUNS" \
		--forward "$1:4710" \
		--file "$BIN/liteflow-agent:/usr/bin/liteflow-agent" \
		--file "$BIN/lfctl:/usr/bin/lfctl" --file "$OUT/snapshot.ko:/root/snapshot.ko" \
		--file "$OUT/tls:/root/tls" --results "$OUT/guest" \
		tools/demo/guest.sh >"$OUT/guest.log" 2>&1 &
	guest=$!
}

# Follow the guest's log to the end; the trainer starts when its agent is ready.
follow_guest() {
	local line
	while read -r line; do
		echo "$line"
		if [ "$line" = 'demo: agent ready' ]; then
			nice -n 10 "$BIN/liteflowd" run --config "$OUT/liteflowd.toml" \
				2> >(tee "$OUT/liteflowd.log" | grep --line-buffered -E 'update|activat|warn|error' >&2) &
			daemon=$!
		fi
	done < <(tail -n +1 -f --pid="$guest" "$OUT/guest.log")
}

trial() {
	local port seconds status=0 phases runs
	IFS=';' read -ra phases <<<"$PHASES"
	read -ra runs <<<"$RUNS"
	seconds=$((PHASE_S * ${#phases[@]} * ${#runs[@]}))
	rm -rf "$OUT"
	mkdir -p "$OUT/guest"
	port=$(free_port)
	make_certificates
	build_snapshot
	write_config "$port"
	say "${#runs[@]} runs of $((PHASE_S * ${#phases[@]})) s: about $(((seconds + 75) / 60)) minutes"
	start_guest "$port" $seconds
	follow_guest
	wait "$guest" || status=$?
	guest=''
	if [ -n "$daemon" ]; then
		kill "$daemon" 2>/dev/null || true
		wait "$daemon" || true
		daemon=''
	fi
	[ "$status" = 0 ] || say "the guest failed ($status); see $OUT/guest.log and $OUT/liteflowd.log" >&2
	return "$status"
}
