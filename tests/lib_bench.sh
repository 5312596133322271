# SPDX-License-Identifier: GPL-3.0-or-later
# lib_bench.sh - for the scripts that measure the sweep engine: the program, ranks as root, sweeps of jobs that
# take no time of their own. Needs BUILD; run from the top of the tree.
# shellcheck shell=sh
RMS=$PWD/${BUILD:?}/rms
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

# tiny FOLDER - make the smallest instance there and print its path
tiny() {
  "$RMS" generate serve --set tiny --count 1 -o "$1" >/dev/null 2>&1
  find "$(cd "$1" && pwd)" -name '*.json' | sort | head -n 1
}
# sweep_of NAME REPEATS WORK INSTANCE SOLVER - the file of a sweep that repeats one job
sweep_of() {
  printf '[sweep]\nname = %s\nseed = 1\nrepeats = %s\n[limits]\nwork = %s\ntime = 60s\n' "$1" "$2" "$3"
  printf '[instances]\nfile = %s\n[solvers]\nrun = %s\n' "$4" "$5"
}
