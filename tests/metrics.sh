#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# metrics.sh FILE.c... - median and p90 of function and file lengths (Universal Ctags). Reports, never fails.
set -u
command -v ctags >/dev/null 2>&1 || { echo "metrics: needs universal-ctags"; exit 0; }
echo "files:     $(wc -l "$@" | grep -v total | awk '{print $1}' | sort -n | awk '{a[NR]=$1} END {print NR, "median", a[int((NR+1)/2)], "p90", a[int(NR*0.9)], "max", a[NR]}')"
echo "functions: $(ctags -x --c-kinds=f --fields=+ne --_xformat='%{line} %{end}' "$@" | awk 'NF==2 {print $2-$1+1}' | sort -n |
  awk '{a[NR]=$1; if ($1>60) long++} END {print NR, "median", a[int((NR+1)/2)], "p90", a[int(NR*0.9)], "max", a[NR], "over 60 lines:", long+0}')"
