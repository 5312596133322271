#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms solve --warm PLAN: the prices of an earlier plan, for changed demands and other services.
set -u
: "${RMS:?}"
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
n=0
is() { # is TEXT STATUS COMMAND...
  text=$1 want=$2
  shift 2
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  n=$((n + 1))
  if [ "$got" -eq "$want" ]; then echo "ok $n - $text"; else echo "not ok $n - $text (exit $got)"; sed 's/^/# /' "$dir/out" "$dir/err"; fi
}
has() { # has PATTERN
  n=$((n + 1))
  if grep -q -e "$1" "$dir/err"; then echo "ok $n - it says '$1'"; else echo "not ok $n - it does not say '$1'"; sed 's/^/# /' "$dir/err"; fi
}
"$RMS" generate serve --services 30 --machines 60 --seed 5 -o "$dir/old.json" >/dev/null 2>&1
jq '.services |= (.[3:] | map(.demand *= 1.01 | .demand = (.demand * 1000 | round / 1000)))' "$dir/old.json" >"$dir/new.json"
"$RMS" solve "$dir/old.json" -s prices -q -o "$dir/old.plan" 2>/dev/null
"$RMS" solve "$dir/new.json" -s prices -q -o "$dir/cold.plan" 2>/dev/null
is "a warm start" 0 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/old.plan" -o "$dir/warm.plan"
is "the plan is right" 0 "$RMS" check "$dir/new.json" "$dir/warm.plan"
cost() { jq .objective "$1"; }
is "and as good" 0 test "$(cost "$dir/warm.plan")" = "$(cost "$dir/cold.plan")"
is "the parameter does the same" 0 "$RMS" solve "$dir/new.json" -s "prices:steps=300,warm=$dir/old.plan" -q -o "$dir/same.plan"
is "no such plan" 2 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/none.plan"
has 'none.plan'
jq 'del(.certificate)' "$dir/old.plan" >"$dir/bare.plan"
is "a plan without prices" 1 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/bare.plan"
has 'certificate'
is "a solver that knows no prices" 2 "$RMS" solve "$dir/new.json" -s full --warm "$dir/old.plan"
has "'full' does not begin with an earlier plan"
echo "1..$n"
