#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The verbs machines and show: exit codes, streams, what they recognise.
set -u
. "$TOP/tests/lib.sh"
cd "$TOP" || exit 2
I=tests/golden/show_instance.json P=tests/golden/show_plan.json

ends "machines are listed" 0 "$RMS" machines
has out '^a100-80gb .*r470 r510\*'
has out '^thor-igpu .*not usable'
ends "and for programs" 0 "$RMS" machines --json
ends "which can read it" 0 jq -e . "$dir/out"
ends "one machine" 0 "$RMS" machines a100-80gb
has out '^r510 *base *298 *38 *19 *14 *12$'
has out '^r470 *all *1088 *63 *66 *23 *19$'
has out '^ *12 *1g.10gb x7 *1g@6 1g@4 1g@5 1g@0 1g@1 1g@2 1g@3$'
ends "one rule set of it, some profiles" 0 "$RMS" machines a100-80gb --rules r470 --profiles 1g,2g,3g.40gb,4g,7g
has out '^r470 *1g,2g,3g.40gb,4g,7g *297 *37 *18 *13 *11$'
hasnt out '^r510 '
"$RMS" machines tests/golden/fpga.json --json --rules v2 >"$dir/fpga" 2>/dev/null
ends "a machine of one's own, for programs" 0 jq -e '.machine.name == "fpga-6-regions" and .enumerations[1].partitions[0][0].profile == "half"' "$dir/fpga"
ends "a machine that is not usable says so" 0 "$RMS" machines rtx-pro-5000-48gb
has out 'NOT USABLE: '
ends "no such machine" 2 "$RMS" machines a100-81gb
has err "a100-80gb"
hasnt out .
ends "no such rules" 2 "$RMS" machines a100-80gb --rules r400
has err 'r470 r510'
ends "no such profile" 2 "$RMS" machines a100-80gb --profiles 1g,5g
has err "'5g'"
ends "no such file" 2 "$RMS" machines ./none.json
ends "two machines" 2 "$RMS" machines a b

ends "a picture of a machine" 0 "$RMS" show a100-80gb --plain
has out '^12 | 1g.10gb'
! LC_ALL=C grep -q '[^ -~]' "$dir/out"
say $? "plain is ASCII"
ends "as SVG" 0 "$RMS" show a100-80gb --svg "$dir/a100.svg"
hasnt out .
ends "which is one" 0 grep -q '^</svg>$' "$dir/a100.svg"
ends "SVG to the standard output" 0 "$RMS" show tests/golden/fpga.json --svg -
has out '^<svg '
ends "a picture of an instance" 0 "$RMS" show "$I"
has out 'instance: 3 services'
ends "a picture of a plan" 0 "$RMS" show "$I" "$P" --plain
has out '^2 x | 4g.40gb'
cp "$dir/out" "$dir/first"
"$RMS" show "$P" -i "$I" --plain >"$dir/second"
ends "the same, the other way round" 0 cmp "$dir/first" "$dir/second"
ends "a plan without its instance" 2 "$RMS" show "$P"
has err 'rms show INSTANCE PLAN'
ends "a plan and its instance in the wrong order" 2 "$RMS" show "$P" "$I"
ends "a machine that is not usable" 2 "$RMS" show thor-igpu
echo '{"format": "other/1"}' >"$dir/other"
ends "a file of another kind" 2 "$RMS" show "$dir/other"
has err 'rms-plan/1'
ends "a part of a machine" 2 "$RMS" show a100-80gb --window 1,2 --svg -
has err 'for timelines'
ends "a part of a plan without time" 2 "$RMS" show "$I" "$P" --first 1 --svg -
has err 'no time'
ends "a window that ends before it begins" 2 "$RMS" show "$I" "$P" --window 2,1 --svg -
ends "nothing" 2 "$RMS" show
ends "a folder for a file" 2 "$RMS" show a100-80gb --svg "$dir/none/x.svg"
ends "help" 0 "$RMS" show --help
has out 'Examples:'
plan
