#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Islands of one job spread over ranks: the same plan bytes and records on any number of them, in every
# topology, with large messages, islands that return early and islands that die; errors are said once.
set -u
. "$TOP/tests/lib_mpi.sh"

# same TEXT ARGUMENT... - the plan of `rms solve` without MPI and on 2, 3 and 4 ranks
same() {
  text=$1
  shift
  "$RMS" solve "$@" -q -o alone.json || bad "$text: no plan"
  for np in 2 3 4; do
    rm -f spread.json
    ranks $np solve "$@" -q -o spread.json
    cmp -s alone.json spread.json && ok "$text: $np ranks" || bad "$text: $np ranks"
  done
}
same "one island" serve:set=ms24,seed=3 -s ga:bound=none --work 500
same "more islands than ranks" serve:set=ms24,seed=1 -s ga:islands=5,bound=none,migration=1 --work 500
same "all to all" serve:set=ms24,seed=1 -s ga:islands=4,bound=none,migration=1,topology=full --work 500
same "a torus" serve:set=ms24,seed=1 -s ga:islands=4,bound=none,migration=1,topology=torus --work 500
same "tree search" serve:set=ms24,seed=3 -s mcts:islands=2 --work 2000
same "optimality found on one island" serve:set=ms24,seed=2 -s ga:islands=3 --work 2000

same "a proved plan ends all islands" serve:set=ms24,seed=6 -s ga:islands=4,bound=price --work 100000
"$RMS" solve serve:set=ms24,seed=6 -s ga:islands=4,bound=price --work 100000 -o proved.json 2>proved.out
units=$(sed -n 's/.*, \([0-9]*\) units of work.*/\1/p' proved.out)
[ "${units:-400000}" -lt 100000 ] && ok "long before their limit" || bad "long before their limit ($units units)"
is "$(grep -c '^rate .* units of work a second of CPU$' proved.out)" 1 "how fast they were is said"

ranks 3 solve nowhere.json -s ga >error.out 2>&1
is $? 2 "an instance that is not there is an input error"
is "$(grep -c '^rms: ' error.out)" 1 "and said once"
"$RMS" solve serve:set=ms24 -s ga:islands=2 --islands 3 >error.out 2>&1
is $? 2 "two numbers of islands contradict each other"

# More islands than processors are told once; the records know nothing of it.
many=$(($(nproc --all) + 1))
crowd() { grep -c 'islands on .* processors\? of this machine' "$1"; }
taskset -c "$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')" "$RMS" solve serve:set=ms24 -s ga:islands=2 --work 50 -o crowd.json 2>crowd.out
is "$(crowd crowd.out)" 1 "two islands on one processor"
"$RMS" solve serve:set=ms24 -s ga --work 50 -o crowd.json 2>crowd.out
is "$(crowd crowd.out)" 0 "one island is no crowd"
"$RMS" solve serve:set=ms24 -s "ga:islands=$many" --work 50 -q -o crowd.json 2>crowd.out
is "$(crowd crowd.out)" 0 "quiet is quiet"
ranks 2 solve serve:set=ms24 -s "ga:islands=$many" --work 50 -o crowd.json 2>crowd.out
is "$(crowd crowd.out)" 1 "two ranks say it once"

# Jobs of a sweep with islands are done by all ranks together.
cat >sweep.ini <<'END'
[sweep]
name = islands
[limits]
work = 300
time = 120s
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = greedy-capped
run = ga:islands=3,bound=none,migration=1
run = mcts:islands=5
run = dummy:islands=3,message=3000000,incumbents=20
run = dummy:islands=4,message=300000,incumbents=20,stagger=3
run = dummy:islands=4,misbehave=segv,at=2,incumbents=6,who=1
run = dummy:islands=5,misbehave=segv,at=2,incumbents=6,who=0+3
run = dummy:islands=5,misbehave=exit,at=3,incumbents=6,message=200000,who=4
run = dummy:islands=5,misbehave=nomem,at=3,incumbents=6,who=2
END
"$RMS" run sweep.ini -o whole -q >/dev/null 2>&1
wanted=$(hash_of whole)
is "$(lines run whole)" 9 "one process does all jobs"
for np in 1 2 3 4; do
  ranks $np run sweep.ini -o "ranks$np" -q >"ranks$np.out" 2>&1
  is $? 0 "$np ranks end well"
  is "$(hash_of "ranks$np")" "$wanted" "$np ranks: the same records, those of failed jobs too"
  is "$(cat "ranks$np"/records/*.jsonl | grep -c '"type":"closed"')" "$np" "$np ranks: every file is closed"
done
is "$(grep -c '"end_detail":"SEGV island 1 step 2"' ranks3/records/*.jsonl | awk -F: '{n += $NF} END {print n}')" 1 "the record names the dead island and its step"
is "$(find ranks4/plans -name '*.json' | wc -l)" "$(find whole/plans -name '*.json' | wc -l)" "the plans found before a death are kept"

ranks 3 run sweep.ini -o parts --max-jobs 4 -q >/dev/null 2>&1
is "$(lines run parts)" 4 "--max-jobs counts jobs with islands"
ranks 2 run sweep.ini -o parts -q >/dev/null 2>&1
is "$(hash_of parts)" "$wanted" "another number of ranks resumes"

# One island is killed from outside in mid-run: the job ends by the drain rule, its plan and its death are in
# the record, and the other jobs are as they were.
cat >sweep.ini <<'END'
[sweep]
name = killed
[limits]
work = 100000
time = 120s
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = greedy-capped
run = dummy:islands=3,incumbents=3
run = dummy:islands=4,incumbents=200,delay=0.1
run = ga:islands=2,rounds=10
END
begin 2 killed.out run sweep.ini -o killed -q
slow=$(until grep -s 'delay=0.1' killed/plan.jsonl; do sleep 0.05; done | sed 's/^{"job":"\([0-9a-f]*\)".*/\1/')
while ! cat killed/records/*.jsonl 2>/dev/null | grep -q "\"start\",\"job\":\"$slow\""; do sleep 0.05; done
sleep 1
victim=$(generation 5 $launcher)
[ -n "$victim" ] && kill -9 "$victim" && ok "an island is killed" || bad "there is no island"
wait $launcher
is $? 0 "the launch ends well"
# of JOB-PATTERN - deterministic part of the records of jobs like that
of() { cat "$2"/records/*.jsonl | grep '^{"type":"run"' | grep "$1" | sed 's/,"env":.*//' | sort; }
is "$(of delay=0.1 killed | grep -c '"end":"signal","end_detail":"KILL island [0-3] step [0-9]*","claim":"feasible","verdict":"verified_feasible"')" 1 "its death is in the record, and the plan found before"
sed -i '/delay=0.1/d' sweep.ini
"$RMS" run sweep.ini -o others -q >/dev/null 2>&1
for job in greedy-capped incumbents=3 '"ga"'; do
  [ -n "$(of "$job" others)" ] && [ "$(of "$job" others)" = "$(of "$job" killed | grep -v delay=0.1)" ] && ok "$job is as it was" || bad "$job is as it was"
done

# The same under a time limit: nobody waits for it.
mpirun -np 3 --oversubscribe --bind-to none "$RMS" solve serve:set=ms24,seed=1 -s dummy:islands=4,incumbents=1000,delay=0.05 --time 100s -o timed.json 2>timed.out &
launcher=$!
until [ -n "$(generation 4 $launcher)" ]; do sleep 0.05; done
sleep 1
kill -9 "$(generation 4 $launcher)"
wait $launcher
is $? 0 "a death under a time limit ends the job well"
grep -q 'SIGKILL island [0-3] step.*its best plan so far was checked and kept' timed.out && ok "and its plan is kept" || bad "and its plan is kept"

plan
