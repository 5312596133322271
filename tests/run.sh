#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh TEST... - run test programs (cmocka) and test scripts, one after the other, each under a time limit;
# every one speaks TAP. Prints failures in full, a line a test, and closes with "N passed, N failed".
# Environment: BUILD (default build/release), TEST_TIMEOUT seconds (default 600), TEST_SHOW (set: all that tests print).
set -u
BUILD=${BUILD:-build/release}
export BUILD RMS="$PWD/$BUILD/rms" TOP="$PWD" CMOCKA_MESSAGE_OUTPUT=TAP
# Open MPI refuses to start as root and more ranks than cores unless told; tests tell it.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}"
passed=0 failed=0 skipped=0
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT
for test in "$@"; do
  name=$(basename "$test" .sh)
  start=$(date +%s)
  case $test in
  *.sh) timeout -k 5 "${TEST_TIMEOUT:-600}" sh "$test" >"$out" 2>&1 ;;
  *) timeout -k 5 "${TEST_TIMEOUT:-600}" "$test" >"$out" 2>&1 ;;
  esac
  status=$?
  [ -z "${TEST_SHOW:-}" ] || sed "s/^/$name: /" "$out"
  # "not ok N # SKIP name" is how cmocka tells that a test was skipped.
  sed -i 's/^not ok \([0-9]* # SKIP\)/ok \1/' "$out"
  ok=$(grep -c '^ok ' "$out")
  skip=$(grep -ci '^ok .*# skip' "$out")
  bad=$(grep -c '^not ok ' "$out")
  # A test that died, timed out or said nothing has failed, whatever it counted.
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ]; }; then bad=1; fi
  passed=$((passed + ok - skip)) skipped=$((skipped + skip)) failed=$((failed + bad))
  printf '%-28s %4d passed %3d failed  %3d s%s\n' "$name" $((ok - skip)) "$bad" $(($(date +%s) - start)) \
    "$([ "$skip" -gt 0 ] && echo "  $skip skipped")"
  [ "$bad" -eq 0 ] || { echo "---- $test (exit $status)"; grep -v '^ok ' "$out" | tail -n 60; echo "----"; }
done
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
