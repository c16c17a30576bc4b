#!/bin/sh
# Compares Weir with nginx and php-fpm on this machine. `run.sh --help` says what there is to choose.
exec python3 "$(dirname "$0")/bench.py" "$@"
