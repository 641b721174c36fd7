/* draft_fit - one classifier for the teach page, from what a project's examples say now.
 *
 *     struct draft_fit f = {.store = s, .data_folder = dir, .threads = 2, .project_id = p, .rows = &rows,
 *                           .report = report, .context = x};
 *     TRY(draft_fit(&f));
 *     if (f.predictor) ... predictor_drop(f.predictor) ...
 *
 * Learns from at most DRAFT_EXAMPLES_MAX examples, spread evenly over all; honest items and what is one
 * thing with them (domain/honest.h, domain/group.h) do not teach. Mixed as recipe.h says: as chosen, or
 * by rule. What is unlike all examples is told by distance alone (sampler/unknown.h), from 20 on.
 * Equal examples and encoder give equal bits. Threads: one at a time on a `rows`. */
#ifndef EXEMPLAR_JOBS_DRAFT_FIT_H
#define EXEMPLAR_JOBS_DRAFT_FIT_H

#include "domain/predictor.h"
#include "jobs/draft_rows.h"

enum { DRAFT_EXAMPLES_MAX = 2000, DRAFT_ENCODER_TITLE = 120 };

struct draft_fit {
    struct store *store;
    const char *data_folder;
    int threads;
    int64_t project_id;
    struct draft_rows *rows;
    /* Examples looked at, of so many; called now and then. ERR_CANCELLED to stop. */
    enum err (*report)(void *context, size_t done, size_t of);
    void *context;

    struct predictor *predictor; /* NULL: there are not two classes yet, or no encoder */
    int64_t seq;                 /* ledger number of what it knows */
    size_t n_examples;           /* it learned from */
    bool has_encoder;
    char encoder[DRAFT_ENCODER_TITLE]; /* its title, "" without */
};

enum err draft_fit(struct draft_fit *f) MUST_USE;

#endif
