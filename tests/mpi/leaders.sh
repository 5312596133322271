#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Leaders: with groups of two, four ranks have two levels and eight have three. The same bytes as alone, with
# islands too; a leader that hangs is given up and its group goes on; one that dies ends the launch, which resumes.
set -u
. "$TOP/tests/lib_mpi.sh"
"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)
for np in 2 3 4 8; do
  ranks $np run sweep.ini -o "led$np" --group 2 -q >"led$np.out" 2>&1
  is $? 0 "$np ranks in groups of two end well"
  is "$(hash_of "led$np")" "$wanted" "$np ranks in groups of two give the same bytes"
  is "$(lines run "led$np")" "$jobs" "nothing ran twice"
done
is "$(cat led8/records/*.jsonl | grep -c '"type":"closed"')" 8 "every file is closed"
is "$(grep -l '"type":"run"' led8/records/*.jsonl | wc -l)" 8 "every rank has worked"
ranks 4 run sweep.ini -o parts --group 2 --max-jobs 50 -q >/dev/null 2>&1
is "$(lines run parts)" 50 "--max-jobs ends a launch early"
ranks 3 run sweep.ini -o parts -q >/dev/null 2>&1
is "$(hash_of parts)" "$wanted" "the rest without leaders gives the same bytes"
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
one_cell slow 300 60s dummy:delay=0.05,incumbents=1 >sweep.ini
ranks 3 run sweep.ini -o undisturbed -q >/dev/null 2>&1
wanted=$(hash_of undisturbed)
# lead RUN RANKS ARGUMENT... - a launch in groups of two; waits until every rank has done something
has_worked() { [ "$(grep -l '"type":"run"' "$1"/records/*.jsonl 2>/dev/null | wc -l)" -ge "$2" ]; }
lead() {
  run=$1 n=$2
  shift 2
  begin "$n" "$run.out" run sweep.ini -o "$run" --group 2 "$@"
  launch=${launcher:?}
  within 60 has_worked "$run" "$n"
}
# process RANK - of that launch
process() {
  for process in $(ps -o pid= --ppid "$launch"); do
    tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$process"
  done
}
runs_of() { grep -c '"type":"run"' "$1"/records/*."000$2".jsonl; }

# Rank 4 leads 5 and 6, and 6 leads 7: when it hangs, rank 0 takes 5 and 6 over.
lead hung 8 --rank-patience 3s
hung=$(process 4)
kill -STOP "$hung"
before=$(runs_of hung 5) before7=$(runs_of hung 7)
wait "$launch"
grep -q 'rank 4 has been silent for 3 s: its jobs are done by the others' hung.out && ok "a leader that hangs is given up" || bad "hung: $(cat hung.out)"
grep -q '300 of 300 jobs done' hung.out && ok "the others do everything" || bad "hung: $(cat hung.out)"
is "$(hash_of hung)" "$wanted" "the records are those of an undisturbed run"
is "$(for rank in 0 1 2 3 5 6 7; do tail -n 1 hung/records/*.000$rank.jsonl; done | grep -c '"type":"closed"')" 7 "all but the hung one have left in order"
[ "$(runs_of hung 5)" -gt "$((before + 4))" ] && ok "its group goes on" || bad "rank 5: $before, then $(runs_of hung 5)"
[ "$(runs_of hung 7)" -gt "$((before7 + 4))" ] && ok "and the group of the leader that it led" || bad "rank 7: $before7, then $(runs_of hung 7)"
within 10 is_gone "$hung" && ok "the hung leader is gone at the end" || bad "the hung leader is there"
# What it had not passed on was done again; what ranks had told it was told once more.
twice=$(cat hung/records/*.jsonl | sed -n '/"type":"run"/s/.*"job":"\([0-9a-f]*\)".*/\1/p' | sort | uniq -d | wc -l)
own=$(runs_of hung 4)
[ "$twice" -le "$own" ] && ok "$twice jobs ran twice, no more than the hung rank's own" || bad "$twice jobs ran twice, the hung rank did $own"

# It wakes up when others have its jobs, and finds that it may leave.
lead woken 4 --rank-patience 2s
leader=$(process 2)
kill -STOP "$leader"
within 30 grep -q 'rank 2 has been silent' woken.out
kill -CONT "$leader"
wait "$launch"
is $? 0 "a leader that wakes up leaves in order"
is "$(hash_of woken)" "$wanted" "with the same records"
is "$(cat woken/records/*.jsonl | grep -c '"type":"closed"')" 4 "every file is closed"

# A member of its group hangs: the leader does without.
lead member 4 --rank-patience 2s
kill -STOP "$(process 3)"
wait "$launch"
grep -q 'rank 3 has been silent for 2 s' member.out && ok "a leader gives up a rank of its group" || bad "member: $(cat member.out)"
is "$(hash_of member)" "$wanted" "with the same records"

# Rank 0 hangs: all notice.
lead headless 4 --rank-patience 2s
kill -STOP "$(process 0)"
wait "$launch"
is "$(($? > 0))" 1 "rank 0 hangs: the launch ends by itself, with an error"
grep -q 'rank 0 has been silent for 6 s: the launch ends here' headless.out && ok "which is said" || bad "headless: $(cat headless.out)"
"$RMS" run sweep.ini -o headless --max-jobs 2 -q >/dev/null 2>&1

# A leader dies: mpirun ends the launch; the same command goes on.
lead dead 4
kill -KILL "$(process 2)"
wait "$launch"
done=$(lines run dead)
ranks 5 run sweep.ini -o dead --group 2 -q >dead.out 2>&1
is "$(hash_of dead)" "$wanted" "a leader was killed after $done jobs: the next launch does the rest"
is "$(lines run dead)" 300 "nothing ran twice"

# All together: an order to stop reaches every rank, also below a leader that hangs.
lead stopped 4 --rank-patience 1d
kill -TERM "$(process 0)"
wait "$launch"
is "$(cat stopped/records/*.jsonl | grep -c '"type":"closed"')" 4 "SIGTERM: every rank closes its file"
lead warned 4
kill -USR1 "$launch"
wait "$launch"
is "$(lines start warned)" "$(lines run warned)" "SIGUSR1: what was begun has ended"
lead stuck 4 --rank-patience 1d
kill -STOP "$(process 3)"
kill -TERM "$(process 0)"
wait "$launch"
grep -q 'rank 3 has not ended within 10 s and is killed' stuck.out && ok "a rank that hangs below a leader does not keep a launch from ending" || bad "stuck: $(cat stuck.out)"
ranks 4 run sweep.ini -o stuck --group 2 -q >/dev/null 2>&1
is "$(hash_of stuck)" "$wanted" "the next launch does the rest"

plan
