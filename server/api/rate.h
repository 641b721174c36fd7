/* rate - what a caller of an endpoint may still ask for.
 *
 *     if ((wait_s = rates_take(r, key, per_minute, 1))) refuse with 429, naming wait_s and per_minute;
 *
 * A bucket for each key (a token, or an address where no token is needed) holds at most a minute's
 * predictions and fills evenly. Whoever has any left is answered, also if a batch takes more than are
 * left: the debt is waited for afterwards, so that a batch of a thousand is possible under any limit. In
 * memory: a restart forgets. Bounded: beyond 8,192 keys the one longest unused of its eight neighbours
 * gives way, and begins full again. Threads: any. */
#ifndef EXEMPLAR_API_RATE_H
#define EXEMPLAR_API_RATE_H

#include <stdint.h>

struct rates;

struct rates *rates_new(void); /* NULL when out of memory */
void rates_free(struct rates *r);

/* A key for struct rates: of an endpoint and whoever asks it. */
uint64_t rates_key(const struct rates *r, int64_t endpoint_id, int64_t token_id,
                   const char *address);

/* 0: taken. Else nothing was taken, and so many seconds must pass. */
unsigned rates_take(struct rates *r, uint64_t key, int64_t per_minute, int64_t n);

#endif
