#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# scaling.sh - how the sweep engine scales: real runs of waiting jobs on 1, 2, 4 and 8 ranks of this machine, the model
# of `rms simulate-cluster` calibrated from the run on one rank, its error on the others, and its forecast for ranks
# that this machine does not have. Writes OUT/scaling.txt and OUT/scaling.svg.
# Environment: BUILD, OUT (default out/scaling), JOBS per real rank (default 500), DELAY of a job in s (default 0.01).
set -eu
BUILD=${BUILD:-build/release} OUT=${OUT:-out/scaling} JOBS=${JOBS:-500} DELAY=${DELAY:-0.01}
RMS=$PWD/$BUILD/rms
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
rm -rf "$OUT"
mkdir -p "$OUT"
"$RMS" generate serve --set tiny --count 1 -o "$OUT/tiny" >/dev/null 2>&1
tiny=$(find "$PWD/$OUT/tiny" -name '*.json' | sort | head -n 1)
for np in 1 2 4 8; do
  cat >"$OUT/np$np.ini" <<INI
[sweep]
name = np$np
seed = 1
repeats = $((JOBS * np))
[limits]
work = 1000000
time = 60s
[instances]
file = $tiny
[solvers]
run = dummy:incumbents=1,delay=$DELAY,work=0
INI
  # Processor time of everything that the run started, from the shell's own account of its children.
  times >"$OUT/before"
  mpirun -np "$np" --bind-to none "$RMS" run "$OUT/np$np.ini" -o "$OUT/np$np" --no-plans --quiet >"$OUT/np$np.log" 2>&1 || {
    cat "$OUT/np$np.log" >&2
    exit 1
  }
  times >"$OUT/after"
  echo "$np $(tail -n 1 "$OUT/before") $(tail -n 1 "$OUT/after")" | sed 's/[ms]/ /g' >>"$OUT/times"
done
cpu=$(awk -v jobs="$JOBS" '$1 == 1 {printf "%.3g", (60 * ($6 + $8 - $2 - $4) + $7 + $9 - $3 - $5) / jobs}' "$OUT/times")
message=$(mpirun -np 2 --bind-to none "$RMS" simulate-cluster --measure)
# shellcheck disable=SC2086 # the options are words
"$RMS" simulate-cluster "$OUT/np1" "$OUT/np2" "$OUT/np4" "$OUT/np8" --overhead-cpu "$cpu" $message \
  -o "$OUT/scaling.txt" --svg "$OUT/scaling.svg"
cat "$OUT/scaling.txt"
echo "also: $OUT/scaling.svg"
