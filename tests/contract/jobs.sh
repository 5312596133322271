#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Family jobs at the command line: generate, solve, check, show, a plan that was changed, exit codes.
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
n=0
say() { # say STATUS TEXT
  n=$((n + 1))
  if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

"$RMS" generate jobs --machines 3 --jobs 30 --gap 20 -o "$work/trace.json" 2>"$work/err" && [ ! -s "$work/err" ]
say $? "an instance in a file"
"$RMS" generate jobs --list | grep -q '^miso .*10 orders'
say $? "sets are listed"
"$RMS" generate jobs --help | grep -q -- '--load'
say $? "the family's own options are in the help"
for solver in nopart static optsta mps miso oracle; do
  "$RMS" solve "$work/trace.json" -s $solver --work 1e9 -o "$work/$solver.json" >/dev/null 2>&1 &&
    "$RMS" check "$work/trace.json" "$work/$solver.json" | grep -q '^yes: '
  say $? "$solver: its timeline is right"
done
"$RMS" check "$work/trace.json" "$work/oracle.json" --json |
  jq -e '.is_right and .metrics.jct_mean == .objective and .metrics.runs >= 30' >/dev/null
say $? "metrics go with the check"
"$RMS" show "$work/trace.json" "$work/oracle.json" --plain | grep -q 'waiting .*most'
say $? "the picture over time"
"$RMS" show "$work/trace.json" "$work/miso.json" --svg "$work/miso.svg" && grep -q '>machine 2<' "$work/miso.svg"
say $? "a Gantt picture"
"$RMS" show "$work/trace.json" "$work/miso.json" --first 1 --window 2m,300 --svg - | grep -q 'machines 1 to 2 of 3 from 120 s to 300 s'
say $? "a part of it"
"$RMS" show "$work/trace.json" "$work/miso.json" --first 3 --svg - >/dev/null 2>"$work/err"
[ $? -eq 2 ] && grep -q 'machine 3: the cluster has machines 0 to 2' "$work/err"
say $? "a machine that is not there"
"$RMS" show "$work/trace.json" --svg "$work/none.svg" 2>"$work/err"
[ $? -eq 2 ] && grep -q 'name a plan' "$work/err" && [ ! -e "$work/none.svg" ]
say $? "none without a plan"
jq -c '.runs[0][4] += 1' "$work/nopart.json" >"$work/wrong.json"
"$RMS" check "$work/trace.json" "$work/wrong.json" >"$work/out" 2>&1
[ $? -eq 1 ] && grep -q '^no: job [0-9]* ' "$work/out"
say $? "a microsecond too much is refused, by name"
jq -c '.cuts[0][2] = 77' "$work/nopart.json" >"$work/wrong.json"
"$RMS" check "$work/trace.json" "$work/wrong.json" >"$work/out" 2>&1
[ $? -eq 2 ] && grep -q 'cuts\[0\]' "$work/out"
say $? "a layout that is not there is an error with its path"
printf '[sweep]\nname = heads\n[instances]\nfile = %s\n[solvers]\nrun = nopart\n' "$work/trace.json" >"$work/sweep.ini"
"$RMS" run "$work/sweep.ini" -o "$work/run" >/dev/null 2>&1; "$RMS" table "$work/run" | grep -q 'mean JCT \[s\]'
say $? "tables call the objective what it is"
"$RMS" solve jobs:lode=1 -s nopart >/dev/null 2>"$work/err"
[ $? -eq 2 ] && grep -q '"load"' "$work/err"
say $? "an option that is not there: the nearest one"
echo "1..$n"
