#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Launches that are asked to end, ranks that hang, clocks that jump, folders that cannot be written: what was
# finished stays, the rest is done by the next launch, nobody is charged.
set -u
. "$TOP/tests/lib_mpi.sh"
one_cell slow 12 60s dummy:delay=0.1,incumbents=3 >sweep.ini
one_cell long 1 100s dummy:delay=50,incumbents=1 >long.ini
gone() { within 10 is_gone "$1"; } # or soon

ranks 2 run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
is "$(lines run alone)" 12 "the sweep has twelve jobs"

# ---- a warning: the jobs that run may end
"$RMS" run sweep.ini -o warned >one.out 2>one.err &
launcher=$!
wait_for 1 run warned
kill -USR1 $launcher
wait $launcher
is $? 1 "one process ends with 1 after SIGUSR1"
grep -q 'warned: no more jobs are begun, those that run have 60 s to end' one.err && ok "it says what it does" || bad "it says what it does"
is "$(lines start warned)" "$(lines run warned)" "every job that was begun has ended"
is "$(tail -n 1 warned/records/*.jsonl | cut -c -16)" '{"type":"closed"' "the file is closed"
"$RMS" run sweep.ini -o warned --max-attempts 1 -q >/dev/null 2>&1
is "$(hash_of warned)" "$wanted" "the next launch does the rest, and nothing was charged"

begin 2 two.out run sweep.ini -o both
wait_for 1 run both
kill -USR1 $launcher
wait $launcher
is "$(lines start both)" "$(lines run both)" "mpirun passes the warning on: what was begun on two ranks has ended"
is "$(cat both/records/*.jsonl | grep -c '"type":"closed"')" 2 "both files are closed"
"$RMS" run sweep.ini -o both --max-attempts 1 -q >/dev/null 2>&1
is "$(hash_of both)" "$wanted" "the next launch does the rest"

"$RMS" run long.ini -o long --wind-down 500ms >long.out 2>long.err &
launcher=$!
wait_for 1 start long
kill -USR1 $launcher
wait $launcher
is $? 1 "a job that does not end in the time for winding down is dropped"
is "$(lines run long) $(lines lost long) $(tail -n 1 long/records/*.jsonl | cut -c -16)" '0 0 {"type":"closed"' "without a record, and without being lost"
grep -q 'stopping: jobs that run are dropped and charged to no one; all ends within 10 s' long.err && ok "it says so" || bad "it says so"

# ---- an order: what runs is dropped
"$RMS" run long.ini -o ordered >ordered.out 2>ordered.err &
launcher=$!
wait_for 1 start ordered
kill -TERM $launcher
wait $launcher
is $? 1 "one process ends with 1 after SIGTERM, long before its job would"
is "$(lines run ordered) $(lines lost ordered) $(tail -n 1 ordered/records/*.jsonl | cut -c -16)" '0 0 {"type":"closed"' "its file is closed, nothing is lost"
grep -q 'all ends within 10 s' ordered.err && grep -q 'resume:  rms run -o ordered long.ini' ordered.out && ok "it says how long it takes and how to resume" || bad "it says: $(cat ordered.err ordered.out)"
"$RMS" run --help | tr '\n' ' ' | tr -s ' ' >help.txt
is "$(grep -c 'all is over within 10 s\. SIGUSR1.*all is over within 10 s more' help.txt)" 1 "the help states the times"
is "$(sed 's/\\//g' "$TOP/harness/setup/rms.1" | tr '\n' ' ' | grep -c 'all is over within 10 s\. SIGUSR1.*all is over within 10 s more')" 1 "so does the man page"

mpirun -np 2 --oversubscribe --bind-to none --mca odls_base_sigkill_timeout 3 "$RMS" run sweep.ini -o order >order.out 2>&1 &
launcher=$!
wait_for 1 run order
kill -TERM $launcher
wait $launcher
is "$(cat order/records/*.jsonl | grep -c '"type":"closed"')" 2 "after SIGTERM two ranks close their files"
"$RMS" run sweep.ini -o order --max-attempts 1 -q >/dev/null 2>&1
is "$(hash_of order)" "$wanted" "the next launch does the rest, and nothing was charged"

# One of the ranks hangs while all should end: without a bound of its own the launch would wait for a day.
begin 3 stuck.out run sweep.ini -o stuck --rank-patience 1d
wait_for 1 run stuck
first=$(ps -o pid= --ppid $launcher | head -n 1)
rank=$(ps -o pid= --ppid $launcher | tail -n 1)
kill -STOP "$rank"
kill -TERM "$first"
wait $launcher
grep -q 'rank 2 has not ended within 10 s and is killed' stuck.out && ok "a rank that hangs does not keep a launch from ending" || bad "stuck: $(cat stuck.out)"
gone "$rank" && ok "it is gone" || bad "the hung rank is there"
"$RMS" run sweep.ini -o stuck -q >/dev/null 2>&1
is "$(hash_of stuck)" "$wanted" "the next launch does the rest"

# ---- a rank that hangs
begin 3 hung.out run sweep.ini -o hung --rank-patience 4s
wait_for 1 run hung
rank=$(ps -o pid= --ppid $launcher | tail -n 1)
kill -STOP "$rank"
wait $launcher
grep -q 'has been silent for 4 s: its jobs are done by the others' hung.out && ok "a rank that hangs is given up" || bad "a rank that hangs is given up: $(cat hung.out)"
grep -q '12 of 12 jobs done' hung.out && ok "the others do everything" || bad "the others do everything: $(cat hung.out)"
gone "$rank" && ok "the hung rank is gone" || bad "the hung rank is gone"
is "$(hash_of hung)" "$wanted" "the records are those of an undisturbed run"

is "$(cat hung/records/*.jsonl | awk '/"end":"lost"/ {lost++} /"type":"run"/ && /"attempt":2/ {again++} END {print lost + 0, (again > 0)}')" "0 1" "the job that it had was done again, and charged to no one"

begin 2 headless.out run sweep.ini -o headless --rank-patience 3s
wait_for 1 run headless
first=$(ps -o pid= --ppid $launcher | head -n 1)
kill -STOP "$first"
wait $launcher
is "$(($? > 0))" 1 "rank 0 hangs: the launch ends by itself, with an error"
grep -q 'rank 0 has been silent for 9 s: the launch ends here' headless.out && ok "which is said" || bad "headless: $(cat headless.out)"
gone "$first" && ok "the hung rank is gone" || bad "the hung rank is there"
"$RMS" run sweep.ini -o headless -q >/dev/null 2>&1
is "$(hash_of headless)" "$wanted" "the next launch does the rest"

# ---- a clock that jumps: every look at the calendar is an hour before the last one
cat >jump.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t)
{
  static int (*next)(clockid_t, struct timespec *);
  static _Atomic int calls;
  if (!next) { void *f = dlsym(RTLD_NEXT, "clock_gettime"); memcpy(&next, &f, sizeof f); }
  int status = next(id, t);
  if (id == CLOCK_REALTIME) t->tv_sec -= 3600 * ++calls;
  return status;
}
END
if gcc -shared -fPIC -o jump.so jump.c -ldl 2>/dev/null && ! nm "$RMS" | grep -q __asan_init; then
  LD_PRELOAD=$PWD/jump.so "$RMS" run sweep.ini -o jumped --max-jobs 5 -q >/dev/null 2>&1
  LD_PRELOAD=$PWD/jump.so "$RMS" run sweep.ini -o jumped -q >/dev/null 2>&1
  is $? 0 "a run under a clock that jumps back ends well"
  is "$(hash_of jumped)" "$wanted" "with the same records"
else
  ok "a clock that jumps # skip no compiler, or AddressSanitizer"
fi

# ---- a folder that cannot be written
mkdir locked
if mount -t tmpfs -o size=1m none locked 2>/dev/null; then
  "$RMS" run sweep.ini -o locked/run --max-jobs 3 -q >/dev/null 2>&1
  mount -o remount,ro locked
  "$RMS" run sweep.ini -o locked/run -q >ro.out 2>&1
  is $? 2 "a read-only folder is an input error"
  is "$(wc -l <ro.out)" 1 "said in one line: $(cat ro.out)"
  "$RMS" table locked/run >/dev/null 2>ro.err
  is $? 0 "its tables can be read"
  mount -o remount,rw locked
  "$RMS" run sweep.ini -o locked/run -q >/dev/null 2>&1
  is "$(hash_of locked/run)" "$wanted" "writable again, it is completed"
  umount locked
else
  ok "a read-only folder # skip no right to mount"
fi

plan
