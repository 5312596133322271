#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Islands of one job spread over ranks: the same plan bytes on any number of them, in every topology;
# errors are said once.
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

echo "1..$number"
