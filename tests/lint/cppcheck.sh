#!/bin/sh
# cppcheck with each layer's include paths; a suppression stands in the line it is for.
set -eu
cppcheck -j "$(nproc)" --quiet --std=c11 --enable=warning,portability --inline-suppr \
    --suppress=missingIncludeSystem --error-exitcode=1 -I server -I . server sampler
