#!/bin/sh
# styles.sh: one class, one home. All style sheets are on every page, so that a name which two of them style by itself
# (".name {" at the start of a line) dresses both.
set -eu
twice=$(for sheet in web/src/style/*.css; do
    grep -oE '^\.[A-Za-z0-9_-]+ *\{' "$sheet" | tr -d ' {' | sort -u
done | sort | uniq -d)
[ -n "$twice" ] || exit 0
for name in $twice; do
    echo "$name is styled in more than one sheet: $(grep -lE "^\\$name *\{" web/src/style/*.css | tr '\n' ' ')"
done
exit 1
