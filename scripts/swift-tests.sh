#!/bin/bash
# Runs every test with the command given, and says at the end which failed and why: a thousand others passed in between.
#
#   scripts/swift-tests.sh swift test --skip-build
#
# First what needs no server: it takes all of the processor, and knows no clock. Most others hold a real server to one, and a
# machine that is busy with all of them can be late. A few that failed are therefore run once more, alone. Passing then, they
# do not fail the run, but are named: a test that keeps being named is a fault of the test, or one of Weir that only a
# busy machine shows.
set -euo pipefail
[[ $# -gt 0 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }
readonly deciding='^Weir(Core|Wire|Config|Audit)Tests\.'
readonly most_run_again=5

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Runs tests, and keeps their output and a list of those that failed under the name given.
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
tell() {
    printf '\n%s:\n' "$2"
    awk '/recorded an issue/ { print; explains = 1; next } explains && /^↳/ { print; next } { explains = 0 }' \
        "$results/$1.log"
}

give_up() {
    tell "$1" "$2"
    exit "$3"
}

run deciding "$@" --filter "$deciding" || give_up deciding 'failed' $?

status=0
run acting "$@" --skip "$deciding" || status=$?
[[ $status -ne 0 ]] || exit 0
count=$(wc -l <"$results/acting.failed")
[[ $count -gt 0 && $count -le $most_run_again ]] || give_up acting 'failed' "$status"
tell acting 'failed, and run once more alone'
again=()
while read -r test; do again+=(--filter "$test"); done <"$results/acting.failed"
run alone "$@" --no-parallel "${again[@]}" || give_up alone 'failed again' $?
tell acting 'passed alone, but failed beside the others'
