#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms report: one page of a run of each family, and of one in which everything goes wrong; bad wishes, full disks
# and hostile names. What it calls the command that runs a job again does just that.
set -u
. "$TOP/tests/lib.sh"
sweep() { # sweep NAME INSTANCES SOLVER...: a work-limited run in $dir/NAME
  name=$1 instances=$2
  shift 2
  {
    printf '[sweep]\nname = %s\n[limits]\nwork = 300\ntime = 30s\nmemory = 1GiB\n[instances]\n%s\n[solvers]\n' "$name" "$instances"
    printf 'run = %s\n' "$@"
  } >"$dir/$name.ini"
  ends "a run: $name" 0 "$RMS" run "$dir/$name.ini" -o "$dir/$name" --quiet
}

ends "no run is named" 2 "$RMS" report
has err 'a run folder is missing'
ends "one run too many" 2 "$RMS" report a b
ends "no such folder" 2 "$RMS" report "$dir/none"
has err 'No such file or directory'
ends "no such option" 2 "$RMS" report --beautiful "$dir/none"

# ---- serve: every part is there ----
sweep whole 'set = tiny,cell=*-n2-t2-*,count=1' prices greedy-capped mcts bound-lp mig-serving
ends "a report" 0 "$RMS" report "$dir/whole" -o "$dir/report.html"
for part in '<h2 id="faults">' '<h2 id="results">' '<h2 id="figures">' '<h2 id="plans">' '<h2 id="solvers">' '<h2 id="facts">' \
  'Nothing went wrong' '<caption>Verdicts: all instances' '<caption>Summary: tiny' '<caption>Solvers by instances: tiny' \
  '<caption>Proofs: tiny' '<caption>Pairs: tiny' 'against mig-serving on the same instances' 'Performance profile' 'Time to target' \
  'proved optimal, by ' "rms table $dir/whole --view matrix --group tiny --format csv" 'records hash' 'times are no claims'; do
  has report.html "$part"
done
hasnt report.html 'https\?://[^w]'
ends "on standard output, too" 0 "$RMS" report "$dir/whole"
cp "$dir/out" "$dir/again.html"
ends "the same bytes" 0 cmp "$dir/again.html" "$dir/report.html"
ends "paired with another one" 0 "$RMS" report "$dir/whole" --against prices
has out 'against prices on the same'
ends "by cells" 0 "$RMS" report "$dir/whole" --cells
has out '\--cells --group'
ends "paired with nobody" 2 "$RMS" report "$dir/whole" --against nobody
has err '\--against nobody: no run has this label'
# Commands that the page gives are commands.
sed -n 's|.*As CSV: <code>rms \(.*\)</code>.*|\1|p' "$dir/report.html" | sed 's/&#39;/'"'"'/g' >"$dir/commands"
failures=0
while read -r line; do
  if ! sh -c "\"$RMS\" $line" >"$dir/out" 2>"$dir/err"; then failures=1 && echo "# $line" && seen; fi
done <"$dir/commands"
[ $failures -eq 0 ] && [ "$(wc -l <"$dir/commands")" -gt 9 ]
say $? "what is called CSV is"
if [ -w /dev/full ]; then
  ends "a full disk" 2 sh -c "\"$RMS\" report \"$dir/whole\" >/dev/full"
  has err 'cannot write'
  ends "a full disk, by name" 2 "$RMS" report "$dir/whole" -o /dev/full
fi
ends "no such place" 2 "$RMS" report "$dir/whole" -o "$dir/none/report.html"

# ---- one record ----
sweep one 'set = tiny,cell=*-n2-t2-*,count=1' greedy-capped
ends "one solver" 0 "$RMS" report "$dir/one"
has out 'No performance profile: it compares solvers'
has out 'No table of proofs'

# ---- jobs ----
sweep jobs 'set = jobs:miso,count=1' nopart miso oracle
ends "timelines" 0 "$RMS" report "$dir/jobs"
has out 'mean JCT'
has out '<svg role="img" aria-label="miso-m8-.*: mean JCT'
has out 'against miso on the same instances'

# ---- what goes wrong stands first, and can be done again ----
sweep wrong 'set = parvagpu,cell=parvagpu-1-p1' prices dummy:misbehave=lie-objective dummy:misbehave=abort,at=2 'mcts:iterations=20'
ends "liars and dead" 0 "$RMS" report "$dir/wrong"
has out '<dt>wrong answers</dt><dd>1</dd>'
has out '<li><strong>wrong answer</strong>: <strong>dummy:misbehave=lie-objective'
has out 'killed by signal ABRT'
sed -n 's|.*<code>\(rms solve .*lie-objective.*\)</code></li>|\1|p' "$dir/out" | sed 's/^rms //' >"$dir/again"
ends "the lie again" 1 sh -c "\"$RMS\" $(cat "$dir/again")"
has err 'objective'
ref=$(sed -n 's|.*"reference":"\([^"]*\)".*"solver":"mcts".*|\1|p' "$dir/wrong/plan.jsonl")
ends "a seed and a repeat give the plan of the sweep" 0 "$RMS" solve "$ref" -s mcts:iterations=20 --seed 1 --repeat 1 --work 300 --time 30s \
  --memory 1073741824 -o "$dir/again.json" --quiet
sed 's/"bound": [^,]*,//' "$dir/again.json" >"$dir/again.txt"
same=1
for plan in "$dir"/wrong/plans/*.json; do sed 's/"bound": [^,]*,//' "$plan" | cmp -s - "$dir/again.txt" && same=0; done
say $same "the same plan"

# ---- hostile names ----
mkdir "$dir/a b"
cat >"$dir/a b/<script>.json" <<'EOT'
{ "format": "rms-instance/1", "family": "serve", "name": "</td><script>alert(1)</script>",
  "pools": [ { "machine": "a100-80gb", "rules": "r510", "count": null, "cost": 1 } ],
  "services": [ { "name": "\"><img src=x onerror=alert(1)>", "demand": 460.0, "throughput": { "a100-80gb": { "7g.80gb": 402.7 } } } ] }
EOT
sweep hostile "file = a b/*.json" prices 'dummy:misbehave=abort,at=1'
ends "hostile names" 0 "$RMS" report "$dir/hostile"
hasnt out '<script>alert'
hasnt out '<img'
has out '&lt;script&gt;alert(1)&lt;/script&gt;'
has out "rms solve &#39;.*/a b/&lt;script&gt;.json&#39; -s dummy"

# ---- parts of a page ----
ends "a table as HTML" 0 "$RMS" table "$dir/hostile" --format html
has out '<th scope="col"'
hasnt out '<script'
for view in verdicts faults solvers facts; do
  for format in text markdown csv latex json html; do ends "$view as $format" 0 "$RMS" table "$dir/wrong" --view "$view" --format "$format"; done
done
ends "no such view" 2 "$RMS" table "$dir/wrong" --view beauty
has err "none of: summary matrix runs proof anytime pairs verdicts faults solvers facts"
plan
