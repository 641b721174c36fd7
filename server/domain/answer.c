#include "domain/answer.h"

#include "base/json.h"
#include "domain/quarantine.h"
#include "domain/tally.h"
#include "store/decision.h"
#include "store/item.h"
#include "store/label.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWERS_MIB = 64, SAID_AT_FIRST = 16 };

struct answers {
    struct store *s;
    struct answers_ask ask;
    struct arena a;
    struct questions *q;
    int64_t version;
    struct left_out out;
    int64_t first, last; /* items of the project lie between */
    struct tally tally[QUESTIONS_MAX];
    uint8_t *chosen; /* room for the classes of any question */
};

/* What one person says about the item at hand. */
struct said {
    int64_t user_id, seq;
    enum answer answer;
    json_t *values;
};

struct page {
    struct answers *x;
    struct arena *a;
    size_t limit;
    struct item_walk walk;
    int64_t item_id; /* at hand; 0: none yet */
    struct said *said;
    size_t n_said, room_said;
    struct decision *decision; /* of items of this page, ascending, and the next one */
    size_t n_decisions, decided;
    struct item_answer *list;
    size_t n, room;
};

static enum err open_questions(struct answers *x)
{
    const char *body;

    TRY(store_questions_as_of(x->s, &x->a, x->ask.project_id, x->ask.seq, &x->version, &body));
    TRY(questions_parse(&x->a, body, &x->q));
    x->chosen = arena_array(&x->a, CLASSES_MAX, sizeof *x->chosen);
    NEED(x->chosen);
    for (size_t i = 0; i < x->q->n; i++)
        TRY(tally_new(&x->a, &x->q->question[i], &x->tally[i]));
    return OK;
}

static enum err open_all(struct answers *x)
{
    struct project_brief p;
    struct hash hash;
    int64_t last;

    TRY(store_project_brief(x->s, x->ask.project_id, &p));
    TRY(store_ledger_last(x->s, &last, &hash));
    if (x->ask.seq > last)
        return fail(ERR_INVALID,
                    "seq: the ledger ends at no. %" PRId64 ", there is no %" PRId64 " yet",
                    last, x->ask.seq);
    if (x->ask.seq <= 0) x->ask.seq = last;
    TRY(quarantine_as_of(x->s, &x->a, x->ask.project_id, x->ask.seq, &x->out));
    TRY(store_item_span(x->s, x->ask.project_id, &x->first, &x->last));
    return open_questions(x);
}

enum err answers_open(struct store *s, const struct answers_ask *ask, struct answers **out)
{
    struct answers *x = calloc(1, sizeof *x);
    enum err e;

    *out = NULL;
    NEED(x);
    x->s = s;
    x->ask = *ask;
    arena_init(&x->a, ANSWERS_MIB * MIB);
    e = store_look(s);
    if (!e) e = store_look_end(s, open_all(x));
    if (e)
        answers_close(x);
    else
        *out = x;
    return e;
}

void answers_close(struct answers *x)
{
    if (!x) return;
    arena_free(&x->a);
    free(x);
}

int64_t answers_seq(const struct answers *x)
{
    return x->ask.seq;
}

const struct questions *answers_questions(const struct answers *x)
{
    return x->q;
}

int64_t answers_question_version(const struct answers *x)
{
    return x->version;
}

/* How many of those who answered said just what became the answer to this question. */
static double votes_for(const struct tally *t, int32_t winner, const uint8_t *chosen)
{
    double least = t->n;

    if (!t->q->multiple) return winner >= 0 ? t->votes[winner] : 0;
    for (size_t k = 0; k < t->q->n_classes; k++) {
        const double votes = chosen[k] ? t->votes[k] : t->n - t->n_none - t->votes[k];
        if (votes < least) least = votes;
    }
    return least;
}

static json_t *chosen_list(const struct question *q, const uint8_t *chosen)
{
    json_t *list = json_array();

    for (size_t k = 0; list && k < q->n_classes; k++)
        if (chosen[k] && json_array_append_new(list, json_string(q->classes[k].name))) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

/* Adds the answer to one question, or counts it as open. */
static enum err settle_question(struct answers *x, const struct tally *t, json_t *values,
                                struct item_answer *to)
{
    const int32_t winner = t->q->multiple ? -1 : tally_winner(t);
    const int known = t->q->multiple ? tally_majority(t, x->chosen) : winner >= 0;
    const double share = known ? votes_for(t, winner, x->chosen) / t->n : 0;
    json_t *value;

    if (share < to->support) to->support = share;
    if (!known) {
        to->n_open++;
        return OK;
    }
    value =
        t->q->multiple ? chosen_list(t->q, x->chosen) : json_string(t->q->classes[winner].name);
    return json_object_set_new(values, t->q->name, value) ? fail_nomem() : OK;
}

static enum err settle_values(struct page *p, struct item_answer *to)
{
    struct answers *x = p->x;
    json_t *values = json_object();
    enum err e = values ? OK : fail_nomem();

    to->support = 1;
    for (size_t i = 0; i < x->q->n && !e; i++) {
        struct tally *t = &x->tally[i];

        tally_clear(t);
        for (size_t k = 0; k < p->n_said; k++)
            tally_add(t, p->said[k].answer == ANSWER_ACCEPT ? p->said[k].values : NULL, 1);
        e = settle_question(x, t, values, to);
    }
    if (!e) to->values = json_write(p->a, values);
    json_decref(values);
    return e ? e : to->values ? OK : fail_nomem();
}

static enum err settle(struct page *p, int64_t item_id, struct item_answer *to)
{
    int64_t n_of[4] = {0};
    const int64_t n = (int64_t)p->n_said;

    *to = (struct item_answer){.item_id = item_id, .values = "{}", .n_people = n};
    for (size_t k = 0; k < p->n_said; k++) {
        n_of[p->said[k].answer]++;
        if (p->said[k].seq > to->seq) to->seq = p->said[k].seq;
    }
    if (n_of[ANSWER_FLAG])
        to->answer = ANSWER_FLAG;
    else if (2 * n_of[ANSWER_REJECT] > n)
        to->answer = ANSWER_REJECT;
    if (to->answer == ANSWER_ACCEPT) return settle_values(p, to);
    to->support = (double)n_of[to->answer] / (double)n;
    return OK;
}

static void forget_said(struct page *p)
{
    for (size_t k = 0; k < p->n_said; k++)
        json_decref(p->said[k].values);
    p->n_said = 0;
}

/* Skips and people in quarantine say nothing. */
static void leave_out(struct page *p)
{
    size_t n = 0;

    for (size_t k = 0; k < p->n_said; k++) {
        const struct said *x = &p->said[k];

        if (x->answer == ANSWER_SKIP || quarantined(&p->x->out, x->user_id))
            json_decref(x->values);
        else
            p->said[n++] = *x;
    }
    p->n_said = n;
}

static enum err room_for_answer(struct page *p)
{
    const size_t room = p->room ? 2 * p->room : p->limit < 256 ? p->limit : 256;
    struct item_answer *more;

    if (p->n < p->room) return OK;
    more = arena_array(p->a, room, sizeof *more);
    NEED(more);
    if (p->n) memcpy(more, p->list, p->n * sizeof *more);
    p->list = more;
    p->room = room;
    return OK;
}

/* What is said of an item becomes its answer. */
static enum err add_answer(struct page *p, int64_t item_id, enum answered_by by)
{
    if (!p->n_said) return OK;
    TRY(room_for_answer(p));
    TRY(settle(p, item_id, &p->list[p->n]));
    p->list[p->n++].by = by;
    return OK;
}

/* Takes the values over. A person's later word on an item replaces the earlier. */
static enum err say(struct page *p, const struct said *new)
{
    size_t k = 0;

    while (k < p->n_said && p->said[k].user_id != new->user_id)
        k++;
    if (k == p->room_said) {
        const size_t room = k ? 2 * k : SAID_AT_FIRST;
        struct said *more = realloc(p->said, room * sizeof *more);

        if (!more) {
            json_decref(new->values);
            return fail_nomem();
        }
        p->said = more;
        p->room_said = room;
    }
    if (k < p->n_said) json_decref(p->said[k].values);
    if (k == p->n_said) p->n_said++;
    p->said[k] = *new;
    return OK;
}

/* The next decision is all that is said of its item. */
static enum err add_decided(struct page *p)
{
    const struct decision *d = &p->decision[p->decided++];
    struct said only = {.user_id = d->user_id, .seq = d->seq, .answer = d->answer};

    forget_said(p);
    TRY(json_read(&only.values, d->values, strlen(d->values)));
    TRY(say(p, &only));
    TRY(add_answer(p, d->item_id, ANSWERED_BY_REVIEWER));
    forget_said(p);
    return OK;
}

/* Decided items below `end`, while the page has room. */
static enum err add_decided_before(struct page *p, int64_t end)
{
    while (p->decided < p->n_decisions && p->decision[p->decided].item_id < end &&
           p->n < p->limit)
        TRY(add_decided(p));
    return OK;
}

static enum err close_item(struct page *p)
{
    enum err e;

    if (p->decided < p->n_decisions && p->decision[p->decided].item_id == p->item_id)
        return add_decided(p);
    leave_out(p);
    e = add_answer(p, p->item_id, ANSWERED_BY_PEOPLE);
    forget_said(p);
    return e;
}

static void unsay(struct page *p, int64_t user_id)
{
    for (size_t k = 0; k < p->n_said; k++) {
        if (p->said[k].user_id != user_id) continue;
        json_decref(p->said[k].values);
        p->said[k] = p->said[--p->n_said];
        return;
    }
}

/* Rows come by item: the first of the next one closes the last, and the page when it is full. */
static enum err turn_to(struct page *p, int64_t item_id)
{
    if (item_id == p->item_id) return OK;
    TRY(close_item(p));
    TRY(add_decided_before(p, item_id));
    p->item_id = item_id;
    p->walk.done = p->n == p->limit;
    return OK;
}

static enum err add_label(void *context, const struct label *l)
{
    struct page *p = context;
    struct said new = {.user_id = l->user_id, .seq = l->seq, .answer = l->answer};

    TRY(turn_to(p, l->item_id));
    if (p->walk.done) return OK;
    TRY(json_read(&new.values, l->values, strlen(l->values)));
    return say(p, &new);
}

static enum err said_of_event(const struct ledger_row *row, struct said *new)
{
    json_t *body;
    const char *word;
    enum err e;

    TRY(json_read(&body, row->body, row->n_body));
    word = json_string_value(json_object_get(body, "answer"));
    *new = (struct said){.user_id = row->user_id, .seq = row->seq};
    e = answer_read(&new->answer, word ? word : "");
    if (!e) new->values = json_incref(json_object_get(body, "values"));
    json_decref(body);
    return e;
}

static enum err add_event(void *context, const struct ledger_row *row)
{
    struct page *p = context;
    struct said new;

    TRY(turn_to(p, row->item_id));
    if (p->walk.done) return OK;
    if (strcmp(row->kind, "label") != 0) {
        unsay(p, row->user_id);
        return OK;
    }
    TRY(said_of_event(row, &new));
    return say(p, &new);
}

static enum err walk(struct page *p)
{
    struct answers *x = p->x;
    struct hash hash;
    int64_t last;

    TRY(store_ledger_last(x->s, &last, &hash));
    TRY(store_decision_walk(x->s, p->a, &p->walk, x->ask.seq, p->limit, &p->decision,
                            &p->n_decisions));
    if (last == x->ask.seq)
        TRY(store_label_walk(x->s, &p->walk, add_label, p));
    else
        TRY(store_label_walk_events(x->s, &p->walk, x->ask.seq, add_event, p));
    if (p->walk.done) return OK;
    TRY(close_item(p));
    return add_decided_before(p, INT64_MAX);
}

static enum err read_page(struct page *p)
{
    enum err e = store_look(p->x->s);

    if (!e) e = store_look_end(p->x->s, walk(p));
    forget_said(p);
    free(p->said);
    return e;
}

enum err answers_page(struct answers *x, struct arena *a, int64_t after, size_t limit,
                      struct item_answer **list, size_t *n)
{
    struct page p = {
        .x = x,
        .a = a,
        .limit = limit,
        .walk = {.project_id = x->ask.project_id, .after = after, .last = x->last}
    };

    *list = NULL;
    *n = 0;
    if (!limit) return OK;
    if (after < x->first - 1) p.walk.after = x->first - 1;
    TRY(read_page(&p));
    *list = p.list;
    *n = p.n;
    return OK;
}

enum err answers_of_item(struct answers *x, struct arena *a, int64_t item_id,
                         struct item_answer *answer)
{
    struct page p = {
        .x = x,
        .a = a,
        .limit = 1,
        .walk = {.project_id = x->ask.project_id, .after = item_id - 1, .last = item_id}
    };

    *answer = (struct item_answer){.item_id = 0};
    TRY(read_page(&p));
    if (p.n) *answer = p.list[0];
    return OK;
}
