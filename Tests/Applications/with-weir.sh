#!/bin/bash
# Serves ROOT with Weir on loopback while COMMAND runs, and ends with COMMAND's status.
#
#   with-weir.sh ROOT ENTRY -- COMMAND...
#
# As with-fpm.sh, its peer: COMMAND finds the address in BASE_URL, APP_DATA reaches PHP, and started by root PHP runs as
# www-data. WEIR names the program, if it is not the one that was built here last. MODE=worker boots the application once,
# with WORKER_SCRIPT; WORKERS says how many workers there are. RUNTIME=node runs ENTRY in ROOT with Node.js; RUNTIME=http
# starts the program ENTRY with the socket to listen on as its argument.
set -euo pipefail

if [[ $# -lt 4 || $3 != -- ]]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
root=$(realpath "$1")
entry=$2
shift 3

built=$(realpath "$(dirname "$(realpath "$0")")/../..")/.build
weir=${WEIR:-}
for candidate in "$built/release/weir" "$built/debug/weir"; do
    if [[ -z $weir && -x $candidate ]]; then weir=$candidate; fi
done
[[ -n $weir ]] || { echo "weir is not built. Run make build" >&2; exit 69; }

work=$(mktemp -d "${TMPDIR:-/tmp}/with-weir.XXXXXX")
chmod 755 "$work"
weir_pid=

finish() {
    status=$?
    trap - EXIT INT TERM
    if [[ -n $weir_pid ]]; then
        kill -TERM "$weir_pid" 2>/dev/null || true
        wait "$weir_pid" || { echo "weir ended with status $?" >&2; status=71; }
    fi
    if [[ $status -ne 0 ]]; then
        echo "--- what Weir wrote to its log (the last 40 lines)" >&2
        tail -n 40 "$work/weir.log" >&2 || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mode=
if [[ ${MODE:-classic} == worker ]]; then
    mode="mode: worker
    worker: {script: ${WORKER_SCRIPT:-auto}}"
fi

app_php() {
    cat <<YAML
    entry: $entry
    $mode
    environment: {APP_DATA: "${APP_DATA:-}"}
    php:
      admin: {upload_max_filesize: 16M, post_max_size: 20M, display_errors: "0"}
YAML
}
app_node() {
    cat <<YAML
    entry: $entry
    environment: {NODE_PATH: /usr/share/nodejs}
YAML
}
app_http() {
    cat <<YAML
    command: ["$entry", "{socket}"]
YAML
}

cat >"$work/weir.yaml" <<YAML
listen: 127.0.0.1:0
access_log: {format: json, path: $work/access.log}
limits: {body: 20MiB}
apps:
  app:
    runtime: ${RUNTIME:-php}
    root: $root
    pool: {manager: static, max_workers: ${WORKERS:-4}}
$("app_${RUNTIME:-php}")
YAML
if [[ ${RUNTIME:-php} != php ]]; then
    cat >>"$work/weir.yaml" <<YAML
routes:
  - {path: /sse, app: app, stream: true}
  - {path: /stream, app: app, stream: true}
  - {path: /duplex, app: app, stream: true}
YAML
fi

: >"$work/weir.log"
"$weir" serve "$work/weir.yaml" >>"$work/weir.log" 2>&1 &
weir_pid=$!

address=
for ((tries = 0; ; tries++)); do
    address=$(sed -n 's/^listening on \(http.*\)$/\1/p' "$work/weir.log")
    if [[ -n $address ]]; then break; fi
    if ((tries > 200)) || ! kill -0 "$weir_pid" 2>/dev/null; then
        echo "weir did not come up" >&2
        exit 70
    fi
    sleep 0.05
done

BASE_URL="$address" "$@"
