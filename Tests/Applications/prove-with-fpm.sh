#!/bin/bash
# All applications, or those named, with nginx and php-fpm.
exec "$(dirname "$(realpath "$0")")/prove.sh" fpm "$@"
