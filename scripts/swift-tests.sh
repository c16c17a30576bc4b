#!/bin/bash
# Runs every test with the command given, and says at the end which failed and why: a thousand others passed in between.
#
#   scripts/swift-tests.sh swift test --skip-build
#
# Many of the tests hold a real server to a clock, and a machine that is busy with all of them can be late. A few that
# failed beside the others are therefore run once more alone. Passing then, they do not fail the run, but are named: a
# test that keeps being named is a fault of the test, or one of Weir that only a busy machine shows.
set -euo pipefail
[[ $# -gt 0 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }
readonly most_run_again=5

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Runs the tests, with their output and a list of those that failed in files named by the first argument.
run() {
    local name=$1 status=0
    shift
    "$@" --xunit-output "$results/$name.xml" 2>&1 | tee "$results/$name.log" || status=${PIPESTATUS[0]}
    failed_tests <"$results/$name-swift-testing.xml" >"$results/$name.failed" || return 70
    return "$status"
}

# The failed tests of an xUnit report, as patterns for --filter, which writes a slash between suites and tests.
failed_tests() {
    awk -F '"' '/<testcase/ { suite = $2; test = $4 } /<failure/ && test != "" { print suite "." test; test = "" }' \
        | sed -E 's/\(.*//; s/[.]/[.\/]/g; s/.*/^&\\(/'
}

# What was expected at which line, and every line that explains it.
reasons() {
    awk '/recorded an issue/ { print; explains = 1; next } explains && /^↳/ { print; next } { explains = 0 }' "$1"
}

status=0
run all "$@" || status=$?
[[ $status -ne 0 ]] || exit 0

count=$(wc -l <"$results/all.failed")
[[ $count -gt 0 ]] || exit "$status"
printf '\nfailed: %d tests\n' "$count"
reasons "$results/all.log"
[[ $count -le $most_run_again ]] || exit "$status"

printf '\nonce more, alone:\n'
again=()
while read -r test; do again+=(--filter "$test"); done <"$results/all.failed"
status=0
run alone "$@" --no-parallel "${again[@]}" || status=$?
if [[ $status -ne 0 ]]; then
    printf '\nfailed again:\n'
    reasons "$results/alone.log"
    exit "$status"
fi
printf '\npassed alone, failed beside the others:\n'
reasons "$results/all.log"
