#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The verbs machines and show: exit codes, streams, what they recognise.
set -u
: "${RMS:?}" "${TOP:?}"
cd "$TOP" || exit 2
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
n=0
# is TEXT STATUS COMMAND...: the command ends with that status; its output stands in $dir/out and $dir/err
is() {
  text=$1 want=$2
  shift 2
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  n=$((n + 1))
  if [ "$got" -eq "$want" ]; then echo "ok $n - $text"; else echo "not ok $n - $text (exit $got)"; cat "$dir/err"; fi
}
# has STREAM PATTERN: the last command wrote that
has() {
  n=$((n + 1))
  if grep -q -e "$2" "$dir/$1"; then echo "ok $n - $1 has '$2'"; else echo "not ok $n - $1 has no '$2'"; head -n 5 "$dir/$1"; fi
}
hasnt() {
  n=$((n + 1))
  if grep -q -e "$2" "$dir/$1"; then echo "not ok $n - $1 has '$2'"; else echo "ok $n - $1 has no '$2'"; fi
}
I=tests/golden/show_instance.json P=tests/golden/show_plan.json

is "machines are listed" 0 "$RMS" machines
has out '^a100-80gb .*r470 r510\*'
has out '^thor-igpu .*not usable'
is "and for programs" 0 "$RMS" machines --json
is "which can read it" 0 jq -e . "$dir/out"
is "one machine" 0 "$RMS" machines a100-80gb
has out '^r510 *base *298 *38 *19 *14 *12$'
has out '^r470 *all *1088 *63 *66 *23 *19$'
has out '^ *12 *1g.10gb x7 *1g@6 1g@4 1g@5 1g@0 1g@1 1g@2 1g@3$'
is "one rule set of it, some profiles" 0 "$RMS" machines a100-80gb --rules r470 --profiles 1g,2g,3g.40gb,4g,7g
has out '^r470 *1g,2g,3g.40gb,4g,7g *297 *37 *18 *13 *11$'
hasnt out '^r510 '
"$RMS" machines tests/golden/fpga.json --json --rules v2 >"$dir/fpga" 2>/dev/null
is "a machine of one's own, for programs" 0 jq -e '.machine.name == "fpga-6-regions" and .enumerations[1].partitions[0][0].profile == "half"' "$dir/fpga"
is "a machine that is not usable says so" 0 "$RMS" machines rtx-pro-5000-48gb
has out 'NOT USABLE: '
is "no such machine" 2 "$RMS" machines a100-81gb
has err "a100-80gb"
hasnt out .
is "no such rules" 2 "$RMS" machines a100-80gb --rules r400
has err 'r470 r510'
is "no such profile" 2 "$RMS" machines a100-80gb --profiles 1g,5g
has err "'5g'"
is "no such file" 2 "$RMS" machines ./none.json
is "two machines" 2 "$RMS" machines a b

is "a picture of a machine" 0 "$RMS" show a100-80gb --plain
has out '^12 | 1g.10gb'
n=$((n + 1))
if LC_ALL=C grep -q '[^ -~]' "$dir/out"; then echo "not ok $n - plain is ASCII"; else echo "ok $n - plain is ASCII"; fi
is "as SVG" 0 "$RMS" show a100-80gb --svg "$dir/a100.svg"
hasnt out .
is "which is one" 0 grep -q '^</svg>$' "$dir/a100.svg"
is "SVG to the standard output" 0 "$RMS" show tests/golden/fpga.json --svg -
has out '^<svg '
is "a picture of an instance" 0 "$RMS" show "$I"
has out 'instance: 3 services'
is "a picture of a plan" 0 "$RMS" show "$I" "$P" --plain
has out '^2 x | 4g.40gb'
cp "$dir/out" "$dir/first"
"$RMS" show "$P" -i "$I" --plain >"$dir/second"
is "the same, the other way round" 0 cmp "$dir/first" "$dir/second"
is "a plan without its instance" 2 "$RMS" show "$P"
has err 'rms show INSTANCE PLAN'
is "a plan and its instance in the wrong order" 2 "$RMS" show "$P" "$I"
is "a machine that is not usable" 2 "$RMS" show thor-igpu
echo '{"format": "other/1"}' >"$dir/other"
is "a file of another kind" 2 "$RMS" show "$dir/other"
has err 'rms-plan/1'
is "a part of a machine" 2 "$RMS" show a100-80gb --window 1,2 --svg -
has err 'for timelines'
is "a part of a plan without time" 2 "$RMS" show "$I" "$P" --first 1 --svg -
has err 'no time'
is "a window that ends before it begins" 2 "$RMS" show "$I" "$P" --window 2,1 --svg -
is "nothing" 2 "$RMS" show
is "a folder for a file" 2 "$RMS" show a100-80gb --svg "$dir/none/x.svg"
is "help" 0 "$RMS" show --help
has out 'Examples:'
echo "1..$n"
