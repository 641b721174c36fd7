#include "domain/report_inside.h"

#include "sampler/eval/interval.h"

#include <math.h>
#include <stdlib.h>

const char *report_source_name(enum report_source source)
{
    return source == REPORT_HONEST ? "honest" : "examples";
}

enum err report_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) ? fail_nomem() : OK;
}

enum err report_append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value) ? fail_nomem() : OK;
}

json_t *report_share(size_t part, size_t whole)
{
    const struct smp_interval x = smp_wilson(part, whole, 0.95);

    return json_pack("{s:o,s:f,s:f,s:I}", "value",
                     whole ? json_real((double)part / (double)whole) : json_null(), "low",
                     x.low, "high", x.high, "n", (json_int_t)whole);
}

static enum err put_classes(struct report_making *m)
{
    const struct report_in *in = m->in;
    json_t *names = json_array();
    json_t *list = json_array();

    TRY(report_put(m->to, "classes", names));
    TRY(report_put(m->to, "by_class", list));
    for (size_t k = 0; k < in->n_classes; k++) {
        const struct smp_class_figures *f = &m->figures[k];
        const char *words = report_class_words(m, k);
        NEED(words);
        TRY(report_append(names, json_string(in->classes[k])));
        TRY(report_append(
            list, json_pack("{s:s,s:I,s:I,s:I,s:I,s:o,s:o,s:b,s:s}", "class", in->classes[k],
                            "taught", (json_int_t)in->taught[k], "n", (json_int_t)f->n_truth,
                            "said", (json_int_t)f->n_guess, "right", (json_int_t)f->n_right,
                            "precision", report_share(f->n_right, f->n_guess), "recall",
                            report_share(f->n_right, f->n_truth), "early",
                            in->taught[k] < REPORT_EARLY, "words", words)));
    }
    return OK;
}

/* One cell of the grid with the items in it. */
static enum err put_cell(struct report_making *m, json_t *list, size_t truth, size_t said)
{
    const size_t n = m->table[truth * m->in->n_classes + said];
    json_t *items = json_array();
    enum err e =
        report_append(list, json_pack("{s:I,s:I,s:I,s:o}", "truth", (json_int_t)truth, "said",
                                      (json_int_t)said, "n", (json_int_t)n, "items", items));

    for (size_t i = 0; !e && i < m->in->n; i++) {
        const struct report_row *row = &m->in->row[i];
        if (row->truth != (int32_t)truth || row->said != (int32_t)said) continue;
        if (json_array_size(items) < REPORT_CELL_ITEMS)
            e = report_append(items, json_integer(row->item_id));
    }
    return e;
}

static enum err put_confusion(struct report_making *m)
{
    const size_t k = m->in->n_classes;
    json_t *list = json_array();

    TRY(report_put(m->to, "confusion", list));
    for (size_t i = 0; i < k * k; i++)
        if (m->table[i]) TRY(put_cell(m, list, i / k, i % k));
    return OK;
}

static enum err put_unknown(struct report_making *m)
{
    size_t n = 0;
    size_t wrong = 0;

    for (size_t i = 0; i < m->in->n; i++) {
        const struct report_row *row = &m->in->row[i];
        n += row->is_unknown != 0;
        wrong += row->is_unknown && row->truth != row->said;
    }
    return report_put(m->to, "unknown",
                      json_pack("{s:I,s:I}", "n", (json_int_t)n, "wrong", (json_int_t)wrong));
}

static enum err put_calibration(struct report_making *m)
{
    const struct smp_calibration *c = &m->calibration;
    json_t *bins = json_array();

    TRY(report_put(m->to, "calibration",
                   json_pack("{s:f,s:f,s:o}", "expected_error", c->expected_error, "z", c->z,
                             "bins", bins)));
    for (size_t b = 0; b < SMP_CALIBRATION_BINS; b++) {
        const struct smp_calibration_bin *bin = &c->bin[b];
        if (!bin->n) continue;
        TRY(report_append(bins, json_pack("{s:f,s:f,s:I}", "sure", bin->sure, "right",
                                          bin->right, "n", (json_int_t)bin->n)));
    }
    return OK;
}

static const char *truth_of(const struct report_in *in, const struct report_row *row)
{
    return row->truth < 0 ? "another class" : in->classes[row->truth];
}

static int surer(const void *left, const void *right)
{
    const struct report_row *a = *(const struct report_row *const *)left;
    const struct report_row *b = *(const struct report_row *const *)right;

    if (a->sure > b->sure || a->sure < b->sure) return a->sure > b->sure ? -1 : 1;
    return (a->item_id > b->item_id) - (a->item_id < b->item_id);
}

static enum err put_wrong(struct report_making *m)
{
    const struct report_in *in = m->in;
    const struct report_row **wrong =
        arena_array(m->a, in->n + 1, sizeof(const struct report_row *));
    json_t *list = json_array();
    size_t n = 0;

    TRY(report_put(m->to, "sure_and_wrong", list));
    NEED(wrong);
    for (size_t i = 0; i < in->n; i++)
        if (in->row[i].truth != in->row[i].said && (double)in->row[i].sure >= REPORT_SURE)
            wrong[n++] = &in->row[i];
    qsort(wrong, n, sizeof(const struct report_row *), surer);
    for (size_t i = 0; i < n && i < REPORT_WRONG_MAX; i++)
        TRY(report_append(
            list, json_pack("{s:I,s:s,s:s,s:f}", "item", (json_int_t)wrong[i]->item_id, "truth",
                            truth_of(in, wrong[i]), "said", in->classes[wrong[i]->said],
                            "probability", (double)wrong[i]->sure)));
    return OK;
}

static enum err put_rows(struct report_making *m)
{
    json_t *list = json_array();

    TRY(report_put(m->to, "rows", list));
    for (size_t i = 0; i < m->in->n; i++) {
        const struct report_row *row = &m->in->row[i];
        TRY(report_append(list, json_pack("[I,i,i,i,i]", (json_int_t)row->item_id, row->truth,
                                          row->said, (int)lrintf(row->sure * 1000),
                                          row->is_unknown != 0)));
    }
    return OK;
}

static enum err count(struct report_making *m)
{
    const struct report_in *in = m->in;
    int32_t *truth = arena_array(m->a, in->n + 1, sizeof *truth);
    int32_t *said = arena_array(m->a, in->n + 1, sizeof *said);
    float *sure = arena_array(m->a, in->n + 1, sizeof *sure);
    uint8_t *right = arena_array(m->a, in->n + 1, 1);

    m->table = arena_array(m->a, in->n_classes * in->n_classes, sizeof *m->table);
    m->figures = arena_array(m->a, in->n_classes, sizeof *m->figures);
    if (!truth || !said || !sure || !right || !m->table || !m->figures) return fail_nomem();
    for (size_t i = 0; i < in->n; i++) {
        truth[i] = in->row[i].truth;
        said[i] = in->row[i].said;
        sure[i] = in->row[i].sure;
        right[i] = truth[i] == said[i];
        m->n_right += right[i];
    }
    smp_confusion(truth, said, in->n, in->n_classes, m->table);
    smp_class_figures(m->table, in->n_classes, 0.95, m->figures);
    smp_calibration(sure, right, in->n, &m->calibration);
    return OK;
}

static enum err put_accuracy(struct report_making *m)
{
    TRY(report_put(m->to, "source", json_string(report_source_name(m->in->source))));
    TRY(report_put(m->to, "n", json_integer((json_int_t)m->in->n)));
    return report_put(m->to, "accuracy", report_share(m->n_right, m->in->n));
}

/* The sentences come last: they read the others. */
static enum err make(struct report_making *m)
{
    static enum err (*const PARTS[])(struct report_making *) = {
        count,           put_accuracy,  put_classes, put_confusion, put_unknown,
        put_calibration, report_slices, put_wrong,   put_rows,      report_sentences};

    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++)
        TRY(PARTS[i](m));
    return OK;
}

enum err report_make(struct arena *a, const struct report_in *in, json_t **out)
{
    struct report_making m = {.a = a, .in = in, .to = json_object()};
    enum err e = m.to ? make(&m) : fail_nomem();

    if (e) json_decref(m.to);
    *out = e ? NULL : m.to;
    return e;
}
