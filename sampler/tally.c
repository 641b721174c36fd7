#include "sampler/tally.h"

#include <stdlib.h>

enum { ROOM_FIRST = 1 << 12 };

enum smp_status smp_tally_new(struct smp_tally *t, size_t max)
{
    *t = (struct smp_tally){
        .key = calloc(ROOM_FIRST, sizeof *t->key),
        .count = calloc(ROOM_FIRST, sizeof *t->count),
        .room = ROOM_FIRST,
        .max = max,
    };
    if (t->key && t->count) return SMP_OK;
    smp_tally_free(t);
    return smp_fail_nomem();
}

void smp_tally_free(struct smp_tally *t)
{
    free(t->key);
    free(t->count);
    *t = (struct smp_tally){0};
}

/* The slot that holds `key`, or the empty one where it belongs. */
static size_t slot_of(const struct smp_tally *t, uint64_t key)
{
    size_t i = (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (t->room - 1);

    while (t->count[i] && t->key[i] != key)
        i = (i + 1) & (t->room - 1);
    return i;
}

static enum smp_status grow(struct smp_tally *t)
{
    struct smp_tally bigger = {.room = t->room * 2, .n = t->n, .max = t->max};

    bigger.key = calloc(bigger.room, sizeof *bigger.key);
    bigger.count = calloc(bigger.room, sizeof *bigger.count);
    if (!bigger.key || !bigger.count) {
        smp_tally_free(&bigger);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < t->room; i++) {
        size_t to;
        if (!t->count[i]) continue;
        to = slot_of(&bigger, t->key[i]);
        bigger.key[to] = t->key[i];
        bigger.count[to] = t->count[i];
    }
    free(t->key);
    free(t->count);
    t->key = bigger.key;
    t->count = bigger.count;
    t->room = bigger.room;
    return SMP_OK;
}

enum smp_status smp_tally_add(struct smp_tally *t, uint64_t key, uint32_t by)
{
    size_t i = slot_of(t, key);

    if (!t->count[i]) {
        if (t->n >= t->max) return SMP_OK;
        if (4 * (t->n + 1) > 3 * t->room) {
            SMP_TRY(grow(t));
            i = slot_of(t, key);
        }
        t->key[i] = key;
        t->n++;
    }
    t->count[i] = by > UINT32_MAX - t->count[i] ? UINT32_MAX : t->count[i] + by;
    return SMP_OK;
}
