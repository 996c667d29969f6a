#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# liteflowd and its agent end well whenever they are stopped: also while the link
# between them has just broken and is tried again. No kernel module is needed.
#
# Usage: exit_test.sh LITEFLOWD LITEFLOW-AGENT MODEL.pt CALIBRATION.csv
set -u
DAEMON=$1 AGENT=$2
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

cat >"$DIR/config.toml" <<EOF
[[host]]
name = "h"
link = "remote"
address = "unix:$DIR/agent"
[[app]]
name = "cc"
adapter = "aurora"
model = "$3"
calibration = "$4"
EOF

# said WHAT FILE: within 30 s.
said() {
	local i
	for ((i = 0; i < 600; i++)); do
		! grep -q "$1" "$2" || return 0
		sleep 0.05
	done
	echo "no '$1' in:" && cat "$2"
	return 1
}

# ends PID LOG: by SIGTERM, with status 0.
ends() {
	local status=0
	kill -TERM "$1"
	wait "$1" || status=$?
	[ "$status" = 0 ] || { echo "status $status:" && cat "$2"; return 1; }
}

# round SECONDS: start both, break the link, wait so long, and stop.
round() {
	local agent daemon
	"$AGENT" --listen "unix:$DIR/agent" >"$DIR/agent.log" 2>&1 &
	agent=$!
	said 'listening' "$DIR/agent.log" || return
	"$DAEMON" run --config "$DIR/config.toml" >"$DIR/daemon.log" 2>&1 &
	daemon=$!
	said 'h: ' "$DIR/daemon.log" || return
	ends "$agent" "$DIR/agent.log" || return
	sleep "$1"
	ends "$daemon" "$DIR/daemon.log" || return
	grep -q stopping "$DIR/daemon.log"
}

for wait in 0 0.1 0.5; do
	round $wait || exit 1
done
