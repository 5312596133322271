#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SECONDS [NAME] - run every fuzzer of build/fuzz (or one) that long; a line each; exit 1 when one found something.
set -u
seconds=$1 only=${2:-}
bad=0
for source in tests/fuzz/fuzz_*.c; do
  name=${source#tests/fuzz/fuzz_} name=${name%.c}
  [ -z "$only" ] || [ "$only" = "$name" ] || continue
  mkdir -p "build/fuzz/corpus/$name"
  set -- "build/fuzz/corpus/$name"
  [ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
  [ ! -f "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"
  log=build/fuzz/$name.log
  if "build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$name-" "$@" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    echo "fuzz $name: good, ${runs:-0} inputs in $seconds s, ${covered:-0} edges covered"
  else
    echo "fuzz $name: FOUND SOMETHING, see $log"
    grep -E 'ERROR|SUMMARY|broken:|Test unit written' "$log" | head -n 5
    bad=1
  fi
done
exit "$bad"
