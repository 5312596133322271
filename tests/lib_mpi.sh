# SPDX-License-Identifier: GPL-3.0-or-later
# lib_mpi.sh - lib.sh for the scripts that start ranks: the folder is theirs, ranks of MPI, a small sweep.
# shellcheck shell=sh
. "$TOP/tests/lib.sh"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=$dir
cd "$work" || exit 2
# What Open MPI leaves behind when it is killed goes away with the folder.
export OMPI_MCA_orte_tmpdir_base="$work" OMPI_MCA_btl_vader_backing_directory="$work"

# ranks N ARGUMENT... - rms under mpirun. Modules that Open MPI unloads leak, and AddressSanitizer cannot even
# name them: leaks are looked for in the runs without MPI.
ranks() {
  np=$1
  shift
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" mpirun -np "$np" --oversubscribe --bind-to none "$RMS" "$@"
}
# begin N FILE ARGUMENT... - the same beside this script: mpirun is $launcher, what it says is in the file
begin() {
  np=$1 file=$2
  shift 2
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" mpirun -np "$np" --oversubscribe --bind-to none "$RMS" "$@" >"$file" 2>&1 &
  launcher=$!
}
# generation N PROCESS - the first process of its N-th generation of children, "" while there is none
generation() {
  below=$2
  for _ in $(seq "$1"); do
    next=
    for parent in $below; do
      next="$next $(cat /proc/"$parent"/task/*/children 2>/dev/null)"
    done
    below=$next
  done
  echo "$below" | awk '{print $1}'
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
# hash_of RUN - the hash of the deterministic part of all records
hash_of() { "$RMS" run sweep.ini -o "$1" --dry-run | sed -n 's/^records: \([0-9a-f]*\)$/\1/p'; }
# lines TYPE RUN - how many lines of a type the records have
lines() { cat "$2"/records/*.jsonl 2>/dev/null | grep -c "^{\"type\":\"$1\""; }
has_lines() { [ "$(lines "$2" "$3")" -ge "$1" ]; }
# wait_for N TYPE RUN - until there are so many, a minute at most
wait_for() { within 60 has_lines "$@"; }
# begun_again RUN - how many jobs have two runs, or an attempt after the one that has the run
begun_again() {
  cat "$1"/records/*.jsonl | sed -n 's/^{"type":"\(start\|run\)","job":"\([0-9a-f]*\)".*"attempt":\([0-9]*\).*$/\1 \2 \3/p' |
    awk '$1 == "run" {if ($2 in done) bad++; done[$2] = $3} $1 == "start" && $3 > last[$2] {last[$2] = $3}
      END {for (job in done) bad += last[job] != done[job]; print bad + 0}'
}

# one_cell NAME REPEATS TIME RUN... - a sweep of one instance, under a work limit
one_cell() {
  printf '[sweep]\nname = %s\nrepeats = %s\n[limits]\nwork = 1000\ntime = %s\n' "$1" "$2" "$3"
  printf '[instances]\nset = parvagpu,cell=parvagpu-1-p1\n[solvers]\n'
  shift 3
  printf 'run = %s\n' "$@"
}
cat >sweep.ini <<'END'
[sweep]
name = small
[limits]
work = 2000
time = 120s
[instances]
set = parvagpu
set = tiny,count=1
[solvers]
run = greedy-literal
run = greedy-capped
run = greedy-endgame
run = bound-free
END
