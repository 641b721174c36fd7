/* Decisions and returns as they are read again: both tables made anew from the ledger, and compared
 * with it. Deciding and returning: review.c. */
#include "domain/review.h"

#include "base/text.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err review_returned_of(struct arena *a, const struct ledger_row *row, struct returned *r)
{
    json_t *body;
    const char *comment;

    TRY(json_read(&body, row->body, row->n_body));
    comment = json_string_value(json_object_get(body, "comment"));
    *r = (struct returned){.item_id = row->item_id,
                           .user_id = json_integer_value(json_object_get(body, "to")),
                           .project_id = row->project_id,
                           .seq = row->seq,
                           .by_id = row->user_id,
                           .label_seq = json_integer_value(json_object_get(body, "label_seq")),
                           .pick_id = json_integer_value(json_object_get(body, "pick")),
                           .comment = arena_strdup(a, comment ? comment : ""),
                           .at = row->at};
    json_decref(body);
    NEED(r->comment);
    return OK;
}

struct rebuild {
    struct store *s;
    struct arena *a;
};

static enum err rebuild_returned(void *context, const struct ledger_row *row)
{
    struct rebuild *x = context;
    struct returned r;

    if (strcmp(row->kind, "return") != 0) return OK;
    arena_free(x->a);
    TRY(review_returned_of(x->a, row, &r));
    return store_returned_set(x->s, &r);
}

static enum err rebuild_decision(void *context, const struct decision *d)
{
    struct rebuild *x = context;

    return store_decision_set(x->s, d);
}

enum err review_rebuild(struct store *s, struct arena *a)
{
    struct rebuild x = {s, a};
    struct project *projects;
    size_t n;

    TRY(store_returned_remove_all(s));
    TRY(store_decision_remove_all(s));
    TRY(store_ledger_latest(s, 0, INT64_MAX, rebuild_returned, &x));
    arena_free(a);
    TRY(store_project_list(s, a, &projects, &n));
    for (size_t i = 0; i < n; i++)
        TRY(store_decision_visit(s, projects[i].id, INT64_MAX, rebuild_decision, &x));
    return OK;
}

/* One comparison as it goes on. */
struct comparison {
    struct store *s;
    struct arena *a;
    const struct review_report *report;
};

static void problem(const struct comparison *x, int64_t seq, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void problem(const struct comparison *x, int64_t seq, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    x->report->problem(x->report->context, seq, text);
}

static int same_decision(const struct decision *a, const struct decision *b)
{
    return a->seq == b->seq && a->user_id == b->user_id && a->project_id == b->project_id &&
           a->at == b->at && a->answer == b->answer && text_same(a->values, b->values) &&
           a->question_version == b->question_version && a->accepts == b->accepts &&
           a->restores == b->restores && text_same(a->note, b->note) &&
           !memcmp(a->client_id.bytes, b->client_id.bytes, sizeof a->client_id.bytes);
}

static enum err compare_decision(void *context, const struct decision *d)
{
    const struct comparison *x = context;
    struct decision now;

    arena_free(x->a);
    TRY(store_decision_find(x->s, x->a, d->item_id, &now));
    if (!now.seq)
        problem(x, d->seq,
                "the decision of ledger no. %" PRId64 " (item %" PRId64 ") is missing", d->seq,
                d->item_id);
    else if (!same_decision(d, &now))
        problem(x, d->seq,
                "the decision on item %" PRId64 " is not what ledger no. %" PRId64 " says",
                d->item_id, d->seq);
    return OK;
}

static enum err compare_decisions(struct comparison *x)
{
    enum { AT_MOST = 1000 };
    struct arena list;
    struct project *projects;
    struct decision *strays;
    size_t n;
    enum err e;

    arena_init(&list, 16 * MIB);
    e = store_project_list(x->s, &list, &projects, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = store_decision_visit(x->s, projects[i].id, INT64_MAX, compare_decision, x);
    if (!e) e = store_decision_strays(x->s, &list, AT_MOST, &strays, &n);
    for (size_t i = 0; i < n && !e; i++)
        problem(x, strays[i].seq,
                "item %" PRId64 " shows a decision that is not in the ledger (no. %" PRId64 ")",
                strays[i].item_id, strays[i].seq);
    arena_free(&list);
    return e;
}

static int same_returned(const struct returned *a, const struct returned *b)
{
    return a->seq == b->seq && a->project_id == b->project_id && a->by_id == b->by_id &&
           a->label_seq == b->label_seq && a->pick_id == b->pick_id && a->at == b->at &&
           text_same(a->comment, b->comment);
}

/* The last event on an item and person: is it a return, and shown as one? */
static enum err compare_event(void *context, const struct ledger_row *row)
{
    const struct comparison *x = context;
    struct returned said;
    struct returned now;

    if (strcmp(row->kind, "return") != 0) return OK;
    arena_free(x->a);
    if (review_returned_of(x->a, row, &said)) return OK; /* was reported with its row */
    TRY(store_returned_find(x->s, x->a, said.item_id, said.user_id, &now));
    if (!now.seq)
        problem(x, row->seq, "the label returned by ledger no. %" PRId64 " waits for nobody",
                row->seq);
    else if (!same_returned(&said, &now))
        problem(x, row->seq,
                "what waits for user %" PRId64 " on item %" PRId64
                " is not what ledger no. %" PRId64 " says",
                said.user_id, said.item_id, row->seq);
    return OK;
}

/* A row that has no event, or that its person has answered since. */
static enum err compare_row(void *context, const struct returned *r)
{
    const struct comparison *x = context;
    struct ledger_row row = {.seq = 0};
    struct returned said = {.seq = 0};
    struct label answered;
    enum err e;

    arena_free(x->a);
    e = store_ledger_get(x->s, x->a, r->seq, &row);
    if (e && e != ERR_NOT_FOUND) return e;
    if (!e && !strcmp(row.kind, "return") && review_returned_of(x->a, &row, &said)) return OK;
    TRY(store_label_find(x->s, x->a, r->item_id, r->user_id, &answered));
    if (answered.seq || said.item_id != r->item_id || said.user_id != r->user_id)
        problem(x, r->seq,
                "item %" PRId64 " waits for user %" PRId64
                " though no return of the ledger says so",
                r->item_id, r->user_id);
    return OK;
}

enum err review_compare(struct store *s, struct arena *a, const struct review_report *report)
{
    struct comparison x = {s, a, report};

    TRY(compare_decisions(&x));
    TRY(store_ledger_latest(s, 0, INT64_MAX, compare_event, &x));
    return store_returned_visit(s, compare_row, &x);
}
