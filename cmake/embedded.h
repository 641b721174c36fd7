#pragma once

/*
 * Files linked into the program (see cmake/Embed.cmake).
 *
 *     exemplar_embed(store_migrations SYMBOL MIGRATIONS FILES 0001_core.sql ...)     in CMake, then in C:
 *
 *     extern const struct embedded_file MIGRATIONS_FILES[];
 *     extern const size_t MIGRATIONS_N;
 *
 * The table keeps the order of FILES. `name` is the file's base name. `bytes` is `size` bytes of
 * read-only memory with one more zero byte behind them, so that a text may be read as a C string.
 */
#include <stddef.h>

struct embedded_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};
