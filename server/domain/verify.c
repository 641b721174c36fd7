/* Looking for anything that is not as the events say. See ledger.h for the format. */
#include "domain/ledger_keys.h"

#include "base/file.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/dataset.h"
#include "domain/ledger.h"
#include "domain/quarantine.h"
#include "domain/queue.h"
#include "domain/review.h"
#include "store/check.h"
#include "store/item.h"
#include "store/label.h"
#include "store/project.h"
#include "store/steer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 500, PROBLEMS_OF_A_KIND = 1000 };

struct verify {
    struct store *s;
    const struct ledger_report *report;
    struct ledger_sums *sums;
    struct arena a;    /* of the page at hand */
    struct arena rows; /* of the page of quarantines */
    uint8_t public_half[32];
    int64_t total;
    struct ledger_row last; /* numbers and hash only */
    struct ledger_head *heads;
    size_t n_heads, head; /* the page of heads, and the next one in it */
    int64_t heads_after;
    struct quarantine *quarantines; /* a page of rows, and the next one in it */
    size_t n_quarantines, quarantine;
    int64_t quarantines_after;
    struct known_project *projects; /* malloc'd: as the last "project" event left it */
    size_t n_projects;
};

struct known_project {
    int64_t id, seq, version;
};

static void problem(struct verify *v, int64_t seq, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void problem(struct verify *v, int64_t seq, const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->sums->n_problems++;
    v->report->problem(v->report->context, seq, text);
}

static void check_chain(struct verify *v, const struct ledger_row *r)
{
    struct hash h;

    for (int64_t seq = v->last.seq + 1; seq < r->seq; seq++) {
        problem(v, seq, "ledger no. %" PRId64 " is missing", seq);
        if (seq - v->last.seq < PROBLEMS_OF_A_KIND) continue;
        problem(v, seq, "ledger no. %" PRId64 " to %" PRId64 " are missing too", seq + 1,
                r->seq - 1);
        break;
    }
    if (r->seq == v->last.seq + 1 && !hash_equal(&r->previous, &v->last.hash))
        problem(v, r->seq,
                "ledger no. %" PRId64 " does not follow no. %" PRId64 " as it stands", r->seq,
                v->last.seq);
    ledger_row_hash(r, &h);
    if (!hash_equal(&h, &r->hash))
        problem(v, r->seq, "ledger no. %" PRId64 " was changed: its hash does not fit it",
                r->seq);
}

/* The next head, read a page at a time; NULL when there is none. They live until the page after. */
static enum err next_head(struct verify *v, struct arena *heads, struct ledger_head **h)
{
    *h = NULL;
    if (v->head == v->n_heads) {
        arena_free(heads);
        v->head = 0;
        TRY(store_head_list(v->s, heads, v->heads_after, PAGE, &v->heads, &v->n_heads));
    }
    if (v->head < v->n_heads) *h = &v->heads[v->head];
    return OK;
}

static void pass_head(struct verify *v)
{
    v->heads_after = v->heads[v->head++].seq;
    v->sums->n_heads++;
}

static enum err check_heads(struct verify *v, struct arena *heads, const struct ledger_row *r)
{
    struct ledger_head *h;

    TRY(next_head(v, heads, &h));
    while (h && h->seq < r->seq) {
        problem(v, h->seq, "the signed head no. %" PRId64 " has no row in the ledger", h->seq);
        pass_head(v);
        TRY(next_head(v, heads, &h));
    }
    if (!h || h->seq != r->seq) return OK;
    if (!ledger_head_is_valid(h, &r->hash, v->public_half))
        problem(v, r->seq, "the signature of head no. %" PRId64 " does not fit its row and key",
                r->seq);
    v->sums->head_seq = h->seq;
    pass_head(v);
    return OK;
}

static void check_text(struct verify *v, const struct ledger_row *r, const json_t *body,
                       const char *key, const char *expected, const char *what)
{
    const char *said = json_string_value(json_object_get(body, key));

    if (!said || strcmp(said, expected) != 0)
        problem(v, r->seq, "ledger no. %" PRId64 " is about other content than %s now has",
                r->seq, what);
}

static enum err check_item_hash(struct verify *v, const struct ledger_row *r,
                                const json_t *body)
{
    struct item_brief i;
    char text[HASH_HEX];
    enum err e = store_item_brief(v->s, r->item_id, &i);

    if (e == ERR_NOT_FOUND) {
        problem(v, r->seq, "ledger no. %" PRId64 " is about item %" PRId64 ", which is gone",
                r->seq, r->item_id);
        return OK;
    }
    if (e) return e;
    hash_hex(text, &i.hash);
    check_text(v, r, body, "item_hash", text, "its item");
    if (i.project_id != r->project_id)
        problem(v, r->seq, "item %" PRId64 " was moved to project %" PRId64, i.id,
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
        problem(v, r->seq, "the receipt of ledger no. %" PRId64 " (pick %" PRId64 ") is gone",
                r->seq, pick_id);
        return OK;
    }
    if (e) return e;
    TRY(pick_receipt_hash(&p, &h));
    hash_hex(text, &h);
    check_text(v, r, body, "receipt_hash", text, "its receipt");
    return OK;
}

static enum err known_project(struct verify *v, int64_t id, struct known_project **p)
{
    struct known_project *more;

    for (size_t i = 0; i < v->n_projects; i++) {
        *p = &v->projects[i];
        if ((*p)->id == id) return OK;
    }
    more = realloc(v->projects, (v->n_projects + 1) * sizeof *more);
    NEED(more);
    v->projects = more;
    *p = &more[v->n_projects++];
    **p = (struct known_project){.id = id};
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
        problem(v, r->seq,
                "the questions of project %" PRId64 ", version %" PRId64
                ", are not those of ledger no. %" PRId64,
                r->project_id, version, r->seq);
    TRY(known_project(v, r->project_id, &p));
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
        TRY(store_quarantine_page(v->s, &v->rows, v->quarantines_after, PAGE, &v->quarantines,
                                  &v->n_quarantines));
    }
    if (v->quarantine < v->n_quarantines) *x = &v->quarantines[v->quarantine];
    return OK;
}

static void pass_quarantine(struct verify *v)
{
    v->quarantines_after = v->quarantines[v->quarantine++].seq;
}

/* Rows that lie before `seq` have no event. */
static enum err stray_quarantines(struct verify *v, int64_t seq, struct quarantine **x)
{
    TRY(next_quarantine(v, x));
    while (*x && (*x)->seq < seq) {
        problem(v, (*x)->seq,
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

    TRY(stray_quarantines(v, r->seq, &x));
    TRY(quarantine_of_event(&v->a, r, &said));
    if (!x || x->seq != r->seq || x->project_id != said.project_id ||
        x->user_id != said.user_id || x->is_on != said.is_on || x->at != said.at ||
        x->by_user_id != said.by_user_id || strcmp(x->reason, said.reason) != 0)
        problem(v, r->seq,
                "the quarantine of user %" PRId64 " is not what ledger no. %" PRId64 " says",
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
        problem(v, r->seq, "data set %" PRId64 " is not as ledger no. %" PRId64 " froze it", id,
                r->seq);
    return OK;
}

static enum err check_body(struct verify *v, const struct ledger_row *r, const json_t *body)
{
    struct known_project *p;

    if (!strcmp(r->kind, "questions")) return check_questions(v, r, body);
    if (!strcmp(r->kind, "dataset")) return check_dataset(v, r, body);
    if (!strcmp(r->kind, "project")) {
        TRY(known_project(v, r->project_id, &p));
        p->seq = r->seq;
        return OK;
    }
    if (!strcmp(r->kind, "quarantine")) return check_quarantine(v, r);
    if (!strcmp(r->kind, "label") || !strcmp(r->kind, "again"))
        TRY(check_receipt_hash(v, r, body));
    return r->item_id ? check_item_hash(v, r, body) : OK;
}

static enum err check_row(struct verify *v, struct arena *heads, const struct ledger_row *r)
{
    json_t *body;
    enum err e;

    check_chain(v, r);
    TRY(check_heads(v, heads, r));
    v->last.seq = r->seq;
    v->last.hash = r->hash;
    v->sums->n_rows++;
    if (json_read(&body, r->body, r->n_body)) {
        problem(v, r->seq, "the content of ledger no. %" PRId64 " cannot be read", r->seq);
        return OK;
    }
    e = check_body(v, r, body);
    json_decref(body);
    return e;
}

static enum err check_ledger_pages(struct verify *v, struct arena *heads)
{
    struct ledger_row *rows;
    struct ledger_head *h;
    size_t n = 1;

    while (n) {
        arena_free(&v->a);
        TRY(store_ledger_list(v->s, &v->a, v->last.seq, PAGE, &rows, &n));
        for (size_t i = 0; i < n; i++)
            TRY(check_row(v, heads, &rows[i]));
        if (v->report->progress)
            v->report->progress(v->report->context, v->sums->n_rows, v->total);
    }
    TRY(next_head(v, heads, &h));
    if (h)
        problem(v, h->seq, "the ledger ends at no. %" PRId64 ", but no. %" PRId64 " was signed",
                v->last.seq, h->seq);
    else if (v->last.seq != v->sums->head_seq)
        problem(v, v->last.seq,
                "ledger no. %" PRId64 " to %" PRId64
                " are not signed: they were not written by "
                "this program",
                v->sums->head_seq + 1, v->last.seq);
    return OK;
}

static enum err check_ledger(struct verify *v)
{
    struct arena heads;
    enum err e;

    arena_init(&heads, 16 * MIB);
    e = check_ledger_pages(v, &heads);
    arena_free(&heads);
    return e;
}

static int64_t number_in(const json_t *body, const char *key)
{
    return json_integer_value(json_object_get(body, key));
}

static int same_text_in(const json_t *body, const char *key, const char *text)
{
    const char *said = json_string_value(json_object_get(body, key));
    return said && text ? !strcmp(said, text) : said == text;
}

static int label_is_of(const struct label *l, const struct ledger_row *e, const json_t *body,
                       const char *values)
{
    return l->project_id == e->project_id && l->at == e->at && e->has_client_id &&
           !memcmp(l->client_id.bytes, e->client_id.bytes, sizeof l->client_id.bytes) &&
           l->pick_id == number_in(body, "pick") &&
           l->question_version == number_in(body, "question_version") &&
           l->elapsed_ms == number_in(body, "elapsed_ms") &&
           l->doubted == json_is_true(json_object_get(body, "doubted")) &&
           same_text_in(body, "answer", answer_name(l->answer)) &&
           same_text_in(body, "reason", l->reason) && values && !strcmp(values, l->values);
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
        problem(v, e->seq,
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
        problem(v, e->seq,
                "the label of ledger no. %" PRId64 " (item %" PRId64 ", user %" PRId64
                ") is missing among the current labels",
                e->seq, e->item_id, e->user_id);
    else if (l->seq)
        problem(v, e->seq,
                "item %" PRId64 " shows a label of user %" PRId64 " that ledger no. %" PRId64
                " took back",
                e->item_id, e->user_id, e->seq);
    return OK;
}

static enum err check_labels(struct verify *v)
{
    struct label *strays;
    size_t n;

    TRY(store_label_compare(v->s, compare, v));
    arena_free(&v->a);
    TRY(store_label_strays(v->s, &v->a, PROBLEMS_OF_A_KIND, &strays, &n));
    for (size_t i = 0; i < n; i++)
        problem(v, strays[i].seq,
                "item %" PRId64 " shows a label of user %" PRId64
                " that is not in the ledger (no. %" PRId64 ")",
                strays[i].item_id, strays[i].user_id, strays[i].seq);
    return OK;
}

static void note_problem(void *context, int64_t seq, const char *sentence)
{
    problem(context, seq, "%s", sentence);
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
        problem(v, seqs[i],
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
        problem(v, 0,
                "item %" PRId64 " is %s with %" PRId64 " answers; its labels make it %s with "
                "%" PRId64,
                items[i].id, item_state_name(items[i].state), items[i].n_answers,
                item_state_name(items[i].state_due), items[i].n_answers_due);
    return OK;
}

static int same_real_in(const json_t *body, const char *key, double value)
{
    double said = json_number_value(json_object_get(body, key));
    return said >= value && said <= value;
}

/* What an event from before does not name was not there: 0. */
static int same_queue_in(const json_t *body, const struct queue_settings *x)
{
    return number_in(body, "overlap_max") == x->overlap_max &&
           number_in(body, "quota") == x->quota &&
           same_real_in(body, "gold_rate", x->gold_rate) &&
           same_real_in(body, "repeat_rate", x->repeat_rate) &&
           json_is_true(json_object_get(body, "feedback")) == x->feedback;
}

static enum err check_marks(struct verify *v)
{
    int64_t *ids;
    size_t n;

    arena_free(&v->a);
    TRY(store_item_mismarked(v->s, &v->a, PROBLEMS_OF_A_KIND, &ids, &n));
    for (size_t i = 0; i < n; i++)
        problem(v, 0,
                "item %" PRId64 " is marked as decided or disputed other than its decision and "
                "labels make it",
                ids[i]);
    return OK;
}

static enum err check_project_event(struct verify *v, const struct project *p, int64_t seq)
{
    struct ledger_row r;
    json_t *body;

    TRY(store_ledger_get(v->s, &v->a, seq, &r));
    if (json_read(&body, r.body, r.n_body)) return OK; /* was reported with its row */
    if (!same_text_in(body, "name", p->name) ||
        !same_text_in(body, "kind", project_kind_name(p->kind)) ||
        number_in(body, "overlap") != p->overlap || number_in(body, "seed") != p->seed ||
        !same_real_in(body, "explore", p->explore) || !same_queue_in(body, &p->queue))
        problem(v, seq, "project %" PRId64 " is not as ledger no. %" PRId64 " set it", p->id,
                seq);
    json_decref(body);
    return OK;
}

static enum err check_project(struct verify *v, const struct project *p)
{
    struct known_project *known = NULL;
    struct project_counts c;

    TRY(known_project(v, p->id, &known));
    assert(known);
    if (!known->seq)
        problem(v, 0, "project %" PRId64 " is not in the ledger", p->id);
    else
        TRY(check_project_event(v, p, known->seq));
    if (known->seq && known->version != p->question_version)
        problem(v, 0,
                "project %" PRId64 " asks version %" PRId64
                " of its questions; the ledger says %" PRId64,
                p->id, p->question_version, known->version);
    if (store_counts_check(v->s, p->id) == ERR_CORRUPT) problem(v, 0, "%s", err_message());
    if (store_assignments_check(v->s, p->id) == ERR_CORRUPT) problem(v, 0, "%s", err_message());
    TRY(store_project_counts(v->s, p->id, &c));
    v->sums->n_items += c.items;
    return OK;
}

/* Data sets that call themselves frozen, and whose event is of something else. */
static enum err check_stray_datasets(struct verify *v, int64_t project_id)
{
    struct dataset *all;
    size_t n;

    TRY(store_dataset_list(v->s, &v->a, project_id, &all, &n));
    for (size_t i = 0; i < n; i++) {
        struct ledger_row r;
        enum err e;

        if (all[i].state != DATASET_FROZEN) continue;
        e = store_ledger_get(v->s, &v->a, all[i].event_seq, &r);
        if (e && e != ERR_NOT_FOUND) return e;
        if (e || strcmp(r.kind, "dataset") != 0 || r.project_id != project_id)
            problem(v, 0, "data set %" PRId64 " (version %" PRId64 ") is not in the ledger",
                    all[i].id, all[i].version);
    }
    return OK;
}

static enum err check_projects(struct verify *v)
{
    struct project *projects;
    size_t n;

    arena_free(&v->a);
    TRY(store_project_list(v->s, &v->a, &projects, &n));
    for (size_t i = 0; i < n; i++)
        TRY(check_project(v, &projects[i]));
    for (size_t i = 0; i < n; i++)
        TRY(check_stray_datasets(v, projects[i].id));
    return OK;
}

static enum err verify(struct verify *v)
{
    enum err e;

    TRY(store_ledger_count(v->s, &v->total));
    e = ledger_public_key(store_folder(v->s), v->public_half);
    if (e && e != ERR_NOT_FOUND) return e;
    if (e && v->total) problem(v, 0, "keys/ledger.pub is missing: no signature can be checked");
    TRY(check_ledger(v));
    TRY(stray_quarantines(v, INT64_MAX, &(struct quarantine *){NULL}));
    TRY(check_labels(v));
    TRY(check_reviews(v));
    TRY(check_items(v));
    TRY(check_checks(v));
    TRY(check_marks(v));
    TRY(check_projects(v));
    return audit_verify(v->s, v->report, v->sums);
}

enum err ledger_verify(struct store *s, const struct ledger_report *report,
                       struct ledger_sums *sums)
{
    struct verify v = {.s = s, .report = report, .sums = sums};
    enum err e;

    *sums = (struct ledger_sums){0};
    arena_init(&v.a, 256 * MIB);
    arena_init(&v.rows, 16 * MIB);
    TRY(store_look(s));
    e = store_look_end(s, verify(&v));
    arena_free(&v.a);
    arena_free(&v.rows);
    free(v.projects);
    return e;
}
