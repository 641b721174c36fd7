#!/bin/sh
# run.sh FILE.test.mjs: one test of signing in by a provider, after installing the provider.
set -eu
cd "$(dirname "$0")"
(
    flock 9
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci --no-audit --no-fund --loglevel=error
        cp package-lock.json node_modules/.installed
    fi
) 9>.install.lock
exec node --test "$1"
