#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two ranks on two cores against one process on one core, islands=2 and 4, equal total work, side by side: wall
# time of the job (as rms measures it), parallel efficiency from medians. Then how long after a time limit the
# job ends on 1, 2 and 3 ranks. Run it on a quiet machine with two cores.
# Environment: REPEATS (5), WORK (160000 of all islands together), LIMIT (2 s), INSTANCE.
set -u
RMS=${RMS:-build/release/rms}
repeats=${REPEATS:-5} total=${WORK:-160000} limit=${LIMIT:-2}
instance=${INSTANCE:-serve:set=ms24,index=20,seed=1}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/rms-bench-XXXXXX") || exit 2
trap 'rm -rf "$folder"' EXIT

# seconds FILE - the wall time in the summary of `rms solve`
seconds() { sed -n 's/^time  *\([0-9.]*\) s.*/\1/p' "$1"; }
median() { sort -n "$1" | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
spread() { sort -n "$1" | awk 'NR == 1 {lo = $1} {hi = $1} END {printf "%.3f..%.3f", lo, hi}'; }
two() { mpirun -np "$1" --oversubscribe --bind-to none "$RMS" solve "$instance" -o "$folder/two.json" -s "$2" "$3" "$4" 2>"$folder/two.out"; }

for islands in 2 4; do
  solver=ga:islands=$islands,bound=none work=$((total / islands))
  : >"$folder/one" && : >"$folder/two"
  for _ in $(seq "$repeats"); do
    taskset -c 0 "$RMS" solve "$instance" -o "$folder/one.json" -s "$solver" --work "$work" 2>"$folder/one.out" || exit 1
    two 2 "$solver" --work "$work" || exit 1
    cmp -s "$folder/one.json" "$folder/two.json" || { echo "plans differ"; exit 1; }
    seconds "$folder/one.out" >>"$folder/one"
    seconds "$folder/two.out" >>"$folder/two"
  done
  a=$(median "$folder/one") b=$(median "$folder/two")
  awk -v k="$islands" -v n="$repeats" -v a="$a" -v b="$b" -v sa="$(spread "$folder/one")" -v sb="$(spread "$folder/two")" \
    'BEGIN {printf "islands=%d: one core %.3f s (%s), two ranks on two cores %.3f s (%s), median of %d: efficiency %.3f\n", k, a, sa, b, sb, n, a / (2 * b)}'
done
for np in 1 2 3; do
  : >"$folder/late"
  for _ in $(seq "$repeats"); do
    two "$np" ga:islands=4,bound=none --time "$limit" || exit 1
    seconds "$folder/two.out" | awk -v limit="$limit" '{print $1 - limit}' >>"$folder/late"
  done
  echo "time limit $limit s, islands=4, $np ranks: the last island ends $(median "$folder/late") s after it, median of $repeats ($(spread "$folder/late"))"
done
