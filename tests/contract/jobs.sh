#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Family jobs at the command line: generate, solve, check, show, a plan that was changed, exit codes.
set -u
. "$TOP/tests/lib.sh"

"$RMS" generate jobs --machines 3 --jobs 30 --gap 20 -o "$dir/trace.json" 2>"$dir/err" && [ ! -s "$dir/err" ]
say $? "an instance in a file"
"$RMS" generate jobs --list | grep -q '^miso .*10 orders'
say $? "sets are listed"
"$RMS" generate jobs --help | grep -q -- '--load'
say $? "the family's own options are in the help"
for solver in nopart static optsta mps miso oracle; do
  "$RMS" solve "$dir/trace.json" -s $solver --work 1e9 -o "$dir/$solver.json" >/dev/null 2>&1 &&
    "$RMS" check "$dir/trace.json" "$dir/$solver.json" | grep -q '^yes: '
  say $? "$solver: its timeline is right"
done
"$RMS" check "$dir/trace.json" "$dir/oracle.json" | grep -q '^           migrations  *[0-9]'
say $? "metrics are told one a line"
"$RMS" check "$dir/trace.json" "$dir/oracle.json" --json |
  jq -e '.is_right and .metrics.jct_mean == .objective and .metrics.runs >= 30' >/dev/null
say $? "metrics go with the check"
"$RMS" show "$dir/trace.json" "$dir/oracle.json" --plain | grep -q 'waiting .*most'
say $? "the picture over time"
"$RMS" show "$dir/trace.json" "$dir/miso.json" --svg "$dir/miso.svg" && grep -q '>machine 2<' "$dir/miso.svg"
say $? "a Gantt picture"
"$RMS" show "$dir/trace.json" "$dir/miso.json" --first 1 --window 2m,300 --svg - | grep -q 'machines 1 to 2 of 3 from 120 s to 300 s'
say $? "a part of it"
"$RMS" show "$dir/trace.json" "$dir/miso.json" --first 3 --svg - >/dev/null 2>"$dir/err"
[ $? -eq 2 ] && grep -q 'machine 3: the cluster has machines 0 to 2' "$dir/err"
say $? "a machine that is not there"
"$RMS" show "$dir/trace.json" --svg "$dir/none.svg" 2>"$dir/err"
[ $? -eq 2 ] && grep -q 'name a plan' "$dir/err" && [ ! -e "$dir/none.svg" ]
say $? "none without a plan"
jq -c '.runs[0][4] += 1' "$dir/nopart.json" >"$dir/wrong.json"
"$RMS" check "$dir/trace.json" "$dir/wrong.json" >"$dir/out" 2>&1
[ $? -eq 1 ] && grep -q '^no: job [0-9]* ' "$dir/out"
say $? "a microsecond too much is refused, by name"
jq -c '.cuts[0][2] = 77' "$dir/nopart.json" >"$dir/wrong.json"
"$RMS" check "$dir/trace.json" "$dir/wrong.json" >"$dir/out" 2>&1
[ $? -eq 2 ] && grep -q 'cuts\[0\]' "$dir/out"
say $? "a layout that is not there is an error with its path"
printf '[sweep]\nname = heads\n[instances]\nfile = %s\n[solvers]\nrun = nopart\n' "$dir/trace.json" >"$dir/sweep.ini"
"$RMS" run "$dir/sweep.ini" -o "$dir/run" >/dev/null 2>&1; "$RMS" table "$dir/run" | grep -q 'mean JCT \[s\]'
say $? "tables call the objective what it is"
"$RMS" solve jobs:lode=1 -s nopart >/dev/null 2>"$dir/err"
[ $? -eq 2 ] && grep -q '"load"' "$dir/err"
say $? "an option that is not there: the nearest one"
plan
