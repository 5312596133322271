#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Limits on what a solver forks: memory of the whole tree, number of processes; and, where this machine lets us have
# a control group (v2) with a memory controller, the kernel's own limits.
set -u
. "$TOP/tests/lib_mpi.sh"
sweep() { # sweep LIMITS RUN...
  printf '[sweep]\nname = limits\n[limits]\ntime = 20s\n%b[instances]\nset = parvagpu,cell=parvagpu-1-p1\n[solvers]\n' "$1"
  shift
  for run in "$@"; do echo "run = $run"; done
}
field() { cat run/records/*.jsonl | jq -r "select(.type == \"run\") | $1"; }
crowd=dummy:misbehave=crowd,at=1
case ${BUILD:-} in
*asan*) ok "memory of a tree # skip under an address sanitizer no memory is limited" ;;
*)
  sweep 'memory = 64MiB\n' "$crowd" dummy >tree.ini
  RMS_CGROUP=off "$RMS" run tree.ini -o run -q >/dev/null 2>&1
  is "$(field '"\(.end) \(.verdict)"' | sort | tr '\n' ';')" "exit verified_feasible;memory verified_feasible;" "many small processes exceed a memory limit together"
  is "$(field '.env.memory_mechanism' | sort -u)" "rlimit_as+rss" "how is recorded"
  is "$(field 'select(.end == "memory") | .env.peak_memory > 67108864')" true "their peak is that of all"
  ;;
esac
rm -rf run
sweep 'processes = 10\nmemory = 1GiB\n' "$crowd" dummy >many.ini
RMS_CGROUP=off "$RMS" run many.ini -o run -q >/dev/null 2>&1
is "$(field '.end' | sort | tr '\n' ' ')" "exit processes " "a solver that forks more than it may"
is "$(field '.limits.processes' | sort -u)" 10 "with its limit"
"$RMS" status run | grep -q 'ended:   exit 1, processes 1' && ok "status knows the end" || bad "status: $("$RMS" status run)"
printf '[limits]\nprocesses = none\n' | sed '1i [sweep]\nname = x' >bad.ini
"$RMS" run bad.ini -o bad -q >/dev/null 2>err.txt
is "$? $(grep -c 'processes: is "none", must be a whole number' err.txt)" "2 1" "a limit that is none"
is "$(cat run/records/*.jsonl | jq -c 'select(.type == "launch") | .limits.mechanisms')" '{"time":"timer","cpu":"rlimit_cpu","output":"rlimit_fsize"}' "the launch says how the other limits are imposed"

# ---- a real control group: /sys/fs/cgroup must be version 2 with a memory controller, and ours
group=/sys/fs/cgroup/rms-test-$$
usable=no
if grep -qs memory /sys/fs/cgroup/cgroup.controllers && mkdir "$group" 2>/dev/null; then
  { grep -q memory /sys/fs/cgroup/cgroup.subtree_control || echo +memory >/sys/fs/cgroup/cgroup.subtree_control; } 2>/dev/null
  grep -qs memory "$group/cgroup.controllers" && usable=yes
  trap 'rmdir "$group"/rms-* "$group" 2>/dev/null; rm -rf "$work"' EXIT
fi
if [ $usable = yes ]; then
  rm -rf run
  sweep 'memory = 64MiB\n' "$crowd" dummy:misbehave=memory,at=1 dummy >group.ini
  RMS_CGROUP=$group "$RMS" run group.ini -o run -q >/dev/null 2>&1
  is "$(field '.end' | sort | tr '\n' ' ')" "exit memory memory " "the kernel ends what exceeds its group's memory"
  is "$(field '.env.memory_mechanism' | sort -u)" cgroup "how is recorded"
  is "$(field 'select(.end == "memory") | .env.peak_memory <= 67108864' | sort -u)" true "and none ever had more"
  is "$(find "$group" -name 'rms-*' | wc -l)" 0 "groups go with their jobs"
else
  ok "control group # skip this machine has no cgroup v2 with a memory controller that we may use"
fi
plan
