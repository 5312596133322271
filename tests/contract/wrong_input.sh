#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a new user types wrong, verb by verb: files that are not there, or are something else; values, names and options
# that do not exist; a standard output that cannot be written. Always exit 2, one line that begins with rms and says
# where and what would be right, and nothing on standard output.
set -u
. "$TOP/tests/lib.sh"
cd "$dir" || exit 2
"$RMS" generate serve --services 4 --machines 4 -o s.json 2>/dev/null
"$RMS" generate jobs --machines 2 --jobs 6 -o j.json 2>/dev/null
"$RMS" solve s.json -q -s prices -o sp.json 2>/dev/null
"$RMS" solve j.json -q -s miso -o jp.json 2>/dev/null
printf '[sweep]\nname = ok\n[limits]\nwork = 500\ntime = 20s\n[instances]\nfile = s.json\n[solvers]\nrun = greedy-capped\n' >ok.ini
"$RMS" run ok.ini -o run -q >/dev/null 2>&1
mkdir folder
: >empty.json
printf '\001\177\200\377\000\n\r' >binary.json
echo '{"a": 1}' >other.json
echo 'hello, world' >text.txt
[ -s sp.json ] && [ -s jp.json ] && [ -d run/records ] && [ -s ok.ini ]
say $? "the right files are there"

# one LINES - the last command ended with 2, said so many lines, each of rms, and nothing else
one() {
  [ "$got" -eq 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq "$1" ] && ! grep -qv '^rms' err
}
# wrong PATTERN ARGUMENT...
wrong() {
  pattern=$1
  shift
  timeout 60 "$RMS" "$@" >out 2>err </dev/null
  got=$?
  one 1 && grep -q -e "$pattern" err
  say $? "rms $*: $pattern"
}

# ---- files
for file in none.json folder empty.json binary.json other.json text.txt ''; do
  for command in "solve @" "check @ sp.json" "check s.json @" "check j.json @" "explain s.json @" "show s.json @" \
    "run @ -o new" "slurm @" "table @" "plot @" "status @" "report @" "paper @" "retry @ --end=memory" "merge new @" \
    "simulate-cluster @" "import parvagpu @ -o new" "check-solver mine --plugin @" "solve s.json --plugin @" \
    "solvers --plugin @" "solve s.json -s prices --warm @"; do
    set --
    for word in $command; do
      [ "$word" = @ ] && word=$file
      set -- "$@" "$word"
    done
    wrong "${file:-:}" "$@"
  done
done
[ ! -e new ]
say $? "nothing was made"
wrong 'none.json: cannot open' show none.json sp.json
wrong 'must be "rms-plan/1"' check s.json s.json
wrong 'must be "rms-instance/1"' check sp.json sp.json
wrong 'family: is "jobs", must be "serve"' check s.json jp.json
wrong 'family: is "serve", must be "jobs"' check j.json sp.json
wrong 'an instance and its plan are wanted' show sp.json s.json

# ---- names
wrong "did you mean 'solve'" solv s.json
wrong "'rms --help' lists them" frobnicate
wrong "did you mean 'prices'" solve s.json -s prces
wrong "'miso' solves family jobs, the instance is of family serve" solve s.json -s miso
wrong 'nearest is "weight"' solve s.json -s greedy-capped:wieght=1
wrong 'no such file, and "servr" is no family (serve, jobs)' solve servr:services=3
wrong 'the nearest is "services"' solve serve:servics=3
wrong 'must be one of: serve, jobs' generate foo
wrong 'the nearest is "lognormal"' generate serve --demand lognorml
wrong "nearest name is 'a100-80gb'" show a100-80g
wrong "it has: r470 r510" show a100-80gb --rules foo
wrong 'use base, all, or' show a100-80gb --profiles foo
wrong 'no built-in sweep of that name (demo' run nonsense
wrong 'none of: summary matrix runs proof anytime pairs' table run --view foo
wrong 'none of: text markdown' table run --format foo
wrong "no group 'foo' ('rms table run' shows them all)" table run --group foo
wrong 'none of: growth' plot run --kind foo
wrong 'no run has this label' table run --view pairs --against foo
wrong 'none of: text markdown' simulate-cluster --format foo
wrong 'ridge, forest, boost' train jobs --model foo
wrong 'parvagpu is' import foo
wrong 'rms solvers lists all' check-solver foo

# ---- values, each with the name of its option and what would be right
wrong '--time: is .x., must be a time above 0' solve s.json --time x
wrong '--time: is .-1., must be a time above 0' solve s.json --time -1
wrong '--time: is .0., must be a time above 0' solve s.json --time=0
wrong '--work: is .0., must be a whole number from 1' solve s.json --work 0
wrong '--memory: is .much., must be a size' solve s.json --memory much
wrong '--memory: is .12., must be a size from 1MiB on' solve s.json --memory 12
wrong 'nowhere: No such file or directory (is it the -o of' table nowhere
wrong 'stands before the first section: a sweep file begins with .sweep.' run s.json
wrong '--seed: is .-1., must be a whole number from 0' solve s.json --seed -1
wrong '--islands: is .999., must be a whole number from 1 to 256' solve s.json --islands 999
wrong '--format: is .foo., must be json, text or svg' solve s.json --format foo
wrong 'steps.*must be an integer in \[1,1e6\]' solve s.json -s prices:steps=1e9
wrong 'must be key=value' solve s.json -s prices:steps
wrong 'services=0: must be a whole number in \[1, ' generate serve --services 0
wrong 'services=1e99: must be a whole number' generate serve --services 1e99
wrong 'load=-1: must be a number in \[0, 100\]' generate jobs --load -1
wrong '-n: is .x., must be a number' check s.json sp.json -n x
wrong '-n: is .x., must be a number' explain s.json sp.json -nx
wrong '--first: is .x., must be the number of a machine' show j.json jp.json --svg - --first x
wrong 'has machines 0 to 1' show j.json jp.json --svg - --first 99
wrong '--window: is .9,5., must be two times' show j.json jp.json --svg - --window 9,5
wrong 'the timeline goes from' show j.json jp.json --svg - --window 1e8,2e8
wrong '--max-jobs: is .x., must be a whole number' run ok.ini -o new --max-jobs x
wrong '--wind-down: is .x., must be a time' run ok.ini -o new --wind-down=x
wrong '--at: is .1,x., must be seconds' table run --view anytime --at 1,x
wrong 'at most 12 times' table run --view anytime --at 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
wrong '--gap x: must be a number of %' plot run --gap x
wrong '--end: is .foo., must be one of: exit signal' retry run --end foo
wrong '--memory: is .x., must be a factor such as 2x' retry run --end=exit --memory x
wrong '--keep: is .foo., must be first or newest' merge new run --keep foo
wrong '-N: is .0., must be a whole number from 1' slurm ok.ini -N 0
wrong '--ranks: is .0., must be like 16,256' simulate-cluster --ranks 0
wrong '--rules: is .99., must be like 3,5,8-11' check-solver full --rules 99
wrong '--folds: is .1., must be a whole number from 2' train jobs --errors --folds 1
wrong 'scenario=99: there are 1 to 6' import parvagpu --scenario 99
wrong 'must be a small letter' new-solver 1x
wrong 'exists and is not a folder' generate serve -o s.json/x
wrong 'Is a directory' solve s.json -q -o folder
wrong 'No such file or directory' show s.json --svg no/such/folder.svg

# ---- options and arguments
for verb in $("$RMS" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | grep -vx help); do
  "$RMS" "$verb" --frobnicate >out 2>err
  got=$?
  one 2 && grep -q "'--frobnicate'" err && grep -q "'rms $verb --help' lists the options" err
  say $? "$verb: an option that does not exist"
  case $verb in
  generate | machines | solvers | simulate-cluster) ;;
  *) wrong "rms $verb: .*('rms $verb --help' says more)" "$verb" ;;
  esac
done
wrong "'x' is too many" check s.json sp.json x
wrong "'x' is too many" plot run x y

# ---- a standard output that is full, and one that is closed: told once, after whatever is said besides
for command in "--help" "--version" "help solve" "check s.json sp.json" "explain s.json sp.json" "show s.json" \
  "show s.json --svg -" "generate serve" "machines" "solvers" "solvers prices" "solve s.json -q" "table run" "plot run" \
  "status run" "slurm ok.ini" "report run -o -" "run ok.ini -o run --dry-run" "import parvagpu --scenario 2" \
  "simulate-cluster --ranks 1,4" "check-solver full --rules 1"; do
  # shellcheck disable=SC2086 # words
  for stream in full closed; do
    if [ $stream = full ]; then "$RMS" $command >/dev/full 2>err; else "$RMS" $command >&- 2>err; fi
    [ $? -eq 2 ] && [ "$(grep -c 'standard output: cannot write: ' err)" -eq 1 ]
    say $? "rms $command: a $stream standard output is told once"
  done
done
plan
