#include "domain/check.h"

#include "domain/item.h"
#include "domain/ledger.h"
#include "domain/project.h"
#include "store/ledger.h"
#include "store/member.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_TO = 10 };

static enum err append_gold(struct store *s, struct arena *a, const struct gold_change *c,
                            const struct item_brief *i, const struct project_brief *p,
                            const char *values, int64_t now_ms, int64_t *seq)
{
    struct ledger_event event = {.kind = "gold",
                                 .project_id = c->project_id,
                                 .item_id = c->item_id,
                                 .user_id = c->user_id};
    char hash[HASH_HEX];

    hash_hex(hash, &i->hash);
    event.body =
        arena_printf(a, "{\"item_hash\":\"%s\",\"question_version\":%" PRId64 ",\"values\":%s}",
                     hash, p->question_version, values ? values : "null");
    NEED(event.body);
    return ledger_append(s, &event, now_ms, seq);
}

static enum err set_gold(struct store *s, struct arena *a, const struct gold_change *c,
                         int64_t now_ms, int64_t *seq)
{
    struct gold g = {.item_id = c->item_id,
                     .project_id = c->project_id,
                     .user_id = c->user_id,
                     .at = now_ms};
    const struct questions *q;
    struct project_brief p;
    struct item_brief i;
    struct gold before;
    enum err e = store_item_brief(s, c->item_id, &i);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || i.project_id != c->project_id)
        return fail(ERR_NOT_FOUND, "there is no item %" PRId64 " in project %" PRId64,
                    c->item_id, c->project_id);
    TRY(store_project_brief(s, c->project_id, &p));
    TRY(project_questions(s, c->project_id, p.question_version, &q));
    TRY(store_gold_find(s, a, c->item_id, &before));
    if (!c->values && !before.seq)
        return fail(ERR_NOT_FOUND, "item %" PRId64 " has no known answer", c->item_id);
    if (c->values) TRY(values_check(a, q, c->values, ANSWER_ACCEPT, &g.values));
    TRY(append_gold(s, a, c, &i, &p, g.values, now_ms, seq));
    g.seq = *seq;
    return c->values ? store_gold_set(s, &g) : store_gold_remove(s, c->item_id);
}

enum err gold_set(struct store *s, struct arena *a, const struct gold_change *c, int64_t now_ms,
                  int64_t *seq)
{
    TRY(store_begin(s));
    return store_end(s, set_gold(s, a, c, now_ms, seq));
}

enum err check_feedback(struct store *s, struct arena *a, int64_t project_id, int64_t item_id,
                        int64_t user_id, struct feedback *f)
{
    struct project_brief p;
    struct label l;
    struct gold g;

    *f = (struct feedback){.given = 0};
    TRY(store_project_brief(s, project_id, &p));
    if (!p.queue.feedback) return OK;
    TRY(store_gold_find(s, a, item_id, &g));
    if (!g.seq) return OK;
    TRY(store_label_find(s, a, item_id, user_id, &l));
    if (!l.seq || l.answer == ANSWER_SKIP) return OK;
    *f = (struct feedback){.given = 1,
                           .right = l.answer == ANSWER_ACCEPT && !strcmp(l.values, g.values),
                           .values = g.values};
    return OK;
}

struct people {
    struct person_checks *list; /* malloc'd */
    size_t n;
};

static enum err person(struct people *p, int64_t user_id, struct person_checks **x)
{
    struct person_checks *more;

    for (size_t i = 0; i < p->n; i++) {
        *x = &p->list[i];
        if ((*x)->user_id == user_id) return OK;
    }
    more = realloc(p->list, (p->n + 1) * sizeof *more);
    NEED(more);
    p->list = more;
    *x = &more[p->n++];
    **x = (struct person_checks){.user_id = user_id};
    return OK;
}

static enum err count_gold(void *context, const struct gold_answer *g)
{
    struct person_checks *x = NULL;

    TRY(person(context, g->user_id, &x));
    x->n_gold++;
    x->n_right += g->right;
    return OK;
}

static enum err count_again(void *context, const struct again *g)
{
    struct person_checks *x = NULL;

    if (g->answer == ANSWER_SKIP) return OK;
    TRY(person(context, g->user_id, &x));
    x->n_again++;
    x->n_agree += g->agrees;
    return OK;
}

static int by_user(const void *left, const void *right)
{
    const struct person_checks *a = left;
    const struct person_checks *b = right;

    return (a->user_id > b->user_id) - (a->user_id < b->user_id);
}

enum err check_people(struct store *s, struct arena *a, int64_t project_id,
                      struct person_checks **people, size_t *n)
{
    struct people p = {.n = 0};
    enum err e = store_gold_answers(s, project_id, count_gold, &p);

    if (!e) e = store_again_visit(s, project_id, count_again, &p);
    *n = p.n;
    *people = arena_array(a, p.n + 1, sizeof **people);
    if (!e && !*people) e = fail_nomem();
    if (!e && p.n) {
        qsort(p.list, p.n, sizeof *p.list, by_user);
        memcpy(*people, p.list, p.n * sizeof *p.list);
    }
    free(p.list);
    return e;
}

enum err check_is_hidden(struct store *s, int64_t project_id, int64_t user_id, int *hidden)
{
    struct project_brief p;
    enum role role;

    TRY(store_project_brief(s, project_id, &p));
    TRY(store_member_role(s, project_id, user_id, &role));
    *hidden = role == ROLE_ANNOTATOR && (p.queue.gold_rate > 0 || p.queue.repeat_rate > 0);
    return OK;
}

int64_t check_round(int64_t n)
{
    return (n + ROUND_TO - 1) / ROUND_TO * ROUND_TO;
}

struct rebuild {
    struct store *s;
    struct arena *a;
};

static enum err rebuild_gold(void *context, const struct ledger_row *row)
{
    struct rebuild *x = context;
    struct gold g = {.item_id = row->item_id,
                     .project_id = row->project_id,
                     .seq = row->seq,
                     .user_id = row->user_id,
                     .at = row->at};
    const json_t *values;
    json_t *body;

    arena_free(x->a);
    TRY(json_read(&body, row->body, row->n_body));
    values = json_object_get(body, "values");
    if (!json_is_null(values)) g.values = json_write(x->a, values);
    json_decref(body);
    return g.values ? store_gold_set(x->s, &g) : store_gold_remove(x->s, g.item_id);
}

static enum err again_of(struct arena *a, const struct ledger_row *row, const json_t *body,
                         struct again *x)
{
    const char *answer = json_string_value(json_object_get(body, "answer"));

    *x = (struct again){.seq = row->seq,
                        .project_id = row->project_id,
                        .item_id = row->item_id,
                        .user_id = row->user_id,
                        .first_seq = json_integer_value(json_object_get(body, "first")),
                        .values = json_write(a, json_object_get(body, "values")),
                        .agrees = json_is_true(json_object_get(body, "agrees")),
                        .elapsed_ms = json_integer_value(json_object_get(body, "elapsed_ms")),
                        .at = row->at};
    NEED(x->values);
    return answer_read(&x->answer, answer ? answer : "");
}

static enum err rebuild_again(void *context, const struct ledger_row *row)
{
    struct rebuild *x = context;
    struct again again;
    int64_t of;
    int64_t n;
    json_t *body;
    enum err e;

    arena_free(x->a);
    TRY(json_read(&body, row->body, row->n_body));
    of = json_integer_value(json_object_get(body, "of"));
    e = of ? store_again_remove(x->s, of, &n) : again_of(x->a, row, body, &again);
    json_decref(body);
    if (e || of) return e;
    return store_again_add(x->s, &again);
}

enum err checks_rebuild(struct store *s, struct arena *a)
{
    struct rebuild x = {s, a};

    TRY(store_checks_remove_all(s));
    TRY(store_ledger_of_kind(s, "gold", rebuild_gold, &x));
    return store_ledger_of_kind(s, "again", rebuild_again, &x);
}
