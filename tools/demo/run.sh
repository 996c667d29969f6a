#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, end to end: a guest steers real TCP flows with the shipped
# network over a path that changes, while liteflowd outside tunes it and swaps
# it under the running flows. CUBIC, BBR and the frozen network run beside it.
#
# Usage: run.sh [--kernel 6.1|6.12] [--phase SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."

KERNEL=6.1
export PHASE_S=25
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) KERNEL=$2 ;;
	--phase) PHASE_S=$2 ;;
	*) echo "usage: $0 [--kernel 6.1|6.12] [--phase SECONDS]" >&2; exit 2 ;;
	esac
	shift 2
done

BIN=$PWD/build/user/bin
OUT=$PWD/build/demo
PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
daemon=''
guest=''

say() { echo "demo: $*"; }

cleanup() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	[ -z "$guest" ] || kill "$guest" 2>/dev/null || true
	wait 2>/dev/null || true
}
trap cleanup EXIT

# The agent listens beyond the guest's loopback, so it demands TLS.
make_certificates() {
	local tls=$OUT/tls name
	mkdir -p "$tls"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=liteflow-demo \
		-keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
	for name in agent trainer; do
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" \
			-keyout "$tls/$name.key" -out "$tls/$name.csr" 2>/dev/null
		openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.pem" \
			-CAkey "$tls/ca.key" -CAcreateserial -days 2 \
			-extfile <(echo "subjectAltName=DNS:$name") \
			-out "$tls/$name.pem" 2>/dev/null
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

write_config() {
	sed -e "s|@OUT@|$OUT|g" -e "s|@TREE@|$PWD|g" -e "s|@PORT@|$PORT|g" \
		-e "s|@SYMVERS@|$PWD/build/modules/$KERNEL/Module.symvers|g" \
		tools/demo/liteflowd.toml.in >"$OUT/liteflowd.toml"
	"$BIN/liteflowd" check-config "$OUT/liteflowd.toml"
}

start_guest() {
	: >"$OUT/guest.log"	# follow_guest may be the first to open it
	tools/lf-vm run --kernel "$KERNEL" --timeout $((PHASE_S * 12 + 240)) \
		--mem 1024 --env PHASE_S="$PHASE_S" --forward "$PORT:4710" \
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

rm -rf "$OUT"
mkdir -p "$OUT/guest" build/results
make_certificates
build_snapshot
write_config
say "four runs of $((PHASE_S * 3)) s: about $(((PHASE_S * 12 + 75) / 60)) minutes"
start_guest
follow_guest
status=0
wait "$guest" || status=$?
guest=''
if [ "$status" -ne 0 ]; then
	say "the guest failed ($status); see $OUT/guest.log and $OUT/liteflowd.log" >&2
	exit 1
fi
if [ -n "$daemon" ]; then
	kill "$daemon" 2>/dev/null || true
	wait "$daemon" || true
	daemon=''
fi
/usr/bin/python3 tools/demo/report.py "$OUT" build/results
