#!/bin/sh
# run.sh FILE.test.mjs: one browser test, after installing its two packages if they are missing;
# run.sh --install: only that.
set -eu
cd "$(dirname "$0")"
browser=${EXEMPLAR_CHROMIUM:-/usr/bin/chromium}
[ -x "$browser" ] || { echo "the browser tests need Chromium, and $browser is not there: apt-get install chromium" >&2; exit 1; }
(
    flock 9
    if ! cmp -s package-lock.json node_modules/.installed; then
        npm ci --no-audit --no-fund --loglevel=error
        cp package-lock.json node_modules/.installed
    fi
) 9>.install.lock
[ "$1" = --install ] && exit 0
exec node --test "$1"
