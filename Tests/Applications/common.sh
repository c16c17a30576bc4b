# For the prepare scripts: source it after `set -euo pipefail`.

# Who runs the application's workers when the server is started by root. Otherwise everything is the caller's own.
WORKER_USER=${WORKER_USER:-www-data}

fail() {
    echo "$0: $*" >&2
    exit 1
}

# need PATH PACKAGE: what Debian's packages brought has to be there.
need() {
    [[ -e $1 ]] || fail "$1 is missing (Debian package $2). Run scripts/install-dependencies.sh test"
}

# The directory of the first argument, made, empty and open for the workers to look into; printed as an absolute path.
fresh_directory() {
    [[ $# -eq 1 ]] || fail "usage: prepare.sh DIR (a directory to fill; it has to be empty or absent)"
    mkdir -p "$1"
    [[ -z $(ls -A "$1") ]] || fail "$1 is not empty"
    chmod 755 "$1"
    realpath "$1"
}

# Lets the workers write there.
give_to_workers() {
    if [[ $(id -u) -eq 0 ]]; then chown -R "$WORKER_USER:" "$@"; fi
}

# Runs a command as the workers will run, so that what it creates is theirs.
as_worker() {
    if [[ $(id -u) -eq 0 ]]; then
        setpriv --reuid "$WORKER_USER" --regid "$(id -g "$WORKER_USER")" --clear-groups env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}
