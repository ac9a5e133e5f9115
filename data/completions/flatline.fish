# SPDX-License-Identifier: MIT
# fish completion for flatline

complete -c flatline -l app -r -d 'the script to run'
complete -c flatline -s a -l args -d 'all that follows goes to the script'
complete -c flatline -l config -r -d 'settings'
complete -c flatline -l version -d 'print the version'
complete -c flatline -l license -d 'print the licence'
complete -c flatline -s h -l help -d 'print a summary'
