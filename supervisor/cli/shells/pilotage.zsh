#compdef pilotage
# zsh completion of pilotage: source <(pilotage completion zsh), after compinit; or this file as _pilotage in $fpath
_pilotage() {
    local line item
    local -a lines items
    lines=("${(@f)$(printf '%s\n' "${(@)words[1,CURRENT]}" | "${words[1]}" completion --words 2>/dev/null)}")
    for line in $lines; do
        item="${${line%%$'\t'*}//:/\\:}"
        [[ "$line" == *$'\t'* ]] && item+=":${line#*$'\t'}"
        items+=("$item")
    done
    if (( $#items )); then
        _describe -t words pilotage items
    else
        _files
    fi
}
if [[ "${funcstack[1]}" == _pilotage ]]; then
    _pilotage "$@"
else
    compdef _pilotage pilotage
fi
