#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lf-sim as its user has it: from a fabric and flows to estimates of every
# engine, and what it refuses.
#
# Usage: command_test.sh LF-SIM
set -euo pipefail

sim=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "command_test: $*" >&2; exit 1; }
# refused STATUS TEXT ARGUMENT...: it ends with that status and says that.
refused() {
	local wanted=$1 text=$2 status=0 said
	shift 2
	said=$("$sim" "$@" 2>&1) || status=$?
	[ "$status" = "$wanted" ] || fail "lf-sim $*: status $status instead of $wanted: $said"
	grep -qF -- "$text" <<<"$said" || fail "lf-sim $*: it does not say '$text' but: $said"
}
# number FILE PATH: of a summary
number() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): v = v[k]
print(v)' "$1" "$2"; }

"$sim" topology fat-tree -o fabric.txt
"$sim" workload random fabric.txt -n 300 --cap 100000 --load 0.3 --seed 7 -o flows.txt
"$sim" workload random fabric.txt -n 300 --cap 100000 --load 0.3 --seed 7 -o again.txt
cmp flows.txt again.txt || fail 'the same seed made other flows'

for engine in flowsim parsimon ns3; do
	"$sim" run -e $engine fabric.txt flows.txt -o $engine >$engine.out 2>$engine.err || fail "$engine: $(cat $engine.err)"
	[ "$(wc -l <$engine/fct.txt)" = 300 ] || fail "$engine: not 300 lines in fct.txt"
	[ "$(number $engine/summary.json figures.all.flows)" = 300 ] || fail "$engine: not 300 flows in its summary"
	[ "$(number $engine/summary.json parameters.engine)" = $engine ] || fail "$engine: its summary names another"
done
"$sim" run fabric.txt flows.txt --exact -o exact >/dev/null
# Whole nanoseconds: the two can differ by one.
paste -d ' ' flowsim/fct.txt exact/fct.txt | awk '{ d = $8 - $17; if (d > 2 || d < -2) exit 1 }' ||
	fail 'flowsim and flowsim --exact differ'

mkdir job && cp fabric.txt job/topology.txt && cp flows.txt job && echo '{"ecn_k_kb": 30}' >job/settings.json
"$sim" truth job >truth.out 2>/dev/null
grep -q '^1 simulated, 0 were done, 0 failed' truth.out || fail "truth: $(cat truth.out)"
"$sim" truth job >truth.out 2>/dev/null
grep -q '^0 simulated, 1 were done, 0 failed' truth.out || fail "truth again: $(cat truth.out)"

"$sim" topology leaf-spine --hosts 2 -o small.txt
"$sim" workload program small.txt --pattern ring --bytes 100000 -o ring.txt
for engine in flowsim ns3; do
	"$sim" run -e $engine --program small.txt ring.txt -o ring-$engine >/dev/null
	[ "$(number ring-$engine/summary.json figures.steps)" = 24 ] || fail "$engine: not 24 steps of a ring of four"
done

refused 2 'subcommand' nothing
refused 2 '--engine' run -e none fabric.txt flows.txt -o out
refused 1 'gone.txt' run gone.txt flows.txt -o out
refused 1 'load: 2' workload random fabric.txt --load 2 -o out
refused 1 '--program' run -e parsimon --program small.txt ring.txt -o out
sed '3s/.*/0 0 999 3 100 5 1.0/' flows.txt >bad.txt
refused 1 'bad.txt:3: the destination is node 999' run fabric.txt bad.txt -o out
head -n 20 flows.txt >cut.txt
refused 1 'cut.txt: ends before flow 20 of 300' run fabric.txt cut.txt -o out
[ ! -e out ] || fail 'what was refused left something behind'
echo 'command_test: all is well'
