#include "domain/review.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 20, PAGE_MAX = 100, DECISIONS_PAGE = 100, DECISIONS_PAGE_MAX = 1000 };

/* The number at *text, which `end` must follow; *text is left behind that. -1 when there is none. */
static int64_t number_before(const char **text, char end)
{
    char *stop;
    const long long n = strtoll(*text, &stop, 10);

    if (stop == *text || *stop != end || n < 0) return -1;
    *text = end ? stop + 1 : stop;
    return n;
}

/* "1.2.77": disputed, state, item; nothing for the first page. */
static enum err place_of_query(struct req *q, struct review_place *from)
{
    const char *text = req_query(q, "after");

    *from = (struct review_place){0};
    if (!text) return OK;
    const int64_t disputed = number_before(&text, '.');
    const int64_t state = disputed < 0 ? -1 : number_before(&text, '.');
    const int64_t id = state < 0 ? -1 : number_before(&text, '\0');
    if (disputed > 1 || state < ITEM_LABELLED || state > ITEM_REJECTED || id < 1)
        return fail(ERR_INVALID, "after: send back what `next` was");
    *from = (struct review_place){(int)disputed, (enum item_state)state, id};
    return OK;
}

static enum err encode_answers(struct out *o, struct req *q, int64_t item_id)
{
    struct label *labels;
    size_t n;

    TRY(store_label_of_item(q->store, q->arena, item_id, &labels, &n));
    out_list(o, "answers");
    for (size_t i = 0; i < n; i++)
        if (labels[i].answer != ANSWER_SKIP)
            TRY(encode_answer(o, q->store, q->arena, &labels[i]));
    out_end(o);
    return OK;
}

static enum err encode_to_review(struct out *o, struct req *q, const struct review_item *i)
{
    out_object(o, NULL);
    TRY(encode_item_members(o, q->store, q->arena, &i->item));
    out_text(o, "state", item_state_name(i->item.state));
    out_bool(o, "disputed", i->disputed);
    TRY(encode_answers(o, q, i->item.id));
    out_end(o);
    return OK;
}

enum err review_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project_counts counts;
    struct review_item *items;
    struct review_place from;
    int64_t limit;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(place_of_query(q, &from));
    TRY(store_item_list_to_review(q->store, q->arena, id, &from, (size_t)limit, &items, &n));
    TRY(store_project_counts(q->store, id, &counts));
    out_object(&o, NULL);
    out_list(&o, "items");
    for (size_t i = 0; i < n; i++)
        TRY(encode_to_review(&o, q, &items[i]));
    out_end(&o);
    out_int(&o, "to_review", counts.to_review);
    out_int(&o, "disputed", counts.disputed);
    if (n < (size_t)limit)
        out_null(&o, "next");
    else
        out_text(&o, "next",
                 arena_printf(q->arena, "%d.%d.%lld", items[n - 1].disputed,
                              (int)items[n - 1].item.state, (long long)items[n - 1].item.id));
    out_end(&o);
    return out_done(&o);
}

/* One of accepts, restores, or an answer; an answer of null withdraws. */
static enum err what_read(const json_t *body, struct decide_new *n)
{
    const json_t *answer = json_object_get(body, "answer");
    const char *text;
    int64_t accepts;
    int64_t restores;

    TRY(json_int_or(body, "accepts", 0, 1, INT64_MAX, &accepts));
    TRY(json_int_or(body, "restores", 0, 1, INT64_MAX, &restores));
    if ((accepts != 0) + (restores != 0) + (answer != NULL) != 1)
        return fail(ERR_INVALID, "expected one of `answer`, `accepts` and `restores`");
    n->what = accepts ? DECIDE_ACCEPT : restores ? DECIDE_RESTORE : DECIDE_ANSWER;
    n->of = accepts ? accepts : restores;
    if (json_is_null(answer)) n->what = DECIDE_WITHDRAW;
    if (n->what != DECIDE_ANSWER) return OK;
    n->values = json_object_get(body, "values");
    TRY(json_text(body, "answer", 1, 20, &text));
    return answer_read(&n->answer, text);
}

static enum err decision_read(struct req *q, struct decide_new *n)
{
    const json_t *body = q->body;

    n->user_id = q->user.id;
    TRY(req_id(q, "project", &n->project_id));
    TRY(json_only(body, "id", "item", "answer", "values", "accepts", "restores", "replaces",
                  "note", NULL));
    TRY(json_uuid(body, "id", &n->id));
    TRY(json_int(body, "item", 1, INT64_MAX, &n->item_id));
    TRY(json_int_or(body, "replaces", DECIDE_ANY, 0, INT64_MAX, &n->replaces));
    TRY(json_text_or(body, "note", NULL, NOTE_BYTES_MAX, &n->note));
    return what_read(body, n);
}

static enum err reply_stored(struct req *q, struct reply *r, const struct uuid *id,
                             const struct label_result *done)
{
    struct out o = out_to(&r->body);
    char text[UUID_TEXT];

    TRY(req_id(q, "project", &r->project));
    r->status = done->repeated ? 200 : 201;
    r->after = after_queue;
    uuid_write(text, id);
    out_object(&o, NULL);
    out_text(&o, "id", text);
    out_int(&o, "seq", done->seq);
    out_end(&o);
    return out_done(&o);
}

enum err decisions_make(struct req *q, struct reply *r)
{
    struct decide_new n = {0};
    struct label_result done;

    TRY(decision_read(q, &n));
    TRY(review_decide(q->store, q->arena, &n, clock_now_ms(), &done));
    return reply_stored(q, r, &n.id, &done);
}

enum err decisions_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct decision *list;
    int64_t after;
    int64_t limit;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", DECISIONS_PAGE, 1, DECISIONS_PAGE_MAX, &limit));
    TRY(store_decision_list(q->store, q->arena, id, after, (size_t)limit, &list, &n));
    out_object(&o, NULL);
    out_list(&o, "decisions");
    for (size_t i = 0; i < n; i++)
        TRY(encode_decision(&o, NULL, q->store, q->arena, &list[i]));
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit ? list[n - 1].seq : 0);
    out_end(&o);
    return out_done(&o);
}

enum err labels_return(struct req *q, struct reply *r)
{
    struct return_new n = {.user_id = q->user.id};
    struct label_result done;

    TRY(req_id(q, "project", &n.project_id));
    if (uuid_read(&n.label_id, req_param(q, "label")))
        return fail(ERR_NOT_FOUND, "there is no label '%.100s'", req_param(q, "label"));
    TRY(json_only(q->body, "id", "comment", NULL));
    TRY(json_uuid(q->body, "id", &n.id));
    TRY(json_text(q->body, "comment", 1, NOTE_BYTES_MAX, &n.comment));
    TRY(review_return(q->store, q->arena, &n, clock_now_ms(), &done));
    return reply_stored(q, r, &n.id, &done);
}
