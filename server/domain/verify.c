#include "domain/verify.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/ledger_keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void verify_problem(struct verify *v, int64_t seq, const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->sums->n_problems++;
    v->report->problem(v->report->context, seq, text);
}

int64_t verify_number(const json_t *body, const char *key)
{
    return json_integer_value(json_object_get(body, key));
}

int verify_same_text(const json_t *body, const char *key, const char *text)
{
    return text_same(json_string_value(json_object_get(body, key)), text);
}

static void check_chain(struct verify *v, const struct ledger_row *r)
{
    struct hash h;

    for (int64_t seq = v->last.seq + 1; seq < r->seq; seq++) {
        verify_problem(v, seq, "ledger no. %" PRId64 " is missing", seq);
        if (seq - v->last.seq < PROBLEMS_OF_A_KIND) continue;
        verify_problem(v, seq, "ledger no. %" PRId64 " to %" PRId64 " are missing too", seq + 1,
                       r->seq - 1);
        break;
    }
    if (r->seq == v->last.seq + 1 && !hash_equal(&r->previous, &v->last.hash))
        verify_problem(v, r->seq,
                       "ledger no. %" PRId64 " does not follow no. %" PRId64 " as it stands",
                       r->seq, v->last.seq);
    ledger_row_hash(r, &h);
    if (!hash_equal(&h, &r->hash))
        verify_problem(v, r->seq,
                       "ledger no. %" PRId64 " was changed: its hash does not fit it", r->seq);
}

/* The next head, read a page at a time; NULL when there is none. They live until the page after. */
static enum err next_head(struct verify *v, struct arena *heads, struct ledger_head **h)
{
    *h = NULL;
    if (v->head == v->n_heads) {
        arena_free(heads);
        v->head = 0;
        TRY(store_head_list(v->s, heads, v->heads_after, VERIFY_PAGE, &v->heads, &v->n_heads));
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
        verify_problem(v, h->seq, "the signed head no. %" PRId64 " has no row in the ledger",
                       h->seq);
        pass_head(v);
        TRY(next_head(v, heads, &h));
    }
    if (!h || h->seq != r->seq) return OK;
    if (!ledger_head_is_valid(h, &r->hash, v->public_half))
        verify_problem(v, r->seq,
                       "the signature of head no. %" PRId64 " does not fit its row and key",
                       r->seq);
    v->sums->head_seq = h->seq;
    pass_head(v);
    return OK;
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
        verify_problem(v, r->seq, "the content of ledger no. %" PRId64 " cannot be read",
                       r->seq);
        return OK;
    }
    e = verify_event(v, r, body);
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
        TRY(store_ledger_list(v->s, &v->a, v->last.seq, VERIFY_PAGE, &rows, &n));
        for (size_t i = 0; i < n; i++)
            TRY(check_row(v, heads, &rows[i]));
        if (v->report->progress)
            v->report->progress(v->report->context, v->sums->n_rows, v->total);
    }
    TRY(next_head(v, heads, &h));
    if (h)
        verify_problem(v, h->seq,
                       "the ledger ends at no. %" PRId64 ", but no. %" PRId64 " was signed",
                       v->last.seq, h->seq);
    else if (v->last.seq != v->sums->head_seq)
        verify_problem(v, v->last.seq,
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

static enum err verify(struct verify *v)
{
    enum err e;

    TRY(store_ledger_count(v->s, &v->total));
    e = ledger_public_key(store_folder(v->s), v->public_half);
    if (e && e != ERR_NOT_FOUND) return e;
    if (e && v->total)
        verify_problem(v, 0, "keys/ledger.pub is missing: no signature can be checked");
    TRY(check_ledger(v));
    TRY(verify_no_quarantines(v, INT64_MAX, &(struct quarantine *){NULL}));
    TRY(verify_labels(v));
    TRY(verify_projects(v));
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
