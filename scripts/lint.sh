#!/bin/bash
# Checks what the compiler does not: format, layering, paths of one machine, and the sources that are not Swift.
# Prints every finding, then ends with 1 if there was one.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

failed=
check() {
    advise "$@" || failed=yes
}
# As check, without failing.
advise() {
    local name=$1 findings
    shift
    if findings=$("$@" 2>&1) && [[ -z $findings ]]; then return 0; fi
    printf 'lint: %s\n%s\n' "$name" "${findings:-    failed without a word}" >&2
    return 1
}

# Tracked files and new ones, so that a forgotten `git add` hides nothing.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [[ -f $f ]] && echo "$f"; done; }
# grep that is content to find nothing.
found() { grep "$@" || [[ $? -eq 1 ]]; }

swift_format() {
    swift format lint --strict --recursive --parallel Sources Tests bench/load Package.swift
}

# Decide knows nothing of act: what decides may import its own kind and a parser, nothing that reads or writes.
layers() {
    files 'Sources/WeirCore/*.swift' 'Sources/WeirWire/*.swift' 'Sources/WeirConfig/*.swift' 'Sources/WeirAudit/*.swift' \
        | xargs grep -nE '^ *(@[[:alnum:]_()]+ +)*((public|package|internal|private|fileprivate) +)?import ' \
        | found -vE 'import (WeirCore|WeirWire|Yams|Synchronization)$'
}

# A path that exists on one machine only has no place in a repository.
machine_paths() {
    files . | found -v '^scripts/lint.sh$' | xargs -d '\n' grep -nIE '(^|[^[:alnum:]_.-])/(work|root|Users)/' || [[ $? -eq 123 ]]
}

c_sources() {
    "${CC:-cc}" -std=gnu17 -Wall -Wextra -Werror -fsyntax-only -ISources/CWeirSystem/include \
        Sources/CWeirSystem/*.c
}

layout() {
    files '*.c' '*.h' | xargs awk 'length > 120 { print FILENAME ":" FNR ": longer than 120 columns" }
        /\t/ { print FILENAME ":" FNR ": a tab" } /[ \t]$/ { print FILENAME ":" FNR ": ends with white space" }'
}

shell_sources() {
    local script
    for script in $(shell_scripts); do
        case $(head -n 1 "$script") in
            *bash) bash -n "$script" ;;
            *) sh -n "$script" ;;
        esac
        [[ -x $script || $script == *common.sh ]] || echo "$script: not executable"
    done
    if command -v shellcheck >/dev/null; then shell_scripts | xargs shellcheck --severity=warning --exclude=SC1007,SC2148 --format=gcc; fi
}
shell_scripts() { files '*.sh' .ci/run; }

php_sources() {
    command -v php >/dev/null || return 0
    files 'examples/*.php' 'guests/php/lib/*.php' 'Tests/Applications/*.php' 'bench/*.php' | xargs -r -P 2 -n 1 php -l | found -v '^No syntax errors'
}

python_sources() {
    command -v python3 >/dev/null || return 0
    files '*.py' | xargs python3 -c 'import ast, sys
for name in sys.argv[1:]: ast.parse(open(name).read(), name)'
}

node_sources() {
    command -v node >/dev/null || return 0
    files '*.cjs' '*.mjs' 'examples/*.js' 'Tests/Applications/*.js' 'bench/*.js' | xargs -r -P 2 -n 1 node --check
}

# Every event of the log is explained to whoever has to act on it.
log_events() {
    # Configuration speaks of files and keys, which look alike.
    files 'Sources/*.swift' | grep -v '^Sources/WeirConfig/' | xargs grep -hoE '"(server|pool|worker|process|program|schedule|upstream|app|audit|body|answer|request|sizing|container|reload|upgrade|log)\.[a-z_]+"' | sort -u \
        | tr -d '"' | while read -r event; do
            grep -qF "\`$event\`" docs/operations.md || echo "docs/operations.md: nothing about $event"
        done
}

# Links between documents lead somewhere.
links() {
    local document target
    for document in $(files '*.md'); do
        { grep -oE '\]\([^)#: ]+[)#]' "$document" || true; } | sed -E 's/^\]\(//; s/[)#]$//' | while read -r target; do
            [[ -e $(dirname "$document")/$target ]] || echo "$document: no such file: $target"
        done
    done
}

advise 'Swift format (make format mends most of it)' swift_format || true
advise 'layout of C' layout || true
check 'modules that decide import something that acts' layers
check 'paths of one machine' machine_paths
check 'C' c_sources
check 'shell' shell_sources
check 'PHP' php_sources
check 'Python' python_sources
check 'JavaScript' node_sources
check 'events of the log' log_events
check 'links in documents' links
[[ -z $failed ]] || exit 1
echo 'lint: nothing to report'
