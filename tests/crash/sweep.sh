#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One sweep, two ranks, every misbehaviour of the dummy beside honest solvers: the sweep ends, each honest
# result is there and verified, each death is classified, each lie is found out.
set -u
. "$TOP/tests/lib_mpi.sh"
ranks 2 run misbehave -o run -q >run.out 2>&1
jobs=$(grep -c '^run = ' "$TOP/harness/sweeps/misbehave.ini")
is "$(lines run run)" "$jobs" "all $jobs jobs have a record"
is "$(lines lost run)" 0 "no job was lost with its helper"
"$RMS" table run --view runs --format json >runs.json 2>table.err
is $? 0 "the table can be made"

# row SOLVER - "end claim verdict machines"
row() { jq -r --arg s "$1" '.rows[] | select(.solver == $s) | "\(.end) \(.verdict) \(.objective)"' runs.json; }
is "$(row prices)" "exit verified_optimal 2" "prices: exit, verified optimal, 2 machines"
case $(row greedy-capped) in "exit verified_"*" 2") ok "greedy-capped: 2 machines" ;; *) bad "greedy-capped: $(row greedy-capped)" ;; esac
is "$(row dummy)" "exit verified_feasible 6" "the honest dummy"

# wanted MISBEHAVIOUR "END VERDICT"
wanted() {
  got=$(row "dummy:misbehave=$1" | cut -d ' ' -f "1-$(echo "$2" | wc -w)")
  is "$got" "$2" "$1: $2"
}
wanted segv,at=1 "signal:SEGV verified_feasible"
wanted abort,at=1 "signal:ABRT verified_feasible"
wanted stack,at=1 "signal:SEGV verified_feasible"
wanted die-in-open "signal:SEGV none"
wanted die-in-close "signal:SEGV verified_feasible"
wanted sleep,at=1 "timeout_wall:killed verified_feasible"
wanted ignore-stop "timeout_wall:killed"
wanted fork "exit verified_feasible"
wanted setsid "exit verified_feasible"
wanted flood-output "exit verified_feasible"
wanted flood-reports "exit verified_feasible"
wanted flood-log "exit verified_feasible"
wanted lie-objective "exit wrong_objective"
wanted lie-feasible "exit infeasible_solution"
wanted lie-bound "exit wrong_bound"
wanted lie-optimal "exit wrong_bound"
wanted lie-infeasible "exit wrong_infeasibility"
wanted bad-bytes "exit infeasible_solution"
wanted unsupported "unsupported none"
case $(row dummy:misbehave=exit,at=1) in "exit:exit 12 verified_feasible"*) ok "exit: its code is kept" ;; *) bad "exit: $(row dummy:misbehave=exit,at=1)" ;; esac
if nm "$RMS" | grep -q __asan_init; then
  ok "memory # skip AddressSanitizer reserves more than any limit"
else
  case $(row dummy:misbehave=memory,at=1) in "memory:out of memory verified_feasible"*) ok "memory: told from other deaths" ;; *) bad "memory: $(row dummy:misbehave=memory,at=1)" ;; esac
fi
