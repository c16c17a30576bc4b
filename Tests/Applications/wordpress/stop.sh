#!/bin/bash
# Ends the database of a prepared WordPress.
#
#   stop.sh DIR
exec "$(dirname "$(realpath "$0")")/../mariadb.sh" stop "$@"
