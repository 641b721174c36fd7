#include "jobs/doubts.h"

#include "domain/encoder.h"
#include "domain/smp.h"
#include "jobs/run.h"
#include "sampler/near/top.h"
#include "sampler/quality/label_errors.h"
#include "sampler/quality/out_of_fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELLS_MAX = 50 * 1000 * 1000, /* probabilities: 200 MB */
    ROUNDS = 3,
    LABELS_MANY = 20000, /* one cut of folds will do */
    NEAR = 6,
    FOLDS = 5
};

/* The labels that can be compared: of a class that is one, with a latent. */
struct labelled {
    size_t *row;  /* (n) of the latents, ascending */
    int32_t *y;   /* (n) */
    size_t *said; /* (n) place in in->said */
    uint64_t *group;
    size_t n;
    size_t *of_class; /* (n_classes) how many */
};

struct finding {
    struct arena *a;
    const struct doubts_in *in;
    struct labelled l;
    float *p; /* (l.n, n_classes) */
    struct smp_label_errors errors;
    struct doubts *out;
    size_t *suspect; /* (out->n) of the entries, places in errors.suspect */
    float *z;        /* (l.n, d) latents of the labelled items, side by side */
};

const char *doubts_value_words(struct arena *a, const char *json)
{
    json_t *value;
    const char *words = "rejected";

    if (json_read(&value, json, strlen(json))) return NULL;
    if (json_is_string(value)) words = arena_strdup(a, json_string_value(value));
    if (json_is_array(value) && !json_array_size(value)) words = "none of the classes";
    for (size_t i = 0; words && i < json_array_size(value); i++)
        words = arena_printf(a, "%s%s%s", i ? words : "", i ? " and " : "",
                             json_string_value(json_array_get(value, i)));
    json_decref(value);
    return words;
}

static enum err class_said(const struct doubts_in *in, const struct doubts_said *said, int *k)
{
    json_t *values;
    const char *name;

    *k = -1;
    if (said->rejected) return OK;
    TRY(json_read(&values, said->values, strlen(said->values)));
    name = json_string_value(json_object_get(values, in->question->name));
    if (name) *k = class_index(in->question, name);
    json_decref(values);
    return OK;
}

static enum err labelled_new(struct finding *f)
{
    struct labelled *l = &f->l;
    const size_t n = f->in->n + 1;

    l->row = arena_array(f->a, n, sizeof *l->row);
    l->y = arena_array(f->a, n, sizeof *l->y);
    l->said = arena_array(f->a, n, sizeof *l->said);
    l->group = arena_array(f->a, n, sizeof *l->group);
    l->of_class = arena_array(f->a, f->in->question->n_classes, sizeof *l->of_class);
    if (!l->row || !l->y || !l->said || !l->group || !l->of_class) return fail_nomem();
    for (size_t k = 0; k < f->in->question->n_classes; k++)
        l->of_class[k] = 0;
    return OK;
}

/* The newest items when there are more than fit. */
static void newest_only(struct finding *f)
{
    struct labelled *l = &f->l;
    const size_t most = CELLS_MAX / f->in->question->n_classes;
    const size_t gone = l->n > most ? l->n - most : 0;

    if (!gone) return;
    l->n = most;
    memmove(l->row, l->row + gone, most * sizeof *l->row);
    memmove(l->y, l->y + gone, most * sizeof *l->y);
    memmove(l->said, l->said + gone, most * sizeof *l->said);
    memmove(l->group, l->group + gone, most * sizeof *l->group);
}

static enum err labelled_gather(struct finding *f)
{
    const struct doubts_in *in = f->in;
    struct labelled *l = &f->l;

    TRY(labelled_new(f));
    for (size_t i = 0; i < in->n; i++) {
        int k;

        if (!latents_row_of(in->latents, in->said[i].item_id, &l->row[l->n])) continue;
        TRY(class_said(in, &in->said[i], &k));
        if (k < 0) continue;
        l->y[l->n] = k;
        l->said[l->n] = i;
        l->group[l->n++] = (uint64_t)group_key(in->groups, in->said[i].item_id);
    }
    newest_only(f);
    for (size_t i = 0; i < l->n; i++)
        l->of_class[l->y[i]]++;
    return OK;
}

static bool is_enough(const struct finding *f)
{
    size_t n_classes = 0;

    for (size_t k = 0; k < f->in->question->n_classes; k++)
        n_classes += f->l.of_class[k] >= LOOK_CLASS_MIN;
    return f->l.n >= LOOK_LABELS_MIN && n_classes >= 2;
}

static bool may_go_on(void *context, double done, const char *what)
{
    const struct finding *f = context;

    (void)what;
    if (!f->in->run) return true;
    return !run_progress(f->in->run, (int64_t)(done * (double)f->l.n), (int64_t)f->l.n,
                         "labels held out");
}

static enum err probabilities_find(struct finding *f)
{
    const struct smp_features *features = &f->in->latents->features;
    const size_t n_classes = f->in->question->n_classes;
    const struct smp_progress progress = {.keep_going = may_go_on, .ctx = f};
    const struct smp_folds_in in = {
        .labels = {.row = f->l.row, .y = f->l.y, .n = f->l.n, .n_classes = n_classes},
        .group = f->l.group,
        .folds = FOLDS,
        .rounds = f->l.n > LABELS_MANY ? 1 : ROUNDS,
        .seed = f->in->seed,
        .n_threads = (unsigned)f->in->threads,
        .progress = &progress
    };
    const struct smp_labels_in labels = {.given = f->l.y, .n = f->l.n, .n_classes = n_classes};
    struct smp_labels_in with = labels;

    f->p = arena_array(f->a, f->l.n * n_classes, sizeof *f->p);
    NEED(f->p);
    with.p = f->p;
    TRY(smp_err(
        smp_head_out_of_fold(&in, features->part[0], features->n, features->d[0], f->p)));
    return smp_err(smp_label_errors(&with, &f->errors));
}

/* Is it worth a look: another class is likelier, and both are known well enough? */
static bool is_doubt(const struct finding *f, const struct smp_suspect *s)
{
    return s->margin < 0 && f->l.of_class[f->l.y[s->row]] >= LOOK_CLASS_MIN &&
           f->l.of_class[s->suggested] >= LOOK_CLASS_MIN;
}

static bool is_kept(const struct finding *f, const struct smp_suspect *s)
{
    const struct doubts_said *said = &f->in->said[f->l.said[s->row]];
    const struct look_item item = {said->item_id, said->seq};

    return look_is_kept(f->in->kept, f->in->n_kept, LOOK_DOUBT, f->in->question->name, &item);
}

static enum err suspects_choose(struct finding *f)
{
    f->out->n_wrong = f->errors.n_errors;
    f->suspect = arena_array(f->a, LOOK_ENTRIES_MAX, sizeof *f->suspect);
    NEED(f->suspect);
    for (size_t i = 0; i < f->errors.n_errors && i < f->errors.n; i++) {
        const struct smp_suspect *s = &f->errors.suspect[i];

        if (!is_doubt(f, s) || is_kept(f, s)) continue;
        if (f->out->n < LOOK_ENTRIES_MAX) f->suspect[f->out->n++] = i;
        f->out->n_found++;
    }
    return OK;
}

/* -- the nearest labelled items --------------------------------------------------------------- */

static enum err latents_gather(struct finding *f)
{
    const struct smp_features *features = &f->in->latents->features;
    const size_t d = features->d[0];

    f->z = arena_array(f->a, f->l.n * d, sizeof *f->z);
    NEED(f->z);
    for (size_t i = 0; i < f->l.n; i++)
        memcpy(f->z + i * d, features->part[0] + f->l.row[i] * d, d * sizeof *f->z);
    return OK;
}

/* near (out->n, NEAR + 1): each suspect itself is among its own. */
static enum err nearest_find(struct finding *f, size_t k, struct smp_near **near)
{
    const size_t d = f->in->latents->features.d[0];
    float *queries = arena_array(f->a, f->out->n * d, sizeof *queries);
    struct smp_top_in in = {.x = f->z,
                            .n = f->l.n,
                            .d = d,
                            .n_queries = f->out->n,
                            .k = k,
                            .measure = SMP_NEAR_SQUARE,
                            .n_threads = (unsigned)f->in->threads};

    *near = arena_array(f->a, f->out->n * k, sizeof **near);
    NEED(queries);
    NEED(*near);
    for (size_t i = 0; i < f->out->n; i++)
        memcpy(queries + i * d, f->z + f->errors.suspect[f->suspect[i]].row * d,
               d * sizeof *queries);
    in.queries = queries;
    return smp_err(smp_top(&in, *near));
}

static const char *name_of(const struct finding *f, int32_t k)
{
    return f->in->question->classes[k].name;
}

static enum err near_write(struct finding *f, const struct smp_near *near, size_t k,
                           size_t self, const char **text)
{
    json_t *list = json_array();
    size_t n = 0;

    for (size_t i = 0; i < k && n < NEAR; i++) {
        if (near[i].row == self) continue;
        json_array_append_new(
            list, json_pack("{s:s, s:I}", "class", name_of(f, f->l.y[near[i].row]), "item",
                            (json_int_t)f->in->said[f->l.said[near[i].row]].item_id));
        n++;
    }
    *text = json_write(f->a, list);
    json_decref(list);
    NEED(*text);
    return OK;
}

static size_t near_of_class(const struct finding *f, const struct smp_near *near, size_t k,
                            size_t self, int32_t class)
{
    size_t n = 0;
    size_t seen = 0;

    for (size_t i = 0; i < k && seen < NEAR; i++) {
        if (near[i].row == self) continue;
        n += f->l.y[near[i].row] == class;
        seen++;
    }
    return n;
}

/* -- the entries ------------------------------------------------------------------------------ */

static enum err entry_make(struct finding *f, const struct smp_suspect *s,
                           const struct smp_near *near, size_t k, struct look_entry *e)
{
    const size_t n_classes = f->in->question->n_classes;
    const struct doubts_said *said = &f->in->said[f->l.said[s->row]];
    const int32_t given = f->l.y[s->row];

    *e = (struct look_entry){.kind = LOOK_DOUBT,
                             .question = f->in->question->name,
                             .given = name_of(f, given),
                             .suggested = name_of(f, s->suggested),
                             .p_given = (double)f->p[s->row * n_classes + (size_t)given],
                             .p_suggested =
                                 (double)f->p[s->row * n_classes + (size_t)s->suggested],
                             .n_items = 1};
    e->items = arena_array(f->a, 1, sizeof *e->items);
    NEED(e->items);
    e->items[0] = (struct look_item){said->item_id, said->seq};
    e->reason = arena_printf(
        f->a,
        "Models that had not seen this label would say %s (%.0f %%) rather than %s (%.0f %%); "
        "among the %d nearest labelled items: %s %zu, %s %zu.",
        e->suggested, 100 * e->p_suggested, e->given, 100 * e->p_given, NEAR, e->suggested,
        near_of_class(f, near, k, s->row, s->suggested), e->given,
        near_of_class(f, near, k, s->row, given));
    NEED(e->reason);
    return near_write(f, near, k, s->row, &e->near);
}

static enum err entries_make(struct finding *f)
{
    const size_t k = NEAR + 1;
    struct smp_near *near;

    if (!f->out->n) return OK;
    TRY(latents_gather(f));
    TRY(nearest_find(f, k, &near));
    f->out->entry = arena_array(f->a, f->out->n, sizeof *f->out->entry);
    NEED(f->out->entry);
    for (size_t i = 0; i < f->out->n; i++)
        TRY(entry_make(f, &f->errors.suspect[f->suspect[i]], near + i * k, k,
                       &f->out->entry[i]));
    return OK;
}

static enum err find(struct finding *f)
{
    TRY(labelled_gather(f));
    if (!is_enough(f)) return OK;
    f->out->is_enough = true;
    TRY(probabilities_find(f));
    TRY(suspects_choose(f));
    return entries_make(f);
}

enum err doubts_find(struct arena *a, const struct doubts_in *in, struct doubts *d)
{
    struct finding f = {.a = a, .in = in, .out = d};
    enum err e;

    *d = (struct doubts){.n = 0};
    e = find(&f);
    smp_label_errors_free(&f.errors);
    return e;
}
