#!/bin/bash
# Prepares applications, serves them and runs their scenarios: all of them, or those named.
#
#   prove.sh fpm|weir [guestbook] [symfony] [laravel] [wordpress] [phpmyadmin]
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/common.sh"

server=$here/with-${1:-}.sh
[[ -x $server ]] || fail "usage: prove.sh fpm|weir [APPLICATION...]"
shift

work=$(mktemp -d "${TMPDIR:-/tmp}/applications.XXXXXX")
chmod 755 "$work"
finish() {
    for database in "$work"/*/mariadb; do
        if [[ -d $database ]]; then "$here/mariadb.sh" stop "${database%/mariadb}" || true; fi
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[[ $# -gt 0 ]] || set -- guestbook symfony laravel wordpress phpmyadmin
for name in "$@"; do
    echo "== $name"
    directory=$work/$name
    if [[ $name == guestbook ]]; then
        public=$(realpath "$here/../../examples/guestbook/public")
        mkdir "$directory"
        give_to_workers "$directory"
        export APP_DATA=$directory
    else
        "$here/$name/prepare.sh" "$directory"
        public=$directory/public
    fi
    "$server" "$public" index.php -- "$here/$name/scenario.py"
done
