#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The disk is full in the middle of a sweep (a small tmpfs): one clear message, nothing half-written, every
# committed run is there with its plan; with room again the same command does the rest and nothing twice.
set -u
. "$TOP/tests/lib_mpi.sh"
ranks 2 run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)
pages=$(du -k --apparent-size -s alone/records alone/plans alone/plan.jsonl | awk '{n += $1} END {print int(n / 4)}')

mkdir disk
trap 'mountpoint -q "$work/disk" && umount "$work/disk"; rm -rf "$work"' EXIT
if ! mount -t tmpfs -o size=$((pages * 4))k none disk 2>mount.err; then
  ok "a full disk # skip no tmpfs can be mounted: $(head -n 1 mount.err)"
  echo "1..$number"
  exit 0
fi

# check WHAT: what a launch that met the end of the disk has left behind
check() {
  done=$(lines run disk/run)
  [ "$done" -gt 0 ] && [ "$done" -lt "$jobs" ] && ok "$1: in the middle, $done of $jobs jobs are done" || bad "$1: $done of $jobs jobs are done"
  jq -e . disk/run/records/*.jsonl disk/run/plans/*.json >/dev/null 2>torn.list
  for file in disk/run/records/*.jsonl; do [ -z "$(tail -c 1 "$file")" ] || echo "$file"; done >>torn.list
  is "$(cat torn.list)" "" "$1: no line of a record and no plan is half-written"
  find disk/run -type f ! -name '*.jsonl' ! -name '*.json' ! -name 'lock.*' ! -name sweep.ini ! -name '*.log' >strange.list
  is "$(cat strange.list)" "" "$1: no file is left that was being written"
  cat disk/run/records/*.jsonl | jq -r 'select(.type == "run" and .solution != null) | .solution' | sort -u |
    while read -r plan; do [ -s "disk/run/plans/$plan.json" ] || echo "$plan"; done >missing.list
  is "$(cat missing.list)" "" "$1: every plan that a record names is there"
  "$RMS" status disk/run >status.txt 2>&1
  is "$?" 0 "$1: status can be read: $(head -n 1 status.txt)"
}

ranks 2 run sweep.ini -o disk/run >full.out 2>&1
is "$(($? > 0))" 1 "two ranks on a disk that fills up end with an error"
grep -q 'disk/run/.*: No space left on device' full.out && ok "which names the file and the reason" || bad "which names the file and the reason: $(cat full.out)"
check "two ranks"

"$RMS" run sweep.ini -o disk/run --no-plans -q >again.out 2>&1
is $? 2 "one process on the full disk ends with an error"
is "$(wc -l <again.out)" 1 "said in one line: $(cat again.out)"
is "$(lines run disk/run)" "$done" "and nothing was lost"

mount -o remount,size=64m disk
ranks 3 run sweep.ini -o disk/run -q >last.out 2>&1
is $? 0 "with room again the same command ends well on three ranks"
is "$(hash_of disk/run)" "$wanted" "the records are those of an undisturbed run"
is "$(cat disk/run/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort | uniq -d | wc -l)" 0 "no committed job ran twice"
is "$(find disk/run/plans -name '*.json' | wc -l)" "$(find alone/plans -name '*.json' | wc -l)" "all plans are there"

plan
