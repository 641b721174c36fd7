#include "jobs/quality_gather.h"

#include "base/json.h"
#include "domain/check.h"
#include "domain/project.h"
#include "domain/quarantine.h"
#include "store/decision.h"
#include "store/item.h"
#include "store/label.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024, FIRST_SETS = 64, GOLD_PAGE = 500 };

struct gather {
    struct quality_data *d;
    struct left_out out;
    struct item_walk walk;
    size_t last_person; /* labels come in runs */
};

/* `rows` moved to where `room` of them fit. */
#define GROW(rows, room)                                                                       \
    do {                                                                                       \
        void *grown_ = reallocarray((rows), (room), sizeof *(rows));                           \
        NEED(grown_);                                                                          \
        (rows) = grown_;                                                                       \
    } while (0)

static enum err person_of(struct gather *g, int64_t user_id, uint32_t *person)
{
    struct quality_data *d = g->d;
    size_t i = g->last_person;

    if (i >= d->n_people || d->person[i].user_id != user_id)
        for (i = 0; i < d->n_people && d->person[i].user_id != user_id; i++)
            continue;
    if (i == d->n_people) {
        GROW(d->person, i + 1);
        d->person[d->n_people++] = (struct quality_person){
            .user_id = user_id, .is_left_out = quarantined(&g->out, user_id)};
    }
    g->last_person = i;
    *person = (uint32_t)i;
    return OK;
}

static uint64_t hash_marks(const uint8_t *mark, size_t n)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < n; i++)
        h = (h ^ mark[i]) * 1099511628211u;
    return h;
}

static void put_bucket(struct quality_question *x, size_t set)
{
    const size_t k = x->q->n_classes;
    size_t at = hash_marks(x->set + set * k, k) & (x->n_buckets - 1);

    while (x->bucket[at])
        at = (at + 1) & (x->n_buckets - 1);
    x->bucket[at] = (uint32_t)set + 1;
}

static enum err more_sets(struct quality_question *x)
{
    const size_t room = x->room ? 2 * x->room : FIRST_SETS;

    GROW(x->set, room * x->q->n_classes);
    GROW(x->bucket, 2 * room);
    x->room = room;
    x->n_buckets = 2 * room;
    memset(x->bucket, 0, x->n_buckets * sizeof *x->bucket);
    for (size_t i = 0; i < x->n_answers_max; i++)
        put_bucket(x, i);
    return OK;
}

static enum err set_of(struct quality_question *x, const uint8_t *mark, uint32_t *answer)
{
    const size_t k = x->q->n_classes;
    size_t at;

    if (x->n_answers_max == x->room) TRY(more_sets(x));
    at = hash_marks(mark, k) & (x->n_buckets - 1);
    for (; x->bucket[at]; at = (at + 1) & (x->n_buckets - 1)) {
        *answer = x->bucket[at] - 1;
        if (!memcmp(x->set + *answer * k, mark, k)) return OK;
    }
    *answer = (uint32_t)x->n_answers_max++;
    memcpy(x->set + *answer * k, mark, k);
    put_bucket(x, *answer);
    return OK;
}

static enum err answer_of(struct quality_question *x, const json_t *values, uint8_t *mark,
                          uint32_t *answer)
{
    *answer = QUALITY_NO_ANSWER;
    if (!values || !values_marks(x->q, values, mark)) return OK;
    if (x->q->multiple) return set_of(x, mark, answer);
    for (size_t k = 0; k < x->q->n_classes; k++)
        if (mark[k]) *answer = (uint32_t)k;
    return OK;
}

static enum err more_rows(struct quality_data *d)
{
    const size_t room = d->room ? 2 * d->room : FIRST_ROOM;

    if (d->n_rows < d->room) return OK;
    GROW(d->row, room);
    GROW(d->item, room);
    for (size_t q = 0; q < d->n_questions; q++)
        GROW(d->question[q].answer, room);
    d->room = room;
    return OK;
}

static enum err add_answers(struct quality_data *d, const struct label *l)
{
    json_t *values = NULL;
    enum err e = OK;

    if (l->answer == ANSWER_ACCEPT) TRY(json_read(&values, l->values, strlen(l->values)));
    for (size_t q = 0; q < d->n_questions && !e; q++)
        e = answer_of(&d->question[q], values, d->mark, &d->question[q].answer[d->n_rows]);
    json_decref(values);
    return e;
}

static enum err add(void *context, const struct label *l)
{
    struct gather *g = context;
    struct quality_data *d = g->d;
    struct quality_person *p;
    uint32_t person;

    TRY(person_of(g, l->user_id, &person));
    p = &d->person[person];
    p->n_skips += l->answer == ANSWER_SKIP;
    if (l->answer == ANSWER_SKIP) return OK;
    p->n_labels++;
    p->n_flags += l->answer == ANSWER_FLAG;
    p->n_rejects += l->answer == ANSWER_REJECT;
    TRY(more_rows(d));
    TRY(add_answers(d, l));
    if (!d->n_items || d->item[d->n_items - 1] != l->item_id)
        d->item[d->n_items++] = l->item_id;
    d->row[d->n_rows++] =
        (struct quality_row){.item = (uint32_t)d->n_items - 1,
                             .person = person,
                             .elapsed_ms = (uint32_t)l->elapsed_ms, /* a day at most */
                             .at = l->at};
    return OK;
}

static int by_id(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

enum known { DECIDED, GOLD };

/* What a decision or a known answer says, of an item that has labels too. */
static enum err add_known(struct quality_data *d, enum known from, int64_t item_id,
                          const char *text)
{
    const int64_t *item =
        d->n_items ? bsearch(&item_id, d->item, d->n_items, sizeof *d->item, by_id) : NULL;
    json_t *values = NULL;
    enum err e = OK;

    if (!item) return OK;
    TRY(json_read(&values, text, strlen(text)));
    for (size_t i = 0; i < d->n_questions && !e; i++) {
        struct quality_question *q = &d->question[i];

        e = answer_of(q, values, d->mark,
                      &(from == GOLD ? q->gold : q->decided)[item - d->item]);
    }
    json_decref(values);
    return e;
}

static enum err add_decision(void *context, const struct decision *x)
{
    if (x->answer != ANSWER_ACCEPT) return OK;
    return add_known(context, DECIDED, x->item_id, x->values);
}

static enum err add_gold(struct store *s, struct arena *a, int64_t project_id,
                         struct quality_data *d)
{
    struct gold *list;
    int64_t after = 0;
    size_t n;

    do {
        TRY(store_gold_list(s, a, project_id, after, GOLD_PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(add_known(d, GOLD, list[i].item_id, list[i].values));
        if (n) after = list[n - 1].item_id;
    } while (n);
    return OK;
}

static enum err nothing_known(size_t n_items, uint32_t **known)
{
    *known = malloc((n_items + 1) * sizeof **known);
    NEED(*known);
    for (size_t i = 0; i < n_items; i++)
        (*known)[i] = QUALITY_NO_ANSWER;
    return OK;
}

static enum err add_checks(struct store *s, struct arena *a, int64_t project_id,
                           struct gather *g)
{
    struct person_checks *checks;
    uint32_t person = 0;
    size_t n;

    TRY(check_people(s, a, project_id, &checks, &n));
    for (size_t i = 0; i < n; i++) {
        struct quality_person *to;

        TRY(person_of(g, checks[i].user_id, &person));
        to = &g->d->person[person];
        to->n_gold = (size_t)checks[i].n_gold;
        to->n_right = (size_t)checks[i].n_right;
        to->n_again = (size_t)checks[i].n_again;
        to->n_agree = (size_t)checks[i].n_agree;
    }
    return OK;
}

static enum err what_is_known(struct store *s, struct arena *a, int64_t project_id,
                              struct gather *g)
{
    struct quality_data *d = g->d;

    for (size_t q = 0; q < d->n_questions; q++) {
        TRY(nothing_known(d->n_items, &d->question[q].decided));
        TRY(nothing_known(d->n_items, &d->question[q].gold));
    }
    TRY(store_decision_visit(s, project_id, d->seq, add_decision, d));
    TRY(add_gold(s, a, project_id, d));
    return add_checks(s, a, project_id, g);
}

static enum err questions_open(struct store *s, struct arena *a, int64_t project_id,
                               struct quality_data *d)
{
    const char *body;
    struct questions *q;
    int64_t version;

    TRY(store_questions_as_of(s, a, project_id, d->seq, &version, &body));
    TRY(questions_parse(a, body, &q));
    d->mark = calloc(CLASSES_MAX, 1);
    NEED(d->mark);
    d->n_questions = q->n;
    for (size_t i = 0; i < q->n; i++) {
        d->question[i].q = &q->question[i];
        if (!q->question[i].multiple) d->question[i].n_answers_max = q->question[i].n_classes;
    }
    return OK;
}

static enum err gather(struct store *s, struct arena *a, int64_t project_id,
                       struct quality_data *d)
{
    struct gather g = {.d = d, .walk = {.project_id = project_id}};
    struct hash hash;
    int64_t first;

    TRY(store_ledger_last(s, &d->seq, &hash));
    TRY(questions_open(s, a, project_id, d));
    TRY(quarantine_as_of(s, a, project_id, d->seq, &g.out));
    TRY(store_item_span(s, project_id, &first, &g.walk.last));
    g.walk.after = first - 1;
    TRY(store_label_walk(s, &g.walk, add, &g));
    d->n_labels = d->n_rows;
    return what_is_known(s, a, project_id, &g);
}

enum err quality_gather(struct store *s, struct arena *a, int64_t project_id,
                        struct quality_data *d)
{
    *d = (struct quality_data){.seq = 0};
    TRY(store_look(s));
    return store_look_end(s, gather(s, a, project_id, d));
}

void quality_free(struct quality_data *d)
{
    for (size_t q = 0; q < d->n_questions; q++) {
        free(d->question[q].set);
        free(d->question[q].bucket);
        free(d->question[q].answer);
        free(d->question[q].decided);
        free(d->question[q].gold);
    }
    free(d->row);
    free(d->item);
    free(d->person);
    free(d->mark);
    *d = (struct quality_data){.seq = 0};
}

enum err quality_answers(const struct quality_data *d, size_t question,
                         enum quality_whose whose, struct quality_answers *x)
{
    const struct quality_question *q = &d->question[question];
    size_t n = 0;

    *x = (struct quality_answers){.item = calloc(d->n_rows + 1, sizeof(uint32_t)),
                                  .person = calloc(d->n_rows + 1, sizeof(uint32_t)),
                                  .answer = calloc(d->n_rows + 1, sizeof(uint32_t)),
                                  .row = calloc(d->n_rows + 1, sizeof(uint32_t))};
    if (!x->item || !x->person || !x->answer || !x->row) {
        quality_answers_free(x);
        return fail_nomem();
    }
    for (size_t i = 0; i < d->n_rows; i++) {
        if (q->answer[i] == QUALITY_NO_ANSWER) continue;
        if (whose == QUALITY_COUNTED && d->person[d->row[i].person].is_left_out) continue;
        x->item[n] = d->row[i].item;
        x->person[n] = d->row[i].person;
        x->answer[n] = q->answer[i];
        x->row[n++] = (uint32_t)i;
    }
    x->answers = (struct smp_answers){x->item,    x->person,   x->answer,       n,
                                      d->n_items, d->n_people, q->n_answers_max};
    return OK;
}

void quality_answers_free(struct quality_answers *x)
{
    free(x->item);
    free(x->person);
    free(x->answer);
    free(x->row);
    *x = (struct quality_answers){.item = NULL};
}
