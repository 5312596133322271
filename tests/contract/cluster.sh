#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms simulate-cluster: a forecast, a forecast beside a real run, and what it says to wrong input.
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
  if [ "$got" -eq "$want" ]; then echo "ok $n - $text"; else echo "not ok $n - $text (exit $got)"; sed 's/^/# /' "$dir/out" "$dir/err"; fi
}
says() { # says PATTERN
  n=$((n + 1))
  if cat "$dir/out" "$dir/err" | grep -q -e "$1"; then echo "ok $n - it says '$1'"; else echo "not ok $n - it does not say '$1'"; sed 's/^/# /' "$dir/out" "$dir/err"; fi
}
is "a forecast" 0 "$RMS" simulate-cluster --ranks 1,64 --job-time 1s --overhead-cpu 0 --format csv
says '^64,6400,'
cp "$dir/out" "$dir/first"
"$RMS" simulate-cluster --ranks 1,64 --job-time 1s --overhead-cpu 0 --format csv >"$dir/again"
is "the same bytes" 0 cmp "$dir/first" "$dir/again"
"$RMS" simulate-cluster --ranks 64 --job-time 1s --overhead-cpu 0 --format csv >"$dir/csv"
# shellcheck disable=SC2016 # awk reads it
is "64 ranks wait for little" 0 awk -F, 'NR == 2 {good = $5 > 95 && $5 <= 100} END {exit !good}' "$dir/csv"
cat >"$dir/one.ini" <<'INI'
[sweep]
name = one
seed = 1
repeats = 1
[limits]
work = 1000
[instances]
set = tiny,count=1
[solvers]
run = dummy:incumbents=1,delay=0.005,work=0
INI
is "a real run" 0 "$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans
is "beside the forecast" 0 "$RMS" simulate-cluster "$dir/one" --ranks 16 --svg "$dir/cluster.svg"
says "model's error"
is "a picture" 0 grep -q '</svg>' "$dir/cluster.svg"
rm -f "$(find "$dir/one/records" -name '*.jsonl')"
"$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans --max-jobs 5 >"$dir/log" 2>&1
"$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans >"$dir/log" 2>&1
is "a resumed run is no measure" 2 "$RMS" simulate-cluster "$dir/one"
says 'several launches'
is "no such run" 2 "$RMS" simulate-cluster "$dir/none"
says 'no finished run'
is "ranks that are none" 2 "$RMS" simulate-cluster --ranks 0
says 'must be like 16,256'
is "too many jobs" 2 "$RMS" simulate-cluster --ranks 65536 --jobs-per-rank 1e9
says 'jobs: is'
is "measuring wants MPI" 2 env -u OMPI_COMM_WORLD_SIZE "$RMS" simulate-cluster --measure
says 'mpirun -np 2'
echo "1..$n"
