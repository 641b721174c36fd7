#include "domain/verify.h"

#include "domain/dataset.h"
#include "domain/quarantine.h"
#include "domain/queue.h"
#include "store/item.h"
#include "store/project.h"

#include <inttypes.h>
#include <string.h>

static void check_text(struct verify *v, const struct ledger_row *r, const json_t *body,
                       const char *key, const char *expected, const char *what)
{
    const char *said = json_string_value(json_object_get(body, key));

    if (!said || strcmp(said, expected) != 0)
        verify_problem(v, r->seq,
                       "ledger no. %" PRId64 " is about other content than %s now has", r->seq,
                       what);
}

static enum err check_item_hash(struct verify *v, const struct ledger_row *r,
                                const json_t *body)
{
    struct item_brief i;
    char text[HASH_HEX];
    enum err e = store_item_brief(v->s, r->item_id, &i);

    if (e == ERR_NOT_FOUND) {
        verify_problem(v, r->seq,
                       "ledger no. %" PRId64 " is about item %" PRId64 ", which is gone",
                       r->seq, r->item_id);
        return OK;
    }
    if (e) return e;
    hash_hex(text, &i.hash);
    check_text(v, r, body, "item_hash", text, "its item");
    if (i.project_id != r->project_id)
        verify_problem(v, r->seq, "item %" PRId64 " was moved to project %" PRId64, i.id,
                       i.project_id);
    return OK;
}

static enum err check_receipt_hash(struct verify *v, const struct ledger_row *r,
                                   const json_t *body)
{
    struct pick p;
    struct hash h;
    char text[HASH_HEX];
    int64_t pick_id = json_integer_value(json_object_get(body, "pick"));
    enum err e;

    if (!pick_id) return OK;
    e = store_pick_get(v->s, &v->a, pick_id, &p);
    if (e == ERR_NOT_FOUND) {
        verify_problem(v, r->seq,
                       "the receipt of ledger no. %" PRId64 " (pick %" PRId64 ") is gone",
                       r->seq, pick_id);
        return OK;
    }
    if (e) return e;
    TRY(pick_receipt_hash(&p, &h));
    hash_hex(text, &h);
    check_text(v, r, body, "receipt_hash", text, "its receipt");
    return OK;
}

static enum err check_questions(struct verify *v, const struct ledger_row *r,
                                const json_t *body)
{
    struct known_project *p;
    int64_t version = json_integer_value(json_object_get(body, "version"));
    const char *said = json_write(&v->a, json_object_get(body, "questions"));
    const char *stored = NULL;
    enum err e = store_questions_get(v->s, &v->a, r->project_id, version, &stored);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || !said || strcmp(said, stored) != 0)
        verify_problem(v, r->seq,
                       "the questions of project %" PRId64 ", version %" PRId64
                       ", are not those of ledger no. %" PRId64,
                       r->project_id, version, r->seq);
    TRY(verify_known_project(v, r->project_id, &p));
    p->version = version;
    return OK;
}

/* The next row of quarantines, read a page at a time; NULL when there is none. */
static enum err next_quarantine(struct verify *v, struct quarantine **x)
{
    *x = NULL;
    if (v->quarantine == v->n_quarantines) {
        arena_free(&v->rows);
        v->quarantine = 0;
        TRY(store_quarantine_page(v->s, &v->rows, v->quarantines_after, VERIFY_PAGE,
                                  &v->quarantines, &v->n_quarantines));
    }
    if (v->quarantine < v->n_quarantines) *x = &v->quarantines[v->quarantine];
    return OK;
}

static void pass_quarantine(struct verify *v)
{
    v->quarantines_after = v->quarantines[v->quarantine++].seq;
}

/* Rows that lie before `seq` have no event. */
enum err verify_no_quarantines(struct verify *v, int64_t seq, struct quarantine **x)
{
    TRY(next_quarantine(v, x));
    while (*x && (*x)->seq < seq) {
        verify_problem(v, (*x)->seq,
                       "user %" PRId64 " of project %" PRId64 " has a quarantine (no. %" PRId64
                       ") that is not in the ledger",
                       (*x)->user_id, (*x)->project_id, (*x)->seq);
        pass_quarantine(v);
        TRY(next_quarantine(v, x));
    }
    return OK;
}

static enum err check_quarantine(struct verify *v, const struct ledger_row *r)
{
    struct quarantine said;
    struct quarantine *x;

    TRY(verify_no_quarantines(v, r->seq, &x));
    TRY(quarantine_of_event(&v->a, r, &said));
    if (!x || x->seq != r->seq || x->project_id != said.project_id ||
        x->user_id != said.user_id || x->is_on != said.is_on || x->at != said.at ||
        x->by_user_id != said.by_user_id || strcmp(x->reason, said.reason) != 0)
        verify_problem(v, r->seq,
                       "the quarantine of user %" PRId64 " is not what ledger no. %" PRId64
                       " says",
                       said.user_id, r->seq);
    if (x && x->seq == r->seq) pass_quarantine(v);
    return OK;
}

/* A data set is what its event says, row by row. */
static enum err check_dataset(struct verify *v, const struct ledger_row *r, const json_t *body)
{
    const int64_t id = json_integer_value(json_object_get(body, "dataset"));
    struct dataset d;
    char hash[HASH_HEX];
    int same = 0;
    enum err e = store_dataset_get(v->s, &v->a, id, &d);

    if (e && e != ERR_NOT_FOUND) return e;
    if (!e) {
        hash_hex(hash, &d.hash);
        check_text(v, r, body, "hash", hash, "its data set");
        TRY(dataset_check(v->s, &v->a, &d, &same));
    }
    if (e || !same || d.event_seq != r->seq)
        verify_problem(v, r->seq,
                       "data set %" PRId64 " is not as ledger no. %" PRId64 " froze it", id,
                       r->seq);
    return OK;
}

enum err verify_event(struct verify *v, const struct ledger_row *r, const json_t *body)
{
    struct known_project *p;

    if (!strcmp(r->kind, "questions")) return check_questions(v, r, body);
    if (!strcmp(r->kind, "dataset")) return check_dataset(v, r, body);
    if (!strcmp(r->kind, "project")) {
        TRY(verify_known_project(v, r->project_id, &p));
        p->seq = r->seq;
        return OK;
    }
    if (!strcmp(r->kind, "quarantine")) return check_quarantine(v, r);
    if (!strcmp(r->kind, "label") || !strcmp(r->kind, "again"))
        TRY(check_receipt_hash(v, r, body));
    return r->item_id ? check_item_hash(v, r, body) : OK;
}
