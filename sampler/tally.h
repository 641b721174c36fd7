/* tally - how often each 64-bit key was seen; open addressing, bounded.
 *
 * Once `max` different keys are held, further new keys are not counted, those held still are. Texts
 * come in random order, so what is lost is rare. The order of slots depends on the keys and their
 * order of arrival only, so walking them is repeatable. */
#ifndef SAMPLER_TALLY_H
#define SAMPLER_TALLY_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

struct smp_tally {
    uint64_t *key;   /* (room) */
    uint32_t *count; /* (room) 0 = empty slot */
    size_t room;     /* a power of two */
    size_t n, max;
};

enum smp_status smp_tally_new(struct smp_tally *t, size_t max) SMP_MUST_USE;
void smp_tally_free(struct smp_tally *t);

enum smp_status smp_tally_add(struct smp_tally *t, uint64_t key, uint32_t by) SMP_MUST_USE;

#endif
