#include "jobs/evaluate_rows.h"

#include "domain/answer.h"
#include "domain/smp.h"
#include "jobs/run.h"
#include "sampler/quality/groups.h"
#include "sampler/quality/out_of_fold.h"
#include "store/item.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 500, FOLDS = 5 };
static const unsigned TEACHING = 1U << PART_TRAIN | 1U << PART_VALIDATION;

static int32_t class_of(const struct evaluation *x, const json_t *values)
{
    const char *name = json_string_value(json_object_get(values, x->m->question));

    for (size_t k = 0; name && k < x->n_classes; k++)
        if (!strcmp(x->class_name[k], name)) return (int32_t)k;
    return -1;
}

/* -1 also when it is no class of the version, or nothing was accepted. */
static enum err class_of_text(const struct evaluation *x, const char *text, int32_t *y)
{
    json_t *values;

    TRY(json_read(&values, text, strlen(text)));
    *y = class_of(x, values);
    json_decref(values);
    return OK;
}

static enum err names_copy(struct evaluation *x)
{
    x->n_classes = predictor_classes(x->p);
    x->class_name = arena_array(x->a, x->n_classes, sizeof(const char *));
    x->of_class = arena_array(x->a, x->n_classes, sizeof *x->of_class);
    NEED(x->class_name);
    NEED(x->of_class);
    for (size_t k = 0; k < x->n_classes; k++)
        x->class_name[k] = predictor_class(x->p, k);
    return OK;
}

/* -- what was answered ------------------------------------------------------------------------- */

static enum err said_grow(struct evaluation *x)
{
    const size_t room = x->room ? 2 * x->room : 1024;
    struct doubts_said *said = arena_array(x->a, room, sizeof *said);
    int32_t *truth = arena_array(x->a, room, sizeof *truth);
    bool *is_answered = arena_array(x->a, room, sizeof *is_answered);

    NEED(said);
    NEED(truth);
    NEED(is_answered);
    if (x->n_said) {
        memcpy(said, x->said, x->n_said * sizeof *said);
        memcpy(truth, x->truth, x->n_said * sizeof *truth);
        memcpy(is_answered, x->is_answered, x->n_said * sizeof *is_answered);
    }
    x->is_answered = is_answered;
    x->said = said;
    x->truth = truth;
    x->room = room;
    return OK;
}

static enum err said_add(struct evaluation *x, const struct item_answer *a)
{
    if (a->answer == ANSWER_FLAG) return OK;
    if (x->n_said == x->room) TRY(said_grow(x));
    x->said[x->n_said] = (struct doubts_said){.item_id = a->item_id,
                                              .seq = a->seq,
                                              .rejected = a->answer == ANSWER_REJECT,
                                              .values = a->values};
    x->truth[x->n_said] = -1;
    x->is_answered[x->n_said] = a->answer == ANSWER_ACCEPT && !a->n_open;
    if (a->answer == ANSWER_ACCEPT) TRY(class_of_text(x, a->values, &x->truth[x->n_said]));
    x->n_said++;
    return OK;
}

static enum err answers_read(struct evaluation *x)
{
    const struct answers_ask ask = {.project_id = x->m->project_id};
    struct item_answer *list;
    int64_t after = 0;
    size_t n = 1;

    TRY(answers_open(x->store, &ask, &x->answers));
    x->question = question_find(answers_questions(x->answers), x->m->question);
    while (n) {
        TRY(run_progress(x->run, (int64_t)x->n_said, -1, "answers read"));
        TRY(answers_page(x->answers, x->a, after, PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(said_add(x, &list[i]));
        if (n) after = list[n - 1].item_id;
    }
    return OK;
}

/* -- what taught it ---------------------------------------------------------------------------- */

static enum err taught_add(struct evaluation *x, const struct dataset_item *i)
{
    struct evaluation_taught t = {i->item_id, -1};

    TRY(class_of_text(x, i->values, &t.y));
    if (t.y < 0) return OK;
    x->of_class[t.y]++;
    x->taught[x->n_taught++] = t;
    return OK;
}

static enum err taught_read(struct evaluation *x)
{
    struct dataset d;
    struct dataset_item *list;
    int64_t after = 0;
    size_t n = 1;

    TRY(store_dataset_get(x->store, x->a, x->m->dataset_id, &d));
    x->taught = arena_array(x->a, (size_t)d.n_items + 1, sizeof *x->taught);
    NEED(x->taught);
    while (n) {
        TRY(store_dataset_items(x->store, x->a, d.id, TEACHING, after, PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(taught_add(x, &list[i]));
        if (n) after = list[n - 1].item_id;
    }
    return OK;
}

enum err evaluation_gather(struct evaluation *x)
{
    struct encoder encoder;

    TRY(names_copy(x));
    TRY(store_encoder_get(x->store, x->a, x->m->encoder_id, &encoder));
    TRY(encoder_open(x->store, x->a, encoder.id, encoder.n_rows, &x->latents));
    TRY(group_read(x->store, x->a, x->m->project_id, &x->groups));
    TRY(honest_read(x->store, x->a, x->m->project_id, 0, &x->honest));
    TRY(taught_read(x));
    return answers_read(x);
}

void evaluation_close(struct evaluation *x)
{
    answers_close(x->answers);
    encoder_close(&x->latents);
}

/* -- asking ------------------------------------------------------------------------------------ */

static int by_key(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* The groups of what taught it, ascending. */
static enum err taught_groups(const struct evaluation *x, int64_t **keys)
{
    *keys = arena_array(x->a, x->n_taught + 1, sizeof **keys);
    NEED(*keys);
    for (size_t i = 0; i < x->n_taught; i++)
        (*keys)[i] = group_key(&x->groups, x->taught[i].item_id);
    qsort(*keys, x->n_taught, sizeof **keys, by_key);
    return OK;
}

static enum err rows_make(struct evaluation *x, size_t most, size_t **at)
{
    x->row = arena_array(x->a, most + 1, sizeof *x->row);
    x->item = arena_array(x->a, most + 1, sizeof *x->item);
    *at = arena_array(x->a, most + 1, sizeof **at);
    NEED(x->row);
    NEED(x->item);
    NEED(*at);
    x->n = 0;
    return OK;
}

/* Honest ones that may be asked about, the newest REPORT_ROWS_MAX; at (n): their rows of the latents. */
static enum err honest_choose(struct evaluation *x, size_t **at)
{
    size_t *chosen = arena_array(x->a, x->n_said + 1, sizeof *chosen);
    int64_t *keys;
    size_t first;

    NEED(chosen);
    TRY(taught_groups(x, &keys));
    for (size_t i = 0; i < x->n_said; i++) {
        const int64_t key = group_key(&x->groups, x->said[i].item_id);
        size_t row;
        if (!x->is_answered[i] || !honest_is(&x->honest, x->said[i].item_id)) continue;
        if (!latents_row_of(&x->latents.latents, x->said[i].item_id, &row)) continue;
        if (bsearch(&key, keys, x->n_taught, sizeof *keys, by_key)) {
            x->n_related++;
            continue;
        }
        x->n_new += x->truth[i] < 0;
        chosen[x->n_honest++] = i;
    }
    TRY(rows_make(x, x->n_honest, at));
    first = x->n_honest > REPORT_ROWS_MAX ? x->n_honest - REPORT_ROWS_MAX : 0;
    for (size_t i = first; i < x->n_honest; i++) {
        x->row[x->n] = (struct report_row){.item_id = x->said[chosen[i]].item_id,
                                           .truth = x->truth[chosen[i]]};
        if (!latents_row_of(&x->latents.latents, x->row[x->n].item_id, &(*at)[x->n])) continue;
        x->n++;
    }
    return OK;
}

static enum err honest_ask(struct evaluation *x, const size_t *at)
{
    struct prediction *said = arena_array(x->a, x->n + 1, sizeof *said);

    NEED(said);
    TRY(run_progress(x->run, 0, -1, "asking about honest items"));
    TRY(predictor_features(x->p, x->a, &x->latents.latents.features, at, x->n, x->run->threads,
                           said));
    for (size_t i = 0; i < x->n; i++) {
        x->row[i].said = (int32_t)said[i].best;
        x->row[i].sure = said[i].p[said[i].best];
        x->row[i].is_unknown = said[i].is_unknown;
    }
    return OK;
}

/* What belongs together among the examples: near duplicates, and pictures of one burst. */
static enum err groups_join(struct evaluation *x, struct smp_groups *g)
{
    json_t *first = json_object(); /* a key's first row */
    enum err e = first ? OK : fail_nomem();

    for (size_t i = 0; i < x->n && !e; i++) {
        const char *group =
            arena_printf(x->a, "%lld", (long long)group_key(&x->groups, x->row[i].item_id));
        const char *keys[2] = {group, NULL};
        json_t *meta = NULL;
        e = group ? json_read(&meta, x->item[i].meta, strlen(x->item[i].meta)) : fail_nomem();
        if (!e && json_is_string(json_object_get(meta, MODEL_BURST)))
            keys[1] = arena_printf(x->a, "b%s",
                                   json_string_value(json_object_get(meta, MODEL_BURST)));
        for (size_t k = 0; k < 2 && keys[k] && !e; k++) {
            const json_t *seen = json_object_get(first, keys[k]);
            if (seen)
                smp_groups_join(g, i, (size_t)json_integer_value(seen));
            else if (json_object_set_new(first, keys[k], json_integer((json_int_t)i)))
                e = fail_nomem();
        }
        json_decref(meta);
    }
    json_decref(first);
    return e;
}

static enum err groups_find(struct evaluation *x, uint64_t *group)
{
    struct smp_groups g;
    enum err e;

    TRY(smp_err(smp_groups_start(&g, x->n)));
    e = groups_join(x, &g);
    for (size_t i = 0; i < x->n && !e; i++)
        group[i] = smp_groups_find(&g, i);
    smp_groups_free(&g);
    return e;
}

static bool go_on(void *context, double done, const char *what)
{
    (void)what;
    return run_progress(context, (int64_t)(100 * done), 100,
                        "judging each example by models that have not seen it") == OK;
}

/* What the model that was asked about row i says of it. */
static void answer_set(struct evaluation *x, size_t i, const float *p)
{
    size_t best = 0;

    for (size_t k = 1; k < x->n_classes; k++)
        if (p[k] > p[best]) best = k;
    x->row[i].said = (int32_t)best;
    x->row[i].sure = p[best];
}

/* The training has folded already: its answers, by item. */
static enum err take_held(struct evaluation *x)
{
    const struct evaluation_held *h = x->held;

    for (size_t i = 0, k = 0; i < x->n; i++) {
        while (k < h->n && h->item[k] < x->row[i].item_id)
            k++;
        if (k == h->n || h->item[k] != x->row[i].item_id)
            return fail(ERR_CONFLICT,
                        "item %lld taught the version, but was not held out of it",
                        (long long)x->row[i].item_id);
        answer_set(x, i, h->p + k * x->n_classes);
    }
    return OK;
}

static enum err fold(struct evaluation *x, const size_t *at, const int32_t *y,
                     const uint64_t *group)
{
    const struct smp_progress progress = {.keep_going = go_on, .ctx = x->run};
    const struct smp_folds_in in = {
        .labels = {.row = at, .y = y, .n = x->n, .n_classes = x->n_classes},
        .group = group,
        .folds = FOLDS,
        .seed = (uint64_t)x->m->seed,
        .n_threads = (unsigned)x->run->threads,
        .progress = &progress
    };
    float *p = arena_array(x->a, x->n * x->n_classes, sizeof *p);
    enum smp_status status;

    NEED(p);
    status = smp_model_out_of_fold(&in, &x->latents.latents.features,
                                   smp_model_recipe(predictor_model(x->p)), p);
    if (status == SMP_INVALID) x->n = 0; /* all are of one group: nothing can be held out */
    if (status) return status == SMP_INVALID ? OK : smp_err(status);
    for (size_t i = 0; i < x->n; i++)
        answer_set(x, i, p + i * x->n_classes);
    return OK;
}

static enum err items_read(struct evaluation *x)
{
    for (size_t i = 0; i < x->n; i++)
        TRY(store_item_get(x->store, x->a, x->row[i].item_id, &x->item[i]));
    return OK;
}

/* The examples with a latent; of many, as many of every part of the project. */
static enum err examples_choose(struct evaluation *x, size_t **at)
{
    const size_t step = x->n_taught / REPORT_ROWS_MAX + 1;

    TRY(rows_make(x, x->n_taught, at));
    for (size_t i = 0; i < x->n_taught; i += step) {
        if (!latents_row_of(&x->latents.latents, x->taught[i].item_id, &(*at)[x->n])) continue;
        x->row[x->n++] =
            (struct report_row){.item_id = x->taught[i].item_id, .truth = x->taught[i].y};
    }
    return items_read(x);
}

static enum err examples_ask(struct evaluation *x)
{
    size_t *at;
    int32_t *y;
    uint64_t *group;

    TRY(examples_choose(x, &at));
    if (x->held) return take_held(x);
    y = arena_array(x->a, x->n + 1, sizeof *y);
    group = arena_array(x->a, x->n + 1, sizeof *group);
    NEED(y);
    NEED(group);
    for (size_t i = 0; i < x->n; i++)
        y[i] = x->row[i].truth;
    TRY(groups_find(x, group));
    if (x->n < (size_t)2 * FOLDS) {
        x->n = 0; /* nothing can be held out of so few */
        return OK;
    }
    return fold(x, at, y, group);
}

enum err evaluation_ask(struct evaluation *x)
{
    size_t *at;

    TRY(honest_choose(x, &at));
    x->source = x->n >= HONEST_ENOUGH ? REPORT_HONEST : REPORT_EXAMPLES;
    if (x->source == REPORT_EXAMPLES) return examples_ask(x);
    TRY(items_read(x));
    return honest_ask(x, at);
}
