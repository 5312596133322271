#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Ask pkg-config once where the libraries are and print it as Makefile variables (build/config.mk).
set -eu
need() {
  if ! pkg-config --exists "$1" 2>/dev/null; then
    echo "config: library '$1' not found. Run 'make deps' (installs Debian packages) and try again." >&2
    exit 1
  fi
}
command -v pkg-config >/dev/null 2>&1 || {
  echo "config: pkg-config not found. Run 'make deps' (installs Debian packages) and try again." >&2
  exit 1
}
for lib in jansson gsl libxxhash inih cbc hwloc ompi-c; do need "$lib"; done
system() { pkg-config --cflags "$@" | sed 's/-I/-isystem /g'; }
echo "LIB_CFLAGS := $(system jansson gsl libxxhash inih hwloc) $(system cbc)"
echo "LIB_LIBS := $(pkg-config --libs jansson gsl libxxhash inih cbc) -lglpk -ldl -lm"
# The same libraries as archives, for the program that forks jobs; the shared ones where an archive is missing.
inside="-Wl,-Bstatic -Wl,--start-group -ljansson -lgsl -lxxhash -linih -lCbcSolver -lCbc -lCgl -lOsiClp -lClp -lOsi -lCoinUtils \
 -lglpk -lcolamd -lamd -lsuitesparseconfig -lltdl -lgmp -llapack -lblas -lbz2 -lz -lgfortran -lquadmath -lstdc++ -lgcc_eh \
 -Wl,--end-group -Wl,-Bdynamic -ldl -lm"
# shellcheck disable=SC2086 # the libraries are words
if echo 'int main(void) { return 0; }' | ${CC:-gcc} -x c - -o /dev/null $inside 2>/dev/null; then
  echo "STATIC_LIBS := $inside"
else
  # shellcheck disable=SC2016 # a variable of make
  echo 'STATIC_LIBS = $(LIB_LIBS)'
fi
echo "MPI_CFLAGS := $(system ompi-c)"
echo "MPI_LIBS := $(pkg-config --libs ompi-c)"
echo "RUN_LIBS := $(pkg-config --libs hwloc)"
