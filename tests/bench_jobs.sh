#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench_jobs.sh - family jobs: simulated jobs per second of wall time of `rms run` (trace read or drawn, policy, timeline checked by
# another process, recorded), CPU time and largest memory of the policy's process: 500 jobs a machine on 8 and 40, 50 on
# 1,000 machines, and a million jobs on 1,000. Load 0.9, lengths with a heavy tail; one run each.
# Environment: RMS, POLICIES, MILLION (yes).
set -eu
RMS=${RMS:-build/release/rms} POLICIES=${POLICIES:-nopart oracle miso forecast} MILLION=${MILLION:-yes}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

row() { # row POLICY MACHINES JOBS INSTANCES
  cat >"$dir/jobs.ini" <<INI
[sweep]
name = jobs
seed = 1
[limits]
work = 1e12
time = 600s
memory = 8GiB
[instances]
$4
[solvers]
run = $1
INI
  rm -rf "$dir/run"
  start=$(date +%s.%N)
  "$RMS" run "$dir/jobs.ini" -o "$dir/run" >"$dir/said" 2>&1 || { cat "$dir/said" >&2; exit 1; }
  end=$(date +%s.%N)
  jq -r 'select(.verdict == "verified_feasible" or .verdict.kind == "verified_feasible") | "\(.env.cpu_user + .env.cpu_system) \(.env.peak_memory)"' "$dir"/run/records/*.jsonl >"$dir/seen"
  [ -s "$dir/seen" ] || { echo "bench_jobs: $1 on $4: no right timeline" >&2; exit 1; }
  echo "$1 $2 $3 $(cat "$dir/seen") $start $end" |
    awk '{t = $7 - $6; printf "  %-9s %5d machines %8d jobs %9.2f s %8.0f jobs/s   policy: %8.2f s CPU %6.0f MB\n", $1, $2, $3, t, $3 / t, $4, $5 / 1e6}'
}

echo "simulated jobs:"
for size in "8 4000" "40 20000" "1000 50000" "1000 1000000"; do
  machines=${size% *} jobs=${size#* }
  if [ "$jobs" -lt 1000000 ]; then
    "$RMS" generate jobs --machines "$machines" --jobs "$jobs" --trace drawn --arrivals poisson --load 0.9 --lengths philly \
      -o "$dir/trace.json" 2>/dev/null
    instance="file = $dir/trace.json"
  else
    [ "$MILLION" = yes ] || continue
    instance="set = jobs:million"
  fi
  for policy in $POLICIES; do row "$policy" "$machines" "$jobs" "$instance"; done
done
