#!/bin/sh
# Every relative link in the Markdown files leads to a file that is there.
set -eu
status=0
for page in $(git ls-files '*.md'); do
    folder=$(dirname "$page")
    for target in $(grep -oE '\]\([^)#[:space:]]+' "$page" | cut -c3- | grep -vE '^(https?|mailto):' || true); do
        [ -e "$folder/$target" ] || { echo "$page: no such file: $target"; status=1; }
    done
done
exit $status
