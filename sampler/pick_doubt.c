/* How uncertain the models are of rows, and the most uncertain of the whole pool. */
#include "sampler/pick_inside.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>

enum {
    PIECE_ROWS = 512, /* of 256 numbers: they stay in the L2 cache while a piece is weighed */
    AT_ONCE = 65536   /* rows of the pool that are shared out over the threads at once */
};

bool smp_question_is_trained(const struct smp_question *q)
{
    return q->model && smp_model_is_trained(q->model);
}

float smp_uncertainty(const float *p, size_t n_classes, bool several)
{
    float first = 0;
    float second = 0;
    float sum = 0;

    for (size_t c = 0; c < n_classes; c++) {
        sum += 1 - fabsf(2 * p[c] - 1);
        if (p[c] > first) {
            second = first;
            first = p[c];
        } else if (p[c] > second) {
            second = p[c];
        }
    }
    return several ? sum / (float)n_classes : 1 - (first - second);
}

struct doubt {
    const struct smp_round *r;
    const size_t *row; /* (n) */
    size_t n;
    float *p;        /* (threads, PIECE_ROWS, n_p) */
    float *u;        /* (n) */
    uint8_t *failed; /* by piece */
};

/* u += the uncertainty of one question's model, of at most PIECE_ROWS rows. */
static enum smp_status add_question(const struct smp_round *r, const struct smp_question *q,
                                    const size_t *row, size_t n, float *p, float *u)
{
    const size_t k = q->labels.n_classes;

    SMP_TRY(smp_model_predict_rows(q->model, r->in->features, row, n, 1, p));
    for (size_t i = 0; i < n; i++)
        u[i] += smp_uncertainty(p + i * k, k, q->labels.y_nc != NULL);
    return SMP_OK;
}

static enum smp_status weigh_piece(const struct doubt *job, size_t piece, float *p)
{
    const struct smp_round *r = job->r;
    const size_t first = piece * PIECE_ROWS;
    const size_t n = job->n - first < PIECE_ROWS ? job->n - first : PIECE_ROWS;
    float *u = job->u + first;
    size_t trained = 0;

    for (size_t i = 0; i < n; i++) {
        SMP_TRY(smp_round_latent(r, job->row[first + i], NULL));
        u[i] = 0;
    }
    for (size_t q = 0; q < r->in->n_questions; q++) {
        if (!smp_question_is_trained(&r->in->question[q])) continue;
        SMP_TRY(add_question(r, &r->in->question[q], job->row + first, n, p, u));
        trained++;
    }
    for (size_t i = 0; i < n && trained > 1; i++)
        u[i] /= (float)trained;
    return SMP_OK;
}

static void try_piece(void *ctx, size_t piece, unsigned thread)
{
    const struct doubt *job = ctx;
    float *p = job->p + (size_t)thread * PIECE_ROWS * job->r->n_p;

    job->failed[piece] = weigh_piece(job, piece, p) != SMP_OK;
}

enum smp_status smp_round_uncertainty(const struct smp_round *r, const size_t *row, size_t n,
                                      float *u)
{
    const unsigned threads = smp_threads(r->in->n_threads);
    const size_t pieces = (n + PIECE_ROWS - 1) / PIECE_ROWS;
    struct doubt job = {.r = r, .row = row, .n = n};
    enum smp_status e = SMP_OK;

    job.u = u;
    job.p = malloc(((size_t)threads * PIECE_ROWS * r->n_p + 1) * sizeof *job.p);
    job.failed = calloc(pieces + 1, sizeof *job.failed);
    if (job.p && job.failed) {
        smp_parallel(threads, pieces, try_piece, &job);
        /* What failed is tried again here: a sentence belongs to the thread that says it. */
        for (size_t piece = 0; piece < pieces && !e; piece++)
            if (job.failed[piece]) e = weigh_piece(&job, piece, job.p);
    } else {
        e = smp_fail_nomem();
    }
    free(job.p);
    free(job.failed);
    return e;
}

/* -- the lowest margins of the whole pool ----------------------------------------------------- */

struct least {
    float margin;
    size_t row;
};

/* The lowest so far as a heap with the highest on top. */
struct lowest {
    struct least *at; /* (most) */
    size_t n, most;
};

static bool above(const struct least *a, const struct least *b)
{
    return a->margin != b->margin ? a->margin > b->margin : a->row > b->row;
}

static void swap(struct lowest *l, size_t a, size_t b)
{
    const struct least kept = l->at[a];

    l->at[a] = l->at[b];
    l->at[b] = kept;
}

static void rise(struct lowest *l, size_t i)
{
    for (; i && above(&l->at[i], &l->at[(i - 1) / 2]); i = (i - 1) / 2)
        swap(l, i, (i - 1) / 2);
}

static void sink(struct lowest *l, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= l->n) return;
        if (child + 1 < l->n && above(&l->at[child + 1], &l->at[child])) child++;
        if (!above(&l->at[child], &l->at[i])) return;
        swap(l, i, child);
        i = child;
    }
}

static void offer(struct lowest *l, size_t row, float margin)
{
    if (l->n < l->most) {
        l->at[l->n] = (struct least){margin, row};
        rise(l, l->n++);
    } else if (l->most &&
               margin < l->at[0].margin) { /* rows come ascending: an equal one stays outside */
        l->at[0] = (struct least){margin, row};
        sink(l, 0);
    }
}

static int by_row(const void *a, const void *b)
{
    const struct least *x = a;
    const struct least *y = b;

    return x->row < y->row ? -1 : x->row > y->row;
}

static enum smp_status offer_rows(const struct smp_round *r, struct lowest *l,
                                  const size_t *rows, size_t n, float *u)
{
    SMP_TRY(smp_round_uncertainty(r, rows, n, u));
    for (size_t i = 0; i < n; i++)
        offer(l, rows[i], 1 - u[i]);
    return SMP_OK;
}

static enum smp_status offer_pool(const struct smp_round *r, struct lowest *l, size_t *rows,
                                  float *u)
{
    size_t n = 0;

    for (size_t row = 0; row < r->n; row++) {
        if (r->state[row] == ROW_FREE) rows[n++] = row;
        if (n < AT_ONCE && row + 1 < r->n) continue;
        SMP_TRY(offer_rows(r, l, rows, n, u));
        n = 0;
    }
    return SMP_OK;
}

/* The heap becomes two lists, by row. */
static enum smp_status list(struct lowest *l, size_t **rows, float **margin)
{
    *rows = malloc((l->n + 1) * sizeof **rows);
    *margin = malloc((l->n + 1) * sizeof **margin);
    if (!*rows || !*margin) {
        free(*rows);
        free(*margin);
        return smp_fail_nomem();
    }
    qsort(l->at, l->n, sizeof *l->at, by_row);
    for (size_t i = 0; i < l->n; i++) {
        (*rows)[i] = l->at[i].row;
        (*margin)[i] = l->at[i].margin;
    }
    return SMP_OK;
}

enum smp_status smp_lowest_margins(const struct smp_round *r, size_t n_rows, size_t **rows,
                                   float **margin, size_t *n_found)
{
    struct lowest l = {.most = n_rows < r->n_free ? n_rows : r->n_free};
    const size_t at_once = r->n < AT_ONCE ? r->n : AT_ONCE;
    size_t *block = malloc((at_once + 1) * sizeof *block);
    float *u = malloc((at_once + 1) * sizeof *u);
    enum smp_status e;

    l.at = malloc((l.most + 1) * sizeof *l.at);
    e = block && u && l.at ? offer_pool(r, &l, block, u) : smp_fail_nomem();
    if (!e) e = list(&l, rows, margin);
    if (!e) *n_found = l.n;
    free(block);
    free(u);
    free(l.at);
    return e;
}
