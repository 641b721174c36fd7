# Every third-party library, found once. docs/dependencies.md says what each is for; the layer
# test checks that each is included from its one home.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

foreach(library
    sodium:libsodium jansson:jansson
    png:libpng jpeg:libjpeg webp:libwebp utf8proc:libutf8proc
    sqlite:sqlite3 archive:libarchive microhttpd:libmicrohttpd
    blas:openblas cmocka:cmocka)
  string(REPLACE ":" ";" pair ${library})
  list(GET pair 0 name)
  list(GET pair 1 package)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${package})
endforeach()
