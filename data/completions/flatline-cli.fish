# SPDX-License-Identifier: MIT
# fish completion for flatline-cli

set -l commands run dump freezes show export
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -f
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -a run -d 'supervise a program'
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -a dump -d 'show every thread of a process or core file'
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -a freezes -d 'list the freezes that were kept'
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -a show -d 'show a freeze or a .flatline file'
complete -c flatline-cli -n "not __fish_seen_subcommand_from $commands" -a export -d 'write a freeze as a file'

complete -c flatline-cli -n '__fish_seen_subcommand_from run dump freezes show' -l json -d 'JSON'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l exit-after-freeze -d 'kill the program after the first freeze'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l no-console -d 'print a freeze to stderr'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l threshold -x -d 'silence that is a freeze, seconds'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l python -r -d 'the interpreter'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l pipes -d 'pipes instead of a terminal'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l no-agent -d 'put nothing into the program'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l no-store -d 'keep nothing'
complete -c flatline-cli -n '__fish_seen_subcommand_from run' -l log-folder -x -a '(__fish_complete_directories)' -d 'folder of the log files'
complete -c flatline-cli -n '__fish_seen_subcommand_from dump show' -l no-locals -d 'stacks only'
complete -c flatline-cli -n '__fish_seen_subcommand_from dump' -l native -d 'native frames too'
complete -c flatline-cli -n '__fish_seen_subcommand_from dump' -l no-pause -d 'do not stop the process'
complete -c flatline-cli -n '__fish_seen_subcommand_from dump' -a '(__fish_complete_pids)'
complete -c flatline-cli -n '__fish_seen_subcommand_from freezes' -s n -l limit -x -d 'at most so many'
complete -c flatline-cli -n '__fish_seen_subcommand_from freezes' -l text -x -d 'only with this text'
complete -c flatline-cli -n '__fish_seen_subcommand_from freezes' -l kind -x -d 'only verdicts of this kind'
complete -c flatline-cli -n '__fish_seen_subcommand_from export' -s f -l format -x -a 'flatline html text json' -d 'format'
complete -c flatline-cli -n '__fish_seen_subcommand_from export' -s o -l output -r -d 'file to write'
complete -c flatline-cli -n '__fish_seen_subcommand_from run freezes show export' -l config -r -d 'settings'
