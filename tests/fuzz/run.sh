#!/bin/sh
# run.sh FUZZER CORPUS: fuzzes for EXEMPLAR_FUZZ_SECONDS (20) from a copy of the corpus; a find is
# left in the build folder under crash-*, to be minimised and added to the corpus.
set -eu
fuzzer=$1
corpus=$2
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
exec_seconds=${EXEMPLAR_FUZZ_SECONDS:-20}
"$fuzzer" -max_total_time="$exec_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$(dirname "$fuzzer")/crash-" "$found" "$corpus" 2>&1 | tail -n 25
# the pipe hides the fuzzer's status: a find is a file
for crash in "$(dirname "$fuzzer")"/crash-crash-* "$(dirname "$fuzzer")"/crash-oom-* "$(dirname "$fuzzer")"/crash-timeout-* "$(dirname "$fuzzer")"/crash-leak-*; do
    if [ -e "$crash" ]; then
        echo "found: $crash"
        exit 1
    fi
done
