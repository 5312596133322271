#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The conformance kit: every built-in solver passes it; every misbehaviour of the dummy, and every
# plugin made to break one rule, is caught by the rule it breaks. (Rule 2 is about our own parser: no
# solver can break it, tests/unit/test_params.c does.)
set -u
. "$TOP/tests/lib.sh"

for solver in $("$RMS" solvers --json | jq -r '.[] | select(.family == "serve" or .family == "jobs") | .name'); do
  # A solver whose library is looked for at run time takes nothing where there is none, and says so.
  if [ "$solver" = highs ] && "$RMS" solve serve:services=2,machines=2,seed=1 -s highs 2>&1 >/dev/null | grep -q 'HiGHS is not here'; then
    ok "highs keeps all rules that apply # SKIP its shared library is not installed"
    continue
  fi
  "$RMS" check-solver "$solver" >"$dir/out" 2>"$dir/err" && ! grep -q '^not ok' "$dir/out"
  say $? "$solver keeps all rules that apply"
done

# broken RULE MISBEHAVIOUR: the kit says no, and names that rule.
broken() {
  "$RMS" check-solver "dummy:misbehave=$2" --rules "$1" --limit 5s >"$dir/out" 2>"$dir/err"
  [ $? -eq 1 ] && grep -q "^not ok $1 - " "$dir/out"
  say $? "rule $1 catches $2"
}
broken 3 clock
broken 4 no-random
broken 5 worse,at=1
broken 5 flood-reports
broken 5 huge-report
broken 5 segv
broken 5 abort
broken 5 exit
broken 5 stack
broken 5 die-in-report
broken 5 die-in-close
broken 5 nomem
broken 5 fork
broken 5 setsid
broken 6 lie-objective
broken 6 lie-feasible
broken 6 bad-bytes
broken 7 lie-bound
broken 8 ignore-stop
broken 8 spin
broken 8 sleep
broken 9 unchecked
broken 9 leak
broken 10 die-in-open
broken 11 leak
broken 11 leak-open
broken 12 big-stack
broken 12 memory
broken 13 print
broken 13 flood-output
broken 15 write-instance
broken 16 state
broken 17 die-small
broken 17 lie-infeasible
broken 18 lie-optimal
broken 18 lie-infeasible
broken 18 lie-bound
broken 19 late
broken 20 work-back,at=1
broken 20 work-still

# Not told to misbehave, the same rules hold: it is not the kit that fails.
"$RMS" check-solver dummy --limit 20s >"$dir/out" 2>"$dir/err"
say $? "the dummy that behaves keeps them"

# plugin NAME RULE CODE: the template with `CODE` (a sed script) applied breaks that rule.
compile() {
  sed "$2" "$TOP/solvers/template/template.c" >"$dir/$1.c"
  ${CC:-cc} -std=c11 -D_GNU_SOURCE -DRMS_PLUGIN -I"$TOP" -O1 -ffp-contract=off -fPIC -shared -Wl,-Bsymbolic \
    -o "$dir/$1.so" "$dir/$1.c" 2>"$dir/out"
}
plugin() {
  compile "$1" "$3" &&
    { "$RMS" check-solver template --plugin "$dir/$1.so" --rules "$2" --limit 10s >"$dir/out" 2>"$dir/err"; [ $? -eq 1 ]; } &&
    grep -q "^not ok $2 - " "$dir/out"
  say $? "rule $2 catches a plugin: $1"
}
compile good '' && "$RMS" check-solver template --plugin "$dir/good.so" >"$dir/out" 2>"$dir/err" &&
  grep -q '^ok 14 - contains no MPI symbol$' "$dir/out"
say $? "the template keeps all rules as a plugin, the one about MPI too"
plugin "default outside its range" 1 's/"\[0,1\]"/"[0.9,1]"/'
plugin "close(NULL) dies" 10 's/if (!search) return;//'
plugin "open changes self and fails" 10 's/if (!search) return RMS_E_NOMEM;/if (!search) return *self = \&self, RMS_E_NOMEM;/'
plugin "refers to MPI" 14 's/^static int supports/int MPI_Barrier(void *) __attribute__((weak));\n&/; s/search->draws = 0;/& if (MPI_Barrier \&\& search->rounds > 999999999) MPI_Barrier(self);/'
plugin "supports everything" 15 's/return rms_serve_of(inst) != NULL;/return inst != NULL;/'

# expect WORDS COMMAND...: input error (exit 2) with these words
expect() {
  words=$1
  shift
  "$@" >"$dir/out" 2>&1
  [ $? -eq 2 ] && grep -q -- "$words" "$dir/out"
  say $? "$words"
}
compile abi 's/\.abi = RMS_SOLVER_ABI/.abi = 77/'
expect 'compiled for ABI 77, this program has ABI 1' "$RMS" check-solver template --plugin "$dir/abi.so"
compile size 's/\.size = sizeof(struct rms_solver)/.size = 64/'
expect 'has 64 bytes in the solver and ' "$RMS" check-solver template --plugin "$dir/size.so"
expect 'nearest is "dummy"' "$RMS" check-solver dumy
expect 'its solver is called "template", not "mine"' "$RMS" check-solver mine --plugin "$dir/good.so"
expect 'nearest is "misbehave"' "$RMS" check-solver dummy:misbehav=none
expect 'must be like 3,5,8-11' "$RMS" check-solver dummy --rules 21
expect 'parameter "wrong": there is none of that name' "$RMS" check-solver dummy:wrong=1
hasnt out '^1\.\.'
expect 'parameter "work": is "x"' "$RMS" check-solver dummy:work=x
hasnt out '^1\.\.'
plan
