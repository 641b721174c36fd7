#include "api/rate.h"

#include "base/clock.h"
#include "base/hash.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 8 };

struct bucket {
    uint64_t key; /* 0: free */
    double left;  /* below 0: owed */
    int64_t at_ms;
};

struct rates {
    pthread_mutex_t mutex;
    uint64_t salt; /* so that nobody can choose whose neighbour to be */
    struct bucket buckets[SETS][WAYS];
};

struct rates *rates_new(void)
{
    struct rates *r = calloc(1, sizeof *r);

    if (!r) return NULL;
    pthread_mutex_init(&r->mutex, NULL);
    r->salt = random_u64();
    return r;
}

void rates_free(struct rates *r)
{
    if (!r) return;
    pthread_mutex_destroy(&r->mutex);
    free(r);
}

uint64_t rates_key(const struct rates *r, int64_t endpoint_id, int64_t token_id,
                   const char *address)
{
    struct hash_state s;
    struct hash h;
    uint64_t key;

    hash_init(&s);
    hash_add(&s, &r->salt, sizeof r->salt);
    hash_add(&s, &endpoint_id, sizeof endpoint_id);
    hash_add(&s, &token_id, sizeof token_id);
    if (!token_id) hash_add(&s, address, strlen(address));
    hash_end(&s, &h);
    memcpy(&key, h.bytes, sizeof key);
    return key | 1;
}

/* The key's bucket, in the place of the one longest unused if it is new. */
static struct bucket *bucket_of(struct rates *r, uint64_t key, int64_t per_minute, int64_t now)
{
    struct bucket *set = r->buckets[(key >> 1) % SETS];
    struct bucket *oldest = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key) return &set[i];
        if (set[i].at_ms < oldest->at_ms) oldest = &set[i];
    }
    *oldest = (struct bucket){key, (double)per_minute, now};
    return oldest;
}

unsigned rates_take(struct rates *r, uint64_t key, int64_t per_minute, int64_t n)
{
    const int64_t now = clock_ticks_ms();
    const double per_ms = (double)per_minute / 60000;
    struct bucket *b;
    double wait_ms = 0;

    pthread_mutex_lock(&r->mutex);
    b = bucket_of(r, key, per_minute, now);
    b->left = fmin((double)per_minute, b->left + (double)(now - b->at_ms) * per_ms);
    b->at_ms = now;
    if (b->left >= 1)
        b->left -= (double)n;
    else
        wait_ms = (1 - b->left) / per_ms;
    pthread_mutex_unlock(&r->mutex);
    return (unsigned)ceil(wait_ms / 1000);
}
