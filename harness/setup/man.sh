#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# man.sh RMS PAGE - write the section OPTIONS of the manual page anew, from what the program itself says: every option of
# every verb. The rest of the page is kept. `make man` runs it; tests/contract/help.sh finds options that are missing.
set -eu
rms=$1 page=$2
export ARGP_HELP_FMT=rmargin=2000 LC_ALL=C
# roff - text for the page: backslashes and hyphens are the program's own
roff() { sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'; }
# options VERB [FAMILY] - "  -x, --long=ARG   text" as paragraphs; long ones have their text in the line below. What
# every verb has is left out.
options() {
  "$rms" "$@" --help | awk '/^(  -[A-Za-z],|     ) --[a-z][^ ]*$/ {getline text; $0 = $0 " " text} {print}' |
    grep -E '^(  -[A-Za-z],|     ) --[a-z]' | grep -vE -- '--(help|usage) ' | roff |
    sed -E 's/^ +((\\-[A-Za-z], )?\\-\\-[^ ]+) +(.*)$/.TP\n.B \1\n\3/'
}
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
{
  sed '/^\.SH \(OPTIONS\|SIGNALS\)$/,$d' "$page"
  echo '.SH OPTIONS'
  echo 'Every verb has'
  echo '.BR \-h ", " \-\-help'
  echo 'and'
  echo '.BR \-\-usage .'
  for verb in $("$rms" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | grep -vx help); do
    if [ "$verb" = generate ]; then
      for family in serve jobs; do
        printf '.SS %s\n' "$verb $family"
        options "$verb" "$family"
      done
    else
      list=$(options "$verb")
      [ -z "$list" ] || printf '.SS %s\n%s\n' "$verb" "$list"
    fi
  done
  sed -n '/^\.SH SIGNALS$/,$p' "$page"
} >"$tmp"
cat "$tmp" >"$page"
