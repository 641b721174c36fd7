/* What became of an item: every event, and what stands now. */
#include "api/encode.h"
#include "api/find.h"
#include "api/handlers.h"
#include "domain/check.h"
#include "domain/label.h"
#include "domain/member.h"
#include "store/decision.h"

#include <string.h>

/* Annotators see what they said themselves and what was said to them, so that nobody's answer leans
 * on another's. */
static int is_for(const struct label_event *x, const struct user *u, enum role role)
{
    if (role != ROLE_ANNOTATOR) return 1;
    if (!strcmp(x->kind, "return")) return x->to_id == u->id;
    return x->user_id == u->id;
}

static enum err encode_event(struct out *o, struct req *q, const struct label_event *x,
                             int hidden)
{
    struct pick pick = {0};

    if (x->pick_id && !hidden) TRY(store_pick_get(q->store, q->arena, x->pick_id, &pick));
    out_object(o, NULL);
    out_int(o, "seq", x->seq);
    out_time(o, "at", x->at);
    out_text(o, "kind", x->kind);
    encode_person(o, "user", x->user_id, x->user_name);
    out_text(o, "id", x->id);
    out_text(o, "answer", x->answer);
    out_json(o, "values", x->values);
    out_text(o, "reason", x->reason);
    out_text(o, "note", x->note);
    out_id(o, "of", x->of);
    out_id(o, "restores", x->restores);
    encode_person(o, "to", x->to_id, x->to_name);
    TRY(encode_receipt(o, "receipt", q->arena, &pick));
    out_end(o);
    return OK;
}

/* Why an item came would tell checks from work. */
static enum err is_hidden(struct req *q, int64_t item_id, int *hidden)
{
    struct item_brief i;

    TRY(store_item_brief(q->store, item_id, &i));
    return check_is_hidden(q->store, i.project_id, q->user.id, hidden);
}

static enum err encode_events(struct out *o, struct req *q, int64_t item_id, enum role role)
{
    struct label_event *events;
    size_t n;
    int hidden;

    TRY(is_hidden(q, item_id, &hidden));
    TRY(label_history(q->store, q->arena, item_id, &events, &n));
    out_list(o, "events");
    for (size_t k = 0; k < n; k++)
        if (is_for(&events[k], &q->user, role)) TRY(encode_event(o, q, &events[k], hidden));
    out_end(o);
    return OK;
}

static enum err encode_answers(struct out *o, struct req *q, int64_t item_id, enum role role)
{
    struct label *labels;
    size_t n;

    TRY(store_label_of_item(q->store, q->arena, item_id, &labels, &n));
    out_list(o, "answers");
    for (size_t i = 0; i < n; i++)
        if (role != ROLE_ANNOTATOR || labels[i].user_id == q->user.id)
            TRY(encode_answer(o, q->store, q->arena, &labels[i]));
    out_end(o);
    return OK;
}

static enum err encode_standing(struct out *o, struct req *q, int64_t item_id, enum role role)
{
    struct decision d = {.seq = 0};

    if (role != ROLE_ANNOTATOR) TRY(store_decision_find(q->store, q->arena, item_id, &d));
    return encode_decision(o, "decision", q->store, q->arena, &d);
}

enum err items_history(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct item i;
    enum role role;
    int64_t id;

    TRY(req_id(q, "item", &id));
    TRY(store_item_get(q->store, q->arena, id, &i));
    TRY(store_member_role(q->store, i.project_id, q->user.id, &role));
    out_object(&o, NULL);
    TRY(encode_state(&o, q, &i));
    TRY(encode_standing(&o, q, id, role));
    TRY(encode_answers(&o, q, id, role));
    TRY(encode_events(&o, q, id, role));
    out_end(&o);
    return out_done(&o);
}
