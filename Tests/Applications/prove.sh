#!/bin/bash
# Prepares applications, serves them and runs their scenarios: all of them, or those named.
#
#   prove.sh fpm|weir|worker [guestbook] [symfony] [laravel] [wordpress] [phpmyadmin] [bleeding] [sessions]
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/common.sh"

server=$here/with-${1:-}.sh
[[ -x $server ]] || fail "usage: prove.sh fpm|weir|worker [APPLICATION...]"
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

serve() {
    local public=$1
    shift
    "$server" "$public" index.php -- "$@"
}

# Two users at a time, of one worker and of several, with the sessions of PHP and of both frameworks. These are slower,
# and get a quarter of the requests unless WEIR_LONG is set.
prove_sessions() {
    local name script requests workers
    for name in bleeding symfony laravel; do
        "$here/$name/prepare.sh" "$work/sessions-$name"
        script=auto requests=${WEIR_LONG:+10000}
        if [[ $name == bleeding ]]; then script=$work/sessions-$name/worker.php requests=10000; fi
        for workers in 1 4; do
            echo "-- $name, workers: $workers"
            WORKERS=$workers WORKER_SCRIPT=$script serve "$work/sessions-$name/public" \
                "$here/sessions.py" "${requests:-2500}"
        done
    done
}

[[ $# -gt 0 ]] || set -- guestbook symfony laravel wordpress phpmyadmin
for name in "$@"; do
    echo "== $name"
    directory=$work/$name
    if [[ $name == sessions ]]; then
        prove_sessions
        continue
    fi
    if [[ $name == guestbook ]]; then
        public=$(realpath "$here/../../examples/guestbook/public")
        mkdir "$directory"
        give_to_workers "$directory"
        export APP_DATA=$directory
    else
        "$here/$name/prepare.sh" "$directory"
        public=$directory/public
    fi
    case $name in
        # One worker, so that each visitor comes after another one of the same worker.
        bleeding) WORKERS=1 WORKER_SCRIPT=$directory/worker.php serve "$public" "$here/$name/scenario.py" ;;
        *) serve "$public" "$here/$name/scenario.py" ;;
    esac
done
