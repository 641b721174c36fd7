#!/bin/bash
# lint.sh: lints server/api/openapi.json. The linter is installed at its first use; build folders
# share it, so one at a time.
set -euo pipefail
cd "$(dirname "$0")"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

exec 9>.lint.lock
flock 9
lock_digest=$(cat package.json package-lock.json .npmrc | sha256sum)
if [ "$(cat node_modules/.installed 2>/dev/null || true)" != "$lock_digest" ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$lock_digest" > node_modules/.installed
fi
flock -u 9
npm run --silent lint
