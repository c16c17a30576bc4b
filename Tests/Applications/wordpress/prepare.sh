#!/bin/bash
# Builds a WordPress that is not installed yet, with a database of its own. Serve DIR/public with the entry index.php;
# installing it is the scenario's business. End the database with stop.sh DIR.
#
#   prepare.sh DIR
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../common.sh"

need /usr/share/wordpress/wp-settings.php wordpress
directory=$(fresh_directory "$@")
public=$directory/public

cp -R /usr/share/wordpress "$public"
rm -f "$public/.htaccess" "$public/wp-config.php"
mkdir -p "$public/wp-content/uploads"
give_to_workers "$public/wp-content/uploads"

"$here/../mariadb.sh" start "$directory" wordpress

cat >"$public/wp-config.php" <<PHP
<?php

define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', 'wordpress');
define('DB_HOST', 'localhost:$directory/mariadb/socket');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
\$table_prefix = 'wp_';

// A test application has no secrets.
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as \$name) {
    define("{\$name}_KEY", str_repeat(strtolower(\$name), 8));
    define("{\$name}_SALT", str_repeat(\$name, 8));
}
PHP
cat >>"$public/wp-config.php" <<'PHP'

// The same tree is served at another port each time.
define('WP_SITEURL', 'http://' . ($_SERVER['HTTP_HOST'] ?? 'localhost'));
define('WP_HOME', WP_SITEURL);
// Nobody is asked for updates, and no request starts another one to itself.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('FS_METHOD', 'direct');
define('WP_DEBUG', false);

defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require ABSPATH . 'wp-settings.php';
PHP
