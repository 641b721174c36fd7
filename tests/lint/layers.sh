#!/bin/sh
# Each layer includes only itself and those above it in this list, and each third-party library
# is included from its one home. Run from the top of the tree.
set -eu
status=0

complain() {
    echo "$1"
    status=1
}

# layer and what it may include, besides itself
allowed() {
    case $1 in
    base) echo "" ;;
    media) echo "base" ;;
    net) echo "base" ;;
    sampler) echo "" ;;
    store) echo "base media sampler cmake" ;;
    domain) echo "base media sampler store" ;;
    formats) echo "base media sampler store domain cmake" ;;
    jobs) echo "base media net sampler store domain formats" ;;
    oidc) echo "base net" ;;
    api) echo "base media net sampler store domain formats jobs oidc cmake" ;;
    http) echo "base media net sampler store domain formats jobs oidc api web" ;;
    cli) echo "base media net sampler store domain formats jobs oidc api http cmake" ;;
    esac
}

check_layer() { # layer folder
    for file in $(find "$2" -name '*.[ch]'); do
        for seen in $(sed -n 's/^ *# *include *"\([^"\/]*\)\/.*/\1/p' "$file" | sort -u); do
            case " $1 $(allowed "$1") " in
            *" $seen "*) ;;
            *) complain "$file: layer $1 may not include $seen/" ;;
            esac
        done
        if grep -n '^ *# *include *"[^/"]*"' "$file"; then
            complain "$file: name the layer in an include (\"$1/x.h\")"
        fi
    done
}

for layer in base media net store domain formats jobs oidc api http cli; do
    check_layer $layer server/$layer
done
check_layer sampler sampler

home() { # header pattern, folder that may include it
    for file in $(grep -lE "^ *# *include *<($1)" -r server sampler --include='*.[ch]' || true); do
        case $file in
        $2*) ;;
        *) complain "$file: <$1> belongs to $2 alone" ;;
        esac
    done
}

home 'sodium' server/base/
home 'jansson' server/base/
home 'png\.h|jpeglib|jerror|turbojpeg|webp/|utf8proc' server/media/
home 'cblas|openblas|dnnl|lapacke' sampler/
home 'sqlite3' server/store/
home 'archive\.h|archive_entry' server/formats/
home 'microhttpd' server/http/
home 'curl/' server/net/
home 'cjose' server/oidc/

exit $status
