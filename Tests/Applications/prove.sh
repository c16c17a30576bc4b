#!/bin/bash
# Prepares applications, serves them and runs their scenarios: all of them, or those named.
#
#   prove.sh fpm|weir|worker [guestbook] [symfony] [laravel] [wordpress] [phpmyadmin] [bleeding] [sessions]
#   prove.sh weir [node-express] [node-esm-ws] [node-threads] [node-raw] [go-server]
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

# What is no PHP.
prove_program() {
    local name=$1
    case $name in
        node-express) RUNTIME=node WORKERS=2 "$server" "$here/$name" server.js -- "$here/$name/scenario.py" ;;
        node-threads | node-raw) RUNTIME=node WORKERS=1 "$server" "$here/$name" server.js -- "$here/$name/scenario.py" ;;
        node-esm-ws) RUNTIME=node WORKERS=1 "$server" "$here/$name" server.mjs -- "$here/$name/scenario.py" ;;
        go-server)
            "$here/$name/build.sh" "$work/go/server"
            RUNTIME=http WORKERS=1 "$server" "$work/go" "$work/go/server" -- "$here/$name/scenario.py"
            ;;
    esac
}

[[ $# -gt 0 ]] || set -- guestbook symfony laravel wordpress phpmyadmin
for name in "$@"; do
    echo "== $name"
    directory=$work/$name
    case $name in
        sessions) prove_sessions; continue ;;
        node-* | go-*) prove_program "$name"; continue ;;
    esac
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
