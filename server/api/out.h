/* out - JSON written straight into a buffer, without building values first.
 *
 *     struct out o = out_to(&r->body);
 *     out_object(&o, NULL);
 *     out_int(&o, "id", 7);
 *     out_list(&o, "classes");
 *     out_text(&o, NULL, "shoes");        // a list's members have no key
 *     out_end(&o);
 *     out_end(&o);
 *     TRY(out_done(&o));                  // {"id":7,"classes":["shoes"]}
 *
 * The first failure (the buffer's maximum) is kept and returned by out_done; what follows it is
 * ignored. Keys are constants of ours and are not escaped; texts are. Threads: one at a time. */
#ifndef EXEMPLAR_API_OUT_H
#define EXEMPLAR_API_OUT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUT_DEPTH = 16 };

struct out {
    struct buf *b;
    enum err e;
    unsigned depth;
    char closing[OUT_DEPTH]; /* '}' or ']' of each level that is open */
    bool has_member[OUT_DEPTH + 1];
};

struct out out_to(struct buf *b);

void out_object(struct out *o, const char *key);
void out_list(struct out *o, const char *key);
void out_end(struct out *o); /* of the innermost object or list */

void out_text(struct out *o, const char *key, const char *text); /* NULL is written as null */
void out_text_n(struct out *o, const char *key, const char *text, size_t n);
void out_int(struct out *o, const char *key, int64_t value);
void out_id(struct out *o, const char *key, int64_t id);       /* 0 is written as null */
void out_number(struct out *o, const char *key, double value); /* NaN is written as null */
void out_bool(struct out *o, const char *key, bool value);
void out_null(struct out *o, const char *key);
void out_time(struct out *o, const char *key, int64_t at_ms); /* 0 is written as null */

/* A value that is JSON already; NULL or "" is written as null. */
void out_json(struct out *o, const char *key, const char *json);

/* The members of a compact JSON object ({"a":1}), into the object that is open. */
void out_members(struct out *o, const char *json_object);

/* ERR_TOO_LARGE, ERR_NOMEM, or OK; everything opened must have been ended. */
enum err out_done(const struct out *o) MUST_USE;

#endif
