#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms explain: its text, byte for byte; its JSON; what it refuses.
set -u
. "$TOP/tests/lib.sh"
cd "$TOP" || exit 2
I=tests/golden/explain_instance.json P=tests/golden/explain_plan.json
"$RMS" explain "$I" "$P" >"$dir/text" 2>&1
ends "the text" 0 diff -u tests/golden/explain.txt "$dir/text"
"$RMS" explain "$I" "$P" --json >"$dir/json" 2>&1
ends "JSON: growth" 0 jq -e '.format == "rms-explanation/1" and .cost == 34 and .services[0].spare == 0 and .services[0].idle == 10 and .services[1].free_until == 9' "$dir/json"
ends "JSON: pools" 0 jq -e '.pools | map(.bound_kept_from_cost) == [null, null, 141]' "$dir/json"
ends "JSON: the stock that binds" 0 jq -e '.pools | map(.one_machine_saves > 0) == [true, false, false]' "$dir/json"
ends "JSON: what is scarce" 0 jq -e '[.slices[] | select(.is_scarce) | .profile] == ["4g.40gb"]' "$dir/json"
# the promise of the last pool, by solving again
jq '.pools[2].cost = 141' "$I" >"$dir/cheaper.json"
"$RMS" solve "$dir/cheaper.json" -s glpk -q -o "$dir/again.json"
ends "a cheaper machine changes nothing until then" 0 jq -e '.objective >= 28' "$dir/again.json"
ends "some services" 0 "$RMS" explain "$I" "$P" -n 1
has out 'and 1 more services'
jq 'del(.certificate)' "$P" >"$dir/bare.json"
ends "a plan without certificate" 1 "$RMS" explain "$I" "$dir/bare.json"
has err 'no certificate'
jq '.groups = .groups[1:]' "$P" >"$dir/wrong.json"
ends "a wrong plan" 1 "$RMS" explain "$I" "$dir/wrong.json"
has err 'the plan is wrong'
short='serve:services=24,machines=50,pools=a100-80gb/40'
"$RMS" solve "$short" -s prices -q -o "$dir/none.json" 2>/dev/null
ends "a proof that there is none" 1 "$RMS" explain "$short" "$dir/none.json"
has err '53 or more are needed'
ends "no such file" 2 "$RMS" explain "$I" "$dir/nothing.json"
ends "no plan" 2 "$RMS" explain "$I"
plan
