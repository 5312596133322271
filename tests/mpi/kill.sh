#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 of mpirun at random moments, again and again until the sweep is done: the records are those of
# an undisturbed run, and nothing that was committed ran twice. KILLS: how many launches may be killed.
set -u
. "$TOP/tests/lib_mpi.sh"
kills=${KILLS:-20}

"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)

killed=0
i=0
mkdir -p hurt/records
while [ $i -lt "$kills" ] && [ "$(lines run hurt)" -lt "$jobs" ]; do
  i=$((i + 1))
  np=$((1 + i % 3))
  mpirun -np $np --oversubscribe --bind-to none "$RMS" run sweep.ini -o hurt --max-attempts 1000 -q >launch.out 2>&1 &
  launch=$!
  sleep "$(awk -v seed="$i$$" 'BEGIN { srand(seed); printf "%.3f", 0.2 + 0.5 * rand() }')"
  if kill -9 $launch 2>/dev/null; then killed=$((killed + 1)); fi
  wait $launch 2>/dev/null
done
[ $killed -gt 0 ] && ok "$killed launches were killed" || bad "no launch was killed"
before=$(lines run hurt)

ranks 2 run sweep.ini -o hurt --max-attempts 1000 -q >last.out 2>&1
is $? 0 "the last launch ends well ($before of $jobs jobs were committed by the killed ones, $(lines start hurt) were started)"
is "$(hash_of hurt)" "$wanted" "the records are those of an undisturbed run"
is "$(cat hurt/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort | uniq -d | wc -l)" 0 "no committed job ran twice"
is "$(cat hurt/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort -u | wc -l)" "$jobs" "every job has its run"

# A signal that asks instead of killing: files are closed, the resume command is printed.
mpirun -np 2 --oversubscribe --bind-to none "$RMS" run sweep.ini -o asked >asked.out 2>&1 &
launch=$!
while [ ! -s asked.out ]; do sleep 0.05; done
sleep 0.3
kill -TERM $launch
wait $launch
"$RMS" run sweep.ini -o asked --max-attempts 1 -q >/dev/null 2>&1
is "$(hash_of asked)" "$wanted" "after SIGTERM the rest is done and nothing is charged"

"$RMS" run sweep.ini -o alone2 >one.out 2>one.err &
launch=$!
while ! grep -q 'to do' one.err; do sleep 0.05; done
sleep 0.2
kill -TERM $launch
wait $launch
is $? 1 "one process ends with 1 after SIGTERM"
is "$(tail -n 1 alone2/records/*.jsonl | cut -c -16)" '{"type":"closed"' "its file is closed"
grep -q 'resume:.*rms run' one.out && ok "the resume command is printed" || bad "the resume command is printed"

# Two launches at once: the second waits for the first, then finds nothing to do.
"$RMS" run sweep.ini -o both -q >first.out 2>&1 &
launch=$!
sleep 0.1
"$RMS" run sweep.ini -o both -q >second.out 2>&1
wait $launch
is "$(lines run both)" "$jobs" "two launches at once do every job once"
is "$(hash_of both)" "$wanted" "and give the same bytes"

plan
