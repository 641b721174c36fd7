/* Where it does worse than elsewhere. */
#include "domain/report_inside.h"
#include "sampler/eval/slices.h"

#include <stdlib.h>

enum { KEYS_MAX = 64 };

struct slice {
    size_t key;
    uint32_t value;
    size_t n, n_right;
    double p; /* corrected */
};

/* The values of one key that are slices: of enough rows, and not of all. */
static void slices_of(const struct report_making *m, size_t key, struct slice *list, size_t *n)
{
    const struct report_key *of = &m->in->key[key];
    struct slice found[REPORT_VALUES_MAX] = {{0}};

    if (of->n_values > REPORT_VALUES_MAX) return;
    for (size_t i = 0; i < m->in->n; i++) {
        if (of->of[i] == REPORT_NO_VALUE) continue;
        found[of->of[i]].n++;
        found[of->of[i]].n_right += m->in->row[i].truth == m->in->row[i].said;
    }
    for (size_t v = 0; v < of->n_values; v++) {
        struct slice *x = &found[v];
        if (x->n < REPORT_SLICE_MIN || x->n == m->in->n) continue;
        x->key = key;
        x->value = (uint32_t)v;
        x->p = smp_slice_worse(x->n_right, x->n, m->n_right, m->in->n);
        list[(*n)++] = *x;
    }
}

static enum err correct(const struct report_making *m, struct slice *list, size_t n)
{
    double *p = arena_array(m->a, n + 1, sizeof *p);

    NEED(p);
    for (size_t i = 0; i < n; i++)
        p[i] = list[i].p;
    if (smp_holm(p, n)) return fail_nomem();
    for (size_t i = 0; i < n; i++)
        list[i].p = p[i];
    return OK;
}

/* The worst first: by chance corrected, then by share. */
static int worse_first(const void *left, const void *right)
{
    const struct slice *a = left;
    const struct slice *b = right;
    const size_t x = a->n_right * b->n;
    const size_t y = b->n_right * a->n;

    if (a->p < b->p || a->p > b->p) return a->p < b->p ? -1 : 1;
    if (x != y) return x < y ? -1 : 1;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

/* The items of a slice that it has wrong. */
static enum err put_items(const struct report_making *m, const struct slice *x, json_t *items)
{
    for (size_t i = 0; i < m->in->n && json_array_size(items) < REPORT_SLICE_ITEMS; i++) {
        const struct report_row *row = &m->in->row[i];
        if (m->in->key[x->key].of[i] != x->value || row->truth == row->said) continue;
        TRY(report_append(items, json_integer(row->item_id)));
    }
    return OK;
}

static enum err put_slice(const struct report_making *m, const struct slice *x, json_t *list)
{
    const struct report_key *key = &m->in->key[x->key];
    json_t *items = json_array();

    TRY(report_append(list, json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:f,s:b,s:o}", "key", key->name,
                                      "value", key->value[x->value], "n", (json_int_t)x->n,
                                      "right", (json_int_t)x->n_right, "accuracy",
                                      report_share(x->n_right, x->n), "elsewhere",
                                      report_share(m->n_right - x->n_right, m->in->n - x->n),
                                      "p", x->p, "worse", x->p < 0.05, "items", items)));
    return put_items(m, x, items);
}

enum err report_slices(struct report_making *m)
{
    json_t *out = json_array();
    const size_t n_keys = m->in->n_keys < KEYS_MAX ? m->in->n_keys : KEYS_MAX;
    struct slice *list = arena_array(m->a, n_keys * REPORT_VALUES_MAX + 1, sizeof *list);
    size_t n = 0;

    TRY(report_put(m->to, "slices", out));
    NEED(list);
    for (size_t key = 0; key < n_keys; key++)
        slices_of(m, key, list, &n);
    TRY(correct(m, list, n));
    qsort(list, n, sizeof *list, worse_first);
    for (size_t i = 0; i < n; i++)
        TRY(put_slice(m, &list[i], out));
    return OK;
}
