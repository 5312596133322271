#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Install the Debian packages that a goal needs, those that are missing and no others; says which.
# usage: deps.sh GROUP...      groups: build test bench lint fuzz paper cluster
# Works as root or with sudo, never asks, may be run again at any time.
set -eu

packages() {
  case $1 in
  build) echo gcc libc6-dev make pkg-config libopenmpi-dev openmpi-bin libhwloc-dev libglpk-dev coinor-libcbc-dev \
    libjansson-dev librandom123-dev libgsl-dev libxxhash-dev libinih-dev ;;
  test) echo libcmocka-dev jq procps ;;
  bench) echo parallel hyperfine jq procps ;;
  lint) echo clang-format cppcheck shellcheck codespell ;;
  # A real Slurm on this machine, and two hosts made of network namespaces.
  cluster) echo slurmctld slurmd slurm-client munge openssh-server openssh-client iproute2 jq procps ;;
  fuzz) echo clang libclang-rt-14-dev ;;
  paper) echo texlive-latex-extra texlive-latex-recommended latexmk librsvg2-bin ;;
  *) echo "deps: no group '$1' (build test bench lint fuzz paper cluster)" >&2; exit 2 ;;
  esac
}

wanted=
for group in "${@:-build}"; do wanted="$wanted $(packages "$group")"; done

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "deps: not a Debian system; these Debian packages are needed, install their equivalents:$wanted" >&2
  exit 0
fi

missing=
for p in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || :)
  [ "$state" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

echo "deps: installing missing Debian packages:$missing" >&2
if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null 2>&1; then as_root="sudo -n"; else
  echo "deps: not root and no sudo. As root, run: apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { $as_root env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1; }
# shellcheck disable=SC2086 # the list is meant to be split
if ! { run apt-get -q update && run apt-get -q install -y --no-install-recommends $missing; }; then
  tail -n 20 "$log" >&2
  echo "deps: apt-get failed (its last lines are above). To see all: apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi
