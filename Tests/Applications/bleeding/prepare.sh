#!/bin/bash
# Copies the application of known leaks. Serve DIR/public with the entry index.php, or DIR/worker.php in worker mode.
#
#   prepare.sh DIR
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../common.sh"

directory=$(fresh_directory "$@")
cp -R "$here/." "$directory"
