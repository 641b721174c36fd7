#include "jobs/second_look.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/answer.h"
#include "domain/look.h"

#include <string.h>

enum { PAGE = 10, PAGE_MAX = 50 };

static enum err encode_labels(struct out *o, struct req *q, int64_t item_id)
{
    struct label *labels;
    size_t n;

    TRY(store_label_of_item(q->store, q->arena, item_id, &labels, &n));
    out_list(o, "labels");
    for (size_t i = 0; i < n; i++) {
        struct user u;

        TRY(store_user_get(q->store, q->arena, labels[i].user_id, &u));
        out_object(o, NULL);
        encode_person(o, "user", u.id, u.name);
        out_text(o, "answer", answer_name(labels[i].answer));
        out_json(o, "values", labels[i].values);
        out_time(o, "at", labels[i].at);
        out_end(o);
    }
    out_end(o);
    return OK;
}

/* An item, with what it counts as and what people said of it. */
static enum err encode_item(struct out *o, struct req *q, struct answers *now, int64_t item_id)
{
    struct item_answer answer;
    struct item i;

    TRY(store_item_get(q->store, q->arena, item_id, &i));
    TRY(answers_of_item(now, q->arena, item_id, &answer));
    out_object(o, NULL);
    TRY(encode_item_members(o, q->store, q->arena, &i));
    out_text(o, "answer", answer.item_id ? answer_name(answer.answer) : NULL);
    out_json(o, "values", answer.item_id ? answer.values : "{}");
    TRY(encode_labels(o, q, item_id));
    out_end(o);
    return OK;
}

static enum err encode_near(struct out *o, struct req *q, const struct look_entry *e)
{
    json_t *near;
    enum err code;

    TRY(json_read(&near, e->near, strlen(e->near)));
    out_list(o, "near");
    code = OK;
    for (size_t k = 0; !code && k < json_array_size(near); k++) {
        const json_t *one = json_array_get(near, k);
        struct item i;

        code = store_item_get(q->store, q->arena,
                              json_integer_value(json_object_get(one, "item")), &i);
        if (code) break;
        out_object(o, NULL);
        code = encode_item_members(o, q->store, q->arena, &i);
        out_text(o, "class", json_string_value(json_object_get(one, "class")));
        out_end(o);
    }
    out_end(o);
    json_decref(near);
    return code;
}

static enum err encode_entry(struct out *o, struct req *q, struct answers *now,
                             const struct look_entry *e)
{
    out_object(o, NULL);
    out_int(o, "id", e->id);
    out_int(o, "rank", e->rank);
    out_text(o, "kind", look_kind_name(e->kind));
    out_text(o, "question", e->question);
    out_text(o, "given", e->given);
    out_text(o, "suggested", e->suggested);
    out_number(o, "p_given", e->p_given);
    out_number(o, "p_suggested", e->p_suggested);
    out_text(o, "reason", e->reason);
    out_list(o, "items");
    for (size_t i = 0; i < e->n_items; i++)
        TRY(encode_item(o, q, now, e->items[i].item_id));
    out_end(o);
    TRY(encode_near(o, q, e));
    out_end(o);
    return OK;
}

static void encode_look(struct out *o, const struct look *l)
{
    if (!l->id) {
        out_null(o, "look");
        return;
    }
    out_object(o, "look");
    out_time(o, "at", l->created_at);
    out_int(o, "seq", l->ledger_seq);
    out_int(o, "n_labels", l->n_labels);
    out_int(o, "n_wrong", l->n_wrong);
    out_int(o, "n_doubts", l->n_doubts);
    out_int(o, "n_conflicts", l->n_conflicts);
    out_end(o);
}

static enum err encode_entries(struct out *o, struct req *q, int64_t project_id,
                               const struct look_entry *list, size_t n)
{
    const struct answers_ask ask = {.project_id = project_id};
    struct answers *now;
    enum err e = OK;

    TRY(answers_open(q->store, &ask, &now));
    out_list(o, "entries");
    for (size_t i = 0; !e && i < n; i++)
        e = encode_entry(o, q, now, &list[i]);
    out_end(o);
    answers_close(now);
    return e;
}

enum err second_look_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct look_entry *list;
    struct look last;
    int64_t project;
    int64_t after;
    int64_t limit;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(look_waiting(q->store, q->arena, project, after, (size_t)limit, &last, &list, &n));
    out_object(&o, NULL);
    encode_look(&o, &last);
    TRY(encode_entries(&o, q, project, list, n));
    out_id(&o, "next", n == (size_t)limit ? list[n - 1].rank : 0);
    out_end(&o);
    return out_done(&o);
}

enum err second_look_start(struct req *q, struct reply *r)
{
    struct job j;
    int64_t project;

    TRY(json_only(q->body, NULL));
    TRY(req_id(q, "project", &project));
    TRY(second_look_queue(q->store, q->arena, project, q->user.id, &j));
    return reply_job(r, &j);
}

static enum err said_read(struct req *q, struct look_said *x)
{
    const char *text;

    x->user_id = q->user.id;
    TRY(req_id(q, "project", &x->project_id));
    TRY(req_id(q, "entry", &x->entry_id));
    TRY(json_text(q->body, "id", 1, 100, &text));
    if (uuid_read(&x->id, text)) return fail_in(ERR_INVALID, "id");
    return OK;
}

static enum err reply_outcome(struct reply *r, const struct look_entry *e)
{
    struct out o = out_to(&r->body);

    r->after = after_queue;
    r->project = e->project_id;
    out_object(&o, NULL);
    out_int(&o, "entry", e->id);
    out_text(&o, "outcome", look_outcome_name(e->outcome));
    out_end(&o);
    return out_done(&o);
}

enum err second_look_keep(struct req *q, struct reply *r)
{
    struct look_said x;
    struct look_entry e;

    TRY(json_only(q->body, "id", NULL));
    TRY(said_read(q, &x));
    TRY(look_keep(q->store, q->arena, &x, clock_now_ms(), &e));
    return reply_outcome(r, &e);
}

enum err second_look_fix(struct req *q, struct reply *r)
{
    const json_t *value = json_object_get(q->body, "value");
    struct look_said x;
    struct look_entry e;

    TRY(json_only(q->body, "id", "value", NULL));
    TRY(said_read(q, &x));
    if (!value)
        return fail(ERR_INVALID, "value: expected a class, or a list of classes where several "
                                 "may be chosen");
    TRY(look_fix(q->store, q->arena, &x, value, clock_now_ms(), &e));
    return reply_outcome(r, &e);
}

enum err second_look_undo(struct req *q, struct reply *r)
{
    struct look_said x;
    struct look_entry e;

    TRY(json_only(q->body, "id", NULL));
    TRY(said_read(q, &x));
    TRY(look_undo(q->store, q->arena, &x, clock_now_ms(), &e));
    return reply_outcome(r, &e);
}
