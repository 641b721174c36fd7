#include "sampler/unknown.h"

#include "sampler/bytes.h"
#include "sampler/near/distance.h"
#include "sampler/rng.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIM_MAX = SMP_PARTS_MAX * 256 };

/* Where the exponential tail begins, of what was left out. */
static const double TAIL_FROM = 0.9;

/* Whatever differs by less is the same distance, or doubt. */
static const double SCALE_MIN = 1e-6;

/* What one kind of strangeness is among known things, ascending; `excess` is its mean beyond value[from]. */
struct tail {
    float *value; /* (n) */
    size_t n, from;
    double excess;
};

struct smp_unknown {
    size_t n_parts, n_classes;
    size_t d[SMP_PARTS_MAX];       /* of the features */
    size_t leading[SMP_PARTS_MAX]; /* of these, how many are read */
    size_t dim, n;
    float *x; /* (n, dim) directions of the kept examples, as halves give them */
    struct tail distance, doubt;
    bool reads_doubt;
    double share, limit;
};

void smp_unknown_free(struct smp_unknown *u)
{
    if (!u) return;
    free(u->x);
    free(u->distance.value);
    free(u->doubt.value);
    free(u);
}

double smp_unknown_share(const struct smp_unknown *u)
{
    return u->share;
}

bool smp_unknown_reads_doubt(const struct smp_unknown *u)
{
    return u->reads_doubt;
}

/* -- strangeness ------------------------------------------------------------------------------ */

static void shape_of(struct smp_unknown *u, const size_t *d, size_t n_parts)
{
    u->n_parts = n_parts;
    for (size_t i = 0; i < n_parts; i++) {
        u->d[i] = d[i];
        u->leading[i] = n_parts > 1 && d[i] > SMP_UNKNOWN_LEADING ? SMP_UNKNOWN_LEADING : d[i];
        u->dim += u->leading[i];
    }
}

/* x (dim) <- the direction of a row. */
static void direction(const struct smp_unknown *u, const struct smp_features *f, size_t row,
                      float *x)
{
    double sum = 0;
    size_t at = 0;

    for (size_t i = 0; i < u->n_parts; i++) {
        memcpy(x + at, f->part[i] + row * f->d[i], u->leading[i] * sizeof *x);
        at += u->leading[i];
    }
    for (size_t j = 0; j < u->dim; j++)
        sum += (double)x[j] * (double)x[j];
    if (!(sum > 0)) return; /* no direction: as far from all */
    for (size_t j = 0; j < u->dim; j++)
        x[j] = (float)((double)x[j] / sqrt(sum));
}

static float entropy(const float *p, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (p[i] > 0) sum -= (double)p[i] * log((double)p[i]);
    return (float)sum;
}

/* -log of the share of known things that are as strange as x. */
static double exponent(const struct tail *t, float x)
{
    const double known = (double)t->n + 1;
    size_t low = 0;
    size_t high = t->from;

    if (x >= t->value[t->from])
        return log(known / (double)(t->n - t->from + 1)) +
               ((double)x - (double)t->value[t->from]) / t->excess;
    while (low < high) { /* the first that is as strange */
        const size_t middle = (low + high) / 2;
        if (t->value[middle] >= x)
            high = middle;
        else
            low = middle + 1;
    }
    return log(known / (double)(t->n - low + 1));
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;

    return (x > y) - (x < y);
}

static void tail_measure(struct tail *t)
{
    double sum = 0;

    t->from = (size_t)(TAIL_FROM * (double)t->n);
    for (size_t i = t->from; i < t->n; i++)
        sum += (double)t->value[i] - (double)t->value[t->from];
    t->excess = fmax(sum / (double)(t->n - t->from), SCALE_MIN);
}

static enum smp_status tail_make(struct tail *t, const float *value, size_t n)
{
    t->n = n;
    t->value = malloc(n * sizeof *t->value);
    if (!t->value) return smp_fail_nomem();
    memcpy(t->value, value, n * sizeof *value);
    qsort(t->value, n, sizeof *value, ascending);
    tail_measure(t);
    return SMP_OK;
}

static double strangeness(const struct smp_unknown *u, float distance, float doubt)
{
    return exponent(&u->distance, distance) + (u->reads_doubt ? exponent(&u->doubt, doubt) : 0);
}

/* -- fitting ---------------------------------------------------------------------------------- */

struct fit {
    const struct smp_unknown_in *in;
    struct smp_unknown *u;
    size_t *kept;    /* (u->n) labels */
    float *distance; /* (u->n) to the nearest of another group */
    float *doubt;    /* (u->n) */
    float *work;     /* (threads, u->n) */
};

static enum smp_status check(const struct smp_unknown_in *in)
{
    if (in->labels.n < SMP_UNKNOWN_LEAST)
        return smp_fail(SMP_INVALID,
                        "%zu labels do not tell what is unlike them; label %d at least",
                        in->labels.n, SMP_UNKNOWN_LEAST);
    SMP_TRY(smp_labels_check(&in->labels, in->features->n));
    if (!(in->share >= 0 && in->share < 1))
        return smp_fail(SMP_INVALID, "of known things the share %g cannot be refused; 0 to 1",
                        in->share);
    return SMP_OK;
}

static size_t class_of(const struct smp_labels *l, size_t i)
{
    return l->y ? (size_t)l->y[i] : 0;
}

/* Label i is the turn[i]-th of its class, in an order by chance: taken by turns, classes come alike. */
static void deal_turns(const struct smp_unknown_in *in, size_t *order, size_t *count,
                       size_t *turn)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, in->seed, 0);
    for (size_t i = 0; i < in->labels.n; i++)
        order[i] = i;
    smp_rng_shuffle(&rng, order, in->labels.n);
    for (size_t i = 0; i < in->labels.n; i++)
        turn[order[i]] = count[class_of(&in->labels, order[i])]++;
}

/* fit->kept <- up to SMP_UNKNOWN_KEPT labels, ascending within a turn. */
static void keep(struct fit *fit, const size_t *turn)
{
    const size_t n = fit->in->labels.n;
    const size_t most = n < SMP_UNKNOWN_KEPT ? n : SMP_UNKNOWN_KEPT;
    size_t at = 0;

    for (size_t t = 0; at < most; t++)
        for (size_t i = 0; i < n && at < most; i++)
            if (turn[i] == t) fit->kept[at++] = i;
    fit->u->n = most;
}

static enum smp_status choose(struct fit *fit)
{
    const struct smp_labels *l = &fit->in->labels;
    size_t *order = calloc(2 * l->n + l->n_classes, sizeof *order);

    fit->kept = calloc(l->n, sizeof *fit->kept);
    if (!order || !fit->kept) {
        free(order);
        return smp_fail_nomem();
    }
    deal_turns(fit->in, order, order + 2 * l->n, order + l->n);
    keep(fit, order + l->n);
    free(order);
    return SMP_OK;
}

static enum smp_status gather(struct fit *fit)
{
    struct smp_unknown *u = fit->u;

    u->x = malloc(u->n * u->dim * sizeof *u->x);
    if (!u->x) return smp_fail_nomem();
    for (size_t i = 0; i < u->n; i++) {
        const size_t row = fit->in->labels.row[fit->kept[i]];
        direction(u, fit->in->features, row, u->x + i * u->dim);
    }
    for (size_t i = 0; i < u->n * u->dim; i++)
        if (!(fabsf(u->x[i]) <= 1.0f + 1e-3f))
            return smp_fail(SMP_INVALID, "an example's features hold what is no number");
    smp_round_to_halves(u->x, u->n * u->dim);
    return SMP_OK;
}

static uint64_t group_of(const struct fit *fit, size_t i)
{
    return fit->in->group ? fit->in->group[fit->kept[i]] : fit->kept[i];
}

/* How far example i is from the nearest that could have been taught without it. */
static void leave_out(void *ctx, size_t i, unsigned thread)
{
    const struct fit *fit = ctx;
    const struct smp_unknown *u = fit->u;
    float *square = fit->work + (size_t)thread * u->n;
    float nearest = INFINITY;

    smp_near_rows(SMP_NEAR_SQUARE, u->x + i * u->dim, u->x, u->n, u->dim, square);
    for (size_t j = 0; j < u->n; j++)
        if (square[j] < nearest && group_of(fit, j) != group_of(fit, i)) nearest = square[j];
    fit->distance[i] = sqrtf(nearest);
}

static enum smp_status measure(struct fit *fit)
{
    struct smp_unknown *u = fit->u;
    const unsigned threads = smp_threads(fit->in->n_threads);

    fit->distance = calloc(u->n, sizeof *fit->distance);
    fit->doubt = calloc(u->n, sizeof *fit->doubt);
    fit->work = calloc((size_t)threads * u->n, sizeof *fit->work);
    if (!fit->distance || !fit->doubt || !fit->work) return smp_fail_nomem();
    smp_parallel(threads, u->n, leave_out, fit);
    if (isinf(fit->distance[0]))
        return smp_fail(SMP_INVALID,
                        "all examples are of one group, so that none tells how far "
                        "another may be");
    for (size_t i = 0; i < u->n && u->reads_doubt; i++)
        fit->doubt[i] = entropy(fit->in->held + fit->kept[i] * u->n_classes, u->n_classes);
    SMP_TRY(tail_make(&u->distance, fit->distance, u->n));
    return tail_make(&u->doubt, fit->doubt, u->n);
}

static int ascending_double(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The limit is the smallest score that so many of the known things do not pass. */
static enum smp_status draw_limit(const struct fit *fit)
{
    struct smp_unknown *u = fit->u;
    const double share = fit->in->share > 0 ? fit->in->share : SMP_UNKNOWN_SHARE;
    const double known = (double)u->n + 1;
    size_t within = (size_t)ceil((1 - share) * known);
    double *score = malloc(u->n * sizeof *score);

    if (!score) return smp_fail_nomem();
    if (within > u->n) within = u->n;
    for (size_t i = 0; i < u->n; i++)
        score[i] = strangeness(u, fit->distance[i], fit->doubt[i]);
    qsort(score, u->n, sizeof *score, ascending_double);
    u->limit = score[within - 1];
    u->share = (known - (double)within) / known;
    free(score);
    return SMP_OK;
}

static enum smp_status fit_all(struct fit *fit)
{
    SMP_TRY(choose(fit));
    SMP_TRY(gather(fit));
    SMP_TRY(measure(fit));
    return draw_limit(fit);
}

enum smp_status smp_unknown_fit(const struct smp_unknown_in *in, struct smp_unknown **out)
{
    struct fit fit = {.in = in};
    enum smp_status e;

    *out = NULL;
    SMP_TRY(check(in));
    fit.u = calloc(1, sizeof *fit.u);
    if (!fit.u) return smp_fail_nomem();
    fit.u->n_classes = in->labels.n_classes;
    fit.u->reads_doubt = in->held && in->labels.y;
    shape_of(fit.u, in->features->d, in->features->n_parts);
    e = fit_all(&fit);
    free(fit.kept);
    free(fit.distance);
    free(fit.doubt);
    free(fit.work);
    if (e) {
        smp_unknown_free(fit.u);
        return e;
    }
    *out = fit.u;
    return SMP_OK;
}

/* -- judging ---------------------------------------------------------------------------------- */

static enum smp_status check_features(const struct smp_unknown *u, const struct smp_features *f)
{
    for (size_t i = 0; i < u->n_parts; i++)
        if (i >= f->n_parts || f->d[i] != u->d[i])
            return smp_fail(SMP_INVALID,
                            "part %zu of the features has %zu numbers, and what is unknown was "
                            "learned from %zu",
                            i, i < f->n_parts ? f->d[i] : 0, u->d[i]);
    return SMP_OK;
}

enum smp_status smp_unknown_judge(const struct smp_unknown *u,
                                  const struct smp_features *features, size_t row,
                                  const float *p, struct smp_verdict_unknown *out)
{
    float square[SMP_UNKNOWN_KEPT];
    float x[DIM_MAX] = {0};
    float nearest = INFINITY;
    double score;

    assert(p || !u->reads_doubt);
    SMP_TRY(check_features(u, features));
    direction(u, features, row, x);
    smp_near_rows(SMP_NEAR_SQUARE, x, u->x, u->n, u->dim, square);
    for (size_t j = 0; j < u->n; j++)
        nearest = square[j] < nearest ? square[j] : nearest;
    score = strangeness(u, sqrtf(nearest), u->reads_doubt ? entropy(p, u->n_classes) : 0);
    out->is_unknown = !(score <= u->limit); /* what is no number is nothing known */
    out->distance = score / u->limit;
    return SMP_OK;
}

/* -- bytes ------------------------------------------------------------------------------------ */

/* The content: doubt read (0, 1), classes, parts (u32, and the width of each), examples (u32), limit and
 * share (f64), distances and doubts left out (f32 each, ascending), directions (halves). */
enum smp_status smp_unknown_save(const struct smp_unknown *u, uint8_t **bytes, size_t *n_bytes)
{
    struct smp_writer w;

    smp_writer_start(&w, SMP_CONTENT_UNKNOWN);
    smp_put_u32(&w, u->reads_doubt);
    smp_put_u32(&w, (uint32_t)u->n_classes);
    smp_put_u32(&w, (uint32_t)u->n_parts);
    for (size_t i = 0; i < u->n_parts; i++)
        smp_put_u32(&w, (uint32_t)u->d[i]);
    smp_put_u32(&w, (uint32_t)u->n);
    smp_put_f64(&w, u->limit);
    smp_put_f64(&w, u->share);
    smp_put_floats(&w, u->distance.value, u->n);
    smp_put_floats(&w, u->doubt.value, u->n);
    smp_put_halves(&w, u->x, u->n * u->dim);
    return smp_writer_finish(&w, bytes, n_bytes);
}

static enum smp_status damaged(void)
{
    return smp_fail(SMP_CORRUPT, "what tells unknown items is damaged or cut short");
}

static enum smp_status take_shape(struct smp_reader *r, struct smp_unknown *u)
{
    const uint32_t reads_doubt = smp_take_u32(r);
    size_t d[SMP_PARTS_MAX];
    size_t n_parts;

    u->n_classes = smp_take_u32(r);
    n_parts = smp_take_u32(r);
    if (r->failed || reads_doubt > 1 || n_parts < 1 || n_parts > SMP_PARTS_MAX)
        return damaged();
    for (size_t i = 0; i < n_parts; i++) {
        d[i] = smp_take_u32(r);
        if (d[i] < 1 || d[i] > DIM_MAX / SMP_PARTS_MAX) return damaged();
    }
    u->reads_doubt = reads_doubt == 1;
    shape_of(u, d, n_parts);
    u->n = smp_take_u32(r);
    if (u->n < SMP_UNKNOWN_LEAST || u->n > SMP_UNKNOWN_KEPT) return damaged();
    return SMP_OK;
}

static enum smp_status take_tail(struct smp_reader *r, struct tail *t, size_t n)
{
    t->n = n;
    t->value = smp_take_floats(r, n);
    if (!t->value) return damaged();
    for (size_t i = 1; i < n; i++)
        if (t->value[i] < t->value[i - 1]) return damaged();
    tail_measure(t);
    return SMP_OK;
}

static enum smp_status take(struct smp_reader *r, struct smp_unknown *u)
{
    SMP_TRY(take_shape(r, u));
    u->limit = smp_take_f64(r);
    u->share = smp_take_f64(r);
    if (r->failed || !(u->limit > 0)) return damaged();
    SMP_TRY(take_tail(r, &u->distance, u->n));
    SMP_TRY(take_tail(r, &u->doubt, u->n));
    u->x = smp_take_halves(r, u->n * u->dim);
    return smp_reader_finish(r);
}

enum smp_status smp_unknown_load(const uint8_t *bytes, size_t n_bytes, struct smp_unknown **out)
{
    struct smp_reader r;
    enum smp_content content;
    struct smp_unknown *u;
    enum smp_status e;

    *out = NULL;
    SMP_TRY(smp_reader_start(&r, bytes, n_bytes, &content));
    if (content != SMP_CONTENT_UNKNOWN)
        return smp_fail(SMP_CORRUPT, "these bytes do not tell unknown items (content %d)",
                        (int)content);
    u = calloc(1, sizeof *u);
    if (!u) return smp_fail_nomem();
    e = take(&r, u);
    if (e) {
        smp_unknown_free(u);
        return e;
    }
    *out = u;
    return SMP_OK;
}
