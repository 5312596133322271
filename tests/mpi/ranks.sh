#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A work-limited sweep gives the same bytes alone and on 1, 2 and 4 ranks; a run resumes on another
# number of ranks; nothing runs twice; an output folder belongs to one sweep.
set -u
. "$TOP/tests/lib_mpi.sh"

"$RMS" run sweep.ini -o alone -q >alone.out 2>&1
wanted=$(hash_of alone)
jobs=$(head -n 1 alone/plan.jsonl | sed 's/.*"jobs":\([0-9]*\).*/\1/')
is "$(lines run alone)" "$jobs" "one process does all $jobs jobs"
case $wanted in ????????????????????????????????) ok "the records have a hash" ;; *) bad "the records have a hash" ;; esac

for np in 1 2 4; do
  ranks $np run sweep.ini -o "ranks$np" -q >"ranks$np.out" 2>&1
  is $? 0 "$np ranks end well"
  is "$(hash_of "ranks$np")" "$wanted" "$np ranks give the same bytes"
  is "$(find "ranks$np/plans" -name '*.json' | wc -l)" "$(find alone/plans -name '*.json' | wc -l)" "$np ranks keep the same plans"
done
is "$(cat ranks4/records/*.jsonl | grep -c '"type":"closed"')" "$(cat ranks4/records/*.jsonl | grep -c '"type":"launch"')" "every file is closed"
is "$(cat ranks2/records/*.0001.jsonl | grep -c '"type":"run"' | awk '{print ($1 > 0)}')" 1 "the second rank has worked"

ranks 2 run sweep.ini -o parts --max-jobs 50 -q >/dev/null 2>&1
is "$(lines run parts)" 50 "--max-jobs ends a launch early"
"$RMS" run sweep.ini -o parts --max-jobs 50 -q >/dev/null 2>&1
ranks 3 run sweep.ini -o parts -q >/dev/null 2>&1
is "$(lines run parts)" "$jobs" "three launches on 2, 1 and 3 ranks do every job once"
is "$(hash_of parts)" "$wanted" "and give the same bytes"

sed 's/work = 2000/work = 1999/' sweep.ini >other.ini
"$RMS" run other.ini -o alone -q >other.out 2>&1
is $? 2 "another sweep in the same folder is refused"
grep -q 'holds another sweep' other.out && ok "and the reason is said" || bad "and the reason is said"

echo '{"type":"launch"' >parts/records/00000000T000000.000000-1.0000.jsonl
is "$(hash_of parts)" "$wanted" "a file torn in its first line is ignored"

ranks 2 run sweep.ini -o /proc/nowhere -q >nowhere.out 2>&1
is $? 2 "a folder that cannot be made is an input error"

plan
