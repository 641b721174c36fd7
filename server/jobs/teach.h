/* teach - what a project's labels teach, as the sampler takes it: rows of the encoder's features and
 * the answers to each question there.
 *
 *     TRY(teach_map(&arena, &inputs, &latents, &t));
 *     ... t.question[q].labels, .class_names; set .model when one is fitted ...
 *
 * Answered items with an answer to a question teach that question. Items that teach nothing to the
 * first one (rejected, flagged, in a tie) are banned: not picked again, and no example of anything.
 * Items without a latent yet are left out. Pure; what it gives lives in the arena. */
#ifndef EXEMPLAR_JOBS_TEACH_H
#define EXEMPLAR_JOBS_TEACH_H

#include "domain/encoder.h"
#include "domain/question.h"
#include "domain/queue.h"
#include "sampler/pick.h"

struct teaching {
    size_t n_questions;
    struct smp_question question[QUESTIONS_MAX];
    const size_t *banned; /* rows */
    size_t n_banned;
    const size_t *pending; /* rows of items that somebody holds and nobody has answered */
    size_t n_pending;
};

enum err teach_map(struct arena *a, const struct round_inputs *in, const struct latents *l,
                   struct teaching *t) MUST_USE;

#endif
