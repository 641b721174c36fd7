/* How uncertain the models are of rows, and the most uncertain of the whole pool. */
#include "sampler/pick_inside.h"

#include <math.h>
#include <stdlib.h>

enum { AT_ONCE = 4096 }; /* rows whose probabilities are held at once */

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

/* u += share * the uncertainty of one question's model, of at most AT_ONCE rows. */
static enum smp_status add_question(const struct smp_round *r, const struct smp_question *q,
                                    const size_t *row, size_t n, float *p, float *u)
{
    const size_t k = q->labels.n_classes;

    SMP_TRY(smp_model_predict_rows(q->model, r->in->features, row, n, r->in->n_threads, p));
    for (size_t i = 0; i < n; i++)
        u[i] += smp_uncertainty(p + i * k, k, q->labels.y_nc != NULL);
    return SMP_OK;
}

static enum smp_status add_questions(const struct smp_round *r, const size_t *row, size_t n,
                                     float *p, float *u)
{
    size_t trained = 0;

    for (size_t i = 0; i < n; i++)
        u[i] = 0;
    for (size_t q = 0; q < r->in->n_questions; q++) {
        if (!smp_question_is_trained(&r->in->question[q])) continue;
        SMP_TRY(add_question(r, &r->in->question[q], row, n, p, u));
        trained++;
    }
    for (size_t i = 0; i < n && trained > 1; i++)
        u[i] /= (float)trained;
    return SMP_OK;
}

enum smp_status smp_round_uncertainty(const struct smp_round *r, const size_t *row, size_t n,
                                      float *u)
{
    const size_t at_once = n < AT_ONCE ? n : AT_ONCE;
    float *p = malloc((at_once * r->n_p + 1) * sizeof *p);
    enum smp_status e = p ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; i < n && !e; i += at_once)
        e = add_questions(r, row + i, n - i < at_once ? n - i : at_once, p, u + i);
    free(p);
    return e;
}

/* -- the lowest margins of the whole pool ----------------------------------------------------- */

/* The lowest so far as a heap with the highest on top. */
struct lowest {
    size_t *row;
    float *margin;
    size_t n, most;
};

static bool above(const struct lowest *l, size_t a, size_t b)
{
    return l->margin[a] != l->margin[b] ? l->margin[a] > l->margin[b] : l->row[a] > l->row[b];
}

static void swap(struct lowest *l, size_t a, size_t b)
{
    const size_t row = l->row[a];
    const float margin = l->margin[a];

    l->row[a] = l->row[b];
    l->margin[a] = l->margin[b];
    l->row[b] = row;
    l->margin[b] = margin;
}

static void rise(struct lowest *l, size_t i)
{
    for (; i && above(l, i, (i - 1) / 2); i = (i - 1) / 2)
        swap(l, i, (i - 1) / 2);
}

static void sink(struct lowest *l, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= l->n) return;
        if (child + 1 < l->n && above(l, child + 1, child)) child++;
        if (!above(l, child, i)) return;
        swap(l, i, child);
        i = child;
    }
}

static void offer(struct lowest *l, size_t row, float margin)
{
    if (l->n < l->most) {
        l->row[l->n] = row;
        l->margin[l->n] = margin;
        rise(l, l->n++);
    } else if (l->most &&
               margin < l->margin[0]) { /* rows come ascending: an equal one stays outside */
        l->row[0] = row;
        l->margin[0] = margin;
        sink(l, 0);
    }
}

/* The heap becomes a list by row. */
static void sort_by_row(struct lowest *l)
{
    for (size_t i = 1; i < l->n; i++)
        for (size_t k = i; k && l->row[k] < l->row[k - 1]; k--)
            swap(l, k, k - 1);
}

static enum smp_status offer_rows(const struct smp_round *r, struct lowest *l,
                                  const size_t *rows, size_t n, float *u)
{
    SMP_TRY(smp_round_uncertainty(r, rows, n, u));
    for (size_t i = 0; i < n; i++) {
        SMP_TRY(smp_round_latent(r, rows[i], NULL));
        offer(l, rows[i], 1 - u[i]);
    }
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

enum smp_status smp_lowest_margins(const struct smp_round *r, size_t n_rows, size_t **rows,
                                   float **margin, size_t *n_found)
{
    struct lowest l = {.most = n_rows < r->n_free ? n_rows : r->n_free};
    size_t *block = malloc(AT_ONCE * sizeof *block);
    float *u = malloc(AT_ONCE * sizeof *u);
    enum smp_status e;

    l.row = malloc((l.most + 1) * sizeof *l.row);
    l.margin = malloc((l.most + 1) * sizeof *l.margin);
    e = block && u && l.row && l.margin ? offer_pool(r, &l, block, u) : smp_fail_nomem();
    free(block);
    free(u);
    if (e) {
        free(l.row);
        free(l.margin);
        return e;
    }
    sort_by_row(&l);
    *rows = l.row;
    *margin = l.margin;
    *n_found = l.n;
    return SMP_OK;
}
