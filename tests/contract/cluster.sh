#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms simulate-cluster: a forecast, a forecast beside a real run, and what it says to wrong input.
set -u
. "$TOP/tests/lib.sh"
ends "a forecast" 0 "$RMS" simulate-cluster --ranks 1,64 --job-time 1s --overhead-cpu 0 --format csv
says '^64,6400,'
cp "$dir/out" "$dir/first"
"$RMS" simulate-cluster --ranks 1,64 --job-time 1s --overhead-cpu 0 --format csv >"$dir/again"
ends "the same bytes" 0 cmp "$dir/first" "$dir/again"
"$RMS" simulate-cluster --ranks 64 --job-time 1s --overhead-cpu 0 --format csv >"$dir/csv"
# shellcheck disable=SC2016 # awk reads it
ends "64 ranks wait for little" 0 awk -F, 'NR == 2 {good = $5 > 95 && $5 <= 100} END {exit !good}' "$dir/csv"
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
ends "a real run" 0 "$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans
ends "beside the forecast" 0 "$RMS" simulate-cluster "$dir/one" --ranks 16 --svg "$dir/cluster.svg"
says "model's error"
ends "a picture" 0 grep -q '</svg>' "$dir/cluster.svg"
rm -f "$(find "$dir/one/records" -name '*.jsonl')"
"$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans --max-jobs 5 >"$dir/log" 2>&1
"$RMS" run "$dir/one.ini" -o "$dir/one" --quiet --no-plans >"$dir/log" 2>&1
ends "a resumed run is no measure" 2 "$RMS" simulate-cluster "$dir/one"
says 'several launches'
ends "no such run" 2 "$RMS" simulate-cluster "$dir/none"
says 'no finished run'
ends "ranks that are none" 2 "$RMS" simulate-cluster --ranks 0
says 'must be like 16,256'
ends "too many jobs" 2 "$RMS" simulate-cluster --ranks 65536 --jobs-per-rank 1e9
says 'jobs: is'
ends "measuring wants MPI" 2 env -u OMPI_COMM_WORLD_SIZE "$RMS" simulate-cluster --measure
says 'mpirun -np 2'
plan
