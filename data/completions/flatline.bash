# SPDX-License-Identifier: MIT
# bash completion for flatline

_flatline_complete () {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at

  COMPREPLY=()
  # After the script, or -a, everything is the script's own.
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --app|--config) at=$((at + 1)) ;;
      -a|--args|[!-]*)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    esac
  done
  case $previous in
    --app)
      mapfile -t COMPREPLY < <(compgen -f -X '!*.py' -- "$word"; compgen -d -- "$word")
      return ;;
    --config)
      mapfile -t COMPREPLY < <(compgen -f -X '!*.ini' -- "$word"; compgen -d -- "$word")
      return ;;
  esac
  case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W '--app --args --config --version --license --help' -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -X '!*.@(py|pyw|flatline)' -- "$word"; compgen -d -- "$word") ;;
  esac
}
complete -o filenames -F _flatline_complete flatline
