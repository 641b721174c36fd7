/* Labels as they are read: an item's history, the list for export, and the projection made again
 * from the ledger. Giving and taking back: label.c. */
#include "domain/check.h"
#include "domain/item.h"
#include "domain/label.h"
#include "domain/quarantine.h"
#include "domain/review.h"
#include "store/item.h"
#include "store/user.h"

#include <string.h>

enum { HISTORY_MAX = 1000 };

static const char *copy_or_null(struct arena *a, const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));
    return text ? arena_strdup(a, text) : NULL;
}

static void read_numbers(const json_t *body, struct label_event *e)
{
    const json_t *accepts = json_object_get(body, "accepts");

    e->pick_id = json_integer_value(json_object_get(body, "pick"));
    e->of = json_integer_value(accepts ? accepts : json_object_get(body, "label_seq"));
    e->restores = json_integer_value(json_object_get(body, "restores"));
    e->to_id = json_integer_value(json_object_get(body, "to"));
}

static enum err read_event(struct arena *a, const struct ledger_row *row, struct label_event *e)
{
    json_t *body;

    *e = (struct label_event){
        .seq = row->seq, .at = row->at, .kind = row->kind, .user_id = row->user_id};
    TRY(json_read(&body, row->body, row->n_body));
    read_numbers(body, e);
    e->id = copy_or_null(a, body, "id");
    e->answer = copy_or_null(a, body, "answer");
    e->reason = copy_or_null(a, body, "reason");
    e->note = copy_or_null(a, body, strcmp(row->kind, "return") ? "note" : "comment");
    if (e->answer) e->values = json_write(a, json_object_get(body, "values"));
    json_decref(body);
    return !e->answer || e->values ? OK : fail_nomem();
}

/* The name of a person, NULL if her row is gone. The last one is kept: labels come in runs. */
struct names {
    int64_t user_id;
    const char *name;
};

static enum err name_of(struct store *s, struct arena *a, int64_t user_id, struct names *last,
                        const char **name)
{
    struct user u = {.name = NULL};
    enum err e = OK;

    if (last->user_id != user_id) {
        e = store_user_get(s, a, user_id, &u);
        if (e && e != ERR_NOT_FOUND) return e;
        *last = (struct names){user_id, e ? NULL : u.name};
    }
    *name = last->name;
    return OK;
}

enum err label_history(struct store *s, struct arena *a, int64_t item_id,
                       struct label_event **events, size_t *n)
{
    struct ledger_row *rows;
    struct names last = {0, NULL};
    struct label_event *list;

    TRY(store_ledger_of_item(s, a, item_id, HISTORY_MAX, &rows, n));
    list = arena_array(a, *n + 1, sizeof *list);
    NEED(list);
    for (size_t i = 0; i < *n; i++) {
        TRY(read_event(a, &rows[i], &list[i]));
        TRY(name_of(s, a, rows[i].user_id, &last, &list[i].user_name));
        if (list[i].to_id) TRY(name_of(s, a, list[i].to_id, &last, &list[i].to_name));
    }
    *events = list;
    return OK;
}

enum err label_event_get(struct store *s, struct arena *a, int64_t seq, struct label_event *e)
{
    struct ledger_row row;
    struct names last = {0, NULL};

    TRY(store_ledger_get(s, a, seq, &row));
    TRY(read_event(a, &row, e));
    return name_of(s, a, row.user_id, &last, &e->user_name);
}

enum err label_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                    size_t limit, struct label_full **labels, size_t *n)
{
    struct label *rows;
    struct names last = {0, NULL};
    struct label_full *list;

    TRY(store_label_list(s, a, project_id, after, limit, &rows, n));
    list = arena_array(a, *n + 1, sizeof *list);
    NEED(list);
    for (size_t i = 0; i < *n; i++) {
        list[i].label = rows[i];
        TRY(name_of(s, a, rows[i].user_id, &last, &list[i].user_name));
        if (rows[i].pick_id) TRY(store_pick_get(s, a, rows[i].pick_id, &list[i].pick));
    }
    *labels = list;
    return OK;
}

struct rebuild {
    struct store *s;
    struct arena *a;
};

static enum err label_of_event(struct arena *a, const struct ledger_row *row, struct label *l)
{
    struct label_event e;

    TRY(read_event(a, row, &e));
    *l = (struct label){.item_id = row->item_id,
                        .user_id = row->user_id,
                        .project_id = row->project_id,
                        .seq = row->seq,
                        .client_id = row->client_id,
                        .values = e.values,
                        .pick_id = e.pick_id,
                        .at = row->at,
                        .reason = e.reason};
    return answer_read(&l->answer, e.answer ? e.answer : "");
}

static enum err number_fields(const struct ledger_row *row, struct label *l)
{
    json_t *body;

    TRY(json_read(&body, row->body, row->n_body));
    l->question_version = json_integer_value(json_object_get(body, "question_version"));
    l->elapsed_ms = json_integer_value(json_object_get(body, "elapsed_ms"));
    l->doubted = json_is_true(json_object_get(body, "doubted"));
    json_decref(body);
    return OK;
}

static enum err rebuild_one(void *context, const struct ledger_row *row)
{
    struct rebuild *x = context;
    struct label l;

    if (strcmp(row->kind, "label") != 0) return OK;
    arena_free(x->a);
    TRY(label_of_event(x->a, row, &l));
    TRY(number_fields(row, &l));
    return store_label_set(x->s, &l);
}

static enum err settle_all(struct store *s, struct arena *a)
{
    struct item_settled *items;
    size_t n = 1;

    while (n) {
        arena_free(a);
        TRY(store_item_unsettled(s, a, 0, 100000, &items, &n));
        for (size_t i = 0; i < n; i++)
            TRY(store_item_set_state(s, items[i].id, items[i].state_due,
                                     items[i].n_answers_due));
    }
    return OK;
}

static enum err quarantine_one(void *context, const struct ledger_row *row)
{
    struct rebuild *x = context;
    struct quarantine q;

    arena_free(x->a);
    TRY(quarantine_of_event(x->a, row, &q));
    return store_quarantine_add(x->s, &q);
}

static enum err rebuild(struct store *s)
{
    struct arena a;
    struct rebuild x = {s, &a};
    enum err e;

    arena_init(&a, 64 * MIB);
    e = store_label_remove_all(s);
    if (!e) e = store_item_reset_states(s);
    if (!e) e = store_ledger_latest(s, 0, INT64_MAX, rebuild_one, &x);
    if (!e) e = store_quarantine_remove_all(s);
    if (!e) e = store_ledger_of_kind(s, "quarantine", quarantine_one, &x);
    if (!e) e = review_rebuild(s, &a);
    if (!e) e = checks_rebuild(s, &a);
    if (!e) e = settle_all(s, &a);
    arena_free(&a);
    return e;
}

enum err label_rebuild(struct store *s)
{
    TRY(store_begin(s));
    return store_end(s, rebuild(s));
}
