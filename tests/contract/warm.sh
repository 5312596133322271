#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms solve --warm PLAN: the prices of an earlier plan, for changed demands and other services.
set -u
. "$TOP/tests/lib.sh"
"$RMS" generate serve --services 30 --machines 60 --seed 5 -o "$dir/old.json" >/dev/null 2>&1
jq '.services |= (.[3:] | map(.demand *= 1.01 | .demand = (.demand * 1000 | round / 1000)))' "$dir/old.json" >"$dir/new.json"
"$RMS" solve "$dir/old.json" -s prices -q -o "$dir/old.plan" 2>/dev/null
"$RMS" solve "$dir/new.json" -s prices -q -o "$dir/cold.plan" 2>/dev/null
ends "a warm start" 0 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/old.plan" -o "$dir/warm.plan"
ends "the plan is right" 0 "$RMS" check "$dir/new.json" "$dir/warm.plan"
cost() { jq .objective "$1"; }
ends "and as good" 0 test "$(cost "$dir/warm.plan")" = "$(cost "$dir/cold.plan")"
ends "the parameter does the same" 0 "$RMS" solve "$dir/new.json" -s "prices:steps=300,warm=$dir/old.plan" -q -o "$dir/same.plan"
ends "no such plan" 2 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/none.plan"
has err 'none.plan'
jq 'del(.certificate)' "$dir/old.plan" >"$dir/bare.plan"
ends "a plan without prices" 1 "$RMS" solve "$dir/new.json" -s prices --warm "$dir/bare.plan"
has err 'certificate'
ends "a solver that knows no prices" 2 "$RMS" solve "$dir/new.json" -s full --warm "$dir/old.plan"
has err "'full' does not begin with an earlier plan"
plan
