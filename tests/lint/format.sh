#!/bin/sh
# The formatting that .clang-format describes, by clang-format 14.
set -eu
git ls-files -z '*.c' '*.h' | xargs -0 clang-format-14 --dry-run -Werror
