/* doubts - of one question's answers, those that models taught by the others would not give.
 *
 *     TRY(doubts_find(a, &in, &d));          // d.entry (d.n), the likeliest errors first
 *
 * The part of jobs/second_look.h that asks the sampler; see there. Pure but for its progress: what it
 * gives lives in the arena, and holds about 4 * (classes + numbers of a latent) bytes a label. */
#ifndef EXEMPLAR_JOBS_DOUBTS_H
#define EXEMPLAR_JOBS_DOUBTS_H

#include "domain/group.h"
#include "domain/look.h"
#include "domain/question.h"
#include "store/latents.h"

#include <stdbool.h>

struct job_run;

/* What an item was answered. */
struct doubts_said {
    int64_t item_id, seq;
    bool rejected;
    const char *values; /* JSON of all questions */
};

struct doubts_in {
    const struct question *question; /* of one answer */
    const struct doubts_said *said;  /* (n) by item */
    size_t n;
    const struct latents *latents;
    const struct group_list *groups;
    const struct look_kept *kept; /* (n_kept) */
    size_t n_kept;
    uint64_t seed;
    int threads;
    struct job_run *run; /* for its progress; NULL: none */
};

struct doubts {
    bool is_enough;           /* labels to say anything; else all else is 0 */
    size_t n_wrong;           /* as confident learning estimates */
    size_t n_found;           /* worth a look and not kept */
    struct look_entry *entry; /* (n) at most LOOK_ENTRIES_MAX of those */
    size_t n;
};

enum err doubts_find(struct arena *a, const struct doubts_in *in, struct doubts *d) MUST_USE;

/* A question's value, JSON, as people read it: "sandal", "red and blue", "rejected" for null. */
const char *doubts_value_words(struct arena *a, const char *json);

#endif
