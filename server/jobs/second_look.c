#include "jobs/second_look.h"

#include "base/clock.h"
#include "domain/answer.h"
#include "domain/encoder.h"
#include "domain/group.h"
#include "domain/look.h"
#include "jobs/doubts.h"
#include "jobs/run.h"
#include "store/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_GIB = 2, PAGE = 500, ITEMS_OF_CONFLICT_MAX = 50 };

/* What an item of a group was answered. */
struct member {
    int64_t group, item_id, seq;
    const char *value; /* JSON of the question at hand; "null" when it was rejected */
};

struct looking {
    struct job_run *run;
    struct arena arena;
    struct project project;
    struct encoder_latents latents;
    struct group_list groups;
    struct answers *answers;
    const struct questions *questions;
    struct doubts_said *said; /* (n) every answered item, by id */
    size_t n, room;
    struct look_kept *kept;
    size_t n_kept;
    struct look look;
    struct look_entry *conflict; /* (n_conflict) */
    size_t n_conflict;
    struct look_entry *entry; /* (n_entries) what is published */
    size_t n_entries;
    bool too_few; /* labels for doubts, in every question */
};

/* -- the answers ------------------------------------------------------------------------------ */

static enum err said_add(struct looking *x, const struct item_answer *a)
{
    struct doubts_said *more;

    if (a->answer == ANSWER_FLAG) return OK; /* is looked at anyway */
    if (x->n == x->room) {
        const size_t room = x->room ? 2 * x->room : 1024;

        more = arena_array(&x->arena, room, sizeof *more);
        NEED(more);
        if (x->n) memcpy(more, x->said, x->n * sizeof *more);
        x->said = more;
        x->room = room;
    }
    x->said[x->n++] = (struct doubts_said){.item_id = a->item_id,
                                           .seq = a->seq,
                                           .rejected = a->answer == ANSWER_REJECT,
                                           .values = a->values};
    return OK;
}

static enum err answers_read(struct looking *x)
{
    struct item_answer *list;
    int64_t after = 0;
    size_t n = 1;

    while (n) {
        TRY(run_progress(x->run, (int64_t)x->n, -1, "answers read"));
        TRY(answers_page(x->answers, &x->arena, after, PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(said_add(x, &list[i]));
        if (n) after = list[n - 1].item_id;
    }
    return OK;
}

/* -- conflicts -------------------------------------------------------------------------------- */

static int by_group(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;

    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->item_id > y->item_id) - (x->item_id < y->item_id);
}

/* The value of one question as JSON text; NULL when it was not answered. */
static enum err value_of(struct looking *x, const struct doubts_said *said,
                         const char *question, const char **value)
{
    json_t *values;
    const json_t *one;

    *value = "null";
    if (said->rejected) return OK;
    TRY(json_read(&values, said->values, strlen(said->values)));
    one = json_object_get(values, question);
    *value = one ? json_write(&x->arena, one) : NULL;
    json_decref(values);
    return OK;
}

/* The answered items that are not alone, in order of group and item. */
static enum err members_find(struct looking *x, const char *question, struct member **list,
                             size_t *n)
{
    *n = 0;
    *list = arena_array(&x->arena, x->groups.n + 1, sizeof **list);
    NEED(*list);
    for (size_t i = 0, k = 0; i < x->n && k < x->groups.n; i++) {
        struct member m = {.item_id = x->said[i].item_id, .seq = x->said[i].seq};

        while (k < x->groups.n && x->groups.row[k].item_id < m.item_id)
            k++;
        if (k == x->groups.n || x->groups.row[k].item_id != m.item_id) continue;
        m.group = x->groups.row[k].group_id;
        TRY(value_of(x, &x->said[i], question, &m.value));
        if (m.value) (*list)[(*n)++] = m;
    }
    qsort(*list, *n, sizeof **list, by_group);
    return OK;
}

/* "2 sneaker, 1 sandal": each value that was given, in the order of first members. */
static const char *values_say(struct looking *x, const struct member *m, size_t n)
{
    const char *all = "";

    for (size_t i = 0; i < n && all; i++) {
        size_t count = 0;
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++)
            seen = !strcmp(m[k].value, m[i].value);
        if (seen) continue;
        for (size_t k = i; k < n; k++)
            count += !strcmp(m[k].value, m[i].value);
        all = arena_printf(&x->arena, "%s%s%zu %s", all, *all ? ", " : "", count,
                           doubts_value_words(&x->arena, m[i].value));
    }
    return all;
}

static bool all_alike(const struct member *m, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (strcmp(m[i].value, m[0].value) != 0) return false;
    return true;
}

static bool all_kept(const struct looking *x, const struct look_entry *e)
{
    for (size_t i = 0; i < e->n_items; i++)
        if (!look_is_kept(x->kept, x->n_kept, e->kind, e->question, &e->items[i])) return false;
    return true;
}

static enum err conflict_add(struct looking *x, const char *question, const struct member *m,
                             size_t n)
{
    const size_t shown = n < ITEMS_OF_CONFLICT_MAX ? n : ITEMS_OF_CONFLICT_MAX;
    struct look_entry e = {.kind = LOOK_CONFLICT, .question = question, .near = "[]"};

    if (all_alike(m, shown)) return OK;
    e.items = arena_array(&x->arena, shown, sizeof *e.items);
    NEED(e.items);
    for (e.n_items = 0; e.n_items < shown; e.n_items++)
        e.items[e.n_items] = (struct look_item){m[e.n_items].item_id, m[e.n_items].seq};
    if (all_kept(x, &e)) return OK;
    e.reason = arena_printf(&x->arena, "%zu near duplicates were answered differently: %s.", n,
                            values_say(x, m, shown));
    NEED(e.reason);
    x->look.n_conflicts++;
    if (x->n_conflict < LOOK_ENTRIES_MAX) x->conflict[x->n_conflict++] = e;
    return OK;
}

static enum err conflicts_of(struct looking *x, const char *question)
{
    struct member *m;
    size_t n;

    TRY(members_find(x, question, &m, &n));
    for (size_t from = 0, to; from < n; from = to) {
        to = from + 1;
        while (to < n && m[to].group == m[from].group)
            to++;
        TRY(conflict_add(x, question, m + from, to - from));
    }
    return OK;
}

/* -- doubts, and both together ---------------------------------------------------------------- */

static enum err doubts_of(struct looking *x, const struct question *q, size_t at,
                          struct doubts *d)
{
    const struct doubts_in in = {.question = q,
                                 .said = x->said,
                                 .n = x->n,
                                 .latents = &x->latents.latents,
                                 .groups = &x->groups,
                                 .kept = x->kept,
                                 .n_kept = x->n_kept,
                                 .seed = (uint64_t)x->project.seed + at,
                                 .threads = x->run->threads,
                                 .run = x->run};

    TRY(doubts_find(&x->arena, &in, d));
    x->look.n_wrong += (int64_t)d->n_wrong;
    x->look.n_doubts += (int64_t)d->n_found;
    if (d->is_enough) x->too_few = false;
    return OK;
}

/* Conflicts first, at most half when there are doubts enough for the rest; then of each question the
 * likeliest doubts in turn. */
static enum err entries_join(struct looking *x, const struct doubts *d, size_t n_questions)
{
    size_t n_doubts = 0;
    size_t most = LOOK_ENTRIES_MAX;

    for (size_t q = 0; q < n_questions; q++)
        n_doubts += d[q].n;
    if (n_doubts > LOOK_ENTRIES_MAX / 2) n_doubts = LOOK_ENTRIES_MAX / 2;
    x->entry = arena_array(&x->arena, LOOK_ENTRIES_MAX, sizeof *x->entry);
    NEED(x->entry);
    for (size_t i = 0; i < x->n_conflict && x->n_entries < most - n_doubts; i++)
        x->entry[x->n_entries++] = x->conflict[i];
    for (size_t i = 0; i < LOOK_ENTRIES_MAX; i++)
        for (size_t q = 0; q < n_questions && x->n_entries < most; q++)
            if (i < d[q].n) x->entry[x->n_entries++] = d[q].entry[i];
    return OK;
}

static enum err look_over(struct looking *x)
{
    struct doubts d[QUESTIONS_MAX] = {{0}};

    x->conflict = arena_array(&x->arena, LOOK_ENTRIES_MAX, sizeof *x->conflict);
    NEED(x->conflict);
    for (size_t q = 0; q < x->questions->n; q++) {
        const struct question *question = &x->questions->question[q];

        TRY(conflicts_of(x, question->name));
        if (!question->multiple && x->latents.latents.features.n)
            TRY(doubts_of(x, question, q, &d[q]));
    }
    return entries_join(x, d, x->questions->n);
}

static enum err publish_task(struct store *s, void *context)
{
    struct looking *x = context;

    return look_publish(s, &x->look, x->entry, x->n_entries);
}

static void say(struct looking *x)
{
    const struct look *l = &x->look;
    char *message = x->run->message;

    snprintf(message, sizeof x->run->message,
             "of %lld labels %lld are worth a second look, and %lld groups of near duplicates "
             "were answered differently%s",
             (long long)l->n_labels, (long long)l->n_doubts, (long long)l->n_conflicts,
             x->too_few
                 ? "; doubts about single labels need 30 labels, and five in each of two "
                   "classes"
                 : "");
}

static enum err gather(struct looking *x)
{
    const struct answers_ask ask = {.project_id = x->project.id};
    struct store *s = x->run->store;

    TRY(encoder_active(s, &x->arena, x->project.id, &x->latents));
    TRY(group_read(s, &x->arena, x->project.id, &x->groups));
    TRY(store_look_kept_list(s, &x->arena, x->project.id, &x->kept, &x->n_kept));
    TRY(answers_open(s, &ask, &x->answers));
    x->questions = answers_questions(x->answers);
    return answers_read(x);
}

static enum err look(struct looking *x)
{
    TRY(gather(x));
    x->too_few = true;
    x->look = (struct look){.project_id = x->project.id,
                            .encoder_id = x->latents.encoder.id,
                            .ledger_seq = answers_seq(x->answers),
                            .n_labels = (int64_t)x->n,
                            .created_at = clock_now_ms()};
    TRY(look_over(x));
    TRY(writer_do(x->run->writer, publish_task, x));
    say(x);
    return OK;
}

enum err second_look_run(struct job_run *run)
{
    struct looking x = {.run = run};
    enum err e;

    TRY(store_project_get(run->store, &run->arena, run->claim.job.project_id, &x.project));
    arena_init(&x.arena, (size_t)ARENA_GIB * GIB);
    e = look(&x);
    answers_close(x.answers);
    encoder_close(&x.latents);
    arena_free(&x.arena);
    return e;
}

enum err second_look_queue(struct store *s, struct arena *a, int64_t project_id,
                           int64_t user_id, struct job *j)
{
    *j = (struct job){.project_id = project_id,
                      .kind = "second-look",
                      .params = "{}",
                      .total = -1,
                      .user_id = user_id};
    return job_add(s, a, j, JOB_MERGE, clock_now_ms());
}
