#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms paper: tables, figures and numbers of a run, each with the hash of the records behind it.
set -u
. "$TOP/tests/lib.sh"
cat >"$dir/sweep.ini" <<'EOT'
[sweep]
name = paper_run
[limits]
work = 300
time = 30s
memory = 1GiB
[instances]
set = tiny,cell=*-n2-t2-*,count=1
[solvers]
run = prices
run = greedy-capped
run = dummy:misbehave=abort,at=2
EOT
ends "no run" 2 "$RMS" paper
ends "nothing there yet" 2 "$RMS" paper "$dir/run" -o "$dir/paper"
ends "a run" 0 "$RMS" run "$dir/sweep.ini" -o "$dir/run" --quiet
ends "the paper's parts" 0 "$RMS" paper "$dir/run" -o "$dir/paper"
hash=$("$RMS" table "$dir/run" --view facts --format csv | sed -n 's/^records hash,//p')
is "$hash $(grep -L "records with hash $hash" "$dir"/paper/*/* | tr '\n' ' ')" "${hash:-none} " "each has the hash"
for title in '^# Tables and figures' 'runs of sweep paper_run' 'Summary: tiny' 'Solvers by instances: tiny' 'Proofs: tiny' \
  'Verdicts: all instances' 'Solvers: all instances' 'Facts: what was run'; do has paper/tables/all.md "$title"; done
has paper/numbers/numbers.tex 'newcommand{.rmsOrigin}{.*paper._run'
has paper/numbers/numbers.csv '^"dummy:misbehave=abort,at=2 solved",10,'
has paper/tables/all.tex 'caption{Summary: tiny'
sed -n 's|^!\[.*\](\.\./\(.*\))$|\1|p' "$dir/paper/tables/all.md" >"$dir/figures"
is "$(while read -r file; do grep -l '</svg>' "$dir/paper/$file"; done <"$dir/figures" | wc -l) of $(wc -l <"$dir/figures")" "4 of 4" "its figures are there"
cp -r "$dir/paper" "$dir/before"
ends "once more" 0 "$RMS" paper "$dir/run" -o "$dir/paper"
ends "the same bytes" 0 diff -r "$dir/before" "$dir/paper"
ends "no place for it" 2 "$RMS" paper "$dir/run" -o /dev/null/paper
plan
