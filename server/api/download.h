/* download - an export that is pulled while it is sent.
 *
 * It has a store of its own, since the thread's serves other requests between two pieces; what it
 * reads is as it was when it was opened. Whoever sends the stream closes it. */
#ifndef EXEMPLAR_API_DOWNLOAD_H
#define EXEMPLAR_API_DOWNLOAD_H

#include "api/api.h"
#include "formats/export.h"

/* Errors are those of export_open, such as ERR_NOT_FOUND. */
enum err download_open(struct req *q, int64_t project, const struct export_options *options,
                       struct reply_stream **stream) MUST_USE;

#endif
