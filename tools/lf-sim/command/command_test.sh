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

"$sim" compare ns3 flowsim parsimon ns3 -o errors >compare.out 2>/dev/null
[ "$(number errors/compare.json figures.ns3.all.mean_error)" = 0.0 ] || fail 'ns3 differs from itself'
[ "$(number errors/compare.json figures.flowsim.all.flows)" = 300 ] || fail "compare: $(cat compare.out)"
[ -s errors/slowdowns.svg ] && [ -s errors/errors.svg ] || fail 'compare drew no pictures'

"$sim" sweep fabric.txt flows.txt --over failed --values 0,4 -o failed >sweep.out
[ "$(wc -l <failed/sweep.csv)" = 3 ] && [ -s failed/sweep.svg ] || fail "sweep: $(cat sweep.out)"
touch mark && sleep 0.01 && "$sim" sweep fabric.txt flows.txt --over failed --values 0,2 -o failed >/dev/null
[ mark -nt failed/0/summary.json ] && [ failed/2/summary.json -nt mark ] || fail 'sweep did again what was done'

# Settings of a file are where a sweep begins.
echo '{"window_kb": 50}' >settings.json
"$sim" sweep -e parsimon --settings settings.json fabric.txt flows.txt --over window --values 5,50 -o windows >/dev/null 2>&1
[ "$(number windows/5/summary.json parameters.window_kb)" = 5.0 ] || fail 'a sweep over windows did not change them'
! cmp -s windows/5/fct.txt windows/50/fct.txt || fail 'windows of 5 and 50 kB are alike'

mkdir job && cp fabric.txt job/topology.txt && cp flows.txt job && echo '{"ecn_k_kb": 30}' >job/settings.json
"$sim" truth job >truth.out 2>/dev/null
grep -q '^1 simulated, 0 were done, 0 failed' truth.out || fail "truth: $(cat truth.out)"
"$sim" truth job >truth.out 2>/dev/null
grep -q '^0 simulated, 1 were done, 0 failed' truth.out || fail "truth again: $(cat truth.out)"

# A space of scenarios, whose trees and sizes need no files.
cat >space.json <<'END'
{"spatials": ["uniform", "hot:1"], "size_dists": ["webserver-all.txt"], "lognorm_sigmas": [1.0],
 "max_loads": {"low": 0.2, "high": 0.4}, "clusters": ["1x2x2:1x1"], "bfszs": {"low": 300, "high": 300},
 "windows": {"low": 18, "high": 18}, "pfcs": [0], "ccs": ["dctcp"], "params": [{"low": 30, "high": 30}]}
END
"$sim" scenarios space.json -n 5 -o drawn.mix.json --jobs nets --flows 60 --cap 50000 2>/dev/null
"$sim" truth nets/* >truth.out 2>/dev/null
grep -q '^5 simulated' truth.out || fail "truth of scenarios: $(cat truth.out)"

# The learned engines: trained a little, then run; so many paths and networks that some can be held back.
"$sim" topology parking-lot -o lot.txt
for i in 1 2 3 4 5; do
	mkdir -p paths/$i
	cp lot.txt paths/$i/topology.txt
	"$sim" workload path lot.txt --foreground 60 --cap 50000 --seed $i -o paths/$i/flows.txt
	echo '{}' >paths/$i/settings.json
done
"$sim" truth paths/* >truth.out 2>/dev/null
printf 'epochs = 2\ndim = 16\nlayers = 1\nheads = 2\nmlp = 16\n' >m3.toml
printf 'epochs = 1\nhidden = 8\ngraph = 8\n' >m4.toml
"$sim" train m3 paths/* -c m3.toml -o small.pt >m3.out 2>/dev/null || fail "train m3: $(cat m3.out)"
"$sim" train m4 nets/* -c m4.toml -o small.m4 >m4.out 2>/dev/null || fail "train m4: $(cat m4.out)"
"$sim" train table nets/* -o table.txt >table.out 2>/dev/null || fail "train table: $(cat table.out)"
"$sim" run -e table -m table.txt fabric.txt flows.txt -o table >/dev/null
[ "$(number table/summary.json figures.all.flows)" = 300 ] || fail 'table: not 300 flows in its summary'
"$sim" run -e m3 -m small.pt --paths 20 fabric.txt flows.txt -o m3 >/dev/null 2>&1
[ "$(number m3/summary.json parameters.paths)" = 20 ] && [ ! -e m3/fct.txt ] || fail 'm3: no estimate of 20 paths'
"$sim" run -e m4 -m small.m4 fabric.txt flows.txt -o m4 >/dev/null 2>&1
[ "$(wc -l <m4/fct.txt)" = 300 ] || fail 'm4: not 300 lines in fct.txt'

"$sim" topology leaf-spine --hosts 2 -o small.txt
"$sim" workload program small.txt --pattern ring --bytes 100000 -o ring.txt
for engine in flowsim ns3 m4; do
	"$sim" run -e $engine -m small.m4 --program small.txt ring.txt -o ring-$engine >/dev/null
	[ "$(number ring-$engine/summary.json figures.steps)" = 24 ] || fail "$engine: not 24 steps of a ring of four"
done

"$sim" sweep --program small.txt ring.txt --over slow-hosts --values 0:1,2:10 -o slow >/dev/null
awk -F, 'NR > 1 { end[NR] = $2 } END { exit !(end[3] > 5 * end[2]) }' slow/sweep.csv ||
	fail "slow hosts slow no ring: $(cat slow/sweep.csv)"

refused 2 'subcommand' nothing
refused 2 '--engine' run -e none fabric.txt flows.txt -o out
refused 1 'gone.txt' run gone.txt flows.txt -o out
refused 1 'nets' published nets
refused 1 'load: 2' workload random fabric.txt --load 2 -o out
refused 1 '--program' run -e parsimon --program small.txt ring.txt -o out
refused 1 "--model: m4 needs what 'lf-sim train m4'" run -e m4 fabric.txt flows.txt -o out
refused 1 'small.m4' run -e m3 -m small.m4 fabric.txt flows.txt -o out
refused 1 'of other flows' compare job nets/0
refused 1 'two estimates are called m4' compare job m4 ./m4
refused 1 'flowsim knows of none' sweep fabric.txt flows.txt --over window --values 20 -o out
echo 0 >none.txt
refused 1 'there are no flows' run fabric.txt none.txt -o out
refused 1 'hosts can do without' sweep fabric.txt flows.txt --over failed --values 1000 -o out
refused 1 "'4': give HOSTS:REDUCTION" sweep fabric.txt flows.txt --over slow-hosts --values 4 -o out
echo 'epochs = "many"' >bad.toml
refused 1 'bad.toml:1: epochs is no number' train m3 paths/* -c bad.toml -o none.pt
echo 'epoch = 1' >bad.toml
refused 1 'unknown key "epoch"' train m4 nets/* -c bad.toml -o none.m4
sed '3s/.*/0 0 999 3 100 5 1.0/' flows.txt >bad.txt
refused 1 'bad.txt:3: the destination is node 999' run fabric.txt bad.txt -o out
head -n 20 flows.txt >cut.txt
refused 1 'cut.txt: ends before flow 20 of 300' run fabric.txt cut.txt -o out
[ ! -e out ] || fail 'what was refused left something behind'
echo 'command_test: all is well'
