#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms plot: every kind draws a figure of a small run that can be read alone; bad wishes are told.
set -u
: "${RMS:?}"
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
n=0
is() { # is TEXT STATUS COMMAND...
  text=$1 want=$2
  shift 2
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  n=$((n + 1))
  if [ "$got" -eq "$want" ]; then echo "ok $n - $text"; else echo "not ok $n - $text (exit $got)"; sed 's/^/# /' "$dir/err"; fi
}
has() { # has FILE PATTERN
  n=$((n + 1))
  if grep -q -e "$2" "$dir/$1"; then echo "ok $n - it says '$2'"; else echo "not ok $n - it does not say '$2'"; fi
}
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
is "nothing there yet" 2 "$RMS" plot "$dir/run"
is "a run" 0 "$RMS" run "$dir/sweep.ini" -o "$dir/run"
for kind in growth cumulative target gap; do
  is "$kind" 0 "$RMS" plot "$dir/run" --kind "$kind" -o "$dir/$kind.svg"
  has "$kind.svg" '^<svg xmlns='
  has "$kind.svg" '</svg>'
  has "$kind.svg" 'greedy-capped'
  has "$kind.svg" 'runs of sweep figures, records [0-9a-f]\{16\}; rmsbench'
  "$RMS" plot "$dir/run" --kind "$kind" -o "$dir/again.svg"
  is "$kind again: the same bytes" 0 cmp "$dir/$kind.svg" "$dir/again.svg"
done
has growth.svg 'work-limited runs: times are not claims'
is "points" 0 "$RMS" plot "$dir/run" --kind target --work -s prices -f csv
has out '^series,x,y,lo,hi,is_open$'
has out '^"prices",'
is "one solver was asked for" 1 grep -q greedy "$dir/out"
is "no such kind" 2 "$RMS" plot "$dir/run" --kind pie
has err "kind 'pie' is none of: growth cumulative target gap"
is "no such measure" 2 "$RMS" plot "$dir/run" --y beauty
has err "measure 'beauty' is none of: proof"
is "no such feature" 2 "$RMS" plot "$dir/run" --kind growth --x beauty
has err "neither an option nor a feature 'beauty'"
is "no such solver" 2 "$RMS" plot "$dir/run" -s none
is "no such gap" 2 "$RMS" plot "$dir/run" --gap much
is "no such format" 2 "$RMS" plot "$dir/run" -f png
is "no such mode" 2 "$RMS" plot "$dir/run" --mode fast
is "runs of that mode" 2 "$RMS" plot "$dir/run" --mode time
echo "1..$n"
