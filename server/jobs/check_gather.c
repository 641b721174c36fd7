#include "jobs/check_gather.h"

#include "base/hash.h"
#include "domain/answer.h"
#include "jobs/run.h"
#include "jobs/traits.h"
#include "media/facts.h"
#include "store/item.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 500, WORDS_FEW = 64 };
static const double BLANK_FLAT = 0.99; /* as picture_is_blank has it */

/* -- words ------------------------------------------------------------------------------------ */

static size_t bucket_of(const struct check_words *w, const char *text)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    size_t at;

    for (const char *p = text; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    at = (size_t)(h % w->n_buckets);
    while (w->bucket[at] && strcmp(w->word[w->bucket[at] - 1], text) != 0)
        at = (at + 1) % w->n_buckets;
    return at;
}

static enum err words_grow(struct check_data *d)
{
    struct check_words *w = &d->words;
    const size_t room = w->room ? 2 * w->room : WORDS_FEW;
    const char **word = arena_array(&d->arena, room, sizeof *word);

    NEED(word);
    if (w->n) memcpy(word, w->word, w->n * sizeof *word);
    w->word = word;
    w->room = room;
    w->n_buckets = 2 * room;
    w->bucket = arena_array(&d->arena, w->n_buckets, sizeof *w->bucket);
    NEED(w->bucket);
    memset(w->bucket, 0, w->n_buckets * sizeof *w->bucket);
    for (size_t i = 0; i < w->n; i++)
        w->bucket[bucket_of(w, w->word[i])] = (uint32_t)i + 1;
    return OK;
}

enum err check_word(struct check_data *d, const char *text, uint32_t *number)
{
    struct check_words *w = &d->words;
    size_t at;

    *number = CHECK_NONE;
    if (!text) return OK;
    if (w->n == w->room) TRY(words_grow(d));
    at = bucket_of(w, text);
    if (!w->bucket[at]) {
        w->word[w->n] = arena_strdup(&d->arena, text);
        NEED(w->word[w->n]);
        w->bucket[at] = (uint32_t)++w->n;
    }
    *number = w->bucket[at] - 1;
    return OK;
}

/* -- items ------------------------------------------------------------------------------------ */

static enum err item_add_row(struct check_data *d, const struct item *i)
{
    struct check_item *x;

    if (d->n == d->room) {
        const size_t room = d->room ? 2 * d->room : 1024;
        struct check_item *more = realloc(d->item, room * sizeof *more);

        NEED(more);
        d->item = more;
        d->room = room;
    }
    x = &d->item[d->n++];
    *x = (struct check_item){.id = i->id,
                             .job_id = i->job_id,
                             .created_at = i->created_at,
                             .n_bytes = i->n_bytes,
                             .y = CHECK_NO_CLASS,
                             .width = (uint32_t)i->width,
                             .height = (uint32_t)i->height,
                             .n_chars = (uint32_t)i->n_chars,
                             .script = CHECK_NONE,
                             .camera = CHECK_NONE};
    for (int k = 0; k < TRAIT_LOOKS; k++)
        x->look[k] = NAN;
    return check_word(d, i->format, &x->format);
}

static enum err items_read(struct job_run *run, struct check_data *d)
{
    struct arena page;
    struct item *list;
    int64_t after = 0;
    size_t n = 1;
    enum err e = OK;

    arena_init(&page, 64 * MIB);
    while (!e && n) {
        e = store_item_list(run->store, &page, d->project.id, after, PAGE, &list, &n);
        for (size_t i = 0; !e && i < n; i++)
            e = item_add_row(d, &list[i]);
        if (!e && n) after = list[n - 1].id;
        if (!e) e = run_progress(run, (int64_t)d->n, -1, "items read");
        arena_free(&page);
    }
    return e;
}

static enum err trait_put(struct check_data *d, struct check_item *x, const struct trait *t)
{
    x->is_read = t->is_read;
    for (int k = 0; k < TRAIT_LOOKS; k++)
        x->look[k] = (float)t->look[k];
    x->taken_min = t->taken_min;
    x->n_words = (uint32_t)t->n_words;
    x->n_lines = (uint32_t)t->n_lines;
    x->punctuation = (float)t->punctuation;
    x->capitals = (float)t->capitals;
    TRY(check_word(d, t->camera, &x->camera));
    return check_word(d, t->script, &x->script);
}

/* Both lists ascend. */
static enum err traits_put(struct check_data *d, const struct trait *list, size_t n, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        while (*at < d->n && d->item[*at].id < list[i].item_id)
            (*at)++;
        if (*at < d->n && d->item[*at].id == list[i].item_id)
            TRY(trait_put(d, &d->item[*at], &list[i]));
    }
    return OK;
}

static enum err traits_read(struct job_run *run, struct check_data *d)
{
    struct arena page;
    struct trait *list;
    int64_t after = 0;
    size_t at = 0;
    size_t n = 1;
    enum err e = OK;

    arena_init(&page, 64 * MIB);
    while (!e && n) {
        e = store_trait_list(run->store, &page, d->project.id, after, PAGE, &list, &n);
        if (!e) e = traits_put(d, list, n, &at);
        if (!e && n) after = list[n - 1].item_id;
        arena_free(&page);
    }
    return e;
}

/* -- answers ---------------------------------------------------------------------------------- */

static enum err class_of(const struct check_data *d, const struct item_answer *a, int32_t *y)
{
    json_t *values;
    const char *name;

    *y = CHECK_NO_CLASS;
    if (a->answer != ANSWER_ACCEPT || d->question->multiple) return OK;
    TRY(json_read(&values, a->values, strlen(a->values)));
    name = json_string_value(json_object_get(values, d->question->name));
    if (name) *y = class_index(d->question, name);
    json_decref(values);
    return OK;
}

static enum err answer_put(struct job_run *run, struct check_data *d,
                           const struct item_answer *a, size_t *at)
{
    struct item i;
    int32_t y;

    TRY(class_of(d, a, &y));
    while (*at < d->n && d->item[*at].id < a->item_id)
        (*at)++;
    if (y < 0 || *at == d->n || d->item[*at].id != a->item_id) return OK;
    TRY(store_item_get(run->store, &d->arena, a->item_id, &i));
    d->item[*at].y = y;
    d->item[*at].path = i.path;
    d->item[*at].meta = i.meta;
    d->n_examples++;
    return OK;
}

static enum err answers_put(struct job_run *run, struct check_data *d, struct answers *answers)
{
    struct item_answer *list;
    struct arena page;
    int64_t after = 0;
    size_t at = 0;
    size_t n = 1;
    enum err e = OK;

    arena_init(&page, 64 * MIB);
    while (!e && n) {
        e = answers_page(answers, &page, after, PAGE, &list, &n);
        for (size_t i = 0; !e && i < n; i++)
            e = answer_put(run, d, &list[i], &at);
        if (!e && n) after = list[n - 1].item_id;
        if (!e) e = run_progress(run, (int64_t)d->n_examples, -1, "answers read");
        arena_free(&page);
    }
    return e;
}

static enum err answers_read(struct job_run *run, struct check_data *d)
{
    const struct answers_ask ask = {.project_id = d->project.id};
    struct questions *questions;
    struct answers *answers;
    enum err e;

    TRY(questions_parse(&d->arena, d->project.questions, &questions));
    d->question = &questions->question[0];
    TRY(answers_open(run->store, &ask, &answers));
    d->seq = answers_seq(answers);
    e = answers_put(run, d, answers);
    answers_close(answers);
    return e;
}

/* -- examples --------------------------------------------------------------------------------- */

static enum err examples_room(struct check_data *d)
{
    const size_t n = d->n_examples + 1;
    const size_t n_classes = d->question->n_classes;

    d->example = arena_array(&d->arena, n, sizeof *d->example);
    d->group = arena_array(&d->arena, n, sizeof *d->group);
    d->row = arena_array(&d->arena, n, sizeof *d->row);
    d->of_class = arena_array(&d->arena, n_classes, sizeof *d->of_class);
    if (!d->example || !d->group || !d->row || !d->of_class) return fail_nomem();
    memset(d->of_class, 0, n_classes * sizeof *d->of_class);
    return OK;
}

static enum err examples_list(struct job_run *run, struct check_data *d)
{
    struct group_list groups;
    size_t k = 0;

    TRY(examples_room(d));
    TRY(group_read(run->store, &d->arena, d->project.id, &groups));
    TRY(encoder_active(run->store, &d->arena, d->project.id, &d->latents));
    for (size_t i = 0; i < d->n; i++) {
        if (d->item[i].y < 0) continue;
        d->example[k] = i;
        d->of_class[d->item[i].y]++;
        d->group[k] = (uint64_t)group_key(&groups, d->item[i].id);
        if (!latents_row_of(&d->latents.latents, d->item[i].id, &d->row[k]))
            d->row[k] = CHECK_NO_ROW;
        k++;
    }
    return OK;
}

enum err check_gather(struct job_run *run, int64_t project_id, struct check_data *d)
{
    *d = (struct check_data){.n = 0};
    arena_init(&d->arena, 2 * GIB);
    TRY(store_project_get(run->store, &d->arena, project_id, &d->project));
    TRY(traits_fill(run, &d->project));
    TRY(items_read(run, d));
    TRY(traits_read(run, d));
    TRY(answers_read(run, d));
    return examples_list(run, d);
}

void check_free(struct check_data *d)
{
    encoder_close(&d->latents);
    free(d->item);
    arena_free(&d->arena);
    *d = (struct check_data){.n = 0};
}

int check_is_blank(const struct check_data *d, const struct check_item *i)
{
    if (!i->is_read) return 0;
    if (d->project.kind == PROJECT_IMAGE) return (double)i->look[LOOK_FLAT] >= BLANK_FLAT;
    return i->script == CHECK_NONE ||
           !strcmp(d->words.word[i->script], text_script_name(SCRIPT_NONE));
}
