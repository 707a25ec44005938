# fish completion of pilotage: pilotage completion fish | source
function __pilotage_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (printf '%s\n' $words "$current" | $words[1] completion --words 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path $current
    end
end
complete -c pilotage -f -a '(__pilotage_candidates)'
