#!/bin/bash
# A private MariaDB for one application: its own data directory, a unix socket and no network.
#
#   mariadb.sh start DIR DATABASE    starts it; user and password are both DATABASE, the socket is DIR/mariadb/socket
#   mariadb.sh stop DIR              ends it, by its process id
#
# Started by root it runs as the user mysql.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/common.sh"
PATH=$PATH:/usr/sbin

[[ $# -ge 2 ]] || fail "usage: mariadb.sh start DIR DATABASE | stop DIR"
home=$(realpath "$2")/mariadb
pid_file=$home/pid

# Prints the process id, if that process is the server of this very directory.
running() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "--datadir=$home/data" && echo "$pid"
}

start() {
    local database=$1 as=() owner
    command -v mariadbd >/dev/null || fail "mariadbd is missing. Run scripts/install-dependencies.sh test"
    # The address of a unix socket has 108 bytes, the last of them zero.
    ((${#home} + 7 < 108)) || fail "$home is too long a name to hold a socket"
    mkdir "$home" "$home/data" "$home/temporary"
    if [[ $(id -u) -eq 0 ]]; then
        chown -R mysql: "$home"
        as=(setpriv --reuid mysql --regid "$(id -g mysql)" --clear-groups)
    fi
    owner=$(stat -c %U "$home")
    # root of the database is the system's user that runs it, and nobody else.
    "${as[@]}" mariadb-install-db --no-defaults --datadir="$home/data" --skip-test-db \
        --auth-root-authentication-method=socket --auth-root-socket-user="$owner" >"$home.install.log" 2>&1 ||
        { cat "$home.install.log" >&2; fail "mariadb-install-db failed"; }
    cat >"$home/first.sql" <<SQL
CREATE DATABASE IF NOT EXISTS \`$database\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$database'@'localhost' IDENTIFIED BY '$database';
GRANT ALL PRIVILEGES ON \`$database\`.* TO '$database'@'localhost';
SQL
    # A throw-away database need not survive a power cut: no waiting for the disk.
    setsid "${as[@]}" mariadbd --no-defaults --datadir="$home/data" --tmpdir="$home/temporary" \
        --skip-networking --socket="$home/socket" --pid-file="$pid_file" --init-file="$home/first.sql" \
        --innodb-buffer-pool-size=32M --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0 \
        --skip-innodb-doublewrite --performance-schema=OFF --skip-log-bin --max-connections=64 \
        --log-error="$home/error.log" </dev/null >/dev/null 2>&1 &
    for ((tries = 0; tries < 300; tries++)); do
        if [[ -S $home/socket ]] &&
            mariadb --no-defaults -S "$home/socket" -u "$database" -p"$database" -e 'SELECT 1' "$database" &>/dev/null
        then
            return
        fi
        sleep 0.1
    done
    tail -n 30 "$home/error.log" >&2 || true
    fail "MariaDB did not come up"
}

stop() {
    local pid
    pid=$(running) || return 0
    kill -TERM "$pid"
    for ((tries = 0; tries < 300; tries++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "MariaDB (process $pid) does not end"
}

case $1 in
    start) start "${3:?the name of the database}" ;;
    stop) stop ;;
    *) fail "start or stop, not $1" ;;
esac
