#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms status while a run is at work and after it; rms retry by cause, with other limits and with the same ones.
set -u
. "$TOP/tests/lib_mpi.sh"
cat >sweep.ini <<'END'
[sweep]
name = mixed
repeats = 6
[limits]
work = 1000
time = 60s
memory = 64MiB
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = dummy:delay=0.1
run = dummy:misbehave=segv,at=1
run = dummy:misbehave=nomem
END
# runs_of RUN END - how many runs count and ended so
runs_of() { "$RMS" table "$1" --view runs --format json 2>/dev/null | jq "[.rows[] | select(.end | startswith(\"$2\"))] | length"; }

begin 2 /dev/null run sweep.ini -o run -q
launch=$launcher
wait_for 1 run run
"$RMS" status run >live.txt 2>&1
is $? 0 "status of a run at work"
grep -q 'mixed: [0-9]* of 18 jobs done ([0-9]* %), [12] running, [0-9]* waiting' live.txt && ok "counts by state" || bad "counts by state: $(cat live.txt)"
grep -q 'launch:  at work (.* process [0-9]*)' live.txt && ok "who is at work" || bad "who is at work: $(cat live.txt)"
grep -q 'rate:    .* jobs/s' live.txt && ok "rate" || bad "rate: $(cat live.txt)"
grep -q 'left:    at least .* no run has ended yet\|left:    about .* mean times' live.txt && ok "time left" || bad "time left: $(cat live.txt)"
grep -q 'running: .* s  dummy:.* on serve:set=parvagpu' live.txt && ok "what runs, and for how long" || bad "what runs: $(cat live.txt)"
grep -q 'lost:' live.txt && bad "what runs is not lost: $(cat live.txt)" || ok "what runs is not lost"
wait $launch
"$RMS" status run >over.txt
grep -q '18 of 18 jobs done (100 %), 0 running, 0 waiting' over.txt && ok "counts of a run that is over" || bad "over: $(cat over.txt)"
grep -q 'none at work' over.txt && ok "nobody is at work" || bad "nobody is at work"
grep -q 'failing: dummy:misbehave=segv,at=1: of 6 runs 6 died' over.txt && ok "failing solvers are named" || bad "failing: $(cat over.txt)"
grep -q 'slowest: .*dummy:delay=0.1' over.txt && ok "the slowest are named" || bad "slowest: $(cat over.txt)"

# ---- a launch that is killed: what it had begun is lost until the next one begins it again
sed 's/repeats = 6/repeats = 1/; s/delay=0.1/delay=50/; /misbehave/d' sweep.ini >long.ini
"$RMS" run long.ini -o killed -q >/dev/null 2>&1 &
launch=$!
wait_for 1 start killed
"$RMS" status killed >long.txt
grep -q ' 0 of 1 jobs done (0 %), 1 running, 0 waiting' long.txt && ok "the job that runs is running" || bad "long: $(cat long.txt)"
kill -9 $launch
wait $launch 2>/dev/null
"$RMS" status killed >killed.txt
grep -q ' 0 running' killed.txt && grep -q 'lost:    1 job whose process or rank died' killed.txt && ok "what a killed launch had begun is lost" || bad "killed: $(cat killed.txt)"
"$RMS" status nowhere >/dev/null 2>no.err
is "$? $(wc -l <no.err)" "2 1" "a folder without a run is an input error in one line"

# ---- another limit: new jobs take the places of the old ones
memory=$(runs_of run memory)
is "$memory" 6 "six runs ended for want of memory"
"$RMS" retry run --end=memory --memory=2x >retry.out
grep -q '6 of 18 jobs ended by .memory. and are in the plan once more; now: rms run sweep.ini -o run$' retry.out && ok "they are in the plan once more" || bad "retry: $(cat retry.out)"
is "$("$RMS" run sweep.ini -o run --dry-run | sed -n 's/.* \([0-9]*\) to do.*/\1/p')" 6 "six are to do"
is "$(runs_of run memory)" 6 "until then the old ones stand"
before=$(lines run run)
"$RMS" run sweep.ini -o run -q >/dev/null 2>&1
is "$(($(lines run run) - before))" 6 "the next launch does these and no others"
is "$(cat run/records/*.jsonl | grep '"end":"memory"' | grep -c '"memory":134217728')" 6 "with twice the memory"
is "$("$RMS" table run --view runs --format json | jq '.rows | length')" 18 "a table has each job once"
"$RMS" retry run --end=memory --memory=2x >/dev/null
"$RMS" run sweep.ini -o run -q >/dev/null 2>&1
is "$(cat run/records/*.jsonl | grep '"end":"memory"' | grep -c '"memory":268435456')" 6 "what was replaced can be replaced again"

# ---- from another folder, by a name that is relative to the first one
mkdir -p elsewhere/deep
cp sweep.ini elsewhere/deep/mine.ini
(cd elsewhere && "$RMS" run deep/mine.ini -o ../away/run -q >/dev/null 2>&1)
(cd elsewhere/deep && "$RMS" retry ../../away/run --end=memory --memory=2x >retry.out)
now=$(sed -n 's/.* in the plan once more; now: rms run //p' elsewhere/deep/retry.out)
# shellcheck disable=SC2086 # words of a command
(cd elsewhere/deep && "$RMS" run $now --dry-run >dry.out)
is "$(sed -n 's/.* \([0-9]*\) to do.*/\1/p' elsewhere/deep/dry.out)" 6 "retry from another folder, and the command that it prints: $now"
mv away elsewhere/away
"$RMS" retry elsewhere/away/run --end=memory >/dev/null 2>gone.err
is $? 2 "a sweep file that is no longer there is an input error"

# ---- the same limits: the attempt is void
"$RMS" retry run --end=signal --solver=dummy:misbehave=segv,at=1 >/dev/null
is "$("$RMS" run sweep.ini -o run --dry-run | sed -n 's/.* \([0-9]*\) to do.*/\1/p')" 6 "six attempts are void"
ranks 2 run sweep.ini -o run -q >/dev/null 2>&1
is "$(cat run/records/*.jsonl | grep '"type":"run"' | grep -c '"attempt":2')" 6 "the next attempts have the next number"
is "$("$RMS" run sweep.ini -o run --dry-run | sed -n 's/.* \([0-9]*\) to do.*/\1/p')" 0 "nothing is left to do"
is "$("$RMS" retry run --end=lost | grep -c '^mixed: 0 of 18')" 1 "nothing ended by being lost"
"$RMS" retry run --end=nonsense >/dev/null 2>end.err
is $? 2 "an unknown end is a usage error"

plan
