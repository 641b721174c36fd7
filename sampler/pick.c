#include "sampler/pick.h"

#include "sampler/herd.h"
#include "sampler/reason.h"
#include "sampler/rng.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABELLED_PAIRS_MAX =
        2000, /* labelled rows whose least distance sets UHerding's bandwidth */
    LABELS_FOR_EXPLORING = 10, /* a class, on average, where some class stays rare */
    LABELS_A_CLASS = 2
};

enum stream { STREAM_CANDIDATES = 21, STREAM_COINS, STREAM_RANDOM_ROWS, STREAM_PAIRS };

enum state { FREE, COVERS, BANNED };

static const char *const NAMES[SMP_STRATEGY_COUNT] = {
    [SMP_AUTO] = "auto",
    [SMP_RANDOM] = "random",
    [SMP_MAXHERD] = "maxherd",
    [SMP_UHERD] = "uherd",
};

const char *smp_strategy_name(enum smp_strategy strategy)
{
    assert(strategy < SMP_STRATEGY_COUNT);
    return NAMES[strategy];
}

bool smp_strategy_parse(const char *name, enum smp_strategy *out)
{
    for (int s = 0; s < SMP_STRATEGY_COUNT; s++) {
        if (strcmp(name, NAMES[s]) != 0) continue;
        *out = (enum smp_strategy)s;
        return true;
    }
    return false;
}

/* What one call holds. */
struct round {
    const struct smp_pick_in *in;
    enum smp_strategy strategy; /* auto resolved */
    double explore;             /* 0 while exploration has not begun */
    uint8_t *state;             /* (n) enum state */
    size_t n_free;
    size_t n_free_first; /* when the call began */
    size_t *candidate;   /* (herd.m) rows, ascending */
    float *covering;     /* (n_covering, d) labelled, then pending latents */
    size_t n_covering;
    struct smp_herd herd;
    double need; /* sum of weights: what a score is a share of */
    struct smp_rng coins, rows;
    size_t *alike; /* (batch) for the reasons */
};

static void round_free(struct round *r)
{
    free(r->state);
    free(r->candidate);
    free(r->covering);
    free(r->alike);
    smp_herd_free(&r->herd);
}

/* -- what may be picked ----------------------------------------------------------------------- */

static enum smp_status mark(struct round *r, const size_t *rows, size_t n, enum state state,
                            const char *what)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i] >= r->in->n)
            return smp_fail(SMP_INVALID, "%s row %zu is outside the pool of %zu", what, rows[i],
                            r->in->n);
        if (r->state[rows[i]] == FREE) r->n_free--;
        if (r->state[rows[i]] != BANNED) r->state[rows[i]] = (uint8_t)state;
    }
    return SMP_OK;
}

static enum smp_status mark_all(struct round *r)
{
    const struct smp_pick_in *in = r->in;

    r->state = calloc(in->n + 1, 1);
    r->alike = calloc(in->batch + 1, sizeof *r->alike);
    if (!r->state || !r->alike) return smp_fail_nomem();
    r->n_free = in->n;
    SMP_TRY(mark(r, in->labels.row, in->labels.n, COVERS, "labelled"));
    SMP_TRY(mark(r, in->pending, in->n_pending, COVERS, "pending"));
    SMP_TRY(mark(r, in->banned, in->n_banned, BANNED, "banned"));
    r->n_free_first = r->n_free;
    return SMP_OK;
}

/* -- when exploration begins ------------------------------------------------------------------ */

static size_t count_of_class(const struct smp_labels *l, size_t c)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += l->y ? l->y[i] == (int32_t)c : l->y_nc[i * l->n_classes + c] != 0;
    return n;
}

static bool may_explore(const struct smp_labels *l)
{
    if (!l->n || !l->n_classes) return false;
    if (l->n >= LABELS_FOR_EXPLORING * l->n_classes) return true;
    for (size_t c = 0; c < l->n_classes; c++)
        if (count_of_class(l, c) < LABELS_A_CLASS) return false;
    return true;
}

static enum smp_status settle_strategy(struct round *r)
{
    const struct smp_pick_in *in = r->in;
    const bool trained = in->head && smp_head_is_trained(in->head);

    if (!(in->explore >= 0 && in->explore <= 1))
        return smp_fail(SMP_INVALID,
                        "the share of random picks must lie between 0 and 1, not %g",
                        in->explore);
    if (in->head && smp_head_dim(in->head) != in->d)
        return smp_fail(
            SMP_INVALID,
            "the model reads latents of %zu numbers, but the pool's have %zu; fit it again",
            smp_head_dim(in->head), in->d);
    if (in->head && smp_head_classes(in->head) != in->labels.n_classes)
        return smp_fail(SMP_INVALID,
                        "the model knows %zu classes, but the project has %zu; fit it again",
                        smp_head_classes(in->head), in->labels.n_classes);
    r->strategy = in->strategy;
    if (r->strategy == SMP_AUTO) r->strategy = trained ? SMP_UHERD : SMP_MAXHERD;
    if (r->strategy == SMP_UHERD && !trained)
        return smp_fail(
            SMP_INVALID,
            "uherd needs a model that has seen at least two classes; use auto or maxherd until then");
    if (r->strategy != SMP_RANDOM && may_explore(&in->labels)) r->explore = in->explore;
    return SMP_OK;
}

/* -- candidates ------------------------------------------------------------------------------- */

static enum smp_status copy_latent(const struct smp_pick_in *in, size_t row, float *to)
{
    const float *from = in->z + row * in->d;

    for (size_t j = 0; j < in->d; j++)
        if (!(fabsf(from[j]) <= SMP_LATENT_MAX))
            return smp_fail(
                SMP_INVALID,
                "the latent of row %zu holds %g, which no encoder gives; encode it again", row,
                (double)from[j]);
    memcpy(to, from, in->d * sizeof *to);
    return SMP_OK;
}

/* Draws the candidates from the free rows, every subset equally likely, and copies their latents. */
static enum smp_status draw_candidates(struct round *r)
{
    const size_t m = r->n_free < SMP_CANDIDATES_MAX ? r->n_free : SMP_CANDIDATES_MAX;
    size_t left = r->n_free;
    size_t found = 0;
    struct smp_rng rng;

    SMP_TRY(smp_herd_new(&r->herd, m, r->in->d, r->in->n_threads));
    r->candidate = malloc((m + 1) * sizeof *r->candidate);
    if (!r->candidate) return smp_fail_nomem();
    smp_rng_seed(&rng, r->in->seed, STREAM_CANDIDATES);
    for (size_t row = 0; found < m; row++) {
        if (r->state[row] != FREE) continue;
        if (smp_rng_below(&rng, left--) >= m - found) continue;
        SMP_TRY(copy_latent(r->in, row, r->herd.x + found * r->in->d));
        r->candidate[found++] = row;
    }
    return SMP_OK;
}

/* Labelled and pending rows, without those that were banned since. */
static enum smp_status gather_covering(struct round *r)
{
    const struct smp_pick_in *in = r->in;
    const size_t n = in->labels.n + in->n_pending;

    r->covering = malloc((n * in->d + 1) * sizeof *r->covering);
    if (!r->covering) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++) {
        const size_t row = i < in->labels.n ? in->labels.row[i] : in->pending[i - in->labels.n];
        if (r->state[row] != COVERS) continue;
        SMP_TRY(copy_latent(in, row, r->covering + r->n_covering++ * in->d));
    }
    return SMP_OK;
}

/* -- weights and bandwidth -------------------------------------------------------------------- */

/* One answer: 1 - (p1 - p2). Several: the mean over classes of 1 - |2p - 1|. */
static float uncertainty(const float *p, size_t n_classes, bool several)
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

static enum smp_status weigh_candidates(struct round *r)
{
    const struct smp_pick_in *in = r->in;
    const size_t k = in->labels.n_classes;
    const size_t m = r->herd.m;
    float *p = malloc((m * k + 1) * sizeof *p);
    enum smp_status e;

    if (!p) return smp_fail_nomem();
    e = smp_head_predict_rows(in->head, in->z, r->candidate, m, in->n_threads, p);
    for (size_t i = 0; i < m && !e; i++)
        r->herd.weight[i] = uncertainty(p + i * k, k, in->labels.y_nc != NULL);
    free(p);
    return e;
}

/* UHerding's kernel reaches as far as the two nearest labelled rows are apart: it narrows as labels
 * come in, and herding turns from covering the pool into asking what is uncertain. */
static enum smp_status labelled_bandwidth(const struct round *r, float *h2)
{
    const size_t n = r->n_covering;
    const size_t d = r->in->d;
    const size_t k = n < LABELLED_PAIRS_MAX ? n : LABELLED_PAIRS_MAX;
    size_t *chosen = calloc(k + 1, sizeof *chosen);
    float *x = malloc((k * d + 1) * sizeof *x);
    struct smp_rng rng;
    enum smp_status e;

    if (!chosen || !x) {
        e = smp_fail_nomem();
        goto out;
    }
    smp_rng_seed(&rng, r->in->seed, STREAM_PAIRS);
    smp_rng_subset(&rng, n, k, chosen);
    for (size_t i = 0; i < k; i++)
        memcpy(x + i * d, r->covering + chosen[i] * d, d * sizeof *x);
    e = smp_least_distance2(x, k, d, r->in->n_threads, h2);
out:
    free(chosen);
    free(x);
    return e;
}

static enum smp_status choose_bandwidth(struct round *r, float *h2)
{
    struct smp_bandwidth b;
    float least = FLT_MAX;

    SMP_TRY(smp_herd_measure(&r->herd, r->in->n, &b));
    if (r->strategy == SMP_UHERD) SMP_TRY(labelled_bandwidth(r, &least));
    *h2 = fmaxf(fminf(least, b.large), b.small);
    return SMP_OK;
}

static enum smp_status start_herding(struct round *r)
{
    float h2;

    SMP_TRY(smp_report(r->in->progress, 0.1, "gathering candidates"));
    SMP_TRY(draw_candidates(r));
    SMP_TRY(gather_covering(r));
    if (r->strategy == SMP_UHERD) SMP_TRY(weigh_candidates(r));
    SMP_TRY(choose_bandwidth(r, &h2));
    SMP_TRY(smp_herd_cover(&r->herd, r->covering, r->n_covering, h2));
    SMP_TRY(smp_report(r->in->progress, 0.3, "weighing candidates"));
    for (size_t i = 0; i < r->herd.m; i++)
        r->need += (double)r->herd.weight[i];
    return smp_herd_start(&r->herd, h2);
}

/* -- one slot --------------------------------------------------------------------------------- */

static size_t random_row(struct round *r)
{
    size_t skip = smp_rng_below(&r->rows, r->n_free);

    for (size_t row = 0;; row++) {
        if (r->state[row] != FREE) continue;
        if (!skip--) return row;
    }
}

/* Where `row` stands among the candidates, or SIZE_MAX. */
static size_t candidate_find(const struct round *r, size_t row)
{
    size_t low = 0;
    size_t high = r->herd.m;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (r->candidate[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->herd.m && r->candidate[low] == row ? low : SIZE_MAX;
}

/* The strategy's own choice, or SIZE_MAX: random has none, and a batch may outlast the candidates. */
static size_t strategy_choice(struct round *r)
{
    return r->strategy == SMP_RANDOM ? SIZE_MAX : smp_herd_best(&r->herd);
}

static void take(struct round *r, size_t row)
{
    const size_t i = r->herd.m ? candidate_find(r, row) : SIZE_MAX;

    r->state[row] = COVERS;
    r->n_free--;
    if (i != SIZE_MAX)
        smp_herd_take(&r->herd, i);
    else if (r->herd.m)
        smp_herd_take_outside(&r->herd, r->in->z + row * r->in->d);
}

static void fill_slot(struct round *r, struct smp_pick *out, size_t slot)
{
    const double n = (double)r->n_free;
    const size_t best = strategy_choice(r);
    const double explore = best == SIZE_MAX ? 1 : r->explore;
    const bool at_random = smp_rng_unit(&r->coins) < explore;

    *out = (struct smp_pick){.rank = slot + 1, .pool_size = r->n_free, .guess = -1};
    out->row = at_random ? random_row(r) : r->candidate[best];
    out->strategy = at_random ? SMP_RANDOM : r->strategy;
    out->propensity = explore / n;
    /* Chance may draw the very row that the strategy wanted: that row came up either way. */
    if (best != SIZE_MAX && out->row == r->candidate[best]) out->propensity += 1 - explore;
    if (!at_random) {
        const size_t alike = smp_herd_alike(&r->herd, best);
        const double share = (double)r->n_free_first / (double)r->herd.m;
        out->score = r->need > 0 ? (double)r->herd.gain[best] / r->need : 0;
        r->alike[slot] = alike > 1 ? (size_t)((double)alike * share + 0.5) : 1;
    }
    take(r, out->row);
}

/* -- what the model says ---------------------------------------------------------------------- */

static void explain(const struct round *r, const float *p, size_t slot, struct smp_pick *out)
{
    const struct smp_pick_in *in = r->in;
    const struct smp_why why = {
        .chosen_by = out->strategy,
        .configured = in->strategy,
        .n_alike = r->alike[slot],
        .p = p,
        .n_classes = in->labels.n_classes,
        .class_names = in->class_names,
        .several_answers = in->labels.y_nc != NULL,
    };

    for (size_t c = 0; p && c < why.n_classes; c++) {
        if (out->guess >= 0 && (double)p[c] <= out->guess_p) continue;
        out->guess = (int32_t)c;
        out->guess_p = (double)p[c];
    }
    smp_reason(&why, out->reason);
}

static enum smp_status explain_all(const struct round *r, struct smp_pick *picks, size_t n)
{
    const struct smp_pick_in *in = r->in;
    const bool trained = in->head && smp_head_is_trained(in->head);
    const size_t k = in->labels.n_classes;
    size_t *rows = calloc(n + 1, sizeof *rows);
    float *p = malloc((n * k + 1) * sizeof *p);
    enum smp_status e = SMP_OK;

    if (!rows || !p) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        rows[i] = picks[i].row;
    if (trained) e = smp_head_predict_rows(in->head, in->z, rows, n, in->n_threads, p);
    for (size_t i = 0; i < n && !e; i++)
        explain(r, trained ? p + i * k : NULL, i, &picks[i]);
out:
    free(rows);
    free(p);
    return e;
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum smp_status run(struct round *r, struct smp_pick *picks, size_t *n_picks)
{
    SMP_TRY(settle_strategy(r));
    SMP_TRY(mark_all(r));
    if (!r->n_free || !r->in->batch) return SMP_OK;
    if (r->strategy != SMP_RANDOM) SMP_TRY(start_herding(r));
    smp_rng_seed(&r->coins, r->in->seed, STREAM_COINS);
    smp_rng_seed(&r->rows, r->in->seed, STREAM_RANDOM_ROWS);
    while (*n_picks < r->in->batch && r->n_free) {
        if (*n_picks % 64 == 0)
            SMP_TRY(smp_report(r->in->progress,
                               0.5 + 0.4 * (double)*n_picks / (double)r->in->batch, "picking"));
        fill_slot(r, &picks[*n_picks], *n_picks);
        ++*n_picks;
    }
    return explain_all(r, picks, *n_picks);
}

enum smp_status smp_pick(const struct smp_pick_in *in, struct smp_pick *picks, size_t *n_picks)
{
    struct round r = {.in = in};
    enum smp_status e;

    assert(in->z || !in->n);
    *n_picks = 0;
    if (in->n && !in->d)
        return smp_fail(SMP_INVALID, "latents have no numbers; encode the items first");
    e = run(&r, picks, n_picks);
    round_free(&r);
    if (e) *n_picks = 0;
    return e;
}
