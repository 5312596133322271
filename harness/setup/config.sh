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
echo "MPI_CFLAGS := $(system ompi-c)"
echo "MPI_LIBS := $(pkg-config --libs ompi-c)"
echo "RUN_LIBS := $(pkg-config --libs hwloc)"
