#!/bin/sh
# Installs the Debian packages that Weir needs, and only those that are missing.
#
#   scripts/install-dependencies.sh [run|polyglot|test|bench]...
#
#   run        what builds the PHP guest and serves the sample (the default)
#   polyglot   run, plus what examples/polyglot is written in: Node.js with Express, Go, Python
#   test       run, plus the real applications and the peers that the tests compare with
#   bench      run, plus the load generator, the peers and the benchmarked applications
#
# It may be run again at any time: with everything in place it asks dpkg once and ends.
# No service is started by the packages; the tests start their own.
set -eu

# Debian ships one PHP a release; another release sets this (PHP_VERSION=8.4).
php=php${PHP_VERSION:-8.2}

run_packages="
    gcc libc6-dev make pkg-config
    $php-cli $php-dev lib$php-embed
    $php-opcache $php-sqlite3 $php-mbstring $php-xml $php-gd"

# A newer Node.js than Debian's will do as well; NODE_PATH=/usr/share/nodejs lets it find Debian's packages.
polyglot_packages="nodejs node-express golang-go python3"

# php-symfony-twig-bundle and friends come with php-symfony. The packages wordpress and phpmyadmin want
# "a web server with PHP"; nginx and php-fpm in the same transaction answer that, so Apache stays out.
# dbconfig-no-thanks: phpmyadmin must not look for a database while it is being installed.
test_packages="
    nginx-light|nginx $php-fpm $php
    $php-mysql $php-curl $php-intl $php-zip
    php-symfony php-twig php-laravel-framework
    wordpress wordpress-theme-twentytwentythree
    mariadb-server dbconfig-no-thanks phpmyadmin
    python3 curl libfcgi-bin slowhttptest strace shellcheck prometheus
    redis-server php-predis
    node-ws $polyglot_packages"

bench_packages="nginx-light|nginx $php-fpm php-symfony php-twig python3 wrk $polyglot_packages"

usage() {
    sed -n '2,12s/^# \{0,1\}//p' "$0"
}

say() {
    printf '%s\n' "$*" >&2
}

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints the packages of its arguments that are missing. "a|b": either will do, b is what gets installed.
missing_of() {
    for wanted in "$@"; do
        found=
        IFS='|'
        for package in $wanted; do
            if installed "$package"; then found=yes; fi
        done
        unset IFS
        if [ -z "$found" ]; then printf '%s ' "${wanted##*|}"; fi
    done
}

[ $# -gt 0 ] || set -- run
wanted=
for purpose in "$@"; do
    case $purpose in
        run) wanted="$wanted $run_packages" ;;
        polyglot) wanted="$wanted $run_packages $polyglot_packages" ;;
        test) wanted="$wanted $run_packages $test_packages" ;;
        bench) wanted="$wanted $run_packages $bench_packages" ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 64 ;;
    esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "This script knows Debian and its relatives only. Install by hand what these packages hold:"
    say "   " $wanted
    exit 69
fi

# shellcheck disable=SC2086  # a list of words on purpose, here and below
missing=$(missing_of $wanted)
if [ -z "$missing" ]; then
    echo "Everything needed for \"$*\" is installed."
    exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    say "These packages are missing, and installing them takes root (there is no sudo here). As root, run:"
    say "    apt-get install --no-install-recommends $missing"
    exit 77
fi

# Packages ask this file before they start a service; 101 means "you may not". An administrator's own one stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
fi

echo "Installing: $missing"
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 --quiet=2 "$@"
}
install_missing() {
    apt install --yes --no-install-recommends $missing
}

# The package lists may be absent (fresh containers) or name versions that are gone: refresh them, once, when needed.
if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ]; then
    apt update
    install_missing
else
    install_missing || { apt update; install_missing; }
fi

still_missing=$(missing_of $wanted)
if [ -n "$still_missing" ]; then
    say "apt-get reported success, yet these are not installed: $still_missing"
    exit 70
fi
echo "Installed."
