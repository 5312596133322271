#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the program says of itself is what the manual page and the completion of bash say: verbs, every option of every
# verb, the values that are offered. (`make man` writes the page's section OPTIONS.)
set -u
. "$TOP/tests/lib.sh"
page=$TOP/harness/setup/rms.1 verbs=$("$RMS" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
# completes WORD... - what bash offers for the last word
completes() {
  bash -c 'complete() { :; }; . "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _rms "$1"; printf "%s\n" "${COMPREPLY[@]}"' \
    "$TOP/harness/setup/rms.bash" "$RMS" "$@" | sort
}
# options VERB [FAMILY] - its long options
options() { "$RMS" "$@" --help | grep -oE '^(  -[A-Za-z],|     ) --[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort; }
# section NAME - of the page, its letters as they are read
section() { sed 's/\\-/-/g; s/\\f.//g' "$page" | awk -v name="$1" '$0 == name {on = 1; next} on && /^\.S[SH] / {exit} on'; }

command -v bash >/dev/null || { ok "help # SKIP no bash"; plan; exit 0; }
echo "$verbs" | sort >"$dir/verbs"
completes '' | grep -v '^--' >"$dir/offered"
ends "completion has the verbs" 0 diff "$dir/verbs" "$dir/offered"
section '.SH VERBS' >"$dir/section"
for verb in $verbs; do
  [ "$verb" = help ] && continue
  grep -qE "^\.B[A-Z]* .*\b$verb\b" "$dir/section"
  say $? "the page has the verb $verb"
  for family in $([ "$verb" = generate ] && echo serve jobs || echo -); do
    set -- "$verb"
    [ "$family" = - ] || set -- "$verb" "$family"
    options "$@" >"$dir/wanted"
    [ "$(wc -l <"$dir/wanted")" -ge 2 ]
    say $? "$*: help lists options"
    completes "$@" -- >"$dir/offered"
    ends "$*: completion has exactly these" 0 diff "$dir/wanted" "$dir/offered"
    section ".SS $*" | grep -oE '^\.B (-[A-Za-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort >"$dir/paged"
    grep -vxE -- '--(help|usage)' "$dir/wanted" >"$dir/own"
    ends "$*: the page has exactly these (else: make man)" 0 diff "$dir/own" "$dir/paged"
  done
done
# offers WORD... - every value that completion offers is one that the program knows: it complains of something else
offers() {
  for value in $(completes "$@" ''); do
    "$RMS" "$@" "$value" "$dir/none" >"$dir/out" 2>"$dir/err"
    ! grep -qE -e "$value.*(unknown|is no |must be|wanted)|no such (view|kind|format)" "$dir/err"
    say $? "$* $value is known"
  done
}
# examples - of a verb are lines that can be typed: none was broken to fit
for verb in $verbs; do
  [ "$verb" = help ] && continue
  "$RMS" "$verb" --help | awk '/^Examples:/ {on = 1; next} on && /^$/ {on = 0} on && !/^  (make |([a-z]+ .*)?rms )/' >"$dir/out"
  [ ! -s "$dir/out" ]
  say $? "$verb: its examples stand on one line each"
done
offers table --view
offers table --format
offers plot --kind
offers plot --mode
offers plot --format
offers merge --keep
offers solve --format
offers train jobs --model
is "$(completes solve x.json --format =)" "$(completes solve x.json --format '')" "--format= offers the same"
"$RMS" solvers --json | jq -r '.[].name' | sort >"$dir/wanted"
completes solve x.json -s '' >"$dir/offered"
ends "completion has every solver" 0 diff "$dir/wanted" "$dir/offered"
completes machines '' >"$dir/offered"
"$RMS" machines --json | jq -r '.rows[].machine' | sort >"$dir/wanted"
ends "and every machine" 0 diff "$dir/wanted" "$dir/offered"
plan
