#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep whose launches are hurt: in every round kill -9 of one process, of a kind and after a number of finished
# jobs that are drawn. A launch that survives that (helper, nursery, minder, solver) goes on with its jobs, and
# then loses mpirun, rank 0 or another rank as well; another number of ranks does the rest. Every other launch is in
# groups of two, where rank 2 of four is a leader. The records are those of an undisturbed run, nothing that was finished was begun again, nobody is charged with a death. A round in which the
# launch was over before anything was killed does not count and is done again.
# Environment: CHAOS_ROUNDS (4), CHAOS_JOBS (400), CHAOS_SEED (from the clock; printed).
set -u
. "$TOP/tests/lib_mpi.sh"
rounds=${CHAOS_ROUNDS:-4} jobs=${CHAOS_JOBS:-400} seed=${CHAOS_SEED:-$(date +%s)}
one_cell chaos $((jobs / 4)) 120s dummy:mode=null dummy:incumbents=5 dummy:incumbents=2,delay=0.002 \
  dummy:incumbents=9,work=20 >sweep.ini

# ---- what is drawn
rng=$seed
random() { # random N: into $drawn, 0..N-1; the low bits of this generator are poor
  rng=$(((rng * 1103515245 + 12345) & 0x7fffffff))
  drawn=$((rng / 65536 % $1))
}
urn=
draw_kind() { # into $kind, without putting back: each of them in any eight rounds that begin with a full urn
  # shellcheck disable=SC2086 # a list of words
  set -- ${urn:-mpirun rank-0 leader other-rank nursery helper minder solver}
  random $#
  urn=
  while [ $# -gt 0 ]; do
    if [ $drawn = 0 ]; then kind=$1; else urn="$urn $1"; fi
    drawn=$((drawn - 1))
    shift
  done
}
draw_moment() { # draw_moment RUN: into $moment, a number of finished jobs, after 5 to 90 % of what is left now
  finished=$(lines run "$1")
  random 86
  moment=$((finished + (jobs - finished) * (5 + drawn) / 100))
}

draw_group() { # into $group
  random 2
  [ $drawn = 0 ] && group= || group="--group 2"
}

# ---- who is killed
children_of() { # into $children
  children=
  for list in /proc/"$1"/task/*/children; do
    { read -r some <"$list" || :; } 2>/dev/null
    children="$children ${some:-}"
    some=
  done
}
rank_of() { tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | sed -n 's/^OMPI_COMM_WORLD_RANK=//p'; }
descend() { # descend N: $process becomes a descendant of its own, N generations below
  for _ in $(seq "$1"); do
    children_of "$process"
    # shellcheck disable=SC2086 # a list of numbers
    set -- $children
    [ $# -gt 0 ] || return 1
    random $#
    shift $drawn
    process=$1
  done
}
find_one() { # find_one KIND LAUNCHER: into $process; fails when there is none at this moment
  process=$2
  case $1 in
  mpirun) ;;
  rank-0) descend 1 && [ "$(rank_of "$process")" = 0 ] ;;
  leader) descend 1 && [ "$(rank_of "$process")" = 2 ] ;;
  other-rank) descend 1 && [ "$(rank_of "$process")" != 0 ] ;;
  nursery) descend 2 ;;
  helper) descend 3 ;;
  minder) descend 4 ;;
  solver) descend 5 ;;
  esac
}
is_on() { kill -0 "$1" 2>/dev/null; }
until_more() { # until_more TYPE RUN N LAUNCHER TURNS: than N lines of a type; fails when the launch is over or it lasts
  turns=$5
  while [ "$(lines "$1" "$2")" -le "$3" ]; do
    turns=$((turns - 1))
    is_on "$4" && [ $turns -gt 0 ] || return 1
    sleep 0.01
  done
}
# A process that had ended by itself does not die again: what counts is the attempt that was lost by it.
took_effect() { # took_effect KIND RUN LOST LAUNCHER
  case $1 in
  helper | minder | solver) until_more lost "$2" "$3" "$4" 5 ;;
  esac
}
kill_one() { # kill_one KIND RUN LAUNCHER: fails when the launch was over before
  lost=$(lines lost "$2")
  while is_on "$3"; do
    find_one "$1" "$3" && kill -9 "$process" 2>/dev/null && took_effect "$1" "$2" "$lost" "$3" && return
  done
  return 1
}
# hurt KIND RUN LAUNCHER: kill one at a moment that is drawn; fails when the launch was over before
hurt() {
  draw_moment "$2"
  while [ "$(lines run "$2")" -lt $moment ]; do
    is_on "$3" || return 1
    sleep 0.005
  done
  kill_one "$@" || return 1
  story="$story$1 killed after $(lines run "$2") jobs, "
}
# A launch that survives what was done to it finishes jobs.
mends_itself() { # mends_itself RUN LAUNCHER
  finished=$(lines run "$1")
  until_more run "$1" $((finished + 4)) "$2" 500 || return 1
  story="${story}which mended itself, "
}
# disturb RUN KIND NP: a launch that ends by what was killed; fails when it was over before. When a rank dies,
# mpirun gives the others a second or two, in which they would do hundreds of jobs; here none.
disturb() {
  story=
  # shellcheck disable=SC2086 # an option with its value, or nothing
  mpirun -np "$3" --oversubscribe --bind-to none --mca odls_base_sigkill_timeout 0 \
    "$RMS" run sweep.ini -o "$1" $group --max-attempts 1000 -q >>launch.out 2>&1 &
  launcher=$!
  last=$2
  case $2 in
  nursery | helper | minder | solver)
    random 3
    last=$(echo "mpirun rank-0 other-rank" | cut -d ' ' -f $((drawn + 1)))
    [ "$3" -gt 1 ] || last=rank-0
    hurt "$2" "$1" $launcher && mends_itself "$1" $launcher && hurt "$last" "$1" $launcher
    ;;
  *) hurt "$2" "$1" $launcher ;;
  esac
  has_hit=$?
  wait $launcher 2>/dev/null
  code=$?
  finished=$(lines run "$1")
  [ $has_hit = 0 ] && [ $code != 0 ] && [ "$finished" -lt "$jobs" ]
}

# ---- what must hold
results() { jq -c 'select(.type == "run") | del(.env)' "$1"/records/*.jsonl | sort; } # without what FORMAT.md calls not deterministic
left_behind() { # how many of our processes live
  find /proc -maxdepth 2 -name cwd -lname "${work:?}" 2>/dev/null | sed 's/cwd$/comm/' | xargs -r cat 2>/dev/null | grep -c '^rms\|^mpirun'
}

ranks 2 run sweep.ini -o alone -q >/dev/null 2>&1
is $? 0 "the undisturbed run ends well (seed $seed)"
results alone >wanted.txt
is "$(wc -l <wanted.txt)" "$jobs" "it has $jobs jobs"

round=0 kinds=
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  run=hurt$round
  draw_kind
  tries=0
  while :; do
    tries=$((tries + 1))
    rm -rf "$run"
    : >launch.out
    random 4
    width=$((1 + drawn))
    draw_group
    [ "$kind" != other-rank ] || [ $width -gt 1 ] || width=3
    [ "$kind" != leader ] || { width=4 && group="--group 2"; }
    disturb "$run" "$kind" $width && break
    echo "# round $round: $kind was not killed, or the launch not ended (exit $code, $finished of $jobs jobs done): again"
    [ $tries -lt 20 ] || break
  done
  [ $tries -lt 20 ] && kinds="$kinds $kind"
  story="round $round, np $width${group:+ $group}: $story"
  random 3
  others=$(((width + drawn) % 4 + 1))
  draw_group
  # shellcheck disable=SC2086 # an option with its value, or nothing
  ranks $others run sweep.ini -o "$run" $group --max-attempts 1000 -q >last.out 2>&1
  code=$?
  is "$((tries < 20)) $code" "1 0" "${story}the launch ended ($finished of $jobs done); np $others${group:+ $group} does the rest"
  results "$run" >got.txt
  cmp -s got.txt wanted.txt && ok "the records are those of the undisturbed run" || {
    bad "the records are those of the undisturbed run"
    tail -n 5 launch.out last.out | quote -
  }
  is "$(begun_again "$run")" 0 "nothing that was finished was begun again ($(lines lost "$run") attempts were lost)"
  rm -rf "$run"
done
for kind in $kinds; do echo "$kind"; done | sort | uniq -c | tr -s ' \n' ' ' >count.txt
[ "$rounds" -lt 8 ] || is "$(wc -w <count.txt)" 16 "every kind was killed:$(cat count.txt)"
is_clean() { [ "$(left_behind)" = 0 ]; }
within 10 is_clean
say $? "no process is left"

plan
