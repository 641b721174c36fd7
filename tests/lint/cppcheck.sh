#!/bin/sh
# cppcheck with each layer's include paths; a suppression stands in the line it is for. Left out
# for all: varFuncNullUB, since NULL is a pointer in C on every system this builds on.
set -eu
cppcheck -j "$(nproc)" --quiet --std=c11 --enable=warning,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=varFuncNullUB --error-exitcode=1 -I server -I . server sampler
