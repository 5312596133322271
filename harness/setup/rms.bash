# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion of rms: verbs, options, solvers and machines as the program itself lists them.
_rms() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} words= help
  COMPREPLY=()
  # --option=value comes as three words
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  help=("$verb")
  [[ $verb == generate && ${COMP_WORDS[2]} =~ ^[a-z]+$ ]] && help+=("${COMP_WORDS[2]}")
  if ((COMP_CWORD == 1)); then
    words="$("$1" --help 2>/dev/null | awk '/^  [a-z-]+ /{print $1}') --help --version"
  elif [[ $cur == -* ]]; then
    words=$("$1" "${help[@]}" --help 2>/dev/null | grep -oE -- '^(  -[A-Za-z],|     ) --[a-z][a-z-]*' | grep -oE -- '--[a-z-]+')
  else
    case $verb:$prev in
    *:-s | *:--solver | solvers:* | check-solver:*)
      words=$("$1" solvers 2>/dev/null | awk '/^---/ {on = 1; next} on && !NF {exit} on {print $2}')
      ;;
    machines:*) words=$("$1" machines 2>/dev/null | awk '/^---/ {on = 1; next} on && !NF {exit} on {print $1}') ;;
    plot:--kind | plot:-k) words="growth cumulative target gap" ;;
    plot:--mode) words="time work" ;;
    plot:--format | plot:-f) words="svg csv" ;;
    solve:--format) words="json text svg" ;;
    *:--format | *:-f) words="text markdown csv latex json" ;;
    table:--view) words="summary matrix runs proof anytime pairs" ;;
    merge:--keep) words="first newest" ;;
    retry:--end) words="memory timeout_wall timeout_cpu signal lost start_failed exit" ;;
    slurm:--launcher) words="mpirun srun" ;;
    *:generate) words="serve jobs" ;;
    *:help) words=$("$1" --help 2>/dev/null | awk '/^  [a-z-]+ /{print $1}') ;;
    train:-m | train:--model) words="mean ridge forest boost neural" ;;
    train:--split) words="mix model" ;;
    train:train) words=jobs ;;
    import:import) words=parvagpu ;;
    esac
  fi
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _rms rms
