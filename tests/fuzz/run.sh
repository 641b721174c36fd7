#!/bin/sh
# run.sh FUZZER CORPUS: fuzzes for EXEMPLAR_FUZZ_SECONDS (10) from the corpus, always with the same seed; a find is
# left beside the fuzzer as NAME-find-*, to be minimised and added to the corpus.
set -eu
fuzzer=$1
corpus=$2
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
prefix=$fuzzer-find-
exec_seconds=${EXEMPLAR_FUZZ_SECONDS:-10}
"$fuzzer" -seed=1 -max_total_time="$exec_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$prefix" "$found" "$corpus" 2>&1 | tail -n 25
# the pipe hides the fuzzer's status: a find is a file
for find in "$prefix"*; do
    if [ -e "$find" ]; then
        echo "found: $find"
        exit 1
    fi
done
