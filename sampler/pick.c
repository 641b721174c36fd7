#include "sampler/pick.h"

#include "sampler/near/centers.h"
#include "sampler/pick_inside.h"
#include "sampler/reason.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABELS_FOR_EXPLORING = 10, /* a class, on average, where some class stays rare */
    LABELS_A_CLASS = 2
};

/* Each strategy: what it is called, what runs it, whether it asks the model. */
static const struct {
    const char *name;
    const struct smp_strategy_code *code;
    bool needs_model;
} STRATEGY[SMP_STRATEGY_COUNT] = {
    [SMP_AUTO] = {"auto",      NULL,                false},
    [SMP_RANDOM] = {"random",    NULL,                false},
    [SMP_MAXHERD] = {"maxherd",   &SMP_CODE_HERD,      false},
    [SMP_UHERD] = {"uherd",     &SMP_CODE_HERD,      true },
    [SMP_MARGIN] = {"margin",    &SMP_CODE_MARGIN,    true },
    [SMP_MARGHERD] = {"margherd",  &SMP_CODE_HERD,      true },
    [SMP_KCENTER] = {"kcenter",   &SMP_CODE_KCENTER,   false},
    [SMP_TYPICLUST] = {"typiclust", &SMP_CODE_TYPICLUST, false},
    [SMP_BADGE] = {"badge",     &SMP_CODE_BADGE,     true },
};

const char *smp_strategy_name(enum smp_strategy strategy)
{
    assert(strategy < SMP_STRATEGY_COUNT);
    return STRATEGY[strategy].name;
}

bool smp_strategy_needs_model(enum smp_strategy strategy)
{
    assert(strategy < SMP_STRATEGY_COUNT);
    return STRATEGY[strategy].needs_model;
}

bool smp_strategy_parse(const char *name, enum smp_strategy *out)
{
    for (int s = 0; s < SMP_STRATEGY_COUNT; s++) {
        if (strcmp(name, STRATEGY[s].name) != 0) continue;
        *out = (enum smp_strategy)s;
        return true;
    }
    return false;
}

static void round_free(struct smp_round *r)
{
    free(r->state);
    free(r->candidate);
    free(r->covering);
    free(r->direction);
    free(r->alike);
    free(r->value);
    free(r->order);
    free(r->p);
    free(r->key);
    smp_typical_free(r->typical);
    smp_center_search_free(r->centers);
    smp_herd_free(&r->herd);
}

/* -- what may be picked ----------------------------------------------------------------------- */

static enum smp_status mark(struct smp_round *r, const size_t *rows, size_t n,
                            enum smp_row_state state, const char *what)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i] >= r->n)
            return smp_fail(SMP_INVALID, "%s row %zu is outside the pool of %zu", what, rows[i],
                            r->n);
        if (r->state[rows[i]] == ROW_FREE) r->n_free--;
        if (r->state[rows[i]] != ROW_BANNED) r->state[rows[i]] = (uint8_t)state;
    }
    return SMP_OK;
}

static enum smp_status mark_all(struct smp_round *r)
{
    const struct smp_pick_in *in = r->in;

    r->state = calloc(r->n + 1, 1);
    r->alike = calloc(in->batch + 1, sizeof *r->alike);
    if (!r->state || !r->alike) return smp_fail_nomem();
    r->n_free = r->n;
    for (size_t q = 0; q < in->n_questions; q++) {
        const struct smp_labels *l = &in->question[q].labels;
        SMP_TRY(mark(r, l->row, l->n, ROW_COVERS, "labelled"));
    }
    SMP_TRY(mark(r, in->pending, in->n_pending, ROW_COVERS, "pending"));
    SMP_TRY(mark(r, in->banned, in->n_banned, ROW_BANNED, "banned"));
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

static bool is_known_enough(const struct smp_labels *l)
{
    if (!l->n || !l->n_classes) return false;
    if (l->n >= LABELS_FOR_EXPLORING * l->n_classes) return true;
    for (size_t c = 0; c < l->n_classes; c++)
        if (count_of_class(l, c) < LABELS_A_CLASS) return false;
    return true;
}

static bool may_explore(const struct smp_pick_in *in)
{
    for (size_t q = 0; q < in->n_questions; q++)
        if (!is_known_enough(&in->question[q].labels)) return false;
    return true;
}

/* -- what was asked for ----------------------------------------------------------------------- */

static enum smp_status check_models(struct smp_round *r)
{
    for (size_t q = 0; q < r->in->n_questions; q++) {
        const struct smp_question *asked = &r->in->question[q];
        const size_t k = asked->model ? smp_model_classes(asked->model) : 0;

        if (asked->model && k != asked->labels.n_classes)
            return smp_fail(
                SMP_INVALID,
                "the model knows %zu classes, but the project has %zu; fit it again", k,
                asked->labels.n_classes);
        if (!smp_question_is_trained(asked)) continue;
        r->trained = true;
        r->n_p += k;
    }
    return SMP_OK;
}

static enum smp_status settle_strategy(struct smp_round *r)
{
    const struct smp_pick_in *in = r->in;

    if (!(in->explore >= 0 && in->explore <= 1))
        return smp_fail(SMP_INVALID,
                        "the share of random picks must lie between 0 and 1, not %g",
                        in->explore);
    SMP_TRY(check_models(r));
    r->strategy = in->strategy;
    if (r->strategy == SMP_AUTO) SMP_TRY(smp_auto_choose(r, &r->strategy));
    if (smp_strategy_needs_model(r->strategy) && !r->trained)
        return smp_fail(SMP_INVALID,
                        "%s needs a model that has seen at least two classes; use auto or "
                        "maxherd until then",
                        smp_strategy_name(r->strategy));
    r->code = STRATEGY[r->strategy].code;
    if (r->strategy != SMP_RANDOM && may_explore(in)) r->explore = in->explore;
    return SMP_OK;
}

/* -- one slot --------------------------------------------------------------------------------- */

static size_t random_row(struct smp_round *r)
{
    size_t skip = smp_rng_below(&r->rows, r->n_free);

    for (size_t row = 0;; row++) {
        if (r->state[row] != ROW_FREE) continue;
        if (!skip--) return row;
    }
}

/* The strategy's own choice: random has none, and a batch may outlast the candidates. */
static size_t strategy_choice(struct smp_round *r)
{
    return r->code ? r->code->best(r) : SMP_NO_ROW;
}

static void fill_slot(struct smp_round *r, struct smp_pick *out, size_t slot)
{
    const double n = (double)r->n_free;
    const size_t best = strategy_choice(r);
    const double explore = best == SMP_NO_ROW ? 1 : r->explore;
    const bool at_random = smp_rng_unit(&r->coins) < explore;

    *out = (struct smp_pick){.rank = slot + 1, .pool_size = r->n_free, .guess = -1};
    out->row = at_random ? random_row(r) : best;
    out->strategy = at_random ? SMP_RANDOM : r->strategy;
    out->propensity = explore / n;
    /* Chance may draw the very row that the strategy wanted: that row came up either way. */
    if (out->row == best) out->propensity += 1 - explore;
    if (!at_random) {
        out->score = r->code->score(r, best);
        r->alike[slot] = r->code->alike(r, best);
    }
    r->state[out->row] = ROW_COVERS;
    r->n_free--;
    if (r->code) r->code->taken(r, out->row);
}

/* -- what the model says ---------------------------------------------------------------------- */

static void guess(const float *p, size_t n_classes, struct smp_pick *out)
{
    for (size_t c = 0; c < n_classes; c++) {
        if (out->guess >= 0 && (double)p[c] <= out->guess_p) continue;
        out->guess = (int32_t)c;
        out->guess_p = (double)p[c];
    }
}

/* p: what the question's model says, or NULL. */
static void explain(const struct smp_round *r, const struct smp_question *q, const float *p,
                    size_t slot, struct smp_pick *out)
{
    const struct smp_why why = {
        .chosen_by = out->strategy,
        .configured = r->in->strategy,
        .n_alike = r->alike[slot],
        .p = p,
        .n_classes = q->labels.n_classes,
        .class_names = q->class_names,
        .several_answers = q->labels.y_nc != NULL,
    };

    smp_reason(&why, out->reason);
}

/* What one question's model says of the picks; an item is explained by the question that is least
 * certain of it, `doubt` (n) being the most so far. */
static enum smp_status explain_by(const struct smp_round *r, size_t question,
                                  const size_t *rows, float *doubt, struct smp_pick *picks,
                                  size_t n)
{
    const struct smp_question *q = &r->in->question[question];
    const size_t k = q->labels.n_classes;
    float *p = malloc((n * k + 1) * sizeof *p);
    enum smp_status e;

    if (!p) return smp_fail_nomem();
    e = smp_model_predict_rows(q->model, r->in->features, rows, n, r->in->n_threads, p);
    for (size_t i = 0; i < n && !e; i++) {
        const float u = smp_uncertainty(p + i * k, k, q->labels.y_nc != NULL);

        if (!question) guess(p + i * k, k, &picks[i]);
        if (u <= doubt[i]) continue;
        doubt[i] = u;
        explain(r, q, p + i * k, i, &picks[i]);
    }
    free(p);
    return e;
}

static enum smp_status explain_all(const struct smp_round *r, struct smp_pick *picks, size_t n)
{
    size_t *rows = calloc(n + 1, sizeof *rows);
    float *doubt = malloc((n + 1) * sizeof *doubt);
    enum smp_status e = rows && doubt ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; i < n && !e; i++) {
        rows[i] = picks[i].row;
        doubt[i] = -1;
        if (!r->trained) explain(r, &r->in->question[0], NULL, i, &picks[i]);
    }
    for (size_t q = 0; q < r->in->n_questions && !e; q++)
        if (smp_question_is_trained(&r->in->question[q]))
            e = explain_by(r, q, rows, doubt, picks, n);
    free(rows);
    free(doubt);
    return e;
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum smp_status run(struct smp_round *r, struct smp_pick *picks, size_t *n_picks)
{
    SMP_TRY(mark_all(r));
    SMP_TRY(settle_strategy(r));
    if (!r->n_free || !r->in->batch) return SMP_OK;
    SMP_TRY(smp_report(r->in->progress, 0.1, "gathering candidates"));
    if (r->code) SMP_TRY(r->code->start(r));
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
    const struct smp_features *f = in->features;
    struct smp_round r = {.in = in, .z = f->part[0], .n = f->n, .d = f->d[0]};
    enum smp_status e;

    assert(f->n_parts && (f->part[0] || !f->n));
    assert(in->n_questions && in->n_questions <= SMP_QUESTIONS_MAX);
    *n_picks = 0;
    if (r.n && !r.d)
        return smp_fail(SMP_INVALID, "latents have no numbers; encode the items first");
    e = run(&r, picks, n_picks);
    round_free(&r);
    if (e) *n_picks = 0;
    return e;
}
