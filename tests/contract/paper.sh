#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms paper: tables, figures and numbers of a run, each with the hash of the records behind it.
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
  if [ "$got" -eq "$want" ]; then echo "ok $n - $text"; else echo "not ok $n - $text (exit $got)"; sed 's/^/# /' "$dir/err"; fi
}
has() { # has FILE PATTERN
  n=$((n + 1))
  if grep -q -e "$2" "$dir/$1"; then echo "ok $n - $1 says '$2'"; else echo "not ok $n - $1 does not say '$2'"; fi
}
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
is "no run" 2 "$RMS" paper
is "nothing there yet" 2 "$RMS" paper "$dir/run" -o "$dir/paper"
is "a run" 0 "$RMS" run "$dir/sweep.ini" -o "$dir/run" --quiet
is "the paper's parts" 0 "$RMS" paper "$dir/run" -o "$dir/paper"
hash=$("$RMS" table "$dir/run" --view facts --format csv | sed -n 's/^records hash,//p')
n=$((n + 1)) bad=0
for file in "$dir"/paper/*/*; do grep -q "records with hash $hash" "$file" || { bad=1 && echo "# $file"; }; done
if [ -n "$hash" ] && [ "$bad" -eq 0 ]; then echo "ok $n - each has the hash"; else echo "not ok $n - the hash is missing"; fi
for title in '^# Tables and figures' 'runs of sweep paper_run' 'Summary: tiny' 'Solvers by instances: tiny' 'Proofs: tiny' \
  'Verdicts: all instances' 'Solvers: all instances' 'Facts: what was run'; do has paper/tables/all.md "$title"; done
has paper/numbers/numbers.tex 'newcommand{.rmsOrigin}{.*paper._run'
has paper/numbers/numbers.csv '^"dummy:misbehave=abort,at=2 solved",10,'
has paper/tables/all.tex 'caption{Summary: tiny'
n=$((n + 1)) bad=0
sed -n 's|^!\[.*\](\.\./\(.*\))$|\1|p' "$dir/paper/tables/all.md" >"$dir/figures"
while read -r file; do grep -q '</svg>' "$dir/paper/$file" || bad=1; done <"$dir/figures"
if [ "$bad" -eq 0 ] && [ "$(wc -l <"$dir/figures")" -eq 4 ]; then echo "ok $n - its figures are there"; else echo "not ok $n - figures are missing"; fi
cp -r "$dir/paper" "$dir/before"
is "once more" 0 "$RMS" paper "$dir/run" -o "$dir/paper"
is "the same bytes" 0 diff -r "$dir/before" "$dir/paper"
is "no place for it" 2 "$RMS" paper "$dir/run" -o /dev/null/paper
echo "1..$n"
