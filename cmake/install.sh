# install_missing build|test...: installs the Debian packages that are not there yet, and says
# which. Sourced by ./run and ./test; uses sudo when it is not root.

build_packages="gcc g++ make cmake ninja-build pkg-config git nodejs npm ca-certificates
 libmicrohttpd-dev libsqlite3-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libsodium-dev
 libjansson-dev libarchive-dev libutf8proc-dev libdnnl-dev libopenblas-dev libcmocka-dev
 libcurl4-openssl-dev libcjose-dev"
test_packages="clang-14 clang-format-14 clang-tidy-14 cppcheck libclang-rt-14-dev llvm-14
 chromium curl jq zip sqlite3"

# A command that is there counts for its package, however it was installed.
provided_by_command() {
    case $1 in
    nodejs) command -v node ;;
    gcc | g++ | make | cmake | git | npm | curl | jq | zip | chromium | cppcheck | sqlite3) command -v "$1" ;;
    ninja-build) command -v ninja ;;
    pkg-config) command -v pkg-config ;;
    *) return 1 ;;
    esac >/dev/null 2>&1
}

is_there() {
    provided_by_command "$1" || dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

install_missing() {
    wanted=""
    missing=""
    for kind in "$@"; do
        eval "wanted=\"\$wanted \$${kind}_packages\""
    done
    for package in $wanted; do
        is_there "$package" || missing="$missing $package"
    done
    mkdir -p build
    [ -n "$missing" ] || return 0
    echo "Installing:$missing"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "Please install these as root, then run this again."; exit 1; }
        as_root=sudo
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086 # the names are words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >build/install.log 2>&1 ||
        { tail -n 20 build/install.log; echo "Installing failed; the whole log is build/install.log."; exit 1; }
}
