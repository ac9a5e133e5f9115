# SPDX-License-Identifier: MIT
# bash completion for flatline-cli

_flatline_cli_complete () {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local options=''
  local commands='run record replay recordings dump core debug trace untrace traces break unbreak continue patch unpatch
                  patches freezes show export import prune'

  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands help --help --version --license" -- "$word")
    return
  fi
  case $previous in
    --format|-f)
      mapfile -t COMPREPLY < <(compgen -W 'flatline html text json' -- "$word")
      return ;;
    --log-folder)
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return ;;
    --trace-exits)
      mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word")
      return ;;
    --config|--output|-o|--python)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    --threshold|--only|--limit|-n|--text|--kind|--host|--since|--until|--days|--beats-days|--megabytes) return ;;
  esac
  case $command in
    run) options='--json --exit-after-freeze --no-console --threshold --python --pipes --follow --no-agent --trace-exits
                  --no-store --log-folder --config --help' ;;
    record) options='--output --all --only --no-variables --limit --no-console --python --pipes --no-store --config --help' ;;
    replay) options='--list --json --end --help' ;;
    recordings) options='--json --help' ;;
    core) options='--output --executable --root --help' ;;
    debug|traces|patches|continue) options='--help' ;;
    trace|break) options='--count --if --help' ;;
    untrace|unbreak|unpatch) options='--all --help' ;;
    patch) options='--keep --file --help' ;;
    dump) options='--json --output --children --no-locals --native --no-pause --help' ;;
    freezes) options='--json --limit --text --kind --host --since --until --group --config --help' ;;
    show) options='--json --no-locals --config --help' ;;
    export) options='--format --output --config --help' ;;
    import) options='--config --help' ;;
    prune) options='--days --beats-days --megabytes --config --help' ;;
  esac
  if [ "$command" = help ]; then
    [ "$COMP_CWORD" -gt 2 ] || mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
    return
  fi
  case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    *)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      if [[ " dump debug trace untrace traces break unbreak continue patch unpatch patches " = *" $command "* ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(ps -eo pid=)" -- "$word")
      fi ;;
  esac
}
complete -o filenames -F _flatline_cli_complete flatline-cli
