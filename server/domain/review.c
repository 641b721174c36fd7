#include "domain/review.h"

#include "base/text.h"
#include "domain/item.h"
#include "domain/ledger.h"
#include "domain/project.h"
#include "domain/question.h"
#include "store/member.h"
#include "store/project.h"
#include "store/user.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* What review_decide gathers before it writes. */
struct ruling {
    const struct decide_new *new;
    struct item_brief item;
    struct project_brief project;
    struct decision d; /* as it will stand; seq is set by the ledger */
};

static const char *text_or_none(const char *text)
{
    return text && text[0] ? text : NULL;
}

static enum err note_check(const char *key, const char *text)
{
    if (text && strlen(text) > NOTE_BYTES_MAX)
        return fail(ERR_INVALID, "%s: at most %d bytes", key, NOTE_BYTES_MAX);
    return OK;
}

static enum err answer_check(enum answer answer)
{
    if (answer == ANSWER_ACCEPT || answer == ANSWER_REJECT) return OK;
    return fail(ERR_INVALID, "answer: a decision is accept or reject, not %s",
                answer_name(answer));
}

static enum err as_given(struct store *s, struct arena *a, struct ruling *x)
{
    const struct decide_new *n = x->new;
    const struct questions *q;

    TRY(answer_check(n->answer));
    TRY(project_questions(s, n->project_id, x->project.question_version, &q));
    x->d.answer = n->answer;
    x->d.question_version = x->project.question_version;
    return values_check(a, q, n->values, n->answer, &x->d.values);
}

/* A current label as it is, with the version of the questions that it answered. */
static enum err as_accepted(struct store *s, struct arena *a, struct ruling *x)
{
    const int64_t seq = x->new->of;
    struct label *labels;
    size_t n;

    TRY(store_label_of_item(s, a, x->item.id, &labels, &n));
    for (size_t i = 0; i < n; i++) {
        if (labels[i].seq != seq) continue;
        if (answer_check(labels[i].answer))
            return fail_in(ERR_INVALID, "label no. %lld", (long long)seq);
        x->d.accepts = seq;
        x->d.answer = labels[i].answer;
        x->d.values = labels[i].values;
        x->d.question_version = labels[i].question_version;
        return OK;
    }
    return fail(ERR_CONFLICT,
                "label no. %" PRId64 " is not a current label of item %" PRId64
                ": it was replaced or taken back meanwhile",
                seq, x->item.id);
}

static enum err values_of_body(struct store *s, struct arena *a, struct ruling *x,
                               const json_t *body)
{
    const char *answer = json_string_value(json_object_get(body, "answer"));
    const struct questions *q;

    if (!answer)
        return fail(ERR_INVALID, "ledger no. %" PRId64 " has no answer to restore", x->new->of);
    TRY(answer_read(&x->d.answer, answer));
    TRY(answer_check(x->d.answer));
    TRY(project_questions(s, x->new->project_id, x->project.question_version, &q));
    return values_check(a, q, json_object_get(body, "values"), x->d.answer, &x->d.values);
}

/* An answer of before, by the questions of now. */
static enum err as_before(struct store *s, struct arena *a, struct ruling *x)
{
    struct ledger_row row;
    json_t *body;
    enum err e = store_ledger_get(s, a, x->new->of, &row);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || row.item_id != x->item.id)
        return fail(ERR_NOT_FOUND, "ledger no. %" PRId64 " is not about item %" PRId64,
                    x->new->of, x->item.id);
    TRY(json_read(&body, row.body, row.n_body));
    e = values_of_body(s, a, x, body);
    json_decref(body);
    x->d.restores = x->new->of;
    x->d.question_version = x->project.question_version;
    return e;
}

static enum err content(struct store *s, struct arena *a, struct ruling *x)
{
    switch (x->new->what) {
    case DECIDE_ANSWER:
        return as_given(s, a, x);
    case DECIDE_ACCEPT:
        return as_accepted(s, a, x);
    case DECIDE_RESTORE:
        return as_before(s, a, x);
    case DECIDE_WITHDRAW:
        break;
    }
    x->d.values = "{}";
    x->d.question_version = x->project.question_version;
    return OK;
}

static enum err seen_check(struct store *s, struct arena *a, const struct ruling *x)
{
    const struct decide_new *n = x->new;
    struct decision now;

    TRY(store_decision_find(s, a, n->item_id, &now));
    if (n->what == DECIDE_WITHDRAW && !now.seq)
        return fail(ERR_CONFLICT, "item %" PRId64 " has no decision to withdraw", n->item_id);
    if (n->replaces == DECIDE_ANY || n->replaces == now.seq) return OK;
    if (!now.seq)
        return fail(ERR_CONFLICT, "the decision on item %" PRId64 " was withdrawn meanwhile",
                    n->item_id);
    return fail(ERR_CONFLICT, "item %" PRId64 " was decided meanwhile (ledger no. %" PRId64 ")",
                n->item_id, now.seq);
}

static enum err gather(struct store *s, struct arena *a, struct ruling *x)
{
    const struct decide_new *n = x->new;
    enum err e = store_item_brief(s, n->item_id, &x->item);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || x->item.project_id != n->project_id)
        return fail(ERR_NOT_FOUND, "there is no item %" PRId64 " in project %" PRId64,
                    n->item_id, n->project_id);
    TRY(note_check("note", n->note));
    TRY(store_project_brief(s, n->project_id, &x->project));
    TRY(seen_check(s, a, x));
    x->d = (struct decision){.item_id = n->item_id,
                             .user_id = n->user_id,
                             .project_id = n->project_id,
                             .client_id = n->id,
                             .note = text_or_none(n->note)};
    return content(s, a, x);
}

/* Writes the body, and takes the values' reference. */
static const char *decide_body(struct arena *a, const struct ruling *x, json_t *values)
{
    const struct decision *d = &x->d;
    const int withdrawn = x->new->what == DECIDE_WITHDRAW;
    char id[UUID_TEXT];
    char item_hash[HASH_HEX];
    json_t *body;
    const char *text;

    uuid_write(id, &x->new->id);
    hash_hex(item_hash, &x->item.hash);
    body =
        json_pack("{s:s?,s:s,s:s,s:s*,s:o*,s:o*,s:I,s:o}", "answer",
                  withdrawn ? NULL : answer_name(d->answer), "id", id, "item_hash", item_hash,
                  "note", d->note, "accepts", d->accepts ? json_integer(d->accepts) : NULL,
                  "restores", d->restores ? json_integer(d->restores) : NULL,
                  "question_version", (json_int_t)d->question_version, "values", values);
    text = body ? json_write(a, body) : NULL;
    json_decref(body);
    return text;
}

static enum err append_decide(struct store *s, struct arena *a, struct ruling *x,
                              int64_t now_ms)
{
    struct ledger_event event = {.kind = "decide",
                                 .project_id = x->new->project_id,
                                 .item_id = x->new->item_id,
                                 .user_id = x->new->user_id,
                                 .client_id = &x->new->id};
    json_t *values;

    assert(x->d.values);
    TRY(json_read(&values, x->d.values, strlen(x->d.values)));
    event.body = decide_body(a, x, values);
    if (!event.body) return fail(ERR_INVALID, "note: not valid UTF-8");
    return ledger_append(s, &event, now_ms, &x->d.seq);
}

static enum item_state state_of(enum answer answer)
{
    return answer == ANSWER_REJECT ? ITEM_REJECTED : ITEM_LABELLED;
}

static enum err stand(struct store *s, struct ruling *x)
{
    if (x->new->what == DECIDE_WITHDRAW) {
        TRY(store_decision_remove(s, x->item.id));
        x->item.decided = 0;
        return item_settle_for(s, &x->item, &x->project,
                               &(struct answer_change){.before = -1, .after = -1});
    }
    TRY(store_item_set_state(s, x->item.id, state_of(x->d.answer), x->item.n_answers));
    return store_decision_set(s, &x->d);
}

/* What a client sent, against what the event says: a repeated accept or restore names the same label
 * or event, a repeated answer has the same values by the questions of that time. */
static int says_the_same(struct store *s, struct arena *a, const struct decide_new *n,
                         const json_t *body)
{
    const char *answer = json_string_value(json_object_get(body, "answer"));
    const int64_t version = json_integer_value(json_object_get(body, "question_version"));
    const struct questions *q;
    const char *values;

    if (!text_same(json_string_value(json_object_get(body, "note")), text_or_none(n->note)))
        return 0;
    if (n->what == DECIDE_WITHDRAW) return !answer;
    if (n->what == DECIDE_ACCEPT)
        return json_integer_value(json_object_get(body, "accepts")) == n->of;
    if (n->what == DECIDE_RESTORE)
        return json_integer_value(json_object_get(body, "restores")) == n->of;
    if (json_object_get(body, "accepts") || json_object_get(body, "restores")) return 0;
    if (!text_same(answer, answer_name(n->answer))) return 0;
    if (project_questions(s, n->project_id, version, &q) ||
        values_check(a, q, n->values, n->answer, &values))
        return 0;
    return text_same(json_write(a, json_object_get(body, "values")), values);
}

static enum err repeat_decide(struct store *s, struct arena *a, const struct decide_new *n,
                              const struct ledger_row *old, struct label_result *r)
{
    json_t *body = NULL;
    int same = !strcmp(old->kind, "decide") && old->project_id == n->project_id &&
               old->item_id == n->item_id && old->user_id == n->user_id;

    if (same) TRY(json_read(&body, old->body, old->n_body));
    same = same && says_the_same(s, a, n, body);
    json_decref(body);
    if (!same) return ledger_id_was_used(&n->id);
    *r = (struct label_result){.seq = old->seq, .repeated = 1};
    return OK;
}

static enum err decide(struct store *s, struct arena *a, const struct decide_new *n,
                       int64_t now_ms, struct label_result *r)
{
    struct ruling x = {.new = n};
    struct ledger_row old;

    TRY(store_ledger_by_client(s, a, &n->id, &old));
    if (old.seq) return repeat_decide(s, a, n, &old, r);
    TRY(gather(s, a, &x));
    x.d.at = now_ms;
    TRY(append_decide(s, a, &x, now_ms));
    *r = (struct label_result){.seq = x.d.seq};
    return stand(s, &x);
}

enum err review_decide(struct store *s, struct arena *a, const struct decide_new *n,
                       int64_t now_ms, struct label_result *r)
{
    TRY(store_begin(s));
    return store_end(s, decide(s, a, n, now_ms, r));
}

static enum err find_label(struct store *s, struct arena *a, const struct return_new *n,
                           struct label *l)
{
    struct ledger_row given;
    char text[UUID_TEXT];

    uuid_write(text, &n->label_id);
    TRY(store_ledger_by_client(s, a, &n->label_id, &given));
    if (!given.seq || strcmp(given.kind, "label") != 0 || given.project_id != n->project_id)
        return fail(ERR_NOT_FOUND, "there is no label %s in project %" PRId64, text,
                    n->project_id);
    TRY(store_label_find(s, a, given.item_id, given.user_id, l));
    if (l->seq == given.seq) return OK;
    return fail(ERR_CONFLICT, "label %s was replaced or taken back meanwhile", text);
}

/* Somebody has to be there who can be asked again. */
static enum err person_check(struct store *s, const struct label *l)
{
    enum role role;
    enum err e;

    if (l->user_id == USER_IMPORT)
        return fail(ERR_INVALID,
                    "this label was imported: nobody can be asked again. Decide the "
                    "item instead");
    e = store_member_role(s, l->project_id, l->user_id, &role);
    if (e != ERR_NOT_FOUND) return e;
    return fail(ERR_INVALID, "whoever gave this label does not work on the project any more: "
                             "decide the item instead");
}

static enum err return_check(struct store *s, const struct return_new *n, const struct label *l,
                             const struct item_brief *i)
{
    if (!text_or_none(n->comment))
        return fail(ERR_INVALID, "comment: say in a sentence what to look at again");
    TRY(note_check("comment", n->comment));
    TRY(person_check(s, l));
    if (i->decided)
        return fail(ERR_CONFLICT,
                    "item %" PRId64 " is decided: withdraw the decision before its labels are "
                    "returned",
                    i->id);
    return OK;
}

static enum err append_return(struct store *s, struct arena *a, const struct return_new *n,
                              const struct label *l, const struct item_brief *i, int64_t now_ms,
                              int64_t *seq)
{
    struct ledger_event event = {.kind = "return",
                                 .project_id = n->project_id,
                                 .item_id = l->item_id,
                                 .user_id = n->user_id,
                                 .client_id = &n->id};
    char id[UUID_TEXT];
    char label_id[UUID_TEXT];
    char item_hash[HASH_HEX];
    json_t *body;

    uuid_write(id, &n->id);
    uuid_write(label_id, &n->label_id);
    hash_hex(item_hash, &i->hash);
    body = json_pack("{s:s,s:s,s:s,s:s,s:I,s:o,s:I}", "comment", n->comment, "id", id,
                     "item_hash", item_hash, "label", label_id, "label_seq", (json_int_t)l->seq,
                     "pick", l->pick_id ? json_integer(l->pick_id) : json_null(), "to",
                     (json_int_t)l->user_id);
    event.body = body ? json_write(a, body) : NULL;
    json_decref(body);
    if (!event.body) return fail(ERR_INVALID, "comment: not valid UTF-8");
    return ledger_append(s, &event, now_ms, seq);
}

static enum err repeat_return(const struct return_new *n, const struct ledger_row *old,
                              struct label_result *r)
{
    char label_id[UUID_TEXT];
    json_t *body;
    int same = !strcmp(old->kind, "return") && old->project_id == n->project_id &&
               old->user_id == n->user_id;

    uuid_write(label_id, &n->label_id);
    TRY(json_read(&body, old->body, old->n_body));
    same = same && text_same(json_string_value(json_object_get(body, "label")), label_id) &&
           text_same(json_string_value(json_object_get(body, "comment")), n->comment);
    json_decref(body);
    if (!same) return ledger_id_was_used(&n->id);
    *r = (struct label_result){.seq = old->seq, .repeated = 1};
    return OK;
}

static enum err give_back(struct store *s, struct arena *a, const struct return_new *n,
                          int64_t now_ms, struct label_result *r)
{
    struct ledger_row old;
    struct label l = {.seq = 0};
    struct item_brief i;
    struct project_brief p;

    TRY(store_ledger_by_client(s, a, &n->id, &old));
    if (old.seq) return repeat_return(n, &old, r);
    TRY(find_label(s, a, n, &l));
    TRY(store_item_brief(s, l.item_id, &i));
    TRY(store_project_brief(s, n->project_id, &p));
    TRY(return_check(s, n, &l, &i));
    *r = (struct label_result){.seq = 0};
    TRY(append_return(s, a, n, &l, &i, now_ms, &r->seq));
    TRY(item_settle_for(
        s, &i, &p,
        &(struct answer_change){.user_id = l.user_id, .before = (int)l.answer, .after = -1}));
    TRY(store_label_remove(s, l.item_id, l.user_id));
    return store_returned_set(s, &(struct returned){.item_id = l.item_id,
                                                    .user_id = l.user_id,
                                                    .project_id = n->project_id,
                                                    .seq = r->seq,
                                                    .by_id = n->user_id,
                                                    .label_seq = l.seq,
                                                    .pick_id = l.pick_id,
                                                    .comment = n->comment,
                                                    .at = now_ms});
}

enum err review_return(struct store *s, struct arena *a, const struct return_new *n,
                       int64_t now_ms, struct label_result *r)
{
    TRY(store_begin(s));
    return store_end(s, give_back(s, a, n, now_ms, r));
}
