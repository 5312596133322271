#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# engine.sh - many short jobs under mpirun: how much of the ranks' time goes into jobs, what rank 0 costs, whether any
# process grows, whether the records are whole, and how long it takes to find that nothing is left to do.
# A job of 10 ms is a solver that sleeps 10 ms (WAIT=sleep) or computes for 10 ms (WAIT=spin), reports one plan, which
# is checked, and ends; each in a process of its own.
#   efficiency      sum of what the solvers took, as recorded, over ranks x time from the first start to the last end
#   nominal         the same with DELAY in place of what was recorded: a sleep of 10 ms takes a little longer
#   rank 0          its processor time (coordinator, its own share's records, MPI) over the time from start to end
#   last rank       the same of a rank that coordinates nothing: the difference is what the coordinator costs
# Environment: BUILD, OUT (default out/engine), JOBS (default 5000), NP (2), DELAY in s (0.01), WAIT (sleep).
set -eu
BUILD=${BUILD:-build/release} OUT=${OUT:-out/engine} JOBS=${JOBS:-5000} NP=${NP:-2} DELAY=${DELAY:-0.01} WAIT=${WAIT:-sleep}
. tests/lib_bench.sh
rm -rf "$OUT"
mkdir -p "$OUT"
sweep_of engine "$JOBS" 1000000 "$(tiny "$OUT/tiny")" "dummy:incumbents=1,delay=$DELAY,work=0,wait=$WAIT" >"$OUT/engine.ini"

children_of() { cat /proc/"$1"/task/*/children 2>/dev/null || :; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status" 2>/dev/null || :; }
spent() { cut -d ' ' -f 1 "/proc/$1/schedstat" 2>/dev/null || echo 0; } # ns on a processor
# look WHEN: resident memory of every process that lasts, one line each
look() {
  for rank in $(children_of "$launcher"); do
    number=$(tr '\0' '\n' <"/proc/$rank/environ" 2>/dev/null | sed -n 's/^OMPI_COMM_WORLD_RANK=//p')
    [ -n "$number" ] || continue
    echo "$1 rank-$number $(resident "$rank")"
    for nursery in $(children_of "$rank"); do
      echo "$1 nursery-$number $(resident "$nursery")"
      for helper in $(children_of "$nursery"); do
        echo "$1 helper-$number $(resident "$helper")"
        for minder in $(children_of "$helper"); do echo "$1 minder-$number $(resident "$minder")"; done
      done
    done
  done >>"$OUT/resident"
}
# process_of RANK
process_of() {
  for rank in $(children_of "$launcher"); do
    tr '\0' '\n' <"/proc/$rank/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$rank"
  done
}
done_now() { cat "$OUT"/run/records/*.jsonl 2>/dev/null | grep -c '^{"type":"run"' || :; }
now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{printf "%.2f", $2 - $1}'; }

# Whoever looks too often is part of what it sees: moments come from the clock, not from the records.
whole=$(echo "$JOBS $DELAY $NP" | awk '{print $1 * $2 / $3}')
has_passed() { [ "$(since "$begin" | awk -v whole="$whole" -v part="$1" '{print ($1 >= whole * part)}')" = 1 ]; }
mpirun -np "$NP" --bind-to none "$RMS" run "$OUT/engine.ini" -o "$OUT/run" --quiet >"$OUT/log" 2>&1 &
launcher=$!
cpu=0 last_cpu=0 seconds=0 begin=$(now) seen=0 zero='' last=''
while kill -0 $launcher 2>/dev/null; do
  [ -n "$zero" ] || zero=$(process_of 0 || :)
  [ -n "$last" ] || last=$(process_of $((NP - 1)) || :)
  case $seen in
  0) has_passed 0.1 && look start && seen=1 ;;
  1) has_passed 0.5 && look middle && seen=2 ;;
  2) has_passed 0.9 && look end && seen=3 ;;
  esac || :
  [ -z "$zero" ] || { cpu=$(spent "$zero") && seconds=$(since "$begin"); }
  [ -z "$last" ] || last_cpu=$(spent "$last")
  sleep 1
done
wait $launcher || {
  cat "$OUT/log" >&2
  exit 1
}

echo "rmsbench engine: $JOBS jobs of $DELAY s ($WAIT), $NP ranks on $(nproc) processors, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
cat "$OUT"/run/records/*.jsonl | grep '^{"type":"run"' |
  sed 's/.*"env":{[^}]*"wall":\([0-9.e+-]*\).*"started":\([0-9.e+-]*\).*/\1 \2/' |
  awk -v np="$NP" -v delay="$DELAY" '
    NR == 1 {first = $2} {work += $1; if ($2 < first) first = $2; if ($2 + $1 > last) last = $2 + $1}
    END {span = last - first
      printf "  %.1f s from the first start to the last end, %.1f jobs/s, a job takes %.3f ms and %.3f ms besides\n", \
        span, NR / span, 1e3 * work / NR, 1e3 * (np * span - work) / NR
      printf "  efficiency %.4f (nominal %.4f)\n", work / (np * span), NR * delay / (np * span)}'
echo "$cpu $last_cpu $seconds" |
  awk '{printf "  rank 0: %.2f %% of a processor; last rank: %.2f %%\n", $1 / 1e7 / $3, $2 / 1e7 / $3}'
echo "  resident memory in kB after 10, 50 and 90 % of $whole s:"
awk '{size[$2, $1] = $3; if (!($2 in has)) {has[$2] = 1; names[++n] = $2}}
  END {for (i = 1; i <= n; i++) printf "    %-12s %8s %8s %8s\n", names[i], size[names[i], "start"], size[names[i], "middle"], size[names[i], "end"]}' "$OUT/resident"
# The complete reader goes through every field of every line.
"$RMS" table "$OUT/run" >"$OUT/table.txt"
[ "$(done_now)" -eq "$JOBS" ] || { echo "  $(done_now) run lines, not $JOBS" >&2 && exit 1; }
[ "$(cat "$OUT"/run/records/*.jsonl | grep -c '^{"type":"closed"')" -eq "$NP" ] || { echo "  a file is not closed" >&2 && exit 1; }
echo "  records valid: $JOBS runs, $(du -sh "$OUT/run/records" | cut -f 1)"
begin=$(now)
mpirun -np "$NP" --bind-to none "$RMS" run "$OUT/engine.ini" -o "$OUT/run" --quiet >"$OUT/again.log" 2>&1
echo "  resume of the finished sweep: $(since "$begin") s on $NP ranks"
begin=$(now)
"$RMS" run "$OUT/engine.ini" -o "$OUT/run" --quiet >"$OUT/again.log" 2>&1
echo "  resume of the finished sweep: $(since "$begin") s alone"
grep -q "$JOBS of $JOBS jobs done, 0 of them now" "$OUT/again.log" || { cat "$OUT/again.log" >&2 && exit 1; }
