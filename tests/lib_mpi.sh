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
# hash_of RUN - the hash of the deterministic part of all records
hash_of() { "$RMS" run sweep.ini -o "$1" --dry-run | sed -n 's/^records: \([0-9a-f]*\)$/\1/p'; }
# lines TYPE RUN - how many lines of a type the records have
lines() { cat "$2"/records/*.jsonl 2>/dev/null | grep -c "^{\"type\":\"$1\""; }

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
