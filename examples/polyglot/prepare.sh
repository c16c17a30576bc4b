#!/bin/bash
# What `make run EXAMPLE=polyglot` does before it serves this: Go programs have to be built.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
../../scripts/install-dependencies.sh polyglot
cd prices
# Without dependencies there is nothing to fetch, and nothing should be.
GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 go build -o bin/prices .
