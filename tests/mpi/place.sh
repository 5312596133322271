#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where solvers run: a core for each rank of a node, within what the launch may use; launches keep out of each
# other's way; more ranks than cores are not bound. What was bound is in the records.
set -u
. "$TOP/tests/lib_mpi.sh"
one_cell place 4 60s dummy:delay=0.1 >place.ini
# cpus RUN - which units solvers were bound to, each once
cpus() { cat "$1"/records/*.jsonl | jq -r 'select(.type == "run") | .env.cpus' | sort -u | tr '\n' ' '; }
launch() { cat "$1"/records/*.jsonl | jq -c "select(.type == \"launch\") | .placement$2" | sort | tr '\n' ' '; }
units=$(taskset -pc $$ | sed 's/.*: //')
first=${units%%[,-]*}

"$RMS" run place.ini -o none -q --no-bind >/dev/null
is "$(cpus none)" " " "--no-bind leaves it to the kernel"
is "$(launch none .to)" '"none" ' "the launch says so"
taskset -c "$first" "$RMS" run place.ini -o masked -q >/dev/null
case "$(cpus masked)" in
"$first " | " ") ok "a mask is respected" ;; # nothing: another launch on this machine has that core
*) bad "a mask is respected: $(cpus masked), allowed was $first" ;;
esac
is "$(launch masked .units)" "[$first] " "the launch says what it might use"
taskset -c "$first" "$RMS" run place.ini -o packed -q --pack >/dev/null
is "$(launch packed .to)" '"threads" ' "--pack counts hardware threads"
n=$(nproc)
if [ "$n" -le 16 ]; then
  ranks $((n + 1)) run place.ini -o many -q >/dev/null 2>&1
  is "$(cpus many)" " " "more ranks than cores are not bound"
else
  ok "more ranks than cores # skip there are many cores"
fi
records() { "$RMS" run place.ini -o "$1" --dry-run | sed -n 's/^records: //p'; }
is "$(records masked)" "$(records none)" "results do not depend on it"

cores=$("$RMS" run place.ini -o probe -q >/dev/null && launch probe .slots)
if [ "${cores%% *}" -ge 2 ]; then
  ranks 2 run place.ini -o two -q >/dev/null 2>&1
  a=$(launch two .units | cut -d' ' -f1) b=$(launch two .units | cut -d' ' -f2)
  [ "$a" != "$b" ] && ok "two ranks of a node have different cores" || bad "two ranks of a node: $(launch two .units)"
  is "$(launch two .rank) $(launch two .ranks)" "0 1  2 2 " "who they are among the ranks of the node"
  case "$(cpus two)" in *,*) bad "a solver alone runs on one core: $(cpus two)" ;; *) ok "a solver alone runs on one core" ;; esac
else
  ok "two ranks of a node # skip there is one core"
fi
if [ "$n" -le 16 ]; then
  one_cell long "$n" 60s dummy:delay=4 >long.ini
  ranks "$n" run long.ini -o long -q >/dev/null 2>&1 &
  holder=$!
  wait_for "$n" start long
  sleep 0.5
  "$RMS" run place.ini -o taken -q >/dev/null
  wait $holder
  if [ "$(cpus long | wc -w)" = "$n" ]; then
    is "$(cpus taken)" " " "cores that another launch has are left to it"
  else
    ok "cores that another launch has # skip a launch that is not ours has some of them"
  fi
else
  ok "cores of another launch # skip there are many cores"
fi

# ---- what is doubtful is told below the tables of time-limited runs
sed 's/^work = .*//; s/time = 60s/time = 5s/' place.ini >timed.ini
if [ "$n" -le 16 ]; then
  ranks $((n + 1)) run timed.ini -o timed -q >/dev/null 2>&1
  "$RMS" table timed >table.txt
  is "$(grep -c ": oversubscribed: $((n + 1)) ranks on $n cores take turns" table.txt)" 1 "a table says that its runs took turns"
  "$RMS" table many | grep -q oversubscribed && bad "times are no claim under a work limit" || ok "times are no claim under a work limit"
  is "$(cat timed/records/*.jsonl | jq -c 'select(.type == "closed") | (.conditions | length > 0) and (.rank >= 0)' | sort -u)" true "conditions at the end are in the records"
fi
plan
