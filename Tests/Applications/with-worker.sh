#!/bin/bash
# As with-weir.sh, in worker mode.
MODE=worker exec "$(dirname "$(realpath "$0")")/with-weir.sh" "$@"
