#!/bin/bash
# build.sh COPY: builds the client into web/dist if its sources changed, then copies it to COPY.
#
# Several build folders share web/node_modules and web/dist, so one of them builds at a time, and
# whether there is anything to do is decided by the content of the sources, not by their dates.
set -euo pipefail
copy=$1
cd "$(dirname "$0")"

exec 9>.build.lock
flock 9

lock_digest=$(cat package.json package-lock.json .npmrc | sha256sum)
if [ "$(cat node_modules/.installed 2>/dev/null || true)" != "$lock_digest" ]; then
    npm ci --no-audit --no-fund --loglevel=error
    echo "$lock_digest" > node_modules/.installed
fi

source_digest=$({ find src public -type f -print0 | sort -z | xargs -0 sha256sum
    sha256sum index.html package.json package-lock.json tsconfig.json vite.config.ts; } | sha256sum)
if [ "$(cat .dist.stamp 2>/dev/null || true)" != "$source_digest" ] || [ ! -f dist/index.html ]; then
    rm -f .dist.stamp
    npm run --silent build
    echo "$source_digest" > .dist.stamp
fi

rm -rf "$copy"
cp -r dist "$copy"
