#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The helper process that runs the jobs is killed: the rank lives, the job in flight is lost and charged
# to no one, a new helper is born, also under MPI, and the job is done again. So it is when the helper or the minder
# only stands still. When there is no nursery any more either, the other ranks do the rest. A rank is killed: the
# next launch does the rest. And a file that may not grow ends a launch in order.
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

# hit SIGNAL PROCESS - "": there is none
hit() { [ -n "$2" ] && kill "$1" "$2"; }

"$RMS" run sweep.ini -o whole -q >/dev/null 2>&1
wanted=$(hash_of whole)
jobs=$(lines run whole)

"$RMS" run sweep.ini -o one -q >one.out 2>&1 &
rank=$!
wait_for 1 run one
hit -9 "$(generation 2 $rank)" && ok "the helper of one process is killed" || bad "there is no helper"
wait $rank
is $? 0 "the launch goes on to its end"
is "$(lines lost one)" 1 "one job was lost"
is "$(lines run one)" "$jobs" "a new helper does it again, and the rest"
is "$(grep -c '"type":"start".*"attempt":2' one/records/*.jsonl)" 1 "as its second attempt"
is "$(hash_of one)" "$wanted" "the records are those of an undisturbed run"

begin 2 two.out run sweep.ini -o two
wait_for 1 run two
hit -9 "$(generation 3 $launcher)" && ok "the helper of a rank is killed" || bad "there is no helper"
wait $launcher
is $? 0 "the launch goes on to its end"
is "$(lines lost two)" 1 "one job was lost"
is "$(hash_of two)" "$wanted" "the records are those of an undisturbed run"

# Stopped, not killed: nobody says that it is gone; what gives no sign of life for --rank-patience is killed.
for who in helper minder; do
  begin 2 still.out run sweep.ini -o "still-$who" --rank-patience 3s
  wait_for 1 run "still-$who"
  [ $who = helper ] && depth=3 || depth=4
  process=$(generation "$depth" $launcher)
  hit -STOP "$process" && ok "a $who is stopped" || bad "there is no $who"
  wait $launcher
  is $? 0 "the launch goes on to its end"
  grep -q 'rank [01]: what watches its job has been silent for 3 s and is killed' still.out && ok "it says why" || bad "it says why: $(cat still.out)"
  kill -0 "$process" 2>/dev/null && bad "the $who is there" || ok "the $who is gone"
  is "$(lines lost "still-$who") $(lines run "still-$who")" "1 $jobs" "one job was lost, and done again"
  is "$(hash_of "still-$who")" "$wanted" "the records are those of an undisturbed run"
done
# In a job of all ranks the others wait for the islands that stand still.
cp sweep.ini slow.ini
sed 's/^run = .*/run = dummy:islands=3,incumbents=20,delay=0.1/; s/^set = .*/&,cell=parvagpu-1-p1/' slow.ini >sweep.ini
"$RMS" run sweep.ini -o ring -q >/dev/null 2>&1
begin 2 still.out run sweep.ini -o still-ring --rank-patience 3s
wait_for 1 start still-ring
sleep 0.5
hit -STOP "$(generation 3 $launcher)" && ok "a helper of two that share a job is stopped" || bad "there is no helper"
wait $launcher
is "$? $(lines lost still-ring) $(lines run still-ring)" "0 1 1" "the job was lost, and done again"
is "$(hash_of still-ring)" "$(hash_of ring)" "the records are those of an undisturbed run"
mv slow.ini sweep.ini
# Whoever stands still ends with its rank.
"$RMS" run sweep.ini -o stiff -q >stiff.out 2>&1 &
rank=$!
wait_for 1 run stiff
nursery=$(generation 1 $rank)
helper=$(generation 2 $rank)
kill -STOP "$helper"
kill -9 $rank
wait $rank
within 15 is_gone "$nursery" && is_gone "$helper"
say $? "a rank is killed: its helper ends, stopped as it is"
"$RMS" run sweep.ini -o stiff -q >/dev/null 2>&1
is "$(hash_of stiff)" "$wanted" "the next launch does the rest"

begin 2 three.out run sweep.ini -o three
wait_for 1 run three
nursery=$(generation 2 $launcher)
helper=$(generation 1 "$nursery")
kill -9 "$nursery"
sleep 0.3
kill -0 "$helper" 2>/dev/null && ok "a helper outlives its nursery" || bad "the helper is gone"
kill -9 "$helper"
wait $launcher
is $? 0 "the other rank does the rest"
grep -q 'does no more jobs: .*nursery is gone' three.out && ok "the rank says so" || bad "the rank says so: $(cat three.out)"
is "$(cat three/records/*.jsonl | grep -c '"type":"closed"')" 2 "both files are closed"
is "$(hash_of three)" "$wanted" "the records are those of an undisturbed run"

# The rank itself: mpirun ends the others; what was in flight is done again, by other ranks.
for which in head tail; do
  begin 2 rank.out run sweep.ini -o "rank-$which"
  wait_for 1 run "rank-$which"
  kill -9 "$(ps -o pid= --ppid $launcher | $which -n 1)"
  wait $launcher
  is "$(($? > 0))" 1 "a rank is killed ($which): the launch ends with an error"
  before=$(lines run "rank-$which")
  [ "$before" -lt "$jobs" ] && ok "$before of $jobs jobs were done" || bad "$before of $jobs jobs were done"
  ranks 3 run sweep.ini -o "rank-$which" -q >/dev/null 2>&1
  is "$(hash_of "rank-$which")" "$wanted" "three ranks do the rest: the records are those of an undisturbed run"
  is "$(lines run "rank-$which") $(cat "rank-$which"/records/*.jsonl | grep -c '"end":"lost"')" "$jobs 0" "nothing ran twice, nobody is charged"
done

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

plan
