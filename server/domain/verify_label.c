#include "domain/verify.h"

#include "domain/review.h"
#include "store/check.h"
#include "store/item.h"
#include "store/label.h"

#include <inttypes.h>
#include <string.h>

static int label_is_of(const struct label *l, const struct ledger_row *e, const json_t *body,
                       const char *values)
{
    return l->project_id == e->project_id && l->at == e->at && e->has_client_id &&
           !memcmp(l->client_id.bytes, e->client_id.bytes, sizeof l->client_id.bytes) &&
           l->pick_id == verify_number(body, "pick") &&
           l->question_version == verify_number(body, "question_version") &&
           l->elapsed_ms == verify_number(body, "elapsed_ms") &&
           l->doubted == json_is_true(json_object_get(body, "doubted")) &&
           verify_same_text(body, "answer", answer_name(l->answer)) &&
           verify_same_text(body, "reason", l->reason) && values && !strcmp(values, l->values);
}

static enum err compare_label(struct verify *v, const struct ledger_row *e,
                              const struct label *l)
{
    json_t *body;
    const char *values;

    if (json_read(&body, e->body, e->n_body)) return OK; /* was reported with its row */
    arena_free(&v->a);
    values = json_write(&v->a, json_object_get(body, "values"));
    if (!label_is_of(l, e, body, values))
        verify_problem(v, e->seq,
                       "the current label of user %" PRId64 " on item %" PRId64
                       " is not what ledger no. %" PRId64 " says",
                       e->user_id, e->item_id, e->seq);
    json_decref(body);
    return OK;
}

static enum err compare(void *context, const struct ledger_row *e, const struct label *l)
{
    struct verify *v = context;
    int is_label = !strcmp(e->kind, "label");

    v->sums->n_labels += l->seq != 0;
    if (is_label && l->seq == e->seq) return compare_label(v, e, l);
    if (is_label)
        verify_problem(v, e->seq,
                       "the label of ledger no. %" PRId64 " (item %" PRId64 ", user %" PRId64
                       ") is missing among the current labels",
                       e->seq, e->item_id, e->user_id);
    else if (l->seq)
        verify_problem(v, e->seq,
                       "item %" PRId64 " shows a label of user %" PRId64
                       " that ledger no. %" PRId64 " took back",
                       e->item_id, e->user_id, e->seq);
    return OK;
}

static enum err check_current(struct verify *v)
{
    struct label *strays;
    size_t n;

    TRY(store_label_compare(v->s, compare, v));
    arena_free(&v->a);
    TRY(store_label_strays(v->s, &v->a, PROBLEMS_OF_A_KIND, &strays, &n));
    for (size_t i = 0; i < n; i++)
        verify_problem(v, strays[i].seq,
                       "item %" PRId64 " shows a label of user %" PRId64
                       " that is not in the ledger (no. %" PRId64 ")",
                       strays[i].item_id, strays[i].user_id, strays[i].seq);
    return OK;
}

static void note_problem(void *context, int64_t seq, const char *sentence)
{
    verify_problem(context, seq, "%s", sentence);
}

static enum err check_reviews(struct verify *v)
{
    struct review_report report = {.problem = note_problem, .context = v};

    return review_compare(v->s, &v->a, &report);
}

static enum err check_checks(struct verify *v)
{
    int64_t *seqs;
    size_t n;

    arena_free(&v->a);
    TRY(store_checks_wrong(v->s, &v->a, PROBLEMS_OF_A_KIND, &seqs, &n));
    for (size_t i = 0; i < n; i++)
        verify_problem(v, seqs[i],
                       "the known answer or second answer of ledger no. %" PRId64
                       " is not in its table as it was given",
                       seqs[i]);
    return OK;
}

static enum err check_items(struct verify *v)
{
    struct item_settled *items;
    size_t n;

    arena_free(&v->a);
    TRY(store_item_unsettled(v->s, &v->a, 0, PROBLEMS_OF_A_KIND, &items, &n));
    for (size_t i = 0; i < n; i++)
        verify_problem(v, 0,
                       "item %" PRId64 " is %s with %" PRId64
                       " answers; its labels make it %s with "
                       "%" PRId64,
                       items[i].id, item_state_name(items[i].state), items[i].n_answers,
                       item_state_name(items[i].state_due), items[i].n_answers_due);
    return OK;
}

static enum err check_marks(struct verify *v)
{
    int64_t *ids;
    size_t n;

    arena_free(&v->a);
    TRY(store_item_mismarked(v->s, &v->a, PROBLEMS_OF_A_KIND, &ids, &n));
    for (size_t i = 0; i < n; i++)
        verify_problem(v, 0,
                       "item %" PRId64
                       " is marked as decided or disputed other than its decision and "
                       "labels make it",
                       ids[i]);
    return OK;
}

enum err verify_labels(struct verify *v)
{
    TRY(check_current(v));
    TRY(check_reviews(v));
    TRY(check_items(v));
    TRY(check_checks(v));
    return check_marks(v);
}
