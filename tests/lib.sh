# SPDX-License-Identifier: GPL-3.0-or-later
# lib.sh - for all test scripts: TAP lines, a folder of one's own ($dir), a command and what it said. What a
# command wrote stands in $dir/out and $dir/err; it is shown when a test fails. Ends with `plan`.
# shellcheck shell=sh
: "${RMS:?}" "${TOP:?}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/rms-test-XXXXXX") || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' TERM INT HUP # the shell runs no EXIT trap when a signal ends it
number=0

ok() { number=$((number + 1)); echo "ok $number - $*"; }
bad() { number=$((number + 1)); echo "not ok $number - $*"; }
# seen - the beginning of what the last command wrote, as comments
seen() {
  for stream in out err; do
    [ ! -s "$dir/$stream" ] || head -n 20 "$dir/$stream" | sed "s/^/# $stream: /"
  done
}
# say STATUS TEXT - good when the status is 0
say() {
  if [ "$1" -eq 0 ]; then ok "$2"; else bad "$2"; seen; fi
}
# is GOT WANTED TEXT
is() {
  if [ "$1" = "$2" ]; then ok "$3"; else bad "$3 (got '$1', wanted '$2')"; fi
}
# ends TEXT STATUS COMMAND... - the command ends with that status
ends() {
  text=$1 want=$2
  shift 2
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  if [ "$got" -eq "$want" ]; then ok "$text"; else bad "$text (exit $got, wanted $want)"; seen; fi
}
# has FILE PATTERN, hasnt FILE PATTERN - out, err, or another file of $dir; says PATTERN: out or err
has() {
  if grep -q -e "$2" "$dir/$1"; then ok "$1 has '$2'"; else bad "$1 has no '$2'"; seen; fi
}
hasnt() {
  if grep -q -e "$2" "$dir/$1"; then bad "$1 has '$2'"; seen; else ok "$1 has no '$2'"; fi
}
says() {
  if cat "$dir/out" "$dir/err" | grep -q -e "$1"; then ok "it says '$1'"; else bad "it does not say '$1'"; seen; fi
}
# quote FILE - as comments
quote() { sed 's/^/# /' "$@"; }
# skip_all TEXT - nothing of this script can be tried here, and why
skip_all() {
  ok "nothing # skip $*"
  plan
  exit 0
}
# within SECONDS COMMAND... - until it is good; fails when it is not by then
within() {
  tenths=$((10 * $1))
  shift
  until "$@"; do
    tenths=$((tenths - 1))
    [ $tenths -gt 0 ] || return 1
    sleep 0.1
  done
}
plan() { echo "1..$number"; }
