/* Taking back what was answered: a label, or a second answer that was given blind. */
#include "domain/label.h"

#include "base/text.h"
#include "domain/item.h"
#include "domain/ledger.h"
#include "domain/project.h"
#include "domain/queue.h"
#include "store/check.h"

#include <inttypes.h>
#include <string.h>

static enum err repeat_retract(struct store *s, const struct label_retraction *x,
                               const struct ledger_row *old, int64_t now_ms,
                               struct label_result *r, struct lease *lease)
{
    char label_id[UUID_TEXT];
    json_t *body;
    int same = (!strcmp(old->kind, "retract") || !strcmp(old->kind, "again")) &&
               old->project_id == x->project_id && old->user_id == x->user_id;

    uuid_write(label_id, &x->label_id);
    TRY(json_read(&body, old->body, old->n_body));
    same = same && text_same(json_string_value(json_object_get(body, "label")), label_id);
    json_decref(body);
    if (!same) return ledger_id_was_used(&x->id);
    *r = (struct label_result){.seq = old->seq, .repeated = 1};
    TRY(store_lease_find(s, old->item_id, x->user_id, lease));
    if (lease->id && lease->expires_at <= now_ms) *lease = (struct lease){.id = 0};
    return OK;
}

/* The current label that is meant. */
static enum err find_label(struct store *s, struct arena *a, const struct label_retraction *x,
                           struct label *l)
{
    struct ledger_row given;
    char text[UUID_TEXT];

    uuid_write(text, &x->label_id);
    TRY(store_ledger_by_client(s, a, &x->label_id, &given));
    if (!given.seq || strcmp(given.kind, "label") != 0 || given.project_id != x->project_id ||
        given.user_id != x->user_id)
        return fail(ERR_NOT_FOUND, "you have no label %s in project %" PRId64, text,
                    x->project_id);
    TRY(store_label_find(s, a, given.item_id, x->user_id, l));
    if (l->seq == given.seq) return OK;
    if (l->seq)
        return fail(ERR_CONFLICT, "label %s was replaced by no. %" PRId64 " meanwhile", text,
                    l->seq);
    return fail(ERR_CONFLICT, "label %s was taken back already", text);
}

static enum err append_retract(struct store *s, struct arena *a,
                               const struct label_retraction *x, const struct label *l,
                               const struct item_brief *i, int64_t now_ms, int64_t *seq)
{
    struct ledger_event event = {.kind = "retract",
                                 .project_id = x->project_id,
                                 .item_id = l->item_id,
                                 .user_id = x->user_id,
                                 .client_id = &x->id};
    char id[UUID_TEXT];
    char label_id[UUID_TEXT];
    char item_hash[HASH_HEX];

    uuid_write(id, &x->id);
    uuid_write(label_id, &x->label_id);
    hash_hex(item_hash, &i->hash);
    event.body = arena_printf(a,
                              "{\"id\":\"%s\",\"item_hash\":\"%s\",\"label\":\"%s\","
                              "\"label_seq\":%" PRId64 "}",
                              id, item_hash, label_id, l->seq);
    NEED(event.body);
    return ledger_append(s, &event, now_ms, seq);
}

/* Her second answer is forgotten, and the item is hers again, as it was. */
static enum err retract_again(struct store *s, struct arena *a,
                              const struct label_retraction *x, const struct ledger_row *given,
                              int64_t now_ms, struct label_result *r, struct lease *lease)
{
    struct ledger_event event = {.kind = "again",
                                 .project_id = x->project_id,
                                 .item_id = given->item_id,
                                 .user_id = x->user_id,
                                 .client_id = &x->id};
    char id[UUID_TEXT];
    char label_id[UUID_TEXT];
    char item_hash[HASH_HEX];
    struct item_brief i;
    struct lease held;
    int64_t n;

    uuid_write(id, &x->id);
    uuid_write(label_id, &x->label_id);
    TRY(store_again_remove(s, given->seq, &n));
    if (!n) return fail(ERR_CONFLICT, "label %s was taken back already", label_id);
    TRY(store_item_brief(s, given->item_id, &i));
    hash_hex(item_hash, &i.hash);
    event.body = arena_printf(a,
                              "{\"answer\":null,\"id\":\"%s\",\"item_hash\":\"%s\","
                              "\"label\":\"%s\",\"of\":%" PRId64 "}",
                              id, item_hash, label_id, given->seq);
    NEED(event.body);
    TRY(ledger_append(s, &event, now_ms, &r->seq));
    TRY(store_lease_find(s, given->item_id, x->user_id, &held));
    if (held.id) TRY(store_lease_end(s, held.id, now_ms));
    *lease = (struct lease){.project_id = x->project_id,
                            .item_id = given->item_id,
                            .user_id = x->user_id,
                            .created_at = now_ms,
                            .expires_at = now_ms + LEASE_MS,
                            .task = TASK_AGAIN};
    return store_lease_add(s, lease);
}

/* *again->seq 0: what she takes back is no second answer. */
static enum err find_given_again(struct store *s, struct arena *a,
                                 const struct label_retraction *x, struct ledger_row *again)
{
    TRY(store_ledger_by_client(s, a, &x->label_id, again));
    if (again->seq && (strcmp(again->kind, "again") != 0 ||
                       again->project_id != x->project_id || again->user_id != x->user_id))
        again->seq = 0;
    return OK;
}

static enum err retract_label(struct store *s, struct arena *a,
                              const struct label_retraction *x, int64_t now_ms,
                              struct label_result *r, struct lease *lease)
{
    struct label l = {.seq = 0};
    struct item_brief i;
    struct project_brief p;

    TRY(find_label(s, a, x, &l));
    TRY(store_item_brief(s, l.item_id, &i));
    TRY(store_project_brief(s, x->project_id, &p));
    TRY(append_retract(s, a, x, &l, &i, now_ms, &r->seq));
    TRY(item_settle_for(
        s, &i, &p,
        &(struct answer_change){.user_id = x->user_id, .before = (int)l.answer, .after = -1}));
    TRY(store_label_remove(s, l.item_id, x->user_id));
    return queue_lease_item(s, l.item_id, x->user_id, l.pick_id, now_ms, lease);
}

static enum err retract(struct store *s, struct arena *a, const struct label_retraction *x,
                        int64_t now_ms, struct label_result *r, struct lease *lease)
{
    struct ledger_row old;

    TRY(store_ledger_by_client(s, a, &x->id, &old));
    if (old.seq) return repeat_retract(s, x, &old, now_ms, r, lease);
    r->repeated = 0;
    TRY(find_given_again(s, a, x, &old));
    if (old.seq) return retract_again(s, a, x, &old, now_ms, r, lease);
    return retract_label(s, a, x, now_ms, r, lease);
}

enum err label_retract(struct store *s, struct arena *a, const struct label_retraction *x,
                       int64_t now_ms, struct label_result *r, struct lease *lease)
{
    TRY(store_begin(s));
    return store_end(s, retract(s, a, x, now_ms, r, lease));
}
