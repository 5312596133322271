#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Too little stock, from end to end: rms solve says so, writes the proof, rms check takes it.
set -u
. "$TOP/tests/lib.sh"
refuted() { # refuted SPEC WORDS
  "$RMS" solve "$1" -s prices -o "$dir/proof.json" >"$dir/out" 2>"$dir/err"
  [ $? -eq 1 ]
  say $? "$1: exit code 1"
  grep -q "there is no plan: infeasible, proved by the certificate: .*$2" "$dir/err"
  say $? "it says which stock is short"
  grep -q '^verdict *verified_optimal$' "$dir/err"
  say $? "the proof was verified"
  "$RMS" check "$1" "$dir/proof.json" >"$dir/out" 2>"$dir/err" && grep -q '^yes: infeasible, proved' "$dir/out"
  say $? "rms check takes the file"
}
one='serve:services=24,machines=50,pools=a100-80gb/40'
refuted "$one" 'pool "a100-80gb" is too short: 40 machines are there, 53 or more are needed'
sed 's/"denominator": 0/"denominator": 9000000000000/' "$dir/proof.json" >"$dir/weak.json"
"$RMS" check "$one" "$dir/weak.json" >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] && grep -q unverifiable "$dir/out"
say $? "a certificate that proves less is not enough"
sed 's/"1g.10gb": [0-9]*/"1g.10gb": 4000000000000000/' "$dir/proof.json" >"$dir/false.json"
"$RMS" check "$one" "$dir/false.json" >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] && grep -q unverifiable "$dir/out"
say $? "a false certificate is refused"
refuted 'serve:services=24,machines=50,pools=a100-80gb*100/20+a30-24gb*38/15' '20 of pool "a100-80gb", 15 of pool "a30-24gb"'
"$RMS" solve 'serve:services=24,machines=50,pools=a100-80gb/53' -s prices -o "$dir/plan.json" >"$dir/out" 2>"$dir/err"
say $? "one machine less short, and there is a plan"
plan
