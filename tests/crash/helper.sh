#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The helper process that runs the jobs is killed: the rank lives, the job in flight is lost and charged
# to no one, the rest is done (alone: by a new helper; under MPI: by the other rank), a later launch
# runs the lost job again. And a file that may not grow ends a launch in order.
set -u
. "$TOP/tests/lib_mpi.sh"
cat >sweep.ini <<'END'
[sweep]
name = slow
[limits]
work = 1000
time = 60s
[instances]
set = parvagpu
[solvers]
run = dummy:delay=0.1,incumbents=3
END

# child_of PID - its first child process
child_of() { ps -o pid= --ppid "$1" 2>/dev/null | head -n 1 | tr -d ' '; }
# wait_for FILE TEXT - until a record file has it
wait_for() { while ! cat "$1"/records/*.jsonl 2>/dev/null | grep -q "$2"; do sleep 0.05; done; }
# kill_helper RANK
kill_helper() {
  helper=$(child_of "$1")
  [ -n "$helper" ] && kill -9 "$helper"
}

"$RMS" run sweep.ini -o whole -q >/dev/null 2>&1
wanted=$(hash_of whole)
jobs=$(lines run whole)

"$RMS" run sweep.ini -o one -q >one.out 2>&1 &
rank=$!
wait_for one '"type":"run"'
kill_helper $rank && ok "the helper of one process is killed" || bad "there is no helper"
wait $rank
is $? 1 "the launch ends in order and says that something is missing"
is "$(lines lost one)" 1 "one job is lost"
is "$(lines run one)" $((jobs - 1)) "a new helper does the rest"
"$RMS" run sweep.ini -o one -q >/dev/null 2>&1
is "$(hash_of one)" "$wanted" "the next launch completes the records"

mpirun -np 2 --oversubscribe --bind-to none "$RMS" run sweep.ini -o two >two.out 2>&1 &
launcher=$!
wait_for two '"type":"run"'
kill_helper "$(child_of $launcher)" && ok "the helper of a rank is killed" || bad "there is no helper"
wait $launcher
is "$(lines lost two)" 1 "one job is lost"
is "$(lines run two)" $((jobs - 1)) "the other rank does the rest"
grep -q 'its helper process died' two.out && ok "the rank says so" || bad "the rank says so"
is "$(cat two/records/*.jsonl | grep -c '"type":"closed"')" 2 "both files are closed"
"$RMS" run sweep.ini -o two -q >/dev/null 2>&1
is "$(hash_of two)" "$wanted" "the next launch completes the records"

"$RMS" run sweep.ini -o aside --max-jobs 1 -q >/dev/null 2>&1
job=$(sed -n '3s/^{"job":"\([0-9a-f]*\)".*/\1/p' whole/plan.jsonl)
{
  head -n 1 aside/records/*.jsonl
  for attempt in 1 2 3; do
    printf '{"type":"start","job":"%s","attempt":%d}\n' "$job" $attempt
    printf '{"type":"lost","job":"%s","attempt":%d}\n' "$job" $attempt
  done
} >lost.jsonl
cp lost.jsonl aside/records/0.0000.jsonl
"$RMS" run sweep.ini -o aside --max-attempts 3 -q >aside.out 2>&1
is "$(grep -c 'set aside: 1 ' aside.out)" 1 "a job that died in every attempt is set aside"
is "$(cat aside/records/*.jsonl | grep '"end":"lost"' | grep -c "$job")" 1 "and recorded as lost"

# The size of a file is limited to some kilobytes, which stands for a full disk.
(
  ulimit -f 16
  exec "$RMS" run sweep.ini -o full -q
) >full.out 2>&1
is $? 2 "a launch that cannot write ends with an error"
grep -q 'cannot be written' full.out && ok "which says why" || bad "which says why: $(cat full.out)"
"$RMS" run sweep.ini -o full -q >/dev/null 2>&1
is "$(hash_of full)" "$wanted" "with room again the same command completes it"

# A disk that is really full, where one can be mounted: the plan and the records of two ranks.
mkdir full2
if mount -t tmpfs -o size=48k none full2 2>/dev/null; then
  ranks 2 run sweep.ini -o full2 -q >full2.out 2>&1
  is "$(grep -c 'cannot be\|cannot write' full2.out | awk '{print ($1 > 0)}')" 1 "ranks on a full disk say so and end"
  mount -o remount,size=16m full2
  "$RMS" run sweep.ini -o full2 -q >/dev/null 2>&1
  is "$(hash_of full2)" "$wanted" "with room again the run can be completed"
  umount full2
else
  ok "a full disk under two ranks # skip no right to mount"
fi

echo "1..$number"
