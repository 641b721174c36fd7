/* What a ranking works from: labels so far, by item, and what is in people's hands. Taken from
 * the current labels, or from the ledger as of an earlier moment; both go through one fold, so
 * that a round computed again sees what it saw. */
#include "domain/project.h"
#include "domain/queue.h"
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

struct fold {
    struct arena *a;
    const struct questions *q;
    int64_t item_id; /* whose answers are being counted; 0: none yet */
    int64_t n_none;  /* of them, rejects, flags and classes unknown now */
    int64_t n_answers;
    int64_t *votes; /* by class */
    int64_t *items;
    int32_t *classes;
    size_t n, room;
};

/* The class with most votes; -1 if another, or no class at all, has as many. */
static int32_t winner(const struct fold *f)
{
    int64_t most = f->n_none;
    int32_t best = -1;

    for (size_t k = 0; k < f->q->question[0].n_classes; k++) {
        if (f->votes[k] < most) continue;
        best = f->votes[k] > most ? (int32_t)k : -1;
        most = f->votes[k];
    }
    return best;
}

static enum err grow(struct fold *f)
{
    size_t room = f->room ? 2 * f->room : 1024;
    int64_t *items;
    int32_t *classes;

    if (f->n < f->room) return OK;
    items = arena_array(f->a, room, sizeof *items);
    classes = arena_array(f->a, room, sizeof *classes);
    NEED(items && classes ? f : NULL);
    if (f->n) memcpy(items, f->items, f->n * sizeof *items);
    if (f->n) memcpy(classes, f->classes, f->n * sizeof *classes);
    f->items = items;
    f->classes = classes;
    f->room = room;
    return OK;
}

static enum err close_item(struct fold *f)
{
    if (f->n_answers) {
        TRY(grow(f));
        f->items[f->n] = f->item_id;
        f->classes[f->n++] = winner(f);
    }
    f->n_none = f->n_answers = 0;
    memset(f->votes, 0, f->q->question[0].n_classes * sizeof *f->votes);
    return OK;
}

/* Labels come in order of item. */
static enum err count(struct fold *f, int64_t item_id, enum answer answer, const char *values)
{
    int k = answer == ANSWER_ACCEPT ? values_class(f->q, values) : -1;

    if (item_id != f->item_id) TRY(close_item(f));
    f->item_id = item_id;
    if (answer == ANSWER_SKIP) return OK;
    f->n_answers++;
    if (k >= 0)
        f->votes[k]++;
    else
        f->n_none++;
    return OK;
}

static enum err count_label(void *context, const struct label *l)
{
    return count(context, l->item_id, l->answer, l->values);
}

static enum err count_body(struct fold *f, int64_t item_id, const json_t *body)
{
    struct arena a;
    enum answer answer;
    const char *word = json_string_value(json_object_get(body, "answer"));
    const char *values;
    enum err e;

    TRY(answer_read(&answer, word ? word : ""));
    arena_init(&a, 16 * MIB);
    values = json_write(&a, json_object_get(body, "values"));
    e = values ? count(f, item_id, answer, values) : fail_nomem();
    arena_free(&a);
    return e;
}

static enum err count_event(void *context, const struct ledger_row *row)
{
    json_t *body;
    enum err e;

    if (strcmp(row->kind, "label") != 0) return OK;
    TRY(json_read(&body, row->body, row->n_body));
    e = count_body(context, row->item_id, body);
    json_decref(body);
    return e;
}

static enum err begin(struct store *s, struct fold *f, int64_t project_id,
                      struct round_inputs *in)
{
    const char *body;
    struct questions *q;

    TRY(store_questions_as_of(s, f->a, project_id, in->ledger_seq, &in->question_version,
                              &body));
    TRY(questions_parse(f->a, body, &q));
    f->q = q;
    in->n_classes = q->question[0].n_classes;
    f->votes = arena_array(f->a, in->n_classes, sizeof *f->votes);
    NEED(f->votes);
    return OK;
}

static enum err finish(struct fold *f, struct round_inputs *in)
{
    TRY(close_item(f));
    in->n_labelled = f->n;
    in->labelled = f->items;
    in->classes = f->classes;
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
