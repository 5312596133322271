#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh - ratios of things run beside each other on this machine, median of ROUNDS rounds:
#   1. jobs per second of the harness with a solver that does nothing, on one and two ranks, beside GNU
#      parallel, xargs -P and a plain loop that start the same program once a job;
#   2. the instance reader in MB/s on a 10,000-service file, beside wc -c and jq on the same file;
#   3. evaluations per second of mcts and ga and of a textbook version of them (tests/unit/naive_mcts.c), 24 and 500
#      services.
# Environment: BUILD, ROUNDS (default 5), JOBS (default 2000).
set -eu
BUILD=${BUILD:-build/release} ROUNDS=${ROUNDS:-5} JOBS=${JOBS:-2000}
. tests/lib_bench.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

now() { date +%s.%N; }
# measure NAME COUNT COMMAND...: appends COUNT/seconds to $dir/NAME
measure() {
  name=$1 count=$2
  shift 2
  start=$(now)
  "$@" >/dev/null 2>&1 || { echo "bench: failed: $*" >&2; exit 1; }
  echo "$count $start $(now)" | awk '{printf "%.6g\n", $1 / ($3 - $2)}' >>"$dir/$name"
}
# row NAME TEXT UNIT: median [min, max]
row() {
  sort -g "$dir/$1" | awk -v text="$2" -v unit="$3" '{a[NR]=$1} END {printf "  %-52s %10.5g %s   [%.5g, %.5g]\n", text, a[int((NR+1)/2)], unit, a[1], a[NR]}'
}

tiny=$(tiny "$dir/tiny")
sweep_of null "$JOBS" 1 "$tiny" dummy:mode=null >"$dir/null.ini"
one="$RMS solve $tiny -s dummy:mode=null --work 1 --quiet"
few=$((JOBS / 10))

echo "rmsbench bench: $(nproc) processors, $ROUNDS rounds, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
i=0
while [ "$i" -lt "$ROUNDS" ]; do
  i=$((i + 1))
  rm -rf "$dir/run1" "$dir/run2"
  measure rms1 "$JOBS" "$RMS" run "$dir/null.ini" -o "$dir/run1"
  measure rms2 "$JOBS" mpirun -np 2 --bind-to none "$RMS" run "$dir/null.ini" -o "$dir/run2"
  measure parallel "$few" sh -c "seq $few | parallel -j2 '$one; :'"
  measure xargs "$few" sh -c "seq $few | xargs -P2 -I{} sh -c '$one; :'"
  measure loop "$few" sh -c "for i in \$(seq $few); do $one || :; done"
  measure true "$few" sh -c "seq $few | xargs -P2 -I{} sh -c ':'"
done
echo "jobs per second, solver that does nothing (each job checked, recorded, resumable):"
row rms1 "rms run, one process" "jobs/s"
row rms2 "mpirun -np 2 rms run (with start of MPI)" "jobs/s"
row parallel "GNU parallel -j2 rms solve" "jobs/s"
row xargs "xargs -P2 rms solve" "jobs/s"
row loop "shell loop of rms solve" "jobs/s"
row true "xargs -P2 of an empty shell (floor of starting a process)" "jobs/s"

"$RMS" generate serve --services 10000 --machines 10000 --count 1 -o "$dir/big" >/dev/null 2>&1
big=$(find "$dir/big" -name '*.json' | head -n 1)
mb=$(stat -c %s "$big" | awk '{print $1 / 1e6}')
i=0
while [ "$i" -lt "$ROUNDS" ]; do
  i=$((i + 1))
  measure read "$mb" "$RMS" show "$big" --plain
  measure jq "$mb" jq -c . "$big"
done
echo "reading an instance of 10,000 services ($mb MB), whole program:"
row read "rms show (parse, validate, build, summarise)" "MB/s"
row jq "jq -c . (parse and print)" "MB/s"

# Demands that moved by 1 %, up and down in turn: solved anew, and with the old plan's prices first.
again() { # again NAME OPTION...: seconds and work of the solver itself, as it says
  name=$1
  shift
  "$RMS" solve "$dir/new.json" -s prices:fallback=no --time 20s -o "$dir/again.json" "$@" 2>"$dir/said"
  awk '$1 == "time" {print $2 * 1000}' "$dir/said" >>"$dir/$name"
  awk '$1 == "time" {print $4}' "$dir/said" >>"$dir/$name-work"
}
echo "prices after a change of demands by 1 %, the solver alone:"
for size in 100 1000 10000; do
  for shape in real jag; do
    "$RMS" generate serve --services "$size" --machines $((3 * size)) --shape "$shape" -o "$dir/old.json" >/dev/null 2>&1
    jq '.services |= (to_entries | map(.key as $i | .value | .demand *= (if $i % 2 == 0 then 1.01 else 0.99 end)
      | .demand = (.demand * 1000 | round / 1000)))' "$dir/old.json" >"$dir/new.json"
    "$RMS" solve "$dir/old.json" -s prices --time 20s -q -o "$dir/old.plan" 2>/dev/null
    i=0
    while [ "$i" -lt "$ROUNDS" ]; do
      i=$((i + 1))
      again "cold-$size-$shape"
      again "warm-$size-$shape" --warm "$dir/old.plan"
    done
    for start in cold warm; do
      row "$start-$size-$shape" "$size services, $shape, $start" "ms"
      row "$start-$size-$shape-work" "" "knapsacks"
    done
  done
done

echo "evaluations (completions of a partial plan) per second beside a textbook version, CPU time, medians of $ROUNDS:"
"$BUILD/tests/test_mcts" --bench "$ROUNDS" | sed 's/^/  /'
