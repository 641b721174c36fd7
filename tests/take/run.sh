#!/bin/sh
# run.sh FILE.test.mjs: one test of what is taken away, after installing the runtimes it is tested
# with. Without the packages' own scripts: they would fetch what the processor does not need.
set -eu
cd "$(dirname "$0")"
(
    flock 9
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
        cp package-lock.json node_modules/.installed
    fi
) 9>.install.lock
exec node --test "$1"
