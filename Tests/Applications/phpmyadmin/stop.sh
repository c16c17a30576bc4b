#!/bin/bash
# Ends the database of a prepared phpMyAdmin.
#
#   stop.sh DIR
exec "$(dirname "$(realpath "$0")")/../mariadb.sh" stop "$@"
