#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms check: exit codes, what it says, JSON.
set -u
. "$TOP/tests/lib.sh"
cat >"$dir/instance.json" <<'EOF'
{ "format": "rms-instance/1", "family": "serve", "name": "small",
  "pools": [ { "machine": "a100-80gb", "rules": "r510", "count": null, "cost": 1 } ],
  "services": [
    { "name": "a", "demand": 460, "throughput": { "a100-80gb":
      { "1g.10gb": 148.8, "2g.20gb": 265.1, "3g.40gb": 330, "4g.40gb": 351.2, "7g.80gb": 402.7 } } },
    { "name": "b", "demand": 90.5, "throughput": { "a100-80gb":
      { "2g.20gb": 30, "3g.40gb": 55.25, "7g.80gb": 100 } } } ] }
EOF
write() { # write OBJECTIVE BOUND STATUS PRICE-OF-3G SERVICE-ON-3G
  cat <<EOF
{ "format": "rms-plan/1", "family": "serve", "instance": "small", "objective": $1, "bound": $2, "status": "$3",
  "certificate": { "kind": "prices", "denominator": 7, "prices": { "a100-80gb":
    { "7g.80gb": 7, "4g.40gb": 4, "3g.40gb": $4, "2g.20gb": 2, "1g.10gb": 1 } } },
  "groups": [ { "machine": "a100-80gb", "count": 2, "slices": [
    { "profile": "4g.40gb", "start": 0, "service": "a" }, { "profile": "3g.40gb", "start": 4, "service": "$5" } ] } ] }
EOF
}
try() { # try WANTED-EXIT PATTERN TEXT [OPTION...]
  want=$1 pattern=$2 text=$3
  shift 3
  "$RMS" check "$dir/instance.json" "$dir/plan.json" "$@" >"$dir/out" 2>&1
  code=$?
  [ "$code" -eq "$want" ] && grep -q -- "$pattern" "$dir/out"
  say $? "$text"
}
write 2 2 optimal 3 b >"$dir/plan.json"
try 0 '^yes: .*proves' 'a proved plan is right'
try 0 '^verdict    verified_optimal$' 'its verdict is verified_optimal'
try 0 '^slices     4 used, 0 idle$' 'slices are counted'
try 0 '^tightest   b: 110.5 of 90.5' 'the tightest service comes first'
try 0 '"bound": 2' 'JSON has the verified bound' --json
if command -v jq >/dev/null 2>&1; then
  "$RMS" check "$dir/instance.json" "$dir/plan.json" --json >"$dir/out" 2>&1
  [ "$(jq -r '[.is_right, .verdict, .objective, .pools[0].machines, .certificate.is_valid] | join(" ")' "$dir/out")" = \
    "true verified_optimal 2 2 true" ]
  say $? 'JSON is read by jq'
fi
write 2 1 feasible 2 b >"$dir/plan.json"
try 0 '^bound      1, verified' 'weaker prices prove their weaker bound'
write 2 2 optimal 4 b >"$dir/plan.json"
try 1 '^no: certificate: a legal cut' 'a false certificate makes the answer no'
write 1 1 optimal 3 b >"$dir/plan.json"
try 1 'wrong_objective' 'a wrong objective is found'
write 2 3 feasible 3 b >"$dir/plan.json"
try 1 'wrong_bound' 'a wrong bound is found'
write 2 2 optimal 3 a >"$dir/plan.json"
try 1 '^no: service "b" gets 0' 'a missed demand is found'
write 2 2 optimal 3 c >"$dir/plan.json"
try 2 'plan.json: .*no service "c"' 'an unknown service is bad input'
echo '{ "format": "rms-plan/1", "family": "serve", "instance": "small", "objective": null, "bound": null,
  "status": "infeasible", "groups": [] }' >"$dir/plan.json"
try 1 'unverifiable' 'infeasibility without a proof is not believed'
rm "$dir/plan.json"
try 2 'plan.json' 'a missing file is bad input'
"$RMS" check "$dir/instance.json" >"$dir/out" 2>&1
[ $? -eq 2 ]
say $? 'a missing argument is bad usage'
"$RMS" check --help >"$dir/out" 2>&1 && grep -q 'Examples' "$dir/out"
say $? 'help has examples'
write 2 2 optimal 3 b >"$dir/plan.json"
if [ -e /dev/full ]; then
  "$RMS" check "$dir/instance.json" "$dir/plan.json" >/dev/full 2>"$dir/out"
  [ $? -ge 2 ]
  say $? 'a full disk is an error'
fi
plan
