/* What a ranking works from: labels so far, by item, and what is in people's hands. Taken from
 * the current labels, or from the ledger as of an earlier moment; both go through one fold, so
 * that a round computed again sees what it saw. */
#include "domain/project.h"
#include "domain/quarantine.h"
#include "domain/queue.h"
#include "domain/tally.h"
#include "store/decision.h"
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

/* One question's part of a fold. */
struct column {
    struct tally tally; /* of the item being counted */
    int32_t *classes;
    uint8_t *chosen, *known;
};

struct fold {
    struct arena *a;
    const struct questions *q;
    struct left_out out; /* people whose labels count for nothing */
    struct column column[QUESTIONS_MAX];
    struct decision *decision; /* that stand, by item, and the next one */
    size_t n_decisions, decided;
    int64_t item_id; /* whose answers are being counted; 0: none yet */
    int64_t n_answers;
    int64_t *items;
    size_t n, room;
};

/* *rows, of `size` bytes each, moved to where `room` of them fit. */
static enum err move(const struct fold *f, void **rows, size_t size, size_t room)
{
    void *larger = arena_array(f->a, room, size);

    NEED(larger);
    if (f->n) memcpy(larger, *rows, f->n * size);
    *rows = larger;
    return OK;
}

static enum err grow_column(const struct fold *f, struct column *c, size_t room)
{
    void *rows = c->classes;

    if (!c->tally.q->multiple) {
        TRY(move(f, &rows, sizeof *c->classes, room));
        c->classes = rows;
        return OK;
    }
    rows = c->chosen;
    TRY(move(f, &rows, c->tally.q->n_classes, room));
    c->chosen = rows;
    rows = c->known;
    TRY(move(f, &rows, 1, room));
    c->known = rows;
    return OK;
}

static enum err grow(struct fold *f)
{
    size_t room = f->room ? 2 * f->room : 1024;
    void *items = f->items;

    if (f->n < f->room) return OK;
    TRY(move(f, &items, sizeof *f->items, room));
    f->items = items;
    for (size_t i = 0; i < f->q->n; i++)
        TRY(grow_column(f, &f->column[i], room));
    f->room = room;
    return OK;
}

static void settle(struct column *c, size_t i)
{
    if (c->tally.q->multiple)
        c->known[i] = (uint8_t)tally_majority(&c->tally, c->chosen + i * c->tally.q->n_classes);
    else
        c->classes[i] = tally_winner(&c->tally);
}

static enum err add_item(struct fold *f, int64_t item_id)
{
    TRY(grow(f));
    for (size_t i = 0; i < f->q->n; i++)
        settle(&f->column[i], f->n);
    f->items[f->n++] = item_id;
    return OK;
}

static void clear(struct fold *f)
{
    for (size_t i = 0; i < f->q->n; i++)
        tally_clear(&f->column[i].tally);
    f->n_answers = 0;
}

/* The next decision is all that is said of its item. */
static enum err add_decided(struct fold *f)
{
    const struct decision *d = &f->decision[f->decided++];
    json_t *values;
    enum err e;

    clear(f);
    TRY(json_read(&values, d->values, strlen(d->values)));
    for (size_t i = 0; i < f->q->n; i++)
        tally_add(&f->column[i].tally, d->answer == ANSWER_ACCEPT ? values : NULL, 1);
    json_decref(values);
    e = add_item(f, d->item_id);
    clear(f);
    return e;
}

/* Ends the item at hand, and adds the decided ones between it and `next` that nobody labelled. */
static enum err close_item(struct fold *f, int64_t next)
{
    if (f->decided < f->n_decisions && f->decision[f->decided].item_id == f->item_id)
        TRY(add_decided(f));
    else if (f->n_answers)
        TRY(add_item(f, f->item_id));
    clear(f);
    while (f->decided < f->n_decisions && f->decision[f->decided].item_id < next)
        TRY(add_decided(f));
    return OK;
}

/* One person's answer. */
struct reply {
    int64_t item_id, user_id;
    enum answer answer;
};

/* Labels come in order of item. An item that only people in quarantine answered is there, with an
 * answer to nothing: it teaches nothing, and is not picked again. */
static enum err count(struct fold *f, const struct reply *r, const json_t *values)
{
    if (r->item_id != f->item_id) TRY(close_item(f, r->item_id));
    f->item_id = r->item_id;
    if (r->answer == ANSWER_SKIP) return OK;
    f->n_answers++;
    if (quarantined(&f->out, r->user_id)) return OK;
    for (size_t i = 0; i < f->q->n; i++)
        tally_add(&f->column[i].tally, r->answer == ANSWER_ACCEPT ? values : NULL, 1);
    return OK;
}

static enum err count_label(void *context, const struct label *l)
{
    const struct reply r = {l->item_id, l->user_id, l->answer};
    json_t *values;
    enum err e;

    TRY(json_read(&values, l->values, strlen(l->values)));
    e = count(context, &r, values);
    json_decref(values);
    return e;
}

static enum err count_body(struct fold *f, const struct ledger_row *row, const json_t *body)
{
    struct reply r = {row->item_id, row->user_id, ANSWER_SKIP};
    const char *word = json_string_value(json_object_get(body, "answer"));

    TRY(answer_read(&r.answer, word ? word : ""));
    return count(f, &r, json_object_get(body, "values"));
}

static enum err count_event(void *context, const struct ledger_row *row)
{
    json_t *body;
    enum err e;

    if (strcmp(row->kind, "label") != 0) return OK;
    TRY(json_read(&body, row->body, row->n_body));
    e = count_body(context, row, body);
    json_decref(body);
    return e;
}

static enum err begin(struct store *s, struct fold *f, int64_t project_id,
                      struct round_inputs *in)
{
    const char *body;
    const struct item_walk all = {.project_id = project_id, .last = INT64_MAX};
    struct questions *q;

    TRY(store_decision_walk(s, f->a, &all, in->ledger_seq, SIZE_MAX, &f->decision,
                            &f->n_decisions));
    TRY(store_questions_as_of(s, f->a, project_id, in->ledger_seq, &in->question_version,
                              &body));
    TRY(questions_parse(f->a, body, &q));
    f->q = q;
    for (size_t i = 0; i < q->n; i++)
        TRY(tally_new(f->a, &q->question[i], &f->column[i].tally));
    return quarantine_as_of(s, f->a, project_id, in->ledger_seq, &f->out);
}

static enum err answers_of(const struct fold *f, const struct column *c,
                           struct round_answers *to)
{
    const struct tally *t = &c->tally;
    const char **names = arena_array(f->a, t->q->n_classes, sizeof *names);

    NEED(names);
    for (size_t k = 0; k < t->q->n_classes; k++)
        names[k] = t->q->classes[k].name;
    *to = (struct round_answers){.question = t->q->name,
                                 .class_names = names,
                                 .n_classes = t->q->n_classes,
                                 .multiple = t->q->multiple,
                                 .classes = c->classes,
                                 .chosen = c->chosen,
                                 .known = c->known};
    return OK;
}

static enum err finish(struct fold *f, struct round_inputs *in)
{
    struct round_answers *answers = arena_array(f->a, f->q->n, sizeof *answers);

    NEED(answers);
    TRY(close_item(f, INT64_MAX));
    for (size_t i = 0; i < f->q->n; i++)
        TRY(answers_of(f, &f->column[i], &answers[i]));
    in->n_questions = f->q->n;
    in->answers = answers;
    in->n_labelled = f->n;
    in->labelled = f->items;
    return OK;
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static enum err held_now(struct store *s, struct arena *a, int64_t project_id, int64_t now_ms,
                         struct round_inputs *in)
{
    struct lease *leases;
    int64_t *held;
    size_t n;
    size_t n_held = 0;

    TRY(store_lease_live(s, a, project_id, 0, now_ms, &leases, &n));
    held = arena_array(a, n + 1, sizeof *held);
    NEED(held);
    for (size_t i = 0; i < n; i++)
        held[i] = leases[i].item_id;
    qsort(held, n, sizeof *held, ascending);
    for (size_t i = 0; i < n; i++) /* several people may hold one item */
        if (!n_held || held[n_held - 1] != held[i]) held[n_held++] = held[i];
    in->held = held;
    in->n_held = n_held;
    return OK;
}

static enum err gather_now(struct store *s, struct arena *a, int64_t project_id, int64_t now_ms,
                           struct round_inputs *in)
{
    struct fold f = {.a = a};
    struct hash hash;

    TRY(store_ledger_last(s, &in->ledger_seq, &hash));
    TRY(begin(s, &f, project_id, in));
    TRY(store_label_visit(s, project_id, count_label, &f));
    TRY(held_now(s, a, project_id, now_ms, in));
    return finish(&f, in);
}

enum err queue_inputs(struct store *s, struct arena *a, int64_t project_id, int64_t now_ms,
                      struct round_inputs *in)
{
    *in = (struct round_inputs){.ledger_seq = 0};
    TRY(store_look(s));
    return store_look_end(s, gather_now(s, a, project_id, now_ms, in));
}

static enum err gather_then(struct store *s, struct arena *a, const struct round *r,
                            struct round_inputs *in)
{
    struct fold f = {.a = a};

    TRY(begin(s, &f, r->project_id, in));
    TRY(store_ledger_latest(s, r->project_id, r->ledger_seq, count_event, &f));
    return finish(&f, in);
}

enum err queue_inputs_of_round(struct store *s, struct arena *a, const struct round *r,
                               struct round_inputs *in)
{
    *in = (struct round_inputs){
        .ledger_seq = r->ledger_seq, .n_held = r->n_held, .held = r->held};
    TRY(store_look(s));
    return store_look_end(s, gather_then(s, a, r, in));
}
