#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench_null.sh - what a job costs besides the job: a job that does nothing, through the sweep engine and through what
# else starts jobs. Overhead: time from the beginning of a job to the beginning of the next one, one job at a time,
# median and 99th percentile of all rounds; rate: two at a time, jobs/s of the whole command (for rms with the start of
# MPI and the reading of all records at the end), median of the rounds.
# A job of rms is a solver in a process of its own under limits, checked, recorded and synced; a job of the others is a
# program (tests/bench_null.c) that writes down when it began: no limits, no record, no retry.
# Environment: BUILD, ROUNDS (default 3), JOBS (default 2000).
set -eu
BUILD=${BUILD:-build/release} ROUNDS=${ROUNDS:-3} JOBS=${JOBS:-2000}
NULL=$PWD/$BUILD/bench_null
. tests/lib_bench.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tiny=$(tiny "$dir/tiny")
sweep_of null "$JOBS" 1 "$tiny" dummy:mode=null >"$dir/null.ini"

# one NAME COMMAND...: a lane of jobs; its beginnings (in $dir/stamps) become intervals of NAME
one() {
  name=$1
  shift
  rm -f "$dir/stamps"
  "$@" >/dev/null 2>&1 || { echo "bench_null: failed: $*" >&2; exit 1; }
  sort -n "$dir/stamps" | awk 'NR > 1 {printf "%.9f\n", $1 - last} {last = $1}' >>"$dir/$name.one"
}
two() { # two NAME COMMAND...: jobs/s of the whole
  name=$1
  shift
  rm -rf "$dir/stamps" "$dir/run"
  start=$(date +%s.%N)
  "$@" >/dev/null 2>&1 || { echo "bench_null: failed: $*" >&2; exit 1; }
  echo "$JOBS $start $(date +%s.%N)" | awk '{printf "%.6g\n", $1 / ($3 - $2)}' >>"$dir/$name.two"
}
engine() { # the beginnings are in the records
  rm -rf "$dir/run"
  "$RMS" run "$dir/null.ini" -o "$dir/run" --quiet
  sed -n 's/^{"type":"run".*"started":\([0-9.]*\).*/\1/p' "$dir"/run/records/*.jsonl >"$dir/stamps"
}
row() { # row NAME TEXT
  n=$(wc -l <"$dir/$1.one")
  sort -g "$dir/$1.one" | awk -v n="$n" -v text="$2" 'NR == int((n + 1) / 2) {m = $1} NR == int(0.99 * n) + 1 {p = $1}
    END {printf "  %-44s %8.3f ms %8.3f ms", text, 1e3 * m, 1e3 * p}'
  [ ! -f "$dir/$1.two" ] || sort -g "$dir/$1.two" | awk '{a[NR] = $1} END {printf " %8.0f jobs/s", a[int((NR + 1) / 2)]}'
  echo
}

echo "rmsbench null jobs: $JOBS in a round, $ROUNDS rounds, $(nproc) processors, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
i=0
while [ "$i" -lt "$ROUNDS" ]; do
  i=$((i + 1))
  one rms engine
  one loop "$NULL" loop "$JOBS" "$dir/stamps"
  one fork "$NULL" fork "$JOBS" "$dir/stamps"
  one xargs sh -c "seq $JOBS | xargs -P1 -I{} '$NULL' stamp '$dir/stamps'"
  one parallel sh -c "seq $JOBS | parallel -j1 '$NULL stamp $dir/stamps; :'"
  two rms mpirun -np 2 --bind-to none "$RMS" run "$dir/null.ini" -o "$dir/run" --quiet
  two xargs sh -c "seq $JOBS | xargs -P2 -I{} '$NULL' stamp '$dir/stamps'"
  two parallel sh -c "seq $JOBS | parallel -j2 '$NULL stamp $dir/stamps; :'"
done
printf '  %-44s %11s %11s %15s\n' "" "median" "p99" "two at a time"
row rms "rms run (limits, check, record)"
row parallel "GNU parallel"
row xargs "xargs -P"
row loop "loop of fork and exec"
row fork "loop of fork"
