#include "jobs/advise_words.h"

#include "jobs/quality_json.h"
#include "jobs/run.h"
#include "store/look.h"

#include <string.h>

enum { CONFUSED_SHOWN = 3, CONFUSED_LEAST = 3 };
static const double CONFUSED_SHARE = 0.05, WEAK_BELOW = 0.9, ENOUGH = 0.005;

struct speaking {
    struct check_data *d;
    struct arena *a;
    json_t *list;
    size_t k;
    size_t *said; /* (k, k) of the examples of a class, how many were taken for each */
    size_t *all;  /* (k) of which something was said */
};

static const char *name(const struct speaking *x, size_t c)
{
    return x->d->question->classes[c].name;
}

static enum err tell(struct speaking *x, const char *kind, const char *class, const char *other,
                     size_t n, const char *sentence)
{
    NEED(sentence);
    return quality_append(x->list,
                          json_pack("{s:s,s:s?,s:s?,s:I,s:s}", "kind", kind, "class", class,
                                    "other", other, "n", (json_int_t)n, "sentence", sentence));
}

static enum err early_tell(struct speaking *x)
{
    for (size_t c = 0; c < x->k; c++) {
        const size_t n = x->d->of_class[c];

        if (n >= ADVISE_CLASS_LEAST) continue;
        TRY(tell(
            x, "early", name(x, c), NULL, n,
            arena_printf(x->a,
                         "Too early to tell: \"%s\" has %zu example%s. Below %d a class every "
                         "figure is luck; give %zu more.",
                         name(x, c), n, n == 1 ? "" : "s", ADVISE_CLASS_LEAST,
                         ADVISE_CLASS_LEAST - n)));
    }
    return OK;
}

static enum err said_count(struct speaking *x)
{
    x->said = arena_array(x->a, x->k * x->k + 1, sizeof *x->said);
    x->all = arena_array(x->a, x->k + 1, sizeof *x->all);
    NEED(x->said);
    NEED(x->all);
    memset(x->said, 0, (x->k * x->k + 1) * sizeof *x->said);
    memset(x->all, 0, (x->k + 1) * sizeof *x->all);
    for (size_t i = 0; x->d->said && i < x->d->n_examples; i++) {
        const size_t y = (size_t)x->d->item[x->d->example[i]].y;

        if (x->d->said[i] < 0) continue;
        x->said[y * x->k + (size_t)x->d->said[i]]++;
        x->all[y]++;
    }
    return OK;
}

static size_t mixed(const struct speaking *x, size_t a, size_t b)
{
    return x->said[a * x->k + b] + x->said[b * x->k + a];
}

/* The pair that is mixed up most often, less often than the last one told or behind it. */
static bool worst_pair(const struct speaking *x, size_t *a, size_t *b)
{
    size_t most = 0;

    for (size_t i = 0; i < x->k; i++)
        for (size_t j = i + 1; j < x->k; j++)
            if (mixed(x, i, j) > most) {
                most = mixed(x, i, j);
                *a = i;
                *b = j;
            }
    return most >= CONFUSED_LEAST &&
           (double)most >= CONFUSED_SHARE * (double)(x->all[*a] + x->all[*b]);
}

static enum err confused_tell(struct speaking *x)
{
    size_t a = 0;
    size_t b = 0;

    for (size_t shown = 0; shown < CONFUSED_SHOWN && worst_pair(x, &a, &b); shown++) {
        TRY(tell(
            x, "confused", name(x, a), name(x, b), mixed(x, a, b),
            arena_printf(x->a,
                         "\"%s\" and \"%s\" are confused: %zu of %zu examples of them were "
                         "taken for the other. Show more of both that differ in nothing "
                         "else, or make them one class.",
                         name(x, a), name(x, b), mixed(x, a, b), x->all[a] + x->all[b])));
        x->said[a * x->k + b] = x->said[b * x->k + a] = 0;
    }
    return OK;
}

/* Among the classes with enough examples, the one that is recognised least often. */
static enum err weak_tell(struct speaking *x)
{
    size_t worst = x->k;
    double least = WEAK_BELOW;

    for (size_t c = 0; c < x->k; c++) {
        const double right = x->all[c] ? (double)x->said[c * x->k + c] / (double)x->all[c] : 1;

        if (x->all[c] < ADVISE_CLASS_LEAST || right >= least) continue;
        least = right;
        worst = c;
    }
    if (worst == x->k) return OK;
    return tell(
        x, "weak", name(x, worst), NULL, x->all[worst],
        arena_printf(x->a,
                     "Give more of \"%s\": of its %zu examples %zu were recognised by models "
                     "that had not seen them, fewer than of any other class.",
                     name(x, worst), x->all[worst], x->said[worst * x->k + worst]));
}

static enum err mislabelled_tell(struct speaking *x, struct store *s)
{
    struct look l;
    int64_t n;

    TRY(store_look_last(s, x->d->project.id, &l));
    n = l.n_doubts + l.n_conflicts;
    if (!l.id || !n) return OK;
    return tell(
        x, "mislabelled", NULL, NULL, (size_t)n,
        arena_printf(x->a,
                     "%lld examples look mislabelled, or like others that were labelled "
                     "differently: take a second look at them.",
                     (long long)n));
}

static enum err gain_tell(struct speaking *x, const struct advise_gain *g)
{
    const bool is_enough = g->gain < ENOUGH;
    const char *then = is_enough
                           ? "That is hardly worth it: better examples help more than many, or "
                             "it is enough."
                           : "Go on.";

    if (!g->is_known) return OK;
    return tell(
        x, is_enough ? "enough" : "go_on", NULL, NULL, ADVISE_MORE,
        arena_printf(x->a,
                     "About %.0f of 100 are right now. The next %d examples should bring "
                     "%+.1f of 100 (between %+.1f and %+.1f). %s",
                     100 * g->now, ADVISE_MORE, 100 * g->gain, 100 * g->low, 100 * g->high,
                     then));
}

enum err advise_words(struct job_run *run, struct check_data *d, const struct advise_gain *gain,
                      json_t *list)
{
    struct speaking x = {.d = d, .a = &d->arena, .list = list, .k = d->question->n_classes};

    if (d->question->multiple) return OK;
    TRY(early_tell(&x));
    TRY(said_count(&x));
    TRY(weak_tell(&x));
    TRY(confused_tell(&x));
    TRY(mislabelled_tell(&x, run->store));
    return gain_tell(&x, gain);
}
