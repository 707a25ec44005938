# bash completion of pilotage: source <(pilotage completion bash)
_pilotage() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <(printf '%s\n' "${COMP_WORDS[@]:0:COMP_CWORD+1}" | "$1" completion --words 2>/dev/null)
}
# Where nothing fits, file names do.
complete -o default -F _pilotage pilotage
