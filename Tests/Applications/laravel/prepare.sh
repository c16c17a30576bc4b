#!/bin/bash
# Builds a Laravel 8 application on Debian's packages. Serve DIR/public with the entry index.php.
#
#   prepare.sh DIR
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../common.sh"

need /usr/share/php/Illuminate/Foundation/Application.php php-laravel-framework
directory=$(fresh_directory "$@")

cp -R "$here/app/." "$directory"
mkdir -p "$directory"/bootstrap/cache "$directory"/storage/{logs,app/uploads,framework/{cache,sessions,views}}
give_to_workers "$directory/bootstrap/cache" "$directory/storage"
# As a deployment would (artisan optimize, artisan view:cache).
as_worker php "$directory/artisan" config:cache --quiet
as_worker php "$directory/artisan" view:cache --quiet
