#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every way in which a solver can go wrong, through `rms solve`: the program lives, says in one
# sentence what happened, keeps the plan that was reported before, and leaves no process behind.
set -u
. "$TOP/tests/lib.sh"
cat > "$dir/i.json" <<'EOF'
{ "format": "rms-instance/1", "family": "serve", "name": "small",
  "pools": [ { "machine": "a100-80gb" } ],
  "services": [ { "name": "a", "demand": 460, "throughput": { "a100-80gb": { "1g.10gb": 148.8, "7g.80gb": 402.7 } } } ] }
EOF
cat > "$dir/hopeless.json" <<'EOF'
{ "format": "rms-instance/1", "family": "serve", "name": "hopeless",
  "pools": [ { "machine": "a100-80gb" } ],
  "services": [ { "name": "orphan", "demand": 1, "throughput": { "a100-80gb": {} } } ] }
EOF
# expect CODE PLAN(yes|no) WORDS ARGUMENT... : exit code, whether a plan came, what was said
expect() {
  code=$1 plan=$2 words=$3
  shift 3
  "$RMS" solve "$@" > "$dir/out" 2> "$dir/err"
  got=$?
  bad=0
  [ "$got" -eq "$code" ] || { bad=1; echo "# exit code $got, wanted $code"; }
  if [ "$plan" = yes ]; then jq -e .groups "$dir/out" > /dev/null || bad=1; else [ ! -s "$dir/out" ] || bad=1; fi
  grep -q -- "$words" "$dir/err" || { bad=1; echo "# nothing said about: $words"; }
  say "$bad" "$*"
}
i="$dir/i.json"
kept="checked and kept"
expect 0 yes "verified_feasible" "$i" -s dummy
expect 0 yes "SIGSEGV.*$kept" "$i" -s dummy:misbehave=segv,at=1
expect 1 no "no plan: the solver crashed (SIGSEGV)" "$i" -s dummy:misbehave=segv
expect 0 yes "SIGABRT.*$kept" "$i" -s dummy:misbehave=abort,at=1
expect 0 yes "exit 12.*$kept" "$i" -s dummy:misbehave=exit,at=1
expect 0 yes "SIGSEGV.*$kept" "$i" -s dummy:misbehave=stack,at=1
expect 0 yes "SIGSEGV.*$kept" "$i" -s dummy:misbehave=die-in-close
expect 1 no "no plan: the solver crashed" "$i" -s dummy:misbehave=die-in-open
expect 0 yes "time limit of 0.3 s.*$kept" "$i" -s dummy:misbehave=sleep,at=1 --time 300ms
expect 1 no "time limit of 0.3 s" "$i" -s dummy:misbehave=spin --time 300ms
expect 0 yes "verified_feasible" "$i" -s dummy:incumbents=1000,delay=0.05 --time 300ms
expect 0 yes "verified_feasible" "$i" -s dummy:misbehave=setsid,at=1
expect 0 yes "verified_feasible" "$i" -s dummy:misbehave=flood-output,at=1
expect 0 yes "verified_feasible" "$i" -s dummy:misbehave=flood-log,at=1
expect 1 no "wrong_objective" "$i" -s dummy:misbehave=lie-objective
expect 1 no "infeasible_solution" "$i" -s dummy:misbehave=lie-feasible
expect 1 no "wrong_bound" "$i" -s dummy:misbehave=lie-bound
expect 1 no "wrong_infeasibility" "$i" -s dummy:misbehave=lie-infeasible,at=1
expect 1 no "says that the instance is infeasible" "$i" -s dummy:misbehave=lie-infeasible
expect 1 no "failed its check" "$i" -s dummy:misbehave=bad-bytes
expect 1 no "does not take this instance" "$i" -s dummy:misbehave=unsupported
expect 1 no "there is no plan.*orphan" "$dir/hopeless.json" -s dummy
expect 2 no "nobody" "$i" -s nobody
expect 2 no "nonsense" "$i" -s dummy:nonsense=1
expect 2 no "$dir/none.so" "$i" --plugin "$dir/none.so"
expect 2 no "none.json" "$dir/none.json" -s dummy
expect 2 no "--time: is .0., must be a time above 0" "$i" --time 0
case ${BUILD:-} in
*asan*) ;; # a sanitizer reserves terabytes: no limit of the address space can be set
*)
  expect 0 yes "out of memory (limit 256 MiB).*$kept" "$i" -s dummy:misbehave=memory,at=1 --memory 256MiB
  # too little even to begin
  expect 1 no "no plan: the solver ran out of memory (limit 1 MiB)" serve:services=20000,machines=30000 -s prices --memory 1MiB
  expect 0 yes "SIGSEGV.*$kept" "$i" -s dummy:misbehave=die-in-report,at=1
  ;;
esac

# The same bytes from the same seed and work limit, whatever the time.
"$RMS" solve "$i" -s dummy:incumbents=50 --work 333 > "$dir/a" 2> "$dir/err"
"$RMS" solve "$i" -s dummy:incumbents=50 --work 333 --time 9s > "$dir/b" 2>> "$dir/err"
cmp -s "$dir/a" "$dir/b" && [ -s "$dir/a" ]
say $? "the same plan under a work limit"

# Ctrl-C keeps the best plan; the sleeper is told apart from one that stops by itself.
for what in incumbents=1000,delay=0.05 misbehave=sleep,at=1; do
  "$RMS" solve "$i" -s "dummy:$what" --time 60s > "$dir/out" 2> "$dir/err" &
  pid=$!
  sleep 1
  kill -TERM "$pid"
  wait "$pid"
  got=$?
  [ "$got" -eq 0 ] && jq -e .groups "$dir/out" > /dev/null && grep -q "stopped on request.*$kept" "$dir/err"
  say $? "stopped by a signal: $what"
done

# kill -9 of the program: its helper, minder and solver are gone soon.
"$RMS" solve "$i" -s dummy:misbehave=sleep,at=1 --time 60s > "$dir/out" 2> "$dir/err" &
pid=$!
sleep 1
tree=$(ps -e -o pid=,ppid= | awk -v top="$pid" '{parent[$1] = $2} END {for (p in parent) {
  for (q = p; q > 1 && q != top; q = parent[q]) {}
  if (q == top && p != top) print p}}')
kill -9 "$pid"
wait "$pid" 2> /dev/null
left=9
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=0
  for p in $tree; do kill -0 "$p" 2> /dev/null && ! grep -q ') Z' "/proc/$p/stat" 2> /dev/null && left=$((left + 1)); done
  [ "$left" -eq 0 ] && break
  sleep 0.5
done
[ "$(echo "$tree" | wc -w)" -ge 3 ] && [ "$left" -eq 0 ]
say $? "no process outlives the program ($(echo "$tree" | wc -w) before, $left after)"
plan
