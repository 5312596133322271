#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms plot: every kind draws a figure of a small run that can be read alone; bad wishes are told.
set -u
. "$TOP/tests/lib.sh"
cat >"$dir/sweep.ini" <<'EOF'
[sweep]
name = figures
seed = 1
[limits]
work = 500
time = 30s
memory = 2GiB
[instances]
set = tiny,cell=*-n2-t2-*,count=1
set = ms24,count=1
[solvers]
run = prices
run = greedy-capped
run = bound-free
EOF
ends "nothing there yet" 2 "$RMS" plot "$dir/run"
ends "a run" 0 "$RMS" run "$dir/sweep.ini" -o "$dir/run"
for kind in growth cumulative target gap; do
  ends "$kind" 0 "$RMS" plot "$dir/run" --kind "$kind" -o "$dir/$kind.svg"
  has "$kind.svg" '^<svg xmlns='
  has "$kind.svg" '</svg>'
  has "$kind.svg" 'greedy-capped'
  has "$kind.svg" 'runs of sweep figures, records [0-9a-f]\{16\}; rmsbench'
  "$RMS" plot "$dir/run" --kind "$kind" -o "$dir/again.svg"
  ends "$kind again: the same bytes" 0 cmp "$dir/$kind.svg" "$dir/again.svg"
done
has growth.svg 'work-limited runs: times are not claims'
ends "points" 0 "$RMS" plot "$dir/run" --kind target --work -s prices -f csv
has out '^series,x,y,lo,hi,is_open$'
has out '^"prices",'
ends "one solver was asked for" 1 grep -q greedy "$dir/out"
ends "no such kind" 2 "$RMS" plot "$dir/run" --kind pie
has err "kind 'pie' is none of: growth cumulative target gap"
ends "no such measure" 2 "$RMS" plot "$dir/run" --y beauty
has err "measure 'beauty' is none of: proof"
ends "no such feature" 2 "$RMS" plot "$dir/run" --kind growth --x beauty
has err "neither an option nor a feature 'beauty'"
ends "no such solver" 2 "$RMS" plot "$dir/run" -s none
ends "no such gap" 2 "$RMS" plot "$dir/run" --gap much
ends "no such format" 2 "$RMS" plot "$dir/run" -f png
ends "no such mode" 2 "$RMS" plot "$dir/run" --mode fast
ends "runs of that mode" 2 "$RMS" plot "$dir/run" --mode time
plan
