#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# scaling.sh - how the sweep engine scales: real runs of waiting jobs on 1, 2, 4 and 8 ranks of this machine, the model
# of `rms simulate-cluster` calibrated from the run on one rank, its error on the others, and its forecast for ranks
# that this machine does not have: efficiency and the load of the coordinator, with leaders and without, for jobs of four
# lengths. Real runs in groups of two test the model of leaders. A message costs what it costs over TCP on this machine,
# as between nodes without a fast network.
# Writes OUT/scaling.txt, OUT/scaling.svg, OUT/leaders.txt and OUT/breaks.txt.
# Environment: BUILD, OUT (default out/scaling), JOBS per real rank (default 500), DELAY of a job in s (default 0.01).
set -eu
BUILD=${BUILD:-build/release} OUT=${OUT:-out/scaling} JOBS=${JOBS:-500} DELAY=${DELAY:-0.01}
. tests/lib_bench.sh
rm -rf "$OUT"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
tiny=$(tiny "$OUT/tiny")
# launch NAME NP RUN [ARGUMENT...]: a launch, and the processor time of everything that it started, by the shell's own
# account
launch() {
  name=$1 np=$2 run=$3
  shift 3
  times >"$OUT/before"
  mpirun -np "$np" --bind-to none "$RMS" run "$OUT/np$np.ini" -o "$OUT/$run" --no-plans --quiet "$@" >"$OUT/$run.log" 2>&1 || {
    cat "$OUT/$run.log" >&2
    exit 1
  }
  times >"$OUT/after"
  echo "$name $(tail -n 1 "$OUT/before") $(tail -n 1 "$OUT/after")" | sed 's/[ms]/ /g' >>"$OUT/times"
}
for np in 1 2 4 8; do
  sweep_of "np$np" $((JOBS * np)) 1000000 "$tiny" "dummy:incumbents=1,delay=$DELAY,work=0" >"$OUT/np$np.ini"
  launch "$np" "$np" "np$np"
  # Once more there is nothing to do: what a launch costs by itself.
  [ "$np" != 1 ] || launch 0 1 np1
  [ "$np" -lt 4 ] || launch "led$np" "$np" "led$np" --group 2
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
# shellcheck disable=SC2086 # the options are words
"$RMS" simulate-cluster "$OUT/np1" "$OUT/led4" "$OUT/led8" --group 2 --ranks 16 --overhead-cpu "$cpu" $message -o "$OUT/leaders.txt"
cat "$OUT/leaders.txt"

# Where it breaks: the same engine, other jobs.
{
  printf '\nefficiency / load of the coordinator [%%], with leaders | without; 64 ranks a node, 100 jobs a rank\n%10s' ranks
  for job in 10ms 100ms 1s 10s; do printf '%32s' "jobs of $job"; done
  echo
  for ranks in 16 256 4096 65536; do
    printf '%10s' $ranks
    for job in 10ms 100ms 1s 10s; do
      # shellcheck disable=SC2086 # the options are words
      "$RMS" simulate-cluster --ranks $ranks --job-time $job --overhead-cpu "$cpu" $message --format csv |
        awk -F, 'NR == 2 {printf "%32s", sprintf("%.1f / %.1f | %.1f / %.1f", $5, $6, $10, $11)}'
    done
    echo
  done
} >"$OUT/breaks.txt"
cat "$OUT/breaks.txt"
echo "also: $OUT/scaling.svg"
