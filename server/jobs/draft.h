/* draft - the classifiers behind the teach pages, renewed in the background as examples arrive.
 *
 *     TRY(drafts_start(&d, data_folder, threads));
 *     drafts_look(d, project);                    // somebody has the page open: keep one for it
 *     drafts_touch(d, project);                   // labels, latents or recipes changed
 *     drafts_status(d, project, &status);
 *     TRY(drafts_predictor(d, project, &p)); ... predictor_drop(p);
 *     drafts_stop(d);
 *
 * A draft is never stored and never a version: it is what the examples say at this moment, so that the
 * teacher can watch it learn. One thread, alone with a store that reads, makes one after the other
 * (jobs/draft_fit.h); the new predictor takes the place of the old one by reference, and whoever holds the
 * old one still may use it. What comes while one is made is for the next.
 *
 * Until the project has an encoder (the encode job makes a first one from two items on, within a second
 * or three) there is none. At most DRAFTS_MAX are kept; the one that nobody looked at for longest goes.
 * Threads: drafts_start and drafts_stop from one; the others from any, and they never wait. */
#ifndef EXEMPLAR_JOBS_DRAFT_H
#define EXEMPLAR_JOBS_DRAFT_H

#include "base/err.h"
#include "jobs/draft_fit.h"

enum { DRAFTS_MAX = 16, DRAFT_MESSAGE = 300 };

enum draft_state {
    DRAFT_EMPTY,    /* there are no examples of two classes yet */
    DRAFT_LOOKING,  /* no encoder has looked at the project yet */
    DRAFT_LEARNING, /* a new one is being made */
    DRAFT_READY
};
const char *draft_state_name(enum draft_state s); /* "empty", "looking", "learning", "ready" */

struct draft_status {
    enum draft_state state;
    double progress;  /* 0..1 while it is learning; NaN otherwise */
    size_t n_learned; /* examples that the one in use learned from; 0: there is none */
    int64_t seq;      /* ledger number of what it knows */
    int64_t version;  /* counts those made for this project; for whoever watches */
    char encoder[DRAFT_ENCODER_TITLE]; /* "" without */
    char message[DRAFT_MESSAGE]; /* why the last one could not be made; "" when it could */
};

struct drafts;

enum err drafts_start(struct drafts **out, const char *data_folder, int threads) MUST_USE;
void drafts_stop(struct drafts *d); /* NULL is fine */

/* Keeps a draft of the project from now on; made at once where there is none. */
void drafts_look(struct drafts *d, int64_t project_id);

/* Makes a new one if there is one; nothing for a project that nobody teaches. */
void drafts_touch(struct drafts *d, int64_t project_id);

/* As things stand; empty for a project that has none. */
void drafts_status(struct drafts *d, int64_t project_id, struct draft_status *status);

/* The one in use, held for the caller. ERR_CONFLICT with a sentence while there is none. */
enum err drafts_predictor(struct drafts *d, int64_t project_id, struct predictor **p) MUST_USE;

#endif
