#!/bin/bash
# Builds a phpMyAdmin with a database to look after. Serve DIR/public with the entry index.php. End the database with
# stop.sh DIR.
#
#   prepare.sh DIR
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../common.sh"

need /usr/share/phpmyadmin/index.php phpmyadmin
directory=$(fresh_directory "$@")
public=$directory/public

# -L: the links in it point to scripts beside it, by relative ways.
cp -RL /usr/share/phpmyadmin "$public"
mkdir "$directory/temporary"
give_to_workers "$directory/temporary"
# Debian's copy keeps these two in the system's own directories.
sed -i -e "s|'/var/lib/phpmyadmin/tmp/'|'$directory/temporary/'|" \
    -e "s|'/etc/phpmyadmin/config.inc.php'|'$directory/config.inc.php'|" "$public/libraries/vendor_config.php"
grep -q "$directory/config.inc.php" "$public/libraries/vendor_config.php" ||
    fail "phpMyAdmin's vendor_config.php is not what it was"

"$here/../mariadb.sh" start "$directory" river

cat >"$directory/config.inc.php" <<PHP
<?php

\$cfg['blowfish_secret'] = str_repeat('a test has no secrets. ', 2);
\$cfg['Servers'][1] = [
    'auth_type' => 'cookie',
    'host' => 'localhost',
    'socket' => '$directory/mariadb/socket',
];
\$cfg['VersionCheck'] = false;
\$cfg['SendErrorReports'] = 'never';
PHP
