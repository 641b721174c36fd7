/* pick_inside - how smp_pick() and its strategies work together. For pick*.c alone.
 *
 * A round is marked (what is free, what covers, what is banned), then its strategy is started,
 * and then slot by slot:
 *     row = s->best(r)            the strategy's own choice among the free rows, SMP_NO_ROW if none
 *     s->taken(r, row)            for every row taken, chosen by it or by chance
 * Both run on the calling thread and must depend on content, seed and row order only through ties,
 * which the lowest row wins: then a permutation of the items permutes the picks. */
#ifndef SAMPLER_PICK_INSIDE_H
#define SAMPLER_PICK_INSIDE_H

#include "sampler/herd.h"
#include "sampler/pick.h"
#include "sampler/rng.h"

#define SMP_NO_ROW SIZE_MAX

enum smp_pick_stream {
    STREAM_CANDIDATES = 21,
    STREAM_COINS,
    STREAM_RANDOM_ROWS,
    STREAM_PAIRS,
    STREAM_ASKED,
    STREAM_KEYS
};

enum smp_row_state {
    ROW_FREE,
    ROW_COVERS,   /* labelled, pending or picked */
    ROW_COVERING, /* the same, and its latent is among `covering` */
    ROW_BANNED
};

struct smp_round;

struct smp_strategy_code {
    enum smp_status (*start)(struct smp_round *r);
    size_t (*best)(struct smp_round *r);
    void (*taken)(struct smp_round *r, size_t row);
    /* share of the need that `row`, the best, would meet, 0..1; and how many rows are like it */
    double (*score)(const struct smp_round *r, size_t row);
    size_t (*alike)(const struct smp_round *r, size_t row);
};

extern const struct smp_strategy_code SMP_CODE_HERD, SMP_CODE_MARGIN, SMP_CODE_KCENTER,
    SMP_CODE_TYPICLUST, SMP_CODE_BADGE;

/* What one call holds. */
struct smp_round {
    const struct smp_pick_in *in;
    const float *z; /* (n, d) the latents */
    size_t n, d;
    enum smp_strategy strategy; /* auto resolved */
    const struct smp_strategy_code *code;
    double explore; /* 0 while exploration has not begun */
    uint8_t *state; /* (n) enum smp_row_state */
    bool trained;   /* some question has a model that can tell answers apart */
    size_t n_free;
    size_t n_free_first; /* when the call began */
    float *covering;     /* (n_covering, d) labelled, then pending latents */
    float *direction;    /* (d) workspace of herding */
    size_t n_covering;
    struct smp_rng coins, rows;
    size_t *alike; /* (batch) for the reasons */

    /* A strategy that looks at some of the rows; all are freed with the round. */
    size_t *candidate; /* (n_candidates) rows, ascending */
    size_t n_candidates;
    struct smp_herd herd; /* x holds the candidates' latents */
    double need;          /* sum of weights: what a score is a share of */
    float *value;         /* (n_candidates or n) what a strategy knows of each */
    size_t *order;        /* (n_candidates) */
    size_t n_order, at;
    struct smp_typical *typical;
    struct smp_center_search *centers;
    float *p;      /* (n_candidates, n_p) */
    size_t n_p;    /* classes of all questions that have a trained model */
    uint64_t *key; /* (n_candidates) by content */
};

/* Draws at most `most` of the free rows as candidates, every subset equally likely, and copies their latents to
 * herd.x. */
enum smp_status smp_round_draw(struct smp_round *r, size_t most) SMP_MUST_USE;

/* The chosen rows (ascending) as candidates; takes `row`, also when it fails. */
enum smp_status smp_round_use(struct smp_round *r, size_t *row, size_t n) SMP_MUST_USE;

/* Copies the latents of labelled and pending rows, without those banned since. */
enum smp_status smp_round_gather_covering(struct smp_round *r) SMP_MUST_USE;

/* Where `row` stands among the candidates, or SMP_NO_ROW. */
size_t smp_round_candidate(const struct smp_round *r, size_t row);

/* Copies a latent, refusing what no encoder gives. */
enum smp_status smp_round_latent(const struct smp_round *r, size_t row, float *to) SMP_MUST_USE;

/* The n_rows lowest margins of all free rows, ascending by row, in *rows (malloc'ed); *margin
 * (malloc'ed) theirs. Streams over the pool: memory is a block of probabilities and the rows kept. */
enum smp_status smp_lowest_margins(const struct smp_round *r, size_t n_rows, size_t **rows,
                                   float **margin, size_t *n_found) SMP_MUST_USE;

/* One answer: 1 - (p1 - p2). Several: the mean over classes of 1 - |2p - 1|. */
float smp_uncertainty(const float *p, size_t n_classes, bool several);

/* Has this question a model that can tell answers apart? */
bool smp_question_is_trained(const struct smp_question *q);

/* u (n) <- the uncertainty of these rows: the mean over the questions that have a trained model, of
 * which there must be one. Memory is a block of probabilities. */
enum smp_status smp_round_uncertainty(const struct smp_round *r, const size_t *row, size_t n,
                                      float *u) SMP_MUST_USE;

/* A number that depends on content and seed only. */
uint64_t smp_content_key(const float *x, size_t d, uint64_t seed);

/* What auto means in this round, from the marked rows and the model. */
enum smp_status smp_auto_choose(const struct smp_round *r,
                                enum smp_strategy *chosen) SMP_MUST_USE;

/* strategies' own memory */
void smp_typical_free(struct smp_typical *t);

#endif
