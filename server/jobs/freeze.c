#include "jobs/freeze.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/answer.h"
#include "domain/dataset_split.h"
#include "domain/group.h"
#include "domain/honest.h"
#include "domain/quarantine.h"
#include "jobs/freeze_sheet.h"
#include "jobs/run.h"
#include "store/item.h"
#include "store/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a page, written in one commit. */
enum { PAGE = 2000 };

struct freezing {
    struct job_run *run;
    struct arena a;    /* lasting */
    struct arena page; /* of a page of answers */
    struct dataset d;
    struct dataset like; /* id 0: none */
    struct dataset_spec spec;
    struct answers *answers;
    struct dataset_split *split;
    struct group_list groups;
    struct left_out quarantined;
    struct freeze_sheet sheet;
    struct hash_state hash;
    struct dataset_item *rows; /* of the page */
    struct hash *contents;     /* likewise */
    size_t n_rows;
    size_t next; /* in split, while events or rows are walked by item */
};

static enum err spec_parse(struct freezing *x)
{
    json_t *body;
    enum err e;

    TRY(json_read(&body, x->d.spec, strlen(x->d.spec)));
    e = dataset_spec_read(&x->a, body, &x->spec);
    json_decref(body);
    return e;
}

static enum err id_of_job(const struct job_run *run, int64_t *id)
{
    json_t *params;

    TRY(json_read(&params, run->claim.job.params, strlen(run->claim.job.params)));
    *id = json_integer_value(json_object_get(params, "dataset"));
    json_decref(params);
    return OK;
}

static enum err begin(struct freezing *x, int64_t id)
{
    struct store *s = x->run->store;
    struct answers_ask ask;
    char version[24];

    TRY(store_dataset_get(s, &x->a, id, &x->d));
    TRY(spec_parse(x));
    ask = (struct answers_ask){.project_id = x->d.project_id, .seq = x->d.ledger_seq};
    TRY(answers_open(s, &ask, &x->answers));
    TRY(quarantine_as_of(s, &x->a, x->d.project_id, x->d.ledger_seq, &x->quarantined));
    TRY(dataset_split_open(&x->split, &x->spec));
    snprintf(version, sizeof version, "%" PRId64, x->spec.like);
    if (x->spec.like) TRY(dataset_frozen(s, &x->a, x->d.project_id, version, &x->like));
    if (x->spec.together & TOGETHER_DUPLICATES)
        TRY(group_read(s, &x->a, x->d.project_id, &x->groups));
    return freeze_sheet_begin(&x->sheet, &x->a, answers_questions(x->answers));
}

static bool class_is_wanted(const struct freezing *x, const char *values)
{
    const struct questions *q = answers_questions(x->answers);

    for (size_t i = 0; i < x->spec.n_classes; i++) {
        const int k = class_index(&q->question[0], x->spec.classes[i]);
        if (k >= 0 && values_include(q, values, k)) return true;
    }
    return !x->spec.n_classes;
}

static bool meta_is_wanted(const struct freezing *x, const json_t *meta)
{
    for (size_t i = 0; i < x->spec.n_meta; i++) {
        const char *value = json_string_value(json_object_get(meta, x->spec.meta_key[i]));
        if (!value || strcmp(value, x->spec.meta_value[i]) != 0) return false;
    }
    return true;
}

/* Does the query let the item in? Answers that are no answer are counted for the datasheet. */
static bool is_wanted(struct freezing *x, const struct item_answer *answer,
                      const struct item *i, const json_t *meta)
{
    if (answer->n_people >= x->spec.people_min && answer->support >= x->spec.support_min &&
        !strncmp(i->path, x->spec.folder, strlen(x->spec.folder)) && meta_is_wanted(x, meta) &&
        class_is_wanted(x, answer->values))
        return true;
    x->sheet.n_query++;
    return false;
}

static bool is_answered(struct freezing *x, const struct item_answer *answer)
{
    x->sheet.n_answered++;
    if (answer->answer == ANSWER_FLAG)
        x->sheet.n_flagged++;
    else if (answer->answer == ANSWER_REJECT)
        x->sheet.n_rejected++;
    else if (answer->n_open)
        x->sheet.n_undecided++;
    else
        return true;
    return false;
}

/* The folder of a picture, the table of a row: reviews.csv:17 lies in reviews.csv. */
static const char *folder_of(struct arena *a, const char *path)
{
    char *copy = arena_strdup(a, path);
    char *end = copy ? strrchr(copy, '/') : NULL;

    if (!end && copy) end = strrchr(copy, ':');
    if (end) *end = '\0';
    return end ? copy : copy ? "" : NULL;
}

static enum err tie_meta(struct freezing *x, size_t index, const json_t *meta)
{
    for (size_t k = 0; k < x->spec.n_together; k++) {
        const char *key = x->spec.together_key[k];
        const char *value = json_string_value(json_object_get(meta, key));
        const char *kind = arena_printf(&x->page, "meta:%s", key);
        NEED(kind);
        if (value) TRY(dataset_split_tie(x->split, index, kind, value));
    }
    return OK;
}

static enum err tie(struct freezing *x, size_t index, const struct item *i, const json_t *meta)
{
    char group[24];
    const char *folder;

    if (x->spec.together & TOGETHER_DUPLICATES) {
        snprintf(group, sizeof group, "%" PRId64, group_key(&x->groups, i->id));
        TRY(dataset_split_tie(x->split, index, "duplicates", group));
    }
    if (x->spec.together & TOGETHER_FOLDER) {
        folder = folder_of(&x->page, i->path);
        NEED(folder);
        TRY(dataset_split_tie(x->split, index, "folder", folder));
    }
    return tie_meta(x, index, meta);
}

static enum err was(struct freezing *x, size_t index, int64_t item_id)
{
    struct dataset_item before;

    if (!x->like.id) return OK;
    TRY(store_dataset_item_find(x->run->store, &x->page, x->like.id, item_id, &before));
    if (before.item_id) dataset_split_was(x->split, index, before.part);
    return OK;
}

static enum err take(struct freezing *x, const struct item_answer *answer, const struct item *i,
                     const json_t *meta)
{
    const struct questions *q = answers_questions(x->answers);
    const int class_at = values_class(q, answer->values);
    size_t index;

    if (!is_wanted(x, answer, i, meta)) return OK;
    TRY(dataset_split_add(
        x->split, i->id, &i->hash,
        class_at >= 0 ? (uint32_t)class_at : (uint32_t)q->question[0].n_classes, &index));
    freeze_sheet_answer(&x->sheet, answer);
    TRY(was(x, index, i->id));
    return tie(x, index, i, meta);
}

static enum err look_at(struct freezing *x, const struct item_answer *answer)
{
    struct item i;
    json_t *meta;
    enum err e;

    if (!is_answered(x, answer)) return OK;
    TRY(store_item_get(x->run->store, &x->page, answer->item_id, &i));
    TRY(json_read(&meta, i.meta, strlen(i.meta)));
    e = take(x, answer, &i, meta);
    json_decref(meta);
    return e;
}

static enum err gather(struct freezing *x)
{
    struct item_answer *list;
    int64_t after = 0;
    size_t n;

    do {
        arena_free(&x->page);
        TRY(answers_page(x->answers, &x->page, after, PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(look_at(x, &list[i]));
        if (n) after = list[n - 1].item_id;
        TRY(run_progress(x->run, x->sheet.n_answered, -1, "answers looked at"));
    } while (n);
    return OK;
}

/* Moves on to the item; true when it is in the data set. Items come in ascending order. */
static bool reaches(struct freezing *x, int64_t item_id)
{
    while (x->next < dataset_split_n(x->split) &&
           dataset_split_item(x->split, x->next) < item_id)
        x->next++;
    return x->next < dataset_split_n(x->split) &&
           dataset_split_item(x->split, x->next) == item_id;
}

/* Who labelled what, when. */
static enum err add_event(void *context, const struct ledger_row *r)
{
    static const char SKIPPED[] = "{\"answer\":\"skip\""; /* canonical: keys are sorted */
    struct freezing *x = context;

    if (strcmp(r->kind, "label") != 0 || quarantined(&x->quarantined, r->user_id) ||
        !reaches(x, r->item_id) || !strncmp(r->body, SKIPPED, strlen(SKIPPED)))
        return OK;
    TRY(freeze_sheet_label(&x->sheet, r->user_id, r->at));
    if (!(x->spec.together & TOGETHER_SESSION)) return OK;
    return dataset_split_sat(x->split, x->next, r->user_id, r->at);
}

static enum err trace_people(struct freezing *x)
{
    TRY(run_progress(x->run, x->sheet.n_answered, -1, "answers looked at"));
    x->next = 0;
    return store_ledger_latest(x->run->store, x->d.project_id, x->d.ledger_seq, add_event, x);
}

/* Whether an item was drawn at random: the first pick that somebody answered says so. */
static enum err trace_picks(struct freezing *x)
{
    struct pick_origin *origins;
    size_t n;

    TRY(store_pick_origins(x->run->store, &x->a, x->d.project_id, &origins, &n));
    return freeze_sheet_origins(&x->sheet, x->split, origins, n);
}

/* Both lists ascend. */
static enum err trace_honest(struct freezing *x)
{
    struct honest_list honest;

    if (!x->spec.honest) return OK;
    TRY(honest_read(x->run->store, &x->a, x->d.project_id, x->d.ledger_seq, &honest));
    x->next = 0;
    for (size_t i = 0; i < honest.n; i++)
        if (reaches(x, honest.item[i])) dataset_split_honest(x->split, x->next);
    return OK;
}

static enum err split(struct freezing *x)
{
    TRY(gather(x));
    TRY(trace_people(x));
    TRY(trace_honest(x));
    TRY(dataset_split_run(x->split, answers_questions(x->answers)->question[0].n_classes,
                          &x->sheet.split));
    return trace_picks(x);
}

static enum err rows_task(struct store *s, void *context)
{
    struct freezing *x = context;
    enum err e = OK;

    TRY(store_begin(s));
    for (size_t i = 0; i < x->n_rows && !e; i++)
        e = store_dataset_item_add(s, x->d.id, &x->rows[i]);
    return store_end(s, e);
}

static enum err clear_task(struct store *s, void *context)
{
    struct freezing *x = context;
    int64_t n;

    TRY(store_begin(s));
    TRY(store_end(s, store_dataset_clear(s, x->d.id, PAGE, &n)));
    x->n_rows = (size_t)n;
    return OK;
}

/* What an earlier run of the job had written. */
static enum err clear(struct freezing *x)
{
    do
        TRY(writer_do(x->run->writer, clear_task, x));
    while (x->n_rows);
    return OK;
}

static enum err page_write(struct freezing *x, const struct item_answer *list, size_t n)
{
    x->rows = arena_array(&x->page, n + 1, sizeof *x->rows);
    x->contents = arena_array(&x->page, n + 1, sizeof *x->contents);
    if (!x->rows || !x->contents) return fail_nomem();
    x->n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        struct item_brief item;
        struct dataset_item *row = &x->rows[x->n_rows];

        if (!reaches(x, list[i].item_id) || dataset_split_is_left_out(x->split, x->next))
            continue;
        TRY(store_item_brief(x->run->store, list[i].item_id, &item));
        *row = (struct dataset_item){list[i].item_id, dataset_split_part(x->split, x->next),
                                     list[i].values};
        dataset_hash_item(&x->hash, row, &item.hash);
        freeze_sheet_row(&x->sheet, row->part, dataset_split_class(x->split, x->next));
        x->n_rows++;
    }
    x->d.n_items += (int64_t)x->n_rows;
    return x->n_rows ? writer_do(x->run->writer, rows_task, x) : OK;
}

static enum err write(struct freezing *x)
{
    struct item_answer *list;
    int64_t after = 0;
    size_t n;

    x->next = 0;
    dataset_hash_begin(&x->hash, answers_questions(x->answers)->body);
    do {
        arena_free(&x->page);
        TRY(answers_page(x->answers, &x->page, after, PAGE, &list, &n));
        TRY(page_write(x, list, n));
        if (n) after = list[n - 1].item_id;
        TRY(run_progress(x->run, x->d.n_items, (int64_t)dataset_split_n(x->split),
                         "items frozen"));
    } while (n);
    hash_end(&x->hash, &x->d.hash);
    return OK;
}

static enum err freeze_task(struct store *s, void *context)
{
    struct freezing *x = context;

    return dataset_freeze(s, &x->a, &x->d, clock_now_ms());
}

static enum err freeze(struct freezing *x, int64_t id)
{
    TRY(begin(x, id));
    if (x->d.state != DATASET_FREEZING)
        return OK; /* an earlier run ended just before its job */
    TRY(clear(x));
    TRY(split(x));
    TRY(write(x));
    TRY(freeze_sheet_write(&x->sheet, &x->a, x->run->store, x->d.project_id, &x->spec,
                           &x->groups.grouping, &x->d.sheet));
    TRY(writer_do(x->run->writer, freeze_task, x));
    snprintf(x->run->message, sizeof x->run->message,
             "data set %" PRId64 " frozen: %" PRId64 " items", x->d.version, x->d.n_items);
    return OK;
}

enum err freeze_dataset(struct job_run *run, int64_t dataset_id)
{
    struct freezing x = {.run = run};
    enum err e;

    arena_init(&x.a, 1 * GIB);
    arena_init(&x.page, 256 * MIB);
    e = freeze(&x, dataset_id);
    answers_close(x.answers);
    dataset_split_close(x.split);
    freeze_sheet_free(&x.sheet);
    arena_free(&x.page);
    arena_free(&x.a);
    return e;
}

enum err freeze_run(struct job_run *run)
{
    int64_t id;

    TRY(id_of_job(run, &id));
    return freeze_dataset(run, id);
}

static enum err fail_task(struct store *s, void *context)
{
    struct freezing *x = context;

    x->d.state = DATASET_FAILED;
    TRY(store_begin(s));
    return store_end(s, store_dataset_end(s, &x->d));
}

static enum err forget_rows(struct freezing *x, int64_t id)
{
    TRY(begin(x, id));
    if (x->d.state != DATASET_FREEZING) return OK;
    TRY(writer_do(x->run->writer, fail_task, x));
    return clear(x);
}

void freeze_forget_dataset(struct job_run *run, int64_t dataset_id)
{
    struct freezing x = {.run = run};

    arena_init(&x.a, 256 * MIB);
    if (forget_rows(&x, dataset_id))
        log_line(LOG_WARN, "job %" PRId64 ": %s", run->claim.job.id, err_message());
    answers_close(x.answers);
    dataset_split_close(x.split);
    freeze_sheet_free(&x.sheet);
    arena_free(&x.a);
}

void freeze_forget(struct job_run *run)
{
    int64_t id;

    if (!id_of_job(run, &id)) freeze_forget_dataset(run, id);
}
