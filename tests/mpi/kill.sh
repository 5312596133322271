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
  begin $np launch.out run sweep.ini -o hurt --max-attempts 1000 -q
  sleep "$(awk -v seed="$i$$" 'BEGIN { srand(seed); printf "%.3f", 0.2 + 0.5 * rand() }')"
  if kill -9 $launcher 2>/dev/null; then killed=$((killed + 1)); fi
  wait $launcher 2>/dev/null
done
[ $killed -gt 0 ] && ok "$killed launches were killed" || bad "no launch was killed"
before=$(lines run hurt)

ranks 2 run sweep.ini -o hurt --max-attempts 1000 -q >last.out 2>&1
is $? 0 "the last launch ends well ($before of $jobs jobs were committed by the killed ones, $(lines start hurt) were started)"
is "$(hash_of hurt)" "$wanted" "the records are those of an undisturbed run"
is "$(begun_again hurt)" 0 "no committed job was begun again"
is "$(cat hurt/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort -u | wc -l)" "$jobs" "every job has its run"

# A signal that asks instead of killing: files are closed, the resume command is printed.
begin 2 asked.out run sweep.ini -o asked
while [ ! -s asked.out ]; do sleep 0.05; done
sleep 0.3
kill -TERM $launcher
wait $launcher
"$RMS" run sweep.ini -o asked --max-attempts 1 -q >/dev/null 2>&1
is "$(hash_of asked)" "$wanted" "after SIGTERM the rest is done and nothing is charged"

"$RMS" run sweep.ini -o alone2 >one.out 2>one.err &
launcher=$!
while ! grep -q 'to do' one.err; do sleep 0.05; done
sleep 0.2
kill -TERM $launcher
wait $launcher
is $? 1 "one process ends with 1 after SIGTERM"
is "$(tail -n 1 alone2/records/*.jsonl | cut -c -16)" '{"type":"closed"' "its file is closed"
grep -q 'resume:.*rms run' one.out && ok "the resume command is printed" || bad "the resume command is printed"

# Two launches at once: the second waits for the first, then finds nothing to do.
"$RMS" run sweep.ini -o both -q >first.out 2>&1 &
launcher=$!
sleep 0.1
"$RMS" run sweep.ini -o both -q >second.out 2>&1
wait $launcher
is "$(lines run both)" "$jobs" "two launches at once do every job once"
is "$(hash_of both)" "$wanted" "and give the same bytes"

plan
