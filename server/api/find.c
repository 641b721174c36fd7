#include "api/find.h"

#include "api/encode.h"
#include "api/handlers.h"
#include "domain/check.h"
#include "store/decision.h"
#include "store/facet.h"
#include "store/label.h"
#include "store/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, PAGE_MAX = 500, COUNT_MOST = 10000, BUDGET_US = 20000 };

enum err find_role(struct req *q, int64_t project_id, enum role *role)
{
    return store_member_role(q->store, project_id, q->user.id, role);
}

static enum err field_take(json_t *filter, const struct pair *p)
{
    static const char *const FIELDS[] = {"state", "text",     "folder",
                                         "class", "question", "person"};
    json_t *meta = json_object_get(filter, "meta");
    int failed = 0;

    if (!*p->value) return OK; /* an empty field asks for nothing */
    if (!strncmp(p->name, "meta.", 5))
        failed = json_object_set_new(meta, p->name + 5, json_string(p->value));
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (!strcmp(p->name, FIELDS[i]))
            failed |= json_object_set_new(filter, p->name, json_string(p->value));
    return failed ? fail(ERR_INVALID, "%.50s: not a text in UTF-8", p->name) : OK;
}

static enum err person_take(struct req *q, json_t *filter)
{
    int64_t person;

    TRY(req_query_int(q, "person", 0, 1, INT64_MAX, &person));
    if (person && json_object_set_new(filter, "person", json_integer(person)))
        return fail_nomem();
    return OK;
}

/* The filter belongs to the caller. */
static enum err filter_of(struct req *q, json_t *filter)
{
    if (json_object_set_new(filter, "meta", json_object())) return fail_nomem();
    for (size_t i = 0; i < q->n_query; i++)
        if (strcmp(q->query[i].name, "person") != 0) TRY(field_take(filter, &q->query[i]));
    return person_take(q, filter);
}

static const char *kept(struct arena *a, const char *text)
{
    return text ? arena_strdup(a, text) : NULL;
}

/* The texts, moved from the filter into the arena. */
static enum err keep(struct arena *a, struct item_search *f)
{
    struct item_search was = *f;

    f->text = kept(a, was.text);
    f->folder = kept(a, was.folder);
    f->class_name = kept(a, was.class_name);
    f->question = kept(a, was.question);
    if (was.text) NEED(f->text);
    if (was.folder) NEED(f->folder);
    if (was.class_name) NEED(f->class_name);
    if (was.question) NEED(f->question);
    for (size_t i = 0; i < f->n_meta; i++) {
        f->meta[i].key = arena_strdup(a, was.meta[i].key);
        f->meta[i].value = arena_strdup(a, was.meta[i].value);
        NEED(f->meta[i].key);
        NEED(f->meta[i].value);
    }
    return OK;
}

/* An item in somebody's hands that is labelled already is one whose answer is known, or asked again:
 * the state of items must not give that away. */
static enum err state_admit(struct req *q, const struct item_search *f)
{
    int hidden;

    if (f->state == ITEM_STATES) return OK;
    TRY(check_is_hidden(q->store, f->project_id, q->user.id, &hidden));
    if (!hidden) return OK;
    return fail(ERR_DENIED,
                "state: while answers are checked here, only a reviewer may look for items "
                "by their state");
}

enum err find_of_query(struct req *q, int64_t project_id, struct item_search *f)
{
    json_t *filter = json_object();
    enum role role;
    enum err e;

    NEED(filter);
    e = filter_of(q, filter);
    if (!e) e = find_read(q->store, q->arena, project_id, filter, f);
    if (!e) e = keep(q->arena, f);
    json_decref(filter);
    if (!e) e = find_role(q, project_id, &role);
    if (!e) e = find_admit(f, &q->user, role);
    return e ? e : state_admit(q, f);
}

static void encode_said(struct out *o, enum answer answer, const char *values)
{
    out_object(o, "label");
    out_text(o, "answer", answer_name(answer));
    out_json(o, "values", values);
    out_end(o);
}

/* The reader's own current label. To whoever may see what others say: the reviewer's decision if there
 * is one, else their own, else the first of the others. */
static enum err encode_label(struct out *o, struct req *q, int64_t item_id, enum role role)
{
    const struct label *shown = NULL;
    struct decision d = {0};
    struct label *labels;
    size_t n;

    if (role >= ROLE_REVIEWER) TRY(store_decision_find(q->store, q->arena, item_id, &d));
    if (d.seq) {
        encode_said(o, d.answer, d.values);
        return OK;
    }
    TRY(store_label_of_item(q->store, q->arena, item_id, &labels, &n));
    if (n && role >= ROLE_REVIEWER) shown = &labels[0];
    for (size_t i = 0; i < n; i++)
        if (labels[i].user_id == q->user.id) shown = &labels[i];
    if (!shown) {
        out_null(o, "label");
        return OK;
    }
    encode_said(o, shown->answer, shown->values);
    return OK;
}

enum err encode_state(struct out *o, struct req *q, const struct item *i)
{
    enum item_state state = i->state;
    struct label mine;
    int hidden;

    TRY(check_is_hidden(q->store, i->project_id, q->user.id, &hidden));
    if (hidden) {
        TRY(store_label_find(q->store, q->arena, i->id, q->user.id, &mine));
        state = mine.seq && mine.answer != ANSWER_SKIP ? ITEM_LABELLED : ITEM_OPEN;
    }
    out_text(o, "state", item_state_name(state));
    return OK;
}

enum err encode_listed(struct out *o, struct req *q, const struct item *i, enum role role)
{
    TRY(encode_item_members(o, q->store, q->arena, i));
    TRY(encode_label(o, q, i->id, role));
    return encode_state(o, q, i);
}

static enum err encode_found(struct out *o, struct req *q, int64_t project_id,
                             const struct found *f)
{
    struct item i;
    enum role role;

    TRY(find_role(q, project_id, &role));
    out_list(o, "items");
    for (size_t k = 0; k < f->n; k++) {
        TRY(store_item_get(q->store, q->arena, f->ids[k], &i));
        out_object(o, NULL);
        TRY(encode_listed(o, q, &i, role));
        out_end(o);
    }
    out_end(o);
    return OK;
}

/* How many there are in all, where that is known at once: {"n", "exact"}, else null. */
static void encode_matches(struct out *o, const struct item_search *s, const struct found *f)
{
    if (!s->count_most) {
        out_null(o, "matches");
        return;
    }
    out_object(o, "matches");
    out_int(o, "n", f->count);
    out_bool(o, "exact", f->is_counted != 0);
    out_end(o);
}

static int is_any(const struct item_search *s)
{
    return !s->text && !s->folder && !s->n_meta && !s->user_id && !s->class_name;
}

enum err items_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct item_search s;
    struct found f;
    int64_t limit;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(find_of_query(q, id, &s));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &s.after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    s.limit = (size_t)limit;
    s.budget_us = BUDGET_US;
    /* The counts of the project say how many there are of each state. */
    s.count_most = s.after || is_any(&s) ? 0 : COUNT_MOST;
    TRY(store_search(q->store, q->arena, &s, &f));
    out_object(&o, NULL);
    TRY(encode_found(&o, q, id, &f));
    out_id(&o, "next", f.next);
    encode_matches(&o, &s, &f);
    out_end(&o);
    return out_done(&o);
}

static void encode_facet(struct out *o, const struct facet *f)
{
    out_object(o, NULL);
    out_text(o, "value", f->value);
    out_int(o, "items", f->items);
    out_end(o);
}

/* Those of one kind; of metadata, one object for each key. */
static size_t encode_folders(struct out *o, const struct facet *f, size_t n)
{
    size_t i = 0;

    out_list(o, "folders");
    for (; i < n && f[i].kind == FACET_FOLDER; i++)
        encode_facet(o, &f[i]);
    out_end(o);
    return i;
}

static void encode_keys(struct out *o, const struct facet *f, size_t n)
{
    out_list(o, "metadata");
    for (size_t i = 0; i < n;) {
        const char *key = f[i].key;
        out_object(o, NULL);
        out_text(o, "key", key);
        out_bool(o, "all", f[i].is_all != 0);
        out_list(o, "values");
        for (; i < n && !strcmp(f[i].key, key); i++)
            encode_facet(o, &f[i]);
        out_end(o);
        out_end(o);
    }
    out_end(o);
}

static enum err encode_classes(struct out *o, struct req *q, int64_t project_id)
{
    struct class_count *c;
    size_t n;

    TRY(store_class_counts(q->store, q->arena, project_id, &c, &n));
    out_list(o, "classes");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_text(o, "question", c[i].question);
        out_text(o, "class", c[i].class_name);
        out_int(o, "items", c[i].items);
        out_int(o, "labels", c[i].labels);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_people(struct out *o, struct req *q, int64_t project_id)
{
    struct labeller *p;
    size_t n;

    TRY(store_labellers(q->store, q->arena, project_id, &p, &n));
    out_list(o, "people");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "id", p[i].user_id);
        out_text(o, "name", p[i].name);
        out_int(o, "labels", p[i].labels);
        out_end(o);
    }
    out_end(o);
    return OK;
}

enum err items_facets(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct facet *facets;
    enum role role;
    int64_t id;
    size_t at;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(find_role(q, id, &role));
    TRY(store_facets(q->store, q->arena, id, &facets, &n));
    out_object(&o, NULL);
    at = encode_folders(&o, facets, n);
    encode_keys(&o, facets + at, n - at);
    if (role >= ROLE_REVIEWER) {
        TRY(encode_classes(&o, q, id));
        TRY(encode_people(&o, q, id));
    }
    out_end(&o);
    return out_done(&o);
}
