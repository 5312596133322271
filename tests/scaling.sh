#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# scaling.sh - how the sweep engine scales: real runs of waiting jobs on 1, 2, 4 and 8 ranks of this machine, the model
# of `rms simulate-cluster` calibrated from the run on one rank, its error on the others, and its forecast for ranks
# that this machine does not have: efficiency and the load of the coordinator, for jobs of four lengths. A message costs
# what it costs over TCP on this machine, as between nodes without a fast network.
# Writes OUT/scaling.txt, OUT/scaling.svg and OUT/breaks.txt.
# Environment: BUILD, OUT (default out/scaling), JOBS per real rank (default 500), DELAY of a job in s (default 0.01).
set -eu
BUILD=${BUILD:-build/release} OUT=${OUT:-out/scaling} JOBS=${JOBS:-500} DELAY=${DELAY:-0.01}
. tests/lib_bench.sh
rm -rf "$OUT"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
tiny=$(tiny "$OUT/tiny")
# launch NAME NP: a launch, and the processor time of everything that it started, by the shell's own account
launch() {
  times >"$OUT/before"
  mpirun -np "$2" --bind-to none "$RMS" run "$OUT/np$2.ini" -o "$OUT/np$2" --no-plans --quiet >"$OUT/np$2.log" 2>&1 || {
    cat "$OUT/np$2.log" >&2
    exit 1
  }
  times >"$OUT/after"
  echo "$1 $(tail -n 1 "$OUT/before") $(tail -n 1 "$OUT/after")" | sed 's/[ms]/ /g' >>"$OUT/times"
}
for np in 1 2 4 8; do
  sweep_of "np$np" $((JOBS * np)) 1000000 "$tiny" "dummy:incumbents=1,delay=$DELAY,work=0" >"$OUT/np$np.ini"
  launch "$np" "$np"
  # Once more there is nothing to do: what a launch costs by itself.
  [ "$np" != 1 ] || launch 0 1
done
cpu=$(awk -v jobs="$JOBS" '{used[$1] = 60 * ($6 + $8 - $2 - $4) + $7 + $9 - $3 - $5}
  END {printf "%.3g", (used[1] - used[0]) / jobs}' "$OUT/times")
# The least disturbed of three measurements.
message=$(for _ in 1 2 3; do
  mpirun -np 2 --bind-to none --mca btl tcp,self "$RMS" simulate-cluster --measure
done | sort -t = -k 2g | head -n 1)
# shellcheck disable=SC2086 # the options are words
"$RMS" simulate-cluster "$OUT/np1" "$OUT/np2" "$OUT/np4" "$OUT/np8" --overhead-cpu "$cpu" $message \
  -o "$OUT/scaling.txt" --svg "$OUT/scaling.svg"
cat "$OUT/scaling.txt"

# Where it breaks: the same engine, other jobs.
{
  printf '\nefficiency / load of the coordinator [%%], 64 ranks a node, 100 jobs a rank\n%10s' ranks
  for job in 10ms 100ms 1s 10s; do printf '%16s' "jobs of $job"; done
  echo
  for ranks in 16 256 4096 65536; do
    printf '%10s' $ranks
    for job in 10ms 100ms 1s 10s; do
      # shellcheck disable=SC2086 # the options are words
      "$RMS" simulate-cluster --ranks $ranks --job-time $job --overhead-cpu "$cpu" $message --format csv |
        awk -F, 'NR == 2 {printf "%16s", sprintf("%.1f / %.2f", $5, $6)}'
    done
    echo
  done
} >"$OUT/breaks.txt"
cat "$OUT/breaks.txt"
echo "also: $OUT/scaling.svg"
