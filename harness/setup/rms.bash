# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion of rms: verbs, options, solvers and machines as the program itself lists them.
_rms() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words="$("$1" --help 2>/dev/null | awk '/^  [a-z-]+ /{print $1}') --help --version"
  elif [[ $prev == -s || $prev == --solver || $verb == solvers || $verb == check-solver ]]; then
    words=$("$1" solvers 2>/dev/null | awk 'NR>1 && $1 ~ /^[a-z][a-z0-9-]*$/ {print $1}')
  elif [[ $verb == machines ]]; then
    words=$("$1" machines 2>/dev/null | awk '$1 ~ /^[a-z0-9]+-[a-z0-9-]+$/ {print $1}')
  elif [[ $prev == --kind || $prev == -k ]]; then
    words="growth cumulative target gap"
  elif [[ $prev == --format || $prev == -f ]]; then
    words="text markdown csv latex json html"
    [[ $verb == plot ]] && words="svg csv"
  elif [[ $prev == --view ]]; then
    words="summary matrix runs proof anytime pairs verdicts faults solvers facts"
  elif [[ $prev == --keep ]]; then
    words="first newest"
  elif [[ $prev == generate ]]; then
    words="serve jobs"
  elif [[ $verb == train ]]; then
    case $prev in
    -m | --model) words="mean ridge forest boost neural" ;;
    --split) words="mix model" ;;
    train) words=jobs ;;
    esac
  fi
  if [[ $cur == -* ]]; then
    words=$("$1" "$verb" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
  fi
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _rms rms
