# Every third-party library, found once. docs/dependencies.md says what each is for; the layer
# test checks that each is included from its one home.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

foreach(library
    sodium:libsodium jansson:jansson
    png:libpng jpeg:libjpeg webp:libwebp utf8proc:libutf8proc
    sqlite:sqlite3 archive:libarchive microhttpd:libmicrohttpd
    curl:libcurl cjose:cjose
    cmocka:cmocka)
  string(REPLACE ":" ";" pair ${library})
  list(GET pair 0 name)
  list(GET pair 1 package)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${package})
endforeach()

# Matrix products: oneDNN where it is installed, else OpenBLAS (sampler/gemm_serial.h).
set(EXEMPLAR_GEMM auto CACHE STRING "Library of matrix products: auto, dnnl or openblas")
set_property(CACHE EXEMPLAR_GEMM PROPERTY STRINGS auto dnnl openblas)
find_path(DNNL_INCLUDE dnnl.h)
find_library(DNNL_LIBRARY dnnl)
if(EXEMPLAR_GEMM STREQUAL "dnnl" OR (EXEMPLAR_GEMM STREQUAL "auto" AND DNNL_INCLUDE AND DNNL_LIBRARY))
  if(NOT DNNL_INCLUDE OR NOT DNNL_LIBRARY)
    message(FATAL_ERROR "EXEMPLAR_GEMM is dnnl, but oneDNN is not installed: apt install libdnnl-dev, or choose openblas")
  endif()
  set(EXEMPLAR_GEMM_SOURCE gemm_dnnl.c)
  add_library(exemplar_gemm INTERFACE)
  target_include_directories(exemplar_gemm SYSTEM INTERFACE ${DNNL_INCLUDE})
  target_link_libraries(exemplar_gemm INTERFACE ${DNNL_LIBRARY} gomp)
else()
  pkg_check_modules(blas REQUIRED IMPORTED_TARGET openblas)
  set(EXEMPLAR_GEMM_SOURCE gemm_openblas.c)
  add_library(exemplar_gemm INTERFACE)
  target_link_libraries(exemplar_gemm INTERFACE PkgConfig::blas)
endif()
