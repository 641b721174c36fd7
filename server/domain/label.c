#include "domain/label.h"

#include "base/text.h"
#include "domain/item.h"
#include "domain/ledger.h"
#include "domain/project.h"
#include "store/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 4 * 1024 * 1024 };

/* A model this sure of another class doubts an answer. */
static const double NEARLY_SURE = 0.9;

/* What label_submit gathers before it writes. */
struct submission {
    const struct label_new *new;
    struct item_brief item;
    struct project_brief project;
    struct label before; /* seq 0: she has no current label there */
    struct lease lease;  /* hers and live; id 0: none */
    int64_t pick_id;
    struct pick_brief pick; /* of pick_id; zeroed when there is none */
    int doubted;
    int is_again; /* a second answer, given blind: her label stays */
    int agrees;
    int64_t elapsed_ms;
    const char *values; /* canonical */
    const char *reason; /* NULL: none */
};

static int64_t cut_elapsed(int64_t elapsed_ms)
{
    return elapsed_ms < ELAPSED_MS_MAX ? elapsed_ms : ELAPSED_MS_MAX;
}

static const char *reason_of(const struct label_new *n)
{
    return n->reason && n->reason[0] ? n->reason : NULL;
}

/* 1 if the stored event says what `n` says. The values are compared in canonical form, by the
 * questions of that time. */
static int says_the_same(struct store *s, struct arena *a, const struct label_new *n,
                         const json_t *body)
{
    const struct questions *q;
    const char *values;
    int64_t version = json_integer_value(json_object_get(body, "question_version"));
    const char *answer = json_string_value(json_object_get(body, "answer"));
    const char *stored = json_write(a, json_object_get(body, "values"));

    if (!text_same(answer, answer_name(n->answer)) ||
        !text_same(json_string_value(json_object_get(body, "reason")), reason_of(n)) ||
        json_integer_value(json_object_get(body, "elapsed_ms")) != cut_elapsed(n->elapsed_ms))
        return 0;
    if (project_questions(s, n->project_id, version, &q) ||
        values_check(a, q, n->values, n->answer, &values))
        return 0;
    return text_same(stored, values);
}

static enum err repeat(struct store *s, struct arena *a, const struct label_new *n,
                       const struct ledger_row *old, struct label_result *r)
{
    json_t *body = NULL;
    int same = (!strcmp(old->kind, "label") || !strcmp(old->kind, "again")) &&
               old->project_id == n->project_id && old->item_id == n->item_id &&
               old->user_id == n->user_id;

    if (same) TRY(json_read(&body, old->body, old->n_body));
    same = same && says_the_same(s, a, n, body);
    json_decref(body);
    if (!same) return ledger_id_was_used(&n->id);
    *r = (struct label_result){.seq = old->seq, .repeated = 1};
    return OK;
}

static enum err content_check(struct store *s, struct arena *a, struct submission *x)
{
    const struct label_new *n = x->new;
    const struct questions *q;

    if (n->elapsed_ms < 0) return fail(ERR_INVALID, "elapsed_ms: expected 0 or more");
    x->elapsed_ms = cut_elapsed(n->elapsed_ms);
    x->reason = reason_of(n);
    if (x->reason && strlen(x->reason) > REASON_BYTES_MAX)
        return fail(ERR_INVALID, "reason: at most %d bytes", REASON_BYTES_MAX);
    TRY(project_questions(s, n->project_id, x->project.question_version, &q));
    return values_check(a, q, n->values, n->answer, &x->values);
}

/* Somebody without a lease may still answer where the item has room for her. */
static enum err room_check(struct store *s, const struct submission *x, int64_t now_ms)
{
    int64_t others;

    if (x->item.state != ITEM_OPEN)
        return fail(ERR_CONFLICT, "item %" PRId64 " has all the answers it needs meanwhile",
                    x->item.id);
    TRY(store_lease_count_others(s, x->item.id, x->new->user_id, now_ms, &others));
    if (x->item.n_answers + others < item_wants(&x->item, &x->project)) return OK;
    return fail(ERR_CONFLICT,
                "item %" PRId64 " was given to somebody else meanwhile: your lease had ended",
                x->item.id);
}

static enum err may_answer(struct store *s, const struct submission *x, int64_t now_ms)
{
    int answered = x->before.seq && x->before.answer != ANSWER_SKIP;

    if (answered || x->lease.id || x->new->answer == ANSWER_SKIP) return OK;
    return room_check(s, x, now_ms);
}

/* The pick that brought the item to her: of her live lease, of the lease she names though it
 * ended, or of the label she replaces. */
static enum err find_pick(struct store *s, struct submission *x)
{
    struct lease l;
    enum err e;

    x->pick_id = x->lease.id ? x->lease.pick_id : x->before.seq ? x->before.pick_id : 0;
    if (x->lease.id || !x->new->lease_id) return OK;
    e = store_lease_get(s, x->new->lease_id, &l);
    if (e == ERR_NOT_FOUND || (!e && (l.item_id != x->item.id || l.user_id != x->new->user_id)))
        return fail(ERR_CONFLICT, "lease %" PRId64 " was not given to you for item %" PRId64,
                    x->new->lease_id, x->item.id);
    if (!e && l.pick_id) x->pick_id = l.pick_id;
    if (!e) x->is_again = l.task == TASK_AGAIN && x->before.seq;
    return e;
}

/* Only the answer to the very lease is one: another is a change of her label. */
static void find_again(struct submission *x)
{
    if (x->lease.id && x->lease.task == TASK_AGAIN && x->before.seq)
        x->is_again = x->new->lease_id == x->lease.id;
    x->agrees = x->is_again && x->before.answer == x->new->answer &&
                (x->new->answer != ANSWER_ACCEPT || !strcmp(x->before.values, x->values));
}

static enum err find_lease(struct store *s, struct submission *x, int64_t now_ms)
{
    struct lease l;

    TRY(store_lease_find(s, x->item.id, x->new->user_id, &l));
    if (l.id && l.expires_at <= now_ms) { /* hers no more; room_check decides */
        TRY(store_lease_end(s, l.id, now_ms));
        l.id = 0;
    }
    x->lease = l;
    return OK;
}

/* Whether the model that guessed when the item was picked was nearly sure of another class. */
static enum err find_doubt(struct store *s, struct arena *a, struct submission *x)
{
    const struct questions *q;
    int guessed;

    if (!x->pick_id) return OK;
    TRY(store_pick_brief(s, a, x->pick_id, &x->pick));
    if (x->new->answer != ANSWER_ACCEPT || !x->pick.guess_class ||
        x->pick.guess_probability < NEARLY_SURE)
        return OK;
    TRY(project_questions(s, x->new->project_id, x->project.question_version, &q));
    guessed = class_index(&q->question[0], x->pick.guess_class);
    x->doubted = guessed >= 0 && !values_include(q, x->values, guessed);
    return OK;
}

static enum err gather(struct store *s, struct arena *a, struct submission *x, int64_t now_ms)
{
    const struct label_new *n = x->new;
    enum err e = store_item_brief(s, n->item_id, &x->item);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || x->item.project_id != n->project_id)
        return fail(ERR_NOT_FOUND, "there is no item %" PRId64 " in project %" PRId64,
                    n->item_id, n->project_id);
    TRY(store_project_brief(s, n->project_id, &x->project));
    TRY(content_check(s, a, x));
    TRY(store_label_find(s, a, n->item_id, n->user_id, &x->before));
    TRY(find_lease(s, x, now_ms));
    TRY(may_answer(s, x, now_ms));
    TRY(find_pick(s, x));
    find_again(x);
    return find_doubt(s, a, x);
}

static enum err add_id_or_null(struct buf *b, const char *key, int64_t id)
{
    return id ? buf_printf(b, ",\"%s\":%" PRId64, key, id) : buf_printf(b, ",\"%s\":null", key);
}

static enum err add_reason(struct buf *b, struct arena *a, const char *reason)
{
    json_t *value = json_string(reason);
    const char *text = value ? json_write(a, value) : NULL;

    json_decref(value);
    if (!text) return fail(ERR_INVALID, "reason: not valid UTF-8");
    return buf_printf(b, ",\"reason\":%s", text);
}

/* By hand, keys in order, as json_write would: it is the one body on the hot path, and a test
 * holds the two together. */
static enum err write_answer(const struct submission *x, struct buf *b)
{
    const char *agrees = x->agrees ? "\"agrees\":true," : "\"agrees\":false,";

    return buf_printf(b, "{%s\"answer\":\"%s\"%s,\"elapsed_ms\":%" PRId64,
                      x->is_again ? agrees : "", answer_name(x->new->answer),
                      x->doubted ? ",\"doubted\":true" : "", x->elapsed_ms);
}

static enum err write_first_half(const struct submission *x, struct buf *b)
{
    char id[UUID_TEXT];
    char item_hash[HASH_HEX];

    uuid_write(id, &x->new->id);
    hash_hex(item_hash, &x->item.hash);
    TRY(write_answer(x, b));
    if (x->new->given == LABEL_EXAMPLE) TRY(buf_adds(b, ",\"example\":true"));
    if (x->is_again) TRY(buf_printf(b, ",\"first\":%" PRId64, x->before.seq));
    TRY(buf_printf(b, ",\"id\":\"%s\",\"item_hash\":\"%s\"", id, item_hash));
    TRY(add_id_or_null(b, "lease", x->lease.id ? x->lease.id : x->new->lease_id));
    TRY(add_id_or_null(b, "pick", x->pick_id));
    return buf_printf(b, ",\"question_version\":%" PRId64, x->project.question_version);
}

static enum err write_receipt_hash(const struct submission *x, struct buf *b)
{
    char text[HASH_HEX];

    if (!x->pick_id) return buf_adds(b, ",\"receipt_hash\":null");
    hash_hex(text, &x->pick.receipt_hash);
    return buf_printf(b, ",\"receipt_hash\":\"%s\"", text);
}

static enum err write_body(struct arena *a, const struct submission *x, struct buf *b)
{
    TRY(write_first_half(x, b));
    if (x->reason) TRY(add_reason(b, a, x->reason));
    TRY(write_receipt_hash(x, b));
    return buf_printf(b, ",\"values\":%s}", x->values);
}

static enum err append(struct store *s, struct arena *a, const struct submission *x,
                       int64_t now_ms, int64_t *seq)
{
    struct ledger_event event = {.kind = x->is_again ? "again" : "label",
                                 .project_id = x->new->project_id,
                                 .item_id = x->new->item_id,
                                 .user_id = x->new->user_id,
                                 .client_id = &x->new->id};
    struct buf b;
    enum err e;

    buf_init(&b, BODY_MAX);
    e = write_body(a, x, &b);
    event.body = b.data;
    if (!e) e = ledger_append(s, &event, now_ms, seq);
    buf_free(&b);
    return e;
}

static enum err project_on(struct store *s, struct submission *x, int64_t seq, int64_t now_ms)
{
    const struct answer_change change = {.user_id = x->new->user_id,
                                         .before = x->before.seq ? (int)x->before.answer : -1,
                                         .after = (int)x->new->answer,
                                         .values = x->values,
                                         .doubted = x->doubted};
    struct label l = {.item_id = x->item.id,
                      .user_id = x->new->user_id,
                      .project_id = x->new->project_id,
                      .seq = seq,
                      .client_id = x->new->id,
                      .answer = x->new->answer,
                      .values = x->values,
                      .question_version = x->project.question_version,
                      .pick_id = x->pick_id,
                      .elapsed_ms = x->elapsed_ms,
                      .at = now_ms,
                      .reason = x->reason,
                      .doubted = x->doubted};

    TRY(item_settle_for(s, &x->item, &x->project, &change));
    return store_label_set(s, &l);
}

static enum err keep_again(struct store *s, const struct submission *x, int64_t seq,
                           int64_t now_ms)
{
    const struct again again = {.seq = seq,
                                .project_id = x->new->project_id,
                                .item_id = x->item.id,
                                .user_id = x->new->user_id,
                                .first_seq = x->before.seq,
                                .answer = x->new->answer,
                                .values = x->values,
                                .agrees = x->agrees,
                                .elapsed_ms = x->elapsed_ms,
                                .at = now_ms};

    if (x->lease.id) TRY(store_lease_end(s, x->lease.id, now_ms));
    return store_again_add(s, &again);
}

/* The pick of an item that was skipped, or is in dispute, waits for somebody else. */
static enum err end_lease(struct store *s, const struct submission *x, int64_t now_ms)
{
    int asks_for_more = x->item.state == ITEM_OPEN && x->item.n_answers >= x->project.overlap;

    if (x->lease.id) TRY(store_lease_end(s, x->lease.id, now_ms));
    if (!x->pick_id || !(x->new->answer == ANSWER_SKIP ? x->lease.id != 0 : asks_for_more))
        return OK;
    return store_pick_want(s, x->pick_id);
}

static enum err submit(struct store *s, struct arena *a, const struct label_new *n,
                       int64_t now_ms, struct label_result *r)
{
    struct submission x = {.new = n};
    struct ledger_row old;

    TRY(store_ledger_by_client(s, a, &n->id, &old));
    if (old.seq) return repeat(s, a, n, &old, r);
    TRY(gather(s, a, &x, now_ms));
    r->repeated = 0;
    TRY(append(s, a, &x, now_ms, &r->seq));
    if (x.is_again) return keep_again(s, &x, r->seq, now_ms);
    TRY(project_on(s, &x, r->seq, now_ms));
    return end_lease(s, &x, now_ms);
}

enum err label_submit(struct store *s, struct arena *a, const struct label_new *n,
                      int64_t now_ms, struct label_result *r)
{
    TRY(store_begin(s));
    return store_end(s, submit(s, a, n, now_ms, r));
}
