/* live - the predictors that answer, held in memory, and the counting of what they answered.
 *
 *     struct predictor *p;
 *     TRY(lives_hold(l, store, model_id, &p));        // opened at its first use, or when it is published
 *     TRY(predictor_image(p, arena, bytes, n, &x));
 *     predictor_drop(p);
 *     lives_count(l, &(struct endpoint_day){...});    // in memory; written every two seconds
 *     lives_shadow(l, &ask);                          // another version is asked too, by and by
 *
 * A predictor is immutable and held by each request that uses it, so publishing another version never
 * disturbs an answer under way: the next request reads from the database which version is live and holds
 * that one. The LIVES_MAX used last are kept; who asks for one that is being opened waits for it, and
 * nobody else does.
 *
 * A shadow version gets the same input as the live one, after the answer was given, on one thread of low
 * priority; its answer is compared and counted, and goes nowhere else. What waits is bounded
 * (SHADOWS_MAX inputs, SHADOW_BYTES_MAX together); beyond, an input is passed over and counted as that.
 *
 * Counts that were not written when the process dies are lost: up to two seconds of them.
 * Threads: lives_start and lives_stop from one thread, the rest from any. */
#ifndef EXEMPLAR_API_LIVE_H
#define EXEMPLAR_API_LIVE_H

#include "domain/predictor.h"
#include "store/endpoint.h"

struct lives;
struct writer;

enum { LIVES_MAX = 32, SHADOWS_MAX = 256, SHADOW_BYTES_MAX = 32 * 1024 * 1024 };

enum err lives_start(struct lives **out, const char *data_folder, struct writer *w) MUST_USE;
void lives_stop(struct lives *l); /* writes what was counted; NULL is fine */

/* To be dropped by predictor_drop. ERR_CORRUPT when its file is not what was trained. */
enum err lives_hold(struct lives *l, struct store *s, int64_t model_id,
                    struct predictor **p) MUST_USE;

/* Adds to the endpoint's day. */
void lives_count(struct lives *l, const struct endpoint_day *d);

struct shadow_ask {
    int64_t endpoint_id, live_id, shadow_id;
    const void *bytes; /* copied; a picture or a text, as the live one took it */
    size_t n;
    const char *answer; /* of the live one; NULL: unknown */
};
void lives_shadow(struct lives *l, const struct shadow_ask *ask);

/* The class a prediction stands for; NULL when it is none of those that were taught. */
const char *lives_answer(const struct predictor *p, const struct prediction *x);

#endif
