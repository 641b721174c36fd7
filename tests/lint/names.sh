#!/bin/sh
# The project speaks of itself alone: no path of a machine it was made on, no registry host.
set -eu
if git grep -nIE '(^|[^a-z.])/(work|farm|root)/[a-z.]|registry\.npmjs\.org|deb\.debian\.org' -- . ':!tests/lint/names.sh'; then
    echo "these lines name a machine or a registry"
    exit 1
fi
