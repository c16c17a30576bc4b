#!/bin/bash
# Builds a Symfony 5.4 application on Debian's packages. Serve DIR/public with the entry index.php.
#
#   prepare.sh DIR
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../common.sh"

need /usr/share/php/Symfony/Bundle/FrameworkBundle/FrameworkBundle.php php-symfony
need /usr/share/php/Symfony/Bundle/TwigBundle/TwigBundle.php php-symfony
directory=$(fresh_directory "$@")

cp -R "$here/app/." "$directory"
mkdir -p "$directory/var/uploads" "$directory/var/sessions"
give_to_workers "$directory/var"
# As a deployment would: the container is compiled and the templates are rendered before the first request.
as_worker php "$directory/bin/console" cache:warmup --env=prod --quiet
