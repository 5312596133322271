#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep whose launches are hurt: kill -9 of one process of random kind (mpirun, rank, nursery, helper, minder,
# solver) at a random moment, twice, each time resumed with another number of ranks. The records are those of
# an undisturbed run, nothing that was committed ran twice, nobody is charged with a death.
# Environment: CHAOS_ROUNDS (3), CHAOS_JOBS (400), CHAOS_SEED (from the clock; printed).
set -u
. "$TOP/tests/lib_mpi.sh"
rounds=${CHAOS_ROUNDS:-3} jobs=${CHAOS_JOBS:-400} seed=${CHAOS_SEED:-$(date +%s)}
cat >sweep.ini <<END
[sweep]
name = chaos
repeats = $((jobs / 4))
[limits]
work = 2000
time = 120s
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = dummy:mode=null
run = dummy:incumbents=5
run = dummy:incumbents=2,delay=0.005
run = dummy:incumbents=9,work=20
END

rng=$seed
random() { # random N: into $drawn, 0..N-1; the low bits of this generator are poor
  rng=$(((rng * 1103515245 + 12345) & 0x7fffffff))
  drawn=$((rng / 65536 % $1))
}
children_of() { # into $children
  children=
  for list in /proc/"$1"/task/*/children; do
    { read -r some <"$list" || :; } 2>/dev/null
    children="$children ${some:-}"
    some=
  done
}
roles="mpirun rank nursery helper minder solver"
# kill_one LAUNCHER: kill -9 of a process of a random kind; into $victim what it was, "" when all was over
kill_one() {
  random 6
  depth=$drawn
  tries=0
  victim=
  while [ $tries -lt 3000 ] && kill -0 "$1" 2>/dev/null; do
    tries=$((tries + 1))
    process=$1
    for _ in $(seq 2 $((depth + 1))); do
      children_of "$process"
      # shellcheck disable=SC2086 # a list of numbers
      set -- "$1" $children
      [ $# -gt 1 ] || continue 2
      random $(($# - 1))
      shift_by=$drawn
      launcher=$1
      shift $((1 + shift_by))
      process=$1
      set -- "$launcher"
    done
    kill -9 "$process" 2>/dev/null || continue
    victim=$(echo "$roles" | cut -d ' ' -f $((depth + 1)))
    return
  done
}
now_ms() { date +%s%3N; }

began=$(now_ms)
ranks 2 run sweep.ini -o alone -q >/dev/null 2>&1
is $? 0 "the undisturbed run ends well (seed $seed)"
whole=$(($(now_ms) - began))
wanted=$(hash_of alone)
is "$(lines run alone)" "$jobs" "it has $jobs jobs"

round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  run=hurt$round
  random 3
  np=$((1 + drawn))
  story=
  for _ in 1 2; do
    mpirun -np "$np" --oversubscribe --bind-to none "$RMS" run sweep.ini -o "$run" --max-attempts 1000 -q >>launch.out 2>&1 &
    launcher=$!
    random $((whole * 6 / 10))
    pause=$((100 + drawn))
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
    kill_one "$launcher"
    wait "$launcher" 2>/dev/null
    story="$story, $np ranks and ${victim:-nothing} killed after $pause ms ($(lines run "$run") done)"
    np=$((np % 3 + 1))
  done
  ranks "$np" run sweep.ini -o "$run" --max-attempts 1000 -q >last.out 2>&1
  is $? 0 "round $round$story: $np ranks end it"
  is "$(hash_of "$run")" "$wanted" "the records are those of the undisturbed run"
  cat "$run"/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort >done.list
  is "$(uniq -d done.list | wc -l) $(wc -l <done.list)" "0 $jobs" "each job has one run"
  [ "$(hash_of "$run")" = "$wanted" ] || tail -n 5 launch.out last.out | sed 's/^/# /'
  rm -rf "$run"
done

plan
