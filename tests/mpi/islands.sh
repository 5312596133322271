#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Islands of one job spread over ranks: the same plan bytes and records on any number of them, in every
# topology, with large messages, islands that return early and islands that die; errors are said once.
set -u
. "$TOP/tests/lib_mpi.sh"

# same TEXT ARGUMENT... - the plan of `rms solve` without MPI and on 1, 2, 3 and 4 ranks
same() {
  text=$1
  shift
  "$RMS" solve "$@" -q -o alone.json || bad "$text: no plan"
  for np in 1 2 3 4; do
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

ranks 3 solve nowhere.json -s ga >error.out 2>&1
is $? 2 "an instance that is not there is an input error"
is "$(grep -c '^rms: ' error.out)" 1 "and said once"
"$RMS" solve serve:set=ms24 -s ga:islands=2 --islands 3 >error.out 2>&1
is $? 2 "two numbers of islands contradict each other"

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

echo "1..$number"
