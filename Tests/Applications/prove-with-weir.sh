#!/bin/bash
# All applications, or those named, with Weir.
exec "$(dirname "$(realpath "$0")")/prove.sh" weir "$@"
