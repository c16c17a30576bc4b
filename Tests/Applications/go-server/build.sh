#!/bin/bash
# Builds the Go server as FILE, with what the Go installation has: nothing is fetched.
#
#   build.sh FILE
set -euo pipefail
[[ $# -eq 1 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }
file=$(realpath --canonicalize-missing "$1")
command -v go >/dev/null || { echo "$0: go is missing (Debian package golang-go)" >&2; exit 69; }

cd "$(dirname "$(realpath "$0")")"
# The cache stays out of the tree, and in the place where the next build finds it.
export GOCACHE="${GOCACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/go-build}"
export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0
exec go build -trimpath -o "$file" .
