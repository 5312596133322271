#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms merge: parts of a plan, the same jobs twice, torn files, conflicts and who wins, other plans, retries.
set -u
. "$TOP/tests/lib_mpi.sh"
left() { "$RMS" run "$1" -o "$2" --dry-run | sed -n 's/.* \([0-9]*\) to do.*/\1/p'; }
# edit RUN SED - change the record files of a run
edit() { for file in "$1"/records/*.jsonl; do sed -i "$2" "$file"; done; }
leftovers() { find . -name '*.merge-*' | wc -l; }

"$RMS" run sweep.ini -o whole -q >/dev/null
"$RMS" run sweep.ini -o part -q --max-jobs 5 >/dev/null
ranks 2 run sweep.ini -o rest -q >/dev/null 2>&1
total=$(lines run whole)

# ---- the same results twice
"$RMS" merge both part rest >out.txt
is $? 0 "a part and all"
grep -q "small: $total of $total jobs done, from 2 runs in 3 files" out.txt && ok "jobs and files are counted" || bad "counts: $(cat out.txt)"
grep -q 'shared:  5 jobs were done by more than one run, with the same results' out.txt && ok "what both have done counts once" || bad "shared: $(cat out.txt)"
is "$(hash_of both)" "$(hash_of whole)" "the records are those of one run"
is "$(lines run both)" $((total + 5)) "every run is kept with its launch"
is "$(left sweep.ini both)" 0 "resuming accepts it and finds nothing to do"
"$RMS" status both | grep -q "small: $total of $total jobs done (100 %)" && ok "status accepts it" || bad "status: $("$RMS" status both)"
is "$("$RMS" table both --format csv)" "$("$RMS" table both --format csv --mix)" "a table accepts it"
find part/plans rest/plans -name '*.json' -exec basename {} \; | sort -u >wanted.txt
find both/plans -name '*.json' -exec basename {} \; | sort >got.txt
cmp -s wanted.txt got.txt && [ -s got.txt ] && ok "verified plans come along" || bad "plans differ"
"$RMS" merge again both part >/dev/null
is "$(hash_of again) $(find again/records -type f | wc -l)" "$(hash_of both) 3" "a launch that comes by two ways counts once"

# ---- parts, a torn line, and going on
"$RMS" run sweep.ini -o torn -q --max-jobs 9 >/dev/null
for file in torn/records/*.jsonl; do # without the closed line and a piece of the run before it
  sed -i '$d' "$file"
  truncate -s -40 "$file"
done
"$RMS" merge parts part torn >/dev/null
is $? 0 "a torn last line"
is "$(lines run parts)" 13 "what was torn stays behind"
is "$(cat parts/records/*.jsonl | jq -c .type | wc -l)" "$(cat parts/records/*.jsonl | wc -l)" "whole lines only"
"$RMS" run sweep.ini -o parts -q >/dev/null
is "$(hash_of parts)" "$(hash_of whole)" "a merged run goes on, to the same records"

# ---- conflicts
cp -r part bad
edit bad '0,/"verdict":"verified_feasible"/s//"verdict":"infeasible_solution"/'
"$RMS" merge no bad rest >out.txt 2>err.txt
is $? 1 "another verdict is a conflict"
is "$(grep -c '^conflict: .*: verdict infeasible_solution / verified_feasible in bad (.*) / rest (.*)' out.txt) $(wc -l <out.txt)" "1 1" "one line says which, what and where"
grep -q '1 conflicts, so nothing was written; --keep=first' err.txt && ok "what to do is said" || bad "err: $(cat err.txt)"
is "$(ls -d no 2>/dev/null) $(leftovers)" " 0" "nothing is written"
"$RMS" merge first bad rest --keep=first >/dev/null
is "$? $(cat first/records/*.jsonl | grep -c infeasible_solution)" "0 1" "--keep=first: of the folder named first"
"$RMS" merge newest bad rest --keep=newest >/dev/null
is "$? $(cat newest/records/*.jsonl | grep -c infeasible_solution)" "0 0" "--keep=newest: of the run started last"
is "$(hash_of newest)" "$(hash_of whole)" "which leaves the records of the good run"
"$RMS" merge no bad rest --keep=best >/dev/null 2>err.txt
is "$? $(grep -c 'best.*first or newest' err.txt)" "2 1" "an unknown choice is a usage error"

cat >timed.ini <<'END'
[sweep]
name = timed
[limits]
time = 20s
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = greedy-literal
END
"$RMS" run timed.ini -o t1 -q >/dev/null
"$RMS" run timed.ini -o t2 -q >/dev/null
"$RMS" merge t3 t1 t2 >/dev/null
is $? 0 "the same results under a time limit, of the same build"
edit t2 's/"source":"[^"]*"/"source":"other"/'
"$RMS" merge t4 t1 t2 >out.txt 2>/dev/null
is "$? $(grep -c 'conflict: .*: build .* / other' out.txt)" "1 1" "times of another build are a conflict"
cp -r rest rest2
edit rest2 's/"source":"[^"]*"/"source":"other"/'
"$RMS" merge b4 part rest2 >/dev/null 2>&1
is $? 0 "work-limited runs that agree are no conflict, whatever the build"
"$RMS" table b4 >/dev/null 2>err.txt
is "$? $(grep -c "builds .*'other .* do not belong together; --mix allows it" err.txt)" "2 1" "but a table refuses to mix builds"
"$RMS" table b4 --mix >out.txt
is "$? $(($(grep -c "Mixed on request: builds .*'other " out.txt) > 0))" "0 1" "unless told to, which the table says"
sed 's/time = 20s/time = 30s/; s/timed/slower/' timed.ini >slower.ini
"$RMS" run slower.ini -o slower -q >/dev/null
edit slower 's/"host":"[^"]*"/"host":"elsewhere"/'
"$RMS" merge mixed t1 slower >/dev/null
"$RMS" table mixed >/dev/null 2>err.txt
is "$? $(grep -c "hosts '.*' and 'elsewhere'.*; time limits 20 s and 30 s" err.txt)" "2 1" "or hosts and limits"

# ---- other plans
"$RMS" merge union whole t1 >out.txt
is $? 0 "different sweeps"
grep -q "small+timed: $((total + $(lines run t1))) of $((total + $(lines run t1))) jobs done" out.txt && ok "the plan is the union" || bad "union: $(cat out.txt)"
grep -q 'plan:    of several sweeps' out.txt && ok "that cannot be resumed as one is said" || bad "said: $(cat out.txt)"
"$RMS" status union | grep -q 'jobs done (100 %)' && ok "status of a union" || bad "status of a union"
"$RMS" table union >/dev/null
is $? 0 "tables of a union"
"$RMS" run sweep.ini -o union -q >/dev/null 2>err.txt
is "$? $(grep -c 'holds another sweep' err.txt)" "2 1" "run refuses a union"
sed '/bound-free/d' sweep.ini >fewer.ini
"$RMS" run fewer.ini -o fewer -q >/dev/null
"$RMS" merge covered fewer part >/dev/null
is "$(left sweep.ini covered)" $((total - $(lines run fewer) - $(cat part/records/*.jsonl | grep -c '"solver":"bound-free".*"env"'))) "a plan that has all jobs is the plan"

# ---- retries
cp -r whole voided
"$RMS" retry voided --end=exit --solver=bound-free >/dev/null
n_void=$(left sweep.ini voided)
"$RMS" merge v1 voided >/dev/null
is "$(left sweep.ini v1) $((n_void > 0))" "$n_void 1" "attempts that are void stay behind"
"$RMS" run sweep.ini -o v1 -q >/dev/null
is "$(cat v1/records/*.jsonl | grep '"type":"run"' | grep -c '"attempt":2')" "$n_void" "and the next ones have the next number"
cp -r whole more
"$RMS" retry more --end=exit --solver=bound-free --memory=2x >/dev/null
"$RMS" merge m1 whole more >/dev/null
is "$(left sweep.ini m1)" "$n_void" "retries with other limits come along"
cp -r whole most
"$RMS" retry most --end=exit --solver=bound-free --memory=3x >/dev/null
"$RMS" merge m2 more most >/dev/null 2>err.txt
is "$? $(grep -c 'other limits' err.txt) $(leftovers)" "2 1 0" "unless they differ"

# ---- refusals: one line, exit code 2, nothing left behind
refused() { # refused TEXT WANTED ARGUMENT...
  text=$1 wanted=$2
  shift 2
  "$RMS" merge "$@" >/dev/null 2>err.txt
  is "$? $(wc -l <err.txt) $(grep -c -- "$wanted" err.txt) $(leftovers)" "2 1 1 0" "$text"
}
refused "a name that is taken" 'is there already' both part rest
refused "no run" "is it the -o of 'rms run'" no part nowhere
flock -x part/lock.launch "$RMS" merge no part rest >/dev/null 2>err.txt
is "$? $(grep -c 'a launch is at work' err.txt)" "2 1" "a run at work"
cp -r part edited
edit edited '/"type":"start"/d'
sed -i '2s/^/{"type":"start","job":"00000000000000000000000000000001","attempt":1}\n/' edited/records/*.jsonl
refused "two versions of one file" 'one of them was edited' no part edited
(ulimit -f 4 && "$RMS" merge no part rest >/dev/null 2>err.txt)
is "$? $(ls -d no 2>/dev/null) $(leftovers)" "2  0" "a disk that is full"
"$RMS" merge only >/dev/null 2>&1
is $? 2 "nothing to merge"

plan
