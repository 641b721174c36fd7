#include "jobs/check_report.h"

#include "jobs/quality_json.h"
#include "jobs/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ODD = 5, SCALE = 1.4826, LEAST_SPREAD = 0.14; /* 5 * 0.14 = log 2 */

static const struct check_item *example(const struct check_data *d, size_t i)
{
    return &d->item[d->example[i]];
}

/* -- lists of items --------------------------------------------------------------------------- */

typedef int is_of(const struct check_data *d, const struct check_item *i, const void *context);

static enum err items_put(const struct check_data *d, json_t *data, const char *key, is_of *is,
                          const void *context)
{
    json_t *items = json_array();
    size_t n = 0;

    for (size_t i = 0; i < d->n_examples; i++) {
        if (!is(d, example(d, i), context)) continue;
        if (n++ < CHECK_ITEMS_SHOWN)
            json_array_append_new(items, json_integer((json_int_t)example(d, i)->id));
    }
    return quality_put(data, key, json_pack("{s:I,s:o}", "n", (json_int_t)n, "items", items));
}

static int is_blank(const struct check_data *d, const struct check_item *i, const void *context)
{
    (void)context;
    return check_is_blank(d, i);
}

static int is_unread(const struct check_data *d, const struct check_item *i,
                     const void *context)
{
    (void)d;
    (void)context;
    return !i->is_read;
}

/* -- what is odd ------------------------------------------------------------------------------ */

static double size_of(const struct check_data *d, const struct check_item *i)
{
    if (d->project.kind == PROJECT_TEXT) return i->n_chars;
    return sqrt((double)i->width * i->height);
}

struct odd {
    double middle, spread; /* of the logarithm */
};

static int is_odd(const struct check_data *d, const struct check_item *i, const void *context)
{
    const struct odd *o = context;

    return fabs(log(fmax(size_of(d, i), 1)) - o->middle) > ODD * o->spread;
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static enum err odd_find(struct check_data *d, struct odd *o)
{
    const size_t n = d->n_examples;
    double *x = arena_array(&d->arena, n + 1, sizeof *x);

    NEED(x);
    for (size_t i = 0; i < n; i++)
        x[i] = log(fmax(size_of(d, example(d, i)), 1));
    qsort(x, n, sizeof *x, by_number);
    o->middle = x[n / 2];
    for (size_t i = 0; i < n; i++)
        x[i] = fabs(x[i] - o->middle);
    qsort(x, n, sizeof *x, by_number);
    o->spread = fmax(SCALE * x[n / 2], LEAST_SPREAD);
    return OK;
}

struct sized {
    uint64_t size;
    const struct check_item *item;
};

static int by_size(const void *a, const void *b)
{
    const struct sized *x = a;
    const struct sized *y = b;

    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    return (x->item->id > y->item->id) - (x->item->id < y->item->id);
}

static json_t *size_write(const struct check_data *d, const struct check_item *i)
{
    if (d->project.kind == PROJECT_TEXT) return json_integer(i->n_chars);
    return json_pack("[I,I]", (json_int_t)i->width, (json_int_t)i->height);
}

static enum err sizes_put(struct check_data *d, json_t *data)
{
    const bool is_text = d->project.kind == PROJECT_TEXT;
    const size_t n = d->n_examples;
    struct sized *x = arena_array(&d->arena, n + 1, sizeof *x);
    struct odd o;

    NEED(x);
    for (size_t i = 0; i < n; i++) {
        const struct check_item *one = example(d, i);

        x[i] = (struct sized){(uint64_t)one->width * one->height + one->n_chars, one};
    }
    qsort(x, n, sizeof *x, by_size);
    TRY(quality_put(data, is_text ? "lengths" : "sizes",
                    json_pack("{s:o,s:o,s:o}", "least", size_write(d, x[0].item), "middle",
                              size_write(d, x[n / 2].item), "most",
                              size_write(d, x[n - 1].item))));
    TRY(odd_find(d, &o));
    return items_put(d, data, is_text ? "odd_lengths" : "odd_sizes", is_odd, &o);
}

/* -- words ------------------------------------------------------------------------------------ */

static enum err words_put(struct check_data *d, json_t *data, const char *key,
                          uint32_t (*of)(const struct check_item *i))
{
    size_t *count = arena_array(&d->arena, d->words.n + 1, sizeof *count);
    json_t *list = json_array();

    NEED(count);
    memset(count, 0, (d->words.n + 1) * sizeof *count);
    for (size_t i = 0; i < d->n_examples; i++)
        if (of(example(d, i)) != CHECK_NONE) count[of(example(d, i))]++;
    for (size_t k = 0; k < CHECK_ITEMS_SHOWN; k++) {
        size_t best = 0;

        for (size_t w = 1; w < d->words.n; w++)
            if (count[w] > count[best]) best = w;
        if (!d->words.n || !count[best]) break;
        json_array_append_new(list, json_pack("{s:s,s:I}", "word", d->words.word[best], "n",
                                              (json_int_t)count[best]));
        count[best] = 0;
    }
    return quality_put(data, key, list);
}

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

static enum err classes_put(const struct check_data *d, json_t *data)
{
    json_t *list = json_array();

    for (size_t k = 0; k < d->question->n_classes; k++)
        json_array_append_new(list,
                              json_pack("{s:s,s:I}", "class", d->question->classes[k].name, "n",
                                        (json_int_t)d->of_class[k]));
    return quality_put(data, "classes", list);
}

static enum err counts_put(const struct check_data *d, json_t *data)
{
    size_t n_read = 0;

    for (size_t i = 0; i < d->n_examples; i++)
        n_read += example(d, i)->is_read != 0;
    TRY(quality_put(data, "items", json_integer((json_int_t)d->n)));
    TRY(quality_put(data, "examples", json_integer((json_int_t)d->n_examples)));
    TRY(quality_put(data, "measured", json_integer((json_int_t)n_read)));
    return classes_put(d, data);
}

static enum err all_words_put(struct check_data *d, json_t *data)
{
    TRY(words_put(d, data, "formats", format_of));
    if (d->project.kind == PROJECT_TEXT) return words_put(d, data, "scripts", script_of);
    return words_put(d, data, "cameras", camera_of);
}

enum err check_report(struct job_run *run, struct check_data *d, json_t *data)
{
    TRY(run_progress(run, 0, 100, "looking at the examples"));
    TRY(counts_put(d, data));
    TRY(items_put(d, data, "blank", is_blank, NULL));
    TRY(items_put(d, data, "unread", is_unread, NULL));
    if (d->n_examples) TRY(sizes_put(d, data));
    TRY(all_words_put(d, data));
    return check_batch(d, data);
}
