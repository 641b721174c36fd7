#include "domain/bulk.h"

#include "base/hash.h"
#include "domain/find.h"
#include "domain/job.h"
#include "domain/project.h"
#include "domain/review.h"
#include "domain/steer.h"

#include <inttypes.h>
#include <string.h>

enum { STEP_BUDGET_US = 50000, COUNT_BUDGET_US = 60000000 };

/* Asking for one */

static enum err items_check(const json_t *items)
{
    size_t n = json_array_size(items);

    if (!json_is_array(items) || !n || n > BULK_ITEMS_MAX)
        return fail(ERR_INVALID, "items: expected a list of 1 to %d ids", BULK_ITEMS_MAX);
    for (size_t i = 0; i < n; i++)
        if (!json_is_integer(json_array_get(items, i)))
            return fail(ERR_INVALID, "items: number %zu is no id", i + 1);
    return OK;
}

/* What the action gives each item, checked now and not by the job. */
static enum err what_check(struct store *s, struct arena *a, const struct bulk_new *n)
{
    const char *canonical;
    struct questions *questions;
    struct project p;

    if (n->note && strlen(n->note) > NOTE_BYTES_MAX)
        return fail(ERR_INVALID, "note: at most %d bytes", NOTE_BYTES_MAX);
    if (n->action != BULK_LABEL) return OK;
    TRY(store_project_get(s, a, n->project_id, &p));
    TRY(questions_parse(a, p.questions, &questions));
    return values_check(a, questions, n->values, ANSWER_ACCEPT, &canonical);
}

static enum err which_check(struct store *s, struct arena *a, const struct bulk_new *n)
{
    struct item_search q;

    if (!n->filter == !n->items)
        return fail(ERR_INVALID, "filter, items: expected one of the two");
    return n->items ? items_check(n->items) : find_read(s, a, n->project_id, n->filter, &q);
}

static enum err body_write(struct arena *a, const struct bulk_new *n, const char **body)
{
    json_t *o = json_pack("{s:I}", "priority", (json_int_t)n->priority);

    NEED(o);
    if ((n->values && json_object_set(o, "values", (json_t *)n->values)) ||
        (n->note && *n->note && json_object_set_new(o, "note", json_string(n->note))) ||
        (n->filter && json_object_set(o, "filter", (json_t *)n->filter)) ||
        (n->items && json_object_set(o, "items", (json_t *)n->items))) {
        json_decref(o);
        return fail_nomem();
    }
    *body = json_write(a, o);
    json_decref(o);
    NEED(*body);
    return OK;
}

/* The action's row and the job that does it. */
static enum err begin(struct store *s, struct arena *a, struct bulk *b, int64_t now_ms,
                      struct job *j)
{
    b->created_at = now_ms;
    uuid_new(&b->token);
    TRY(store_bulk_add(s, b));
    *j = (struct job){.kind = "bulk",
                      .project_id = b->project_id,
                      .total = -1,
                      .user_id = b->user_id,
                      .params = arena_printf(a, "{\"bulk\":%" PRId64 "}", b->id)};
    NEED(j->params);
    return job_add(s, a, j, JOB_NEW, now_ms);
}

enum err bulk_make(struct store *s, struct arena *a, const struct bulk_new *n, int64_t now_ms,
                   struct bulk *b, struct job *j)
{
    *b = (struct bulk){.project_id = n->project_id, .user_id = n->user_id, .action = n->action};
    TRY(what_check(s, a, n));
    TRY(which_check(s, a, n));
    TRY(body_write(a, n, &b->body));
    TRY(store_begin(s));
    return store_end(s, begin(s, a, b, now_ms, j));
}

static enum err undo(struct store *s, struct arena *a, struct bulk *b, const struct bulk *old,
                     int64_t now_ms, struct job *j)
{
    TRY(begin(s, a, b, now_ms, j));
    return store_bulk_set_undone(s, old->id, b->id);
}

enum err bulk_undo(struct store *s, struct arena *a, int64_t project_id, int64_t id,
                   int64_t user_id, int64_t now_ms, struct bulk *b, struct job *j)
{
    struct bulk old;

    TRY(store_bulk_get(s, a, id, &old));
    if (old.project_id != project_id)
        return fail(ERR_NOT_FOUND, "there is no bulk action %" PRId64, id);
    if (old.action == BULK_UNDO)
        return fail(ERR_CONFLICT, "bulk action %" PRId64 " is an undoing itself", id);
    if (old.undone_by)
        return fail(ERR_CONFLICT, "bulk action %" PRId64 " was undone already", id);
    *b = (struct bulk){.project_id = project_id,
                       .user_id = user_id,
                       .action = BULK_UNDO,
                       .body = "{}",
                       .undoes = id};
    TRY(store_begin(s));
    return store_end(s, undo(s, a, b, &old, now_ms, j));
}

/* Doing it */

struct step {
    struct store *s;
    struct arena *a;
    const struct bulk *b;
    const json_t *body;
    struct bulk old; /* of an undoing */
    int64_t now_ms;
};

/* The id of the event on this item: the same when a step is done again. */
static struct uuid event_id(const struct bulk *b, int64_t item_id)
{
    struct hash_state state;
    struct hash h;
    struct uuid id;

    hash_init(&state);
    hash_add(&state, b->token.bytes, sizeof b->token.bytes);
    hash_add(&state, &item_id, sizeof item_id);
    hash_end(&state, &h);
    memcpy(id.bytes, h.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80); /* version 8: made otherwise */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static enum err keep(const struct step *x, int64_t item_id, int64_t seq, int64_t before)
{
    const struct bulk_item i = {x->b->id, item_id, seq, before};

    return store_bulk_item_add(x->s, &i);
}

static enum err decide(const struct step *x, struct decide_new *n, int64_t *seq)
{
    struct label_result r;

    n->id = event_id(x->b, n->item_id);
    n->project_id = x->b->project_id;
    n->user_id = x->b->user_id;
    TRY(review_decide(x->s, x->a, n, x->now_ms, &r));
    *seq = r.seq;
    return OK;
}

static enum err do_decision(const struct step *x, int64_t item_id)
{
    struct decide_new n = {.item_id = item_id, .replaces = DECIDE_ANY};
    struct decision before;
    int64_t seq;

    TRY(store_decision_find(x->s, x->a, item_id, &before));
    if (x->b->action == BULK_WITHDRAW && !before.seq) return OK;
    n.note = json_string_value(json_object_get(x->body, "note"));
    n.what = x->b->action == BULK_WITHDRAW ? DECIDE_WITHDRAW : DECIDE_ANSWER;
    n.answer = x->b->action == BULK_REJECT ? ANSWER_REJECT : ANSWER_ACCEPT;
    if (x->b->action == BULK_LABEL) n.values = json_object_get(x->body, "values");
    TRY(decide(x, &n, &seq));
    return keep(x, item_id, seq, before.seq);
}

static enum err set_priority(const struct step *x, int64_t item_id, int64_t priority)
{
    int64_t before;
    int64_t n;

    TRY(store_item_priority(x->s, item_id, &before));
    if (before == priority) return OK;
    TRY(items_prioritise(x->s, x->b->project_id, &item_id, 1, priority, &n));
    return keep(x, item_id, priority, before);
}

static enum err do_one(const struct step *x, int64_t item_id)
{
    if (x->b->action != BULK_PRIORITY) return do_decision(x, item_id);
    return set_priority(x, item_id, json_integer_value(json_object_get(x->body, "priority")));
}

/* Back to what stood before, unless something else stands by now. */
static enum err undo_decision(const struct step *x, const struct bulk_item *i)
{
    struct decide_new n = {.item_id = i->item_id, .of = i->before, .replaces = DECIDE_ANY};
    struct decision now;
    int64_t seq;

    TRY(store_decision_find(x->s, x->a, i->item_id, &now));
    if (now.seq != (x->old.action == BULK_WITHDRAW ? 0 : i->seq)) return OK;
    n.what = i->before ? DECIDE_RESTORE : DECIDE_WITHDRAW;
    TRY(decide(x, &n, &seq));
    return keep(x, i->item_id, seq, now.seq);
}

static enum err undo_priority(const struct step *x, const struct bulk_item *i)
{
    int64_t now;

    TRY(store_item_priority(x->s, i->item_id, &now));
    return now == i->seq ? set_priority(x, i->item_id, i->before) : OK;
}

static enum err undo_some(const struct step *x, size_t limit, int64_t *after, int *done)
{
    struct bulk_item *items;
    size_t n;

    TRY(store_bulk_items(x->s, x->a, x->old.id, *after, limit, &items, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(x->old.action == BULK_PRIORITY ? undo_priority(x, &items[i])
                                           : undo_decision(x, &items[i]));
        *after = items[i].item_id;
    }
    *done = n < limit;
    return OK;
}

/* Items named one by one; *after is the place in the list. */
static enum err do_named(const struct step *x, const json_t *items, size_t limit,
                         int64_t *after, int *done)
{
    size_t n = json_array_size(items);
    size_t at = (size_t)*after;
    struct item_brief i;

    for (size_t end = at + limit; at < n && at < end; at++) {
        TRY(store_item_brief(x->s, json_integer_value(json_array_get(items, at)), &i));
        if (i.project_id != x->b->project_id)
            return fail(ERR_NOT_FOUND, "there is no item %" PRId64 " in this project", i.id);
        TRY(do_one(x, i.id));
    }
    *after = (int64_t)at;
    *done = at == n;
    return OK;
}

static enum err do_found(const struct step *x, const json_t *filter, size_t limit,
                         int64_t *after, int *done)
{
    struct item_search q;
    struct found f;

    TRY(find_read(x->s, x->a, x->b->project_id, filter, &q));
    q.after = *after;
    q.limit = limit;
    q.budget_us = STEP_BUDGET_US;
    TRY(store_search(x->s, x->a, &q, &f));
    for (size_t i = 0; i < f.n; i++)
        TRY(do_one(x, f.ids[i]));
    *after = f.next;
    *done = !f.next;
    return OK;
}

static enum err do_some(struct step *x, size_t limit, int64_t *after, int *done)
{
    const json_t *items = json_object_get(x->body, "items");

    if (x->b->action == BULK_UNDO) {
        TRY(store_bulk_get(x->s, x->a, x->b->undoes, &x->old));
        return undo_some(x, limit, after, done);
    }
    if (items) return do_named(x, items, limit, after, done);
    return do_found(x, json_object_get(x->body, "filter"), limit, after, done);
}

enum err bulk_step(struct store *s, struct arena *a, const struct bulk *b, size_t limit,
                   int64_t now_ms, int64_t *after, int *done)
{
    struct step x = {.s = s, .a = a, .b = b, .now_ms = now_ms};
    json_t *body;
    enum err e;

    TRY(json_read(&body, b->body, strlen(b->body)));
    x.body = body;
    e = do_some(&x, limit, after, done);
    json_decref(body);
    return e;
}

static enum err count_found(struct store *s, struct arena *a, const struct bulk *b,
                            const json_t *filter, int64_t *n)
{
    struct item_search q;
    struct found f;

    TRY(find_read(s, a, b->project_id, filter, &q));
    q.limit = 1;
    q.count_most = INT64_MAX;
    q.budget_us = COUNT_BUDGET_US;
    TRY(store_search(s, a, &q, &f));
    *n = f.count;
    return OK;
}

enum err bulk_total(struct store *s, struct arena *a, const struct bulk *b, int64_t *n)
{
    struct bulk old;
    json_t *body;
    enum err e = OK;

    if (b->action == BULK_UNDO) {
        TRY(store_bulk_get(s, a, b->undoes, &old));
        *n = old.items;
        return OK;
    }
    TRY(json_read(&body, b->body, strlen(b->body)));
    *n = (int64_t)json_array_size(json_object_get(body, "items"));
    if (!*n) e = count_found(s, a, b, json_object_get(body, "filter"), n);
    json_decref(body);
    return e;
}

enum err bulk_of_job(struct store *s, struct arena *a, const struct job *j, struct bulk *b)
{
    json_t *params;
    int64_t id = 0;
    enum err e;

    TRY(json_read(&params, j->params, strlen(j->params)));
    e = json_int(params, "bulk", 1, INT64_MAX, &id);
    json_decref(params);
    return e ? e : store_bulk_get(s, a, id, b);
}

static enum err view_check(struct store *s, struct arena *a, const struct saved_view *v)
{
    struct saved_view *views;
    size_t n;

    if (strlen(v->query) > VIEW_QUERY_BYTES_MAX)
        return fail(ERR_INVALID, "query: at most %d bytes", VIEW_QUERY_BYTES_MAX);
    TRY(store_view_list(s, a, v->project_id, v->user_id, &views, &n));
    if (n < VIEWS_MAX) return OK;
    return fail(ERR_INVALID, "name: %d views are kept already; remove one first", VIEWS_MAX);
}

enum err view_keep(struct store *s, struct arena *a, struct saved_view *v)
{
    TRY(view_check(s, a, v));
    return store_view_set(s, v);
}
