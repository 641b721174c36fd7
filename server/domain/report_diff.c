/* Two versions on the same items. */
#include "domain/report_inside.h"
#include "sampler/eval/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of a stored report, its classes as names. */
struct stored {
    json_int_t item;
    const char *truth;
    int is_right;
};

static int by_item(const void *left, const void *right)
{
    const struct stored *a = left;
    const struct stored *b = right;

    return (a->item > b->item) - (a->item < b->item);
}

static enum err rows_of(struct arena *a, const json_t *report, struct stored **rows, size_t *n)
{
    const json_t *list = json_object_get(report, "rows");
    const json_t *classes = json_object_get(report, "classes");

    *n = json_array_size(list);
    *rows = arena_array(a, *n + 1, sizeof **rows);
    NEED(*rows);
    for (size_t i = 0; i < *n; i++) {
        const json_t *row = json_array_get(list, i);
        const json_int_t truth = json_integer_value(json_array_get(row, 1));
        const json_int_t said = json_integer_value(json_array_get(row, 2));
        const char *name = json_string_value(json_array_get(classes, (size_t)truth));
        (*rows)[i] = (struct stored){json_integer_value(json_array_get(row, 0)),
                                     name ? name : "", truth == said};
    }
    qsort(*rows, *n, sizeof **rows, by_item);
    return OK;
}

/* What both were asked about and whose truth is still the same. */
struct common {
    struct smp_paired t;
    json_t *fixed, *broken;
    size_t most;
};

static enum err add(struct common *c, const struct stored *then, const struct stored *now)
{
    json_t *list = now->is_right ? c->fixed : c->broken;

    c->t.both += then->is_right && now->is_right;
    c->t.neither += !then->is_right && !now->is_right;
    if (then->is_right == now->is_right) return OK;
    c->t.won += now->is_right != 0;
    c->t.lost += then->is_right != 0;
    if (json_array_size(list) >= c->most) return OK;
    return report_append(list, json_integer(now->item));
}

static enum err walk(struct arena *a, const json_t *then, const json_t *now, struct common *c)
{
    struct stored *old;
    struct stored *new;
    size_t n_old;
    size_t n_new;

    TRY(rows_of(a, then, &old, &n_old));
    TRY(rows_of(a, now, &new, &n_new));
    for (size_t i = 0, k = 0; i < n_new && k < n_old; i++) {
        while (k < n_old && old[k].item < new[i].item)
            k++;
        if (k == n_old || old[k].item != new[i].item) continue;
        if (!strcmp(old[k].truth, new[i].truth)) TRY(add(c, &old[k], &new[i]));
    }
    return OK;
}

static const char *words(struct arena *a, const struct smp_paired *t, double p)
{
    const size_t n = smp_paired_items(t);
    const char *luck = p < 0.05 ? "that is more than luck" : "that may be luck";

    if (!n) return "There are no items that both were asked about.";
    if (!t->won && !t->lost)
        return arena_printf(a,
                            "On the %zu items that both were asked about they are right and "
                            "wrong alike.",
                            n);
    return arena_printf(a,
                        "On the %zu items that both were asked about, %zu wrong ones are right "
                        "now and %zu right ones are wrong now; %s.",
                        n, t->won, t->lost, luck);
}

enum err report_diff(struct arena *a, const json_t *then, const json_t *now, size_t most,
                     json_t **out)
{
    struct common c = {.fixed = json_array(), .broken = json_array(), .most = most};
    struct smp_interval d;
    double p;
    double seen;
    const char *says;
    enum err e = c.fixed && c.broken ? walk(a, then, now, &c) : fail_nomem();

    d = smp_paired_interval(&c.t, 0.95);
    p = smp_mcnemar(&c.t).p;
    seen = smp_paired_items(&c.t)
               ? ((double)c.t.won - (double)c.t.lost) / (double)smp_paired_items(&c.t)
               : 0;
    says = words(a, &c.t, p);
    *out = NULL;
    if (!e && says)
        *out = json_pack("{s:I,s:I,s:I,s:I,s:I,s:O,s:O,s:{s:f,s:f,s:f},s:f,s:s}", "n",
                         (json_int_t)smp_paired_items(&c.t), "both", (json_int_t)c.t.both,
                         "neither", (json_int_t)c.t.neither, "n_fixed", (json_int_t)c.t.won,
                         "n_broken", (json_int_t)c.t.lost, "fixed", c.fixed, "broken", c.broken,
                         "difference", "value", seen, "low", d.low, "high", d.high, "p", p,
                         "words", says);
    json_decref(c.fixed);
    json_decref(c.broken);
    if (e) return e;
    NEED(*out);
    return OK;
}
