/* How the newest batch of items differs from those before it. */
#include "domain/smp.h"
#include "jobs/check_report.h"
#include "jobs/quality_json.h"
#include "sampler/drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 30 * 60 * 1000, ROWS_MAX = 4000, SENTENCES_MAX = 8 };
static const double P_DIFFERS = 0.01, SHARE_DIFFERS = 0.02, Z_DIFFERS = 4;

struct batch {
    struct check_data *d;
    size_t from; /* items d->item[from..n-1] are the batch */
    struct smp_drift drift;
    bool has_drift;
    json_t *sentences;
};

/* Where the newest batch begins; 0: everything is one batch. */
static size_t batch_begin(const struct check_data *d)
{
    size_t at = d->n - 1;
    const int64_t job = d->item[at].job_id;

    while (at > 0) {
        const struct check_item *now = &d->item[at];
        const struct check_item *before = &d->item[at - 1];

        if (before->job_id != job) break;
        if (!job && now->created_at - before->created_at > PAUSE_MS) break;
        at--;
    }
    return at;
}

/* -- latents ---------------------------------------------------------------------------------- */

/* At most ROWS_MAX latents of items from..to-1, evenly spread; NULL: none. */
static float *rows_take(struct check_data *d, size_t from, size_t to, size_t *n)
{
    const struct latents *l = &d->latents.latents;
    const size_t dim = l->features.n ? l->features.d[0] : 0;
    const size_t step = (to - from) / ROWS_MAX + 1;
    float *x = dim ? arena_array(&d->arena, (to - from) / step + 1, dim * sizeof *x) : NULL;

    *n = 0;
    for (size_t i = from; x && i < to; i += step) {
        size_t row;

        if (!latents_row_of(l, d->item[i].id, &row)) continue;
        memcpy(x + *n * dim, l->features.part[0] + row * dim, dim * sizeof *x);
        (*n)++;
    }
    return x;
}

static enum err latents_compare(struct batch *b)
{
    struct check_data *d = b->d;
    struct smp_drift_in in = {.seed = (uint64_t)d->project.seed};

    in.reference = rows_take(d, 0, b->from, &in.n_reference);
    in.stream = rows_take(d, b->from, d->n, &in.n_stream);
    if (in.n_reference < SMP_DRIFT_ROWS_MIN || in.n_stream < SMP_DRIFT_ROWS_MIN) return OK;
    in.d = d->latents.latents.features.d[0];
    b->has_drift = true;
    return smp_err(smp_drift(&in, NULL, &b->drift));
}

/* -- shares ----------------------------------------------------------------------------------- */

struct shares {
    size_t with[2], all[2]; /* earlier, new */
};

static double share(const struct shares *s, int which)
{
    return s->all[which] ? (double)s->with[which] / (double)s->all[which] : 0;
}

/* Two-proportion z; 0 when a side is empty. */
static double z_of(const struct shares *s)
{
    const double n = (double)s->all[0];
    const double m = (double)s->all[1];
    const double p = n + m > 0 ? (double)(s->with[0] + s->with[1]) / (n + m) : 0;
    const double spread = n > 0 && m > 0 ? sqrt(p * (1 - p) * (1 / n + 1 / m)) : 0;

    return spread > 0 ? (share(s, 1) - share(s, 0)) / spread : 0;
}

static enum err share_say(struct batch *b, const struct shares *s, const char *what)
{
    if (fabs(z_of(s)) < Z_DIFFERS || json_array_size(b->sentences) >= SENTENCES_MAX) return OK;
    return quality_append(
        b->sentences,
        json_string(arena_printf(&b->d->arena, "%s: %.3g %% of the new ones, %.3g %% before",
                                 what, 100 * share(s, 1), 100 * share(s, 0))));
}

typedef uint32_t word_of(const struct check_item *i);

static uint32_t format_of(const struct check_item *i)
{
    return i->format;
}

static uint32_t script_of(const struct check_item *i)
{
    return i->script;
}

static uint32_t camera_of(const struct check_item *i)
{
    return i->camera;
}

static enum err words_compare(struct batch *b, const char *kind, word_of *of)
{
    const struct check_data *d = b->d;
    const size_t n_words = d->words.n + 1;
    size_t *count = arena_array(&b->d->arena, n_words, 2 * sizeof *count);

    NEED(count);
    memset(count, 0, n_words * 2 * sizeof *count);
    for (size_t i = 0; i < d->n; i++)
        if (of(&d->item[i]) != CHECK_NONE) count[2 * of(&d->item[i]) + (i >= b->from)]++;
    for (size_t w = 0; w < d->words.n; w++) {
        const struct shares s = {
            {count[2 * w], count[2 * w + 1]},
            {b->from,      d->n - b->from  }
        };
        const char *what = arena_printf(&b->d->arena, "%s %s", kind, d->words.word[w]);

        NEED(what);
        TRY(share_say(b, &s, what));
    }
    return OK;
}

static enum err blanks_compare(struct batch *b)
{
    struct shares s = {
        {0, 0},
        {0, 0}
    };

    for (size_t i = 0; i < b->d->n; i++) {
        s.all[i >= b->from]++;
        s.with[i >= b->from] += check_is_blank(b->d, &b->d->item[i]) != 0;
    }
    return share_say(b, &s, "blank");
}

static double size_of(const struct check_data *d, const struct check_item *i)
{
    return d->project.kind == PROJECT_TEXT ? i->n_chars : sqrt((double)i->width * i->height);
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The share above the median of all. */
static enum err sizes_compare(struct batch *b)
{
    const struct check_data *d = b->d;
    const bool is_text = d->project.kind == PROJECT_TEXT;
    double *x = arena_array(&b->d->arena, d->n + 1, sizeof *x);
    struct shares s = {
        {0, 0},
        {0, 0}
    };
    double middle;

    NEED(x);
    for (size_t i = 0; i < d->n; i++)
        x[i] = size_of(d, &d->item[i]);
    qsort(x, d->n, sizeof *x, by_number);
    middle = x[d->n / 2];
    for (size_t i = 0; i < d->n; i++) {
        s.all[i >= b->from]++;
        s.with[i >= b->from] += size_of(d, &d->item[i]) > middle;
    }
    return share_say(b, &s, is_text ? "longer than the middle" : "larger than the middle");
}

static enum err drift_say(struct batch *b)
{
    const char *text;

    if (!b->has_drift || b->drift.p > P_DIFFERS || b->drift.share < SHARE_DIFFERS) return OK;
    text = arena_printf(
        &b->d->arena,
        "they look unlike the earlier ones: %.0f %% of the distance between the two is more than "
        "chance (p %.3f). Label some of them before you trust the model on them",
        100 * b->drift.share, b->drift.p);
    NEED(text);
    return quality_append(b->sentences, json_string(text));
}

static enum err all_compare(struct batch *b)
{
    TRY(latents_compare(b));
    TRY(drift_say(b));
    TRY(words_compare(b, "format", format_of));
    if (b->d->project.kind == PROJECT_TEXT) TRY(words_compare(b, "script", script_of));
    TRY(words_compare(b, "camera", camera_of));
    TRY(blanks_compare(b));
    return sizes_compare(b);
}

enum err check_batch(struct check_data *d, json_t *data)
{
    struct batch b = {.d = d};
    enum err e;

    if (d->n) b.from = batch_begin(d);
    if (!b.from) return quality_put(data, "batch", json_null());
    b.sentences = json_array();
    NEED(b.sentences);
    e = all_compare(&b);
    if (e) {
        json_decref(b.sentences);
        return e;
    }
    return quality_put(data, "batch",
                       json_pack("{s:I,s:I,s:I,s:o,s:o,s:b,s:o}", "items",
                                 (json_int_t)(d->n - b.from), "earlier", (json_int_t)b.from,
                                 "since", (json_int_t)d->item[b.from].created_at, "p",
                                 b.has_drift ? quality_real(b.drift.p) : json_null(), "share",
                                 b.has_drift ? quality_real(b.drift.share) : json_null(),
                                 "differs", json_array_size(b.sentences) > 0, "sentences",
                                 b.sentences));
}
