#!/bin/bash
# All applications that can be booted once, or those named, with Weir in worker mode.
[[ $# -gt 0 ]] || set -- guestbook symfony laravel bleeding sessions
exec "$(dirname "$(realpath "$0")")/prove.sh" worker "$@"
