#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rms generate and rms import: files, names, purity over processes, equal instances from three layouts, exit codes.
set -u
. "$TOP/tests/lib.sh"
wants() { # wants CODE PATTERN TEXT COMMAND...
  code=$1 pattern=$2 text=$3
  shift 3
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  if [ "$got" -eq "$code" ] && grep -q -- "$pattern" "$dir/err"; then say 0 "$text"; else
    say 1 "$text (exit $got, wanted $code)"
    sed 's/^/# /' "$dir/err"
  fi
}

"$RMS" generate serve >"$dir/one.json" 2>"$dir/err"
say $? "without options: one instance"
[ ! -s "$dir/err" ] && head -c 400 "$dir/one.json" | grep -q '"name": "real-n24-t50-lognormal-s1-i0"'
say $? "it goes to standard output, with the defaults in its name, and nothing is said"
"$RMS" generate serve -o "$dir/again.json" 2>/dev/null && cmp -s "$dir/one.json" "$dir/again.json"
say $? "the same bytes in a file"
"$RMS" generate serve --services 6 --shape jag --count 4 --seed 3 -o "$dir/four" 2>/dev/null
[ "$(find "$dir/four" -type f | wc -l)" -eq 4 ]
say $? "count=4 makes four files, no temporary one is left"
"$RMS" generate serve --services 6 --shape jag --index 2 --seed 3 -o "$dir/third.json" 2>/dev/null &&
  cmp -s "$dir/third.json" "$dir/four/"*-i2.json
say $? "the third alone is the third of four"
"$RMS" generate serve --list | awk '{print $1}' | tr '\n' ' ' |
  grep -q 'grid .*latency .*ms24 .*parvagpu .*pools .*synth24 .*tight .*tiny '
say $? "the sets are listed"
"$RMS" generate serve --list --set grid | grep -c '^grid-' | grep -qx 322
say $? "the grid has 322 cells"
wants 2 'need a folder' "many instances without a folder" "$RMS" generate serve --count 2
wants 2 'nearest is "grid"' "a set that is not there" "$RMS" generate serve --set gird
wants 2 'nearest is "jag"' "a shape that is not there" "$RMS" generate serve --shape jagg
wants 2 'not a family' "a family that is not there" "$RMS" generate cloth
wants 2 'too many' "two families" "$RMS" generate serve serve
wants 2 'cannot' "a folder that cannot be made" "$RMS" generate serve --count 2 -o /proc/no/such

"$RMS" import parvagpu -o "$dir/import" 2>/dev/null
"$RMS" generate serve --set parvagpu --procs 1 -o "$dir/set" 2>/dev/null
diff -r "$dir/import" "$dir/set" >/dev/null && [ "$(find "$dir/set" -type f | wc -l)" -eq 6 ]
say $? "import without files gives the built-in scenarios"

# The original layout, written from our table: one file per model with zeros, CRLF, no flags; two matrices.
mkdir "$dir/prof"
awk -F, -v dir="$dir/prof" '/^#/ || $1 == "model" { next }
  { file = dir "/" $1 ".csv"
    if (!(file in seen)) { printf "Mig instance,Batch size,Workload Number,Throughput,Latency\r\n" > file; seen[file] = 1
      printf "1,512,5,0,0\r\n" > file }
    printf "%s,%s,%s,%s,%.3f\r\n", $2, $3, $4, $5, $3 / $5 > file }' "$TOP/instances/profiles/parvagpu-a100-80gb.csv"
for column in 3 4; do
  awk -F, -v c=$column '/^#/ || $1 == "scenario" { next }
    { value[$1, $2] = $c; model[$2] = 1; if ($1 + 0 > last) last = $1 + 0 }
    END { n = split("bert densenet121 densenet169 densenet201 inceptionv3 mobilenetv2 resnet101 resnet152 resnet50 vgg16 vgg19", name, " ")
      for (s = 1; s <= last; s++) for (i = 1; i <= n; i++)
        printf "%s%s", ((s, name[i]) in value ? value[s, name[i]] : "N/A"), i < n ? "," : (s < last ? "\r\n" : "") }' \
    "$TOP/instances/profiles/parvagpu-slo.csv" >"$dir/matrix$column.csv"
done
"$RMS" import parvagpu "$dir/prof" --rates "$dir/matrix3.csv" --latencies "$dir/matrix4.csv" -o "$dir/original" 2>/dev/null
diff -r "$dir/original" "$dir/set" >/dev/null
say $? "import of the original layout finds the same flags and gives the same instances"
shared="$TOP/../shared/data/profiles/parvagpu"
if [ -d "$shared" ]; then
  "$RMS" import parvagpu "$shared" --rates "$shared/slo_scenarios.csv" -o "$dir/shared" 2>/dev/null
  diff -r "$dir/shared" "$dir/set" >/dev/null
  say $? "import of the tidy table gives the same instances"
fi
wants 2 'format is missing' "import of nothing" "$RMS" import
wants 2 'not a format' "import of an unknown format" "$RMS" import yaml
wants 2 '1 to 6' "a scenario that is not there" "$RMS" import parvagpu --scenario 9
wants 2 'need a folder' "six scenarios on standard output" "$RMS" import parvagpu
wants 2 'no-such-file' "a file that is not there" "$RMS" import parvagpu "$dir/no-such-file.csv"
printf 'model,gpcs\n' >"$dir/bad.csv"
wants 2 'bad.csv:1: column "batch" is missing' "a table without its columns" "$RMS" import parvagpu "$dir/bad.csv"
mkdir "$dir/empty"
wants 2 'no figure table' "a folder without tables" "$RMS" import parvagpu "$dir/empty"
plan
