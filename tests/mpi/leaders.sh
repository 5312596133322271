#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Leaders: with groups of two, four ranks have two levels and eight have three. The same bytes as alone, with
# islands too; a leader that hangs is given up and its group goes on; one that dies ends the launch, which resumes.
set -u
. "$TOP/tests/lib_mpi.sh"
"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)
for np in 4 8; do
  ranks $np run sweep.ini -o "led$np" --group 2 -q >"led$np.out" 2>&1
  is $? 0 "$np ranks in groups of two end well"
  is "$(hash_of "led$np")" "$wanted" "$np ranks in groups of two give the same bytes"
  is "$(lines run "led$np")" "$jobs" "nothing ran twice"
done
is "$(lines closed led8)" 8 "every file is closed"
is "$(grep -l '"type":"run"' led8/records/*.jsonl | wc -l)" 8 "every rank has worked"
ends "a group of one is refused" 2 "$RMS" run sweep.ini -o no --group 1
says '--group.*a whole number from 2'

# ---- jobs of all ranks together
cat >sweep.ini <<'INI'
[sweep]
name = islands
[limits]
work = 300
time = 120s
[instances]
set = ms24,count=2
[solvers]
run = ga:islands=3,bound=none,migration=1
run = mcts:islands=5
run = greedy-literal
INI
"$RMS" run sweep.ini -o islands -q >/dev/null 2>&1
ranks 5 run sweep.ini -o islands5 --group 2 -q >/dev/null 2>&1
is "$(hash_of islands5)" "$(hash_of islands)" "islands on five ranks in groups of two give the same bytes"

# ---- faults
# lead RUN RANKS ARGUMENT... - a launch in groups of two; waits until every rank has done something
lead() {
  run=$1 np=$2
  shift 2
  begin "$np" "$run.out" run sweep.ini -o "$run" --group 2 "$@"
  within 60 all_work "$run" "$np"
}
all_work() { [ "$(grep -l '"type":"run"' "$1"/records/*.jsonl 2>/dev/null | wc -l)" -ge "$2" ]; }
# process RANK - of that launch
process() {
  for process in $(ps -o pid= --ppid "$launcher"); do
    tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$process"
  done
}
runs_of() { grep -c '"type":"run"' "$1"/records/*."000$2".jsonl; }
told() { grep -q "$2" "$1.out"; }
# tells RUN TEXT - it did
tells() { told "$1" "$2" && ok "it says '$2'" || bad "$1: $(cat "$1.out")"; }

# Rank 4 leads 5 and 6, and 6 leads 7: when it hangs, rank 0 takes 5 and 6 over.
one_cell slow 240 60s dummy:delay=0.1,incumbents=1 >sweep.ini
ranks 8 run sweep.ini -o undisturbed -q >/dev/null 2>&1
lead hung 8 --rank-patience 3s
hung=$(process 4)
kill -STOP "$hung"
before=$(runs_of hung 5) before7=$(runs_of hung 7)
wait "${launcher:?}"
tells hung 'rank 4 has been silent for 3 s: its jobs are done by the others'
tells hung '240 of 240 jobs done'
is "$(hash_of hung)" "$(hash_of undisturbed)" "the records are those of an undisturbed run"
is "$(for rank in 0 1 2 3 5 6 7; do tail -n 1 hung/records/*.000$rank.jsonl; done | grep -c '"type":"closed"')" 7 "all but the hung one have left in order"
[ "$(runs_of hung 5)" -gt "$((before + 4))" ] && ok "its group goes on" || bad "rank 5: $before, then $(runs_of hung 5)"
[ "$(runs_of hung 7)" -gt "$((before7 + 4))" ] && ok "and the group of the leader that it led" || bad "rank 7: $before7, then $(runs_of hung 7)"
within 10 is_gone "$hung" && ok "the hung leader is gone at the end" || bad "the hung leader is there"
# What it had not passed on was done again; what ranks had told it was told once more.
twice=$(cat hung/records/*.jsonl | sed -n '/"type":"run"/s/.*"job":"\([0-9a-f]*\)".*/\1/p' | sort | uniq -d | wc -l)
own=$(runs_of hung 4)
[ "$twice" -le "$own" ] && ok "$twice jobs ran twice, no more than the hung rank's own" || bad "$twice jobs ran twice, the hung rank did $own"

one_cell short 100 60s dummy:delay=0.05,incumbents=1 >sweep.ini
ranks 4 run sweep.ini -o calm -q >/dev/null 2>&1
wanted=$(hash_of calm)
# It wakes up when others have its jobs, and finds that it may leave.
lead woken 4 --rank-patience 2s
leader=$(process 2)
kill -STOP "$leader"
within 60 told woken 'rank 2 has been silent'
kill -CONT "$leader"
wait "${launcher:?}"
is "$? $(hash_of woken)" "0 $wanted" "a leader that wakes up leaves in order, with the same records"
is "$(lines closed woken)" 4 "every file is closed"

# A member of its group hangs: the leader does without.
lead member 4 --rank-patience 2s
kill -STOP "$(process 3)"
wait "${launcher:?}"
tells member 'rank 3 has been silent for 2 s'
is "$(hash_of member)" "$wanted" "with the same records"

# Rank 0 hangs: all notice.
lead headless 4 --rank-patience 2s
kill -STOP "$(process 0)"
wait "${launcher:?}"
is "$(awk -v n=$? 'BEGIN {print (n > 0)}')" 1 "rank 0 hangs: the launch ends by itself, with an error"
tells headless 'rank 0 has been silent for 6 s: the launch ends here'

# A leader dies: mpirun ends the launch; the same command goes on.
lead dead 4
kill -KILL "$(process 2)"
wait "${launcher:?}"
done=$(lines run dead)
ranks 5 run sweep.ini -o dead --group 2 -q >dead.out 2>&1
is "$(hash_of dead)" "$wanted" "a leader was killed after $done jobs: the next launch does the rest"
is "$(lines run dead)" 100 "nothing ran twice"

# An order to stop reaches every rank.
lead warned 4
kill -USR1 "$launcher"
wait "${launcher:?}"
is "$(lines closed warned) $(lines start warned)" "4 $(lines run warned)" "SIGUSR1: what was begun has ended, every file is closed"
lead stuck 4 --rank-patience 1d
kill -STOP "$(process 3)"
kill -TERM "$(process 0)"
wait "${launcher:?}"
tells stuck 'rank 3 has not ended within 10 s and is killed'
for rank in 0 1 2; do tail -n 1 stuck/records/*.000$rank.jsonl; done >ends.txt
is "$(grep -c '"type":"closed"' ends.txt)" 3 "the others have closed their files"

plan
