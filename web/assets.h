#pragma once

/*
 * The browser client, linked into the program: one row per file of web/dist, sorted by path.
 *
 *     for (size_t i = 0; i < WEB_ASSETS_N; i++)
 *         if (!strcmp(WEB_ASSETS[i].path, "/index.html")) ...
 *
 * `path` begins with a slash. `etag` is a strong entity tag with its quotes, made from the raw
 * bytes. `gzip` is NULL when the file gained nothing from compression. Files below /assets/ carry a
 * hash of their content in their name and may be cached for ever. A build without the client
 * (EXEMPLAR_WEB=OFF) has an empty table: WEB_ASSETS_N is 0.
 */
#include <stddef.h>

struct web_asset {
    const char *path;
    const char *mime;
    const char *etag;
    const unsigned char *raw, *gzip;
    size_t raw_size, gzip_size;
};

extern const struct web_asset WEB_ASSETS[];
extern const size_t WEB_ASSETS_N;
