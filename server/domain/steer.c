#include "domain/steer.h"

#include "base/json.h"
#include "domain/audit.h"
#include "domain/job.h"
#include "store/member.h"

#include <inttypes.h>
#include <string.h>

static int matches_nothing(const struct item_match *m)
{
    return !m->key && !m->folder;
}

static enum err match_check(const struct item_match *m)
{
    if (!m->key != !m->value)
        return fail(ERR_INVALID, "key and value: expected both, or neither");
    if ((m->key && (!m->key[0] || strlen(m->key) > STEER_TEXT_MAX)) ||
        (m->value && strlen(m->value) > STEER_TEXT_MAX))
        return fail(ERR_INVALID, "key and value: expected texts of at most %d bytes",
                    STEER_TEXT_MAX);
    if (m->folder && (!m->folder[0] || strlen(m->folder) > STEER_TEXT_MAX))
        return fail(ERR_INVALID, "folder: expected 1 to %d bytes", STEER_TEXT_MAX);
    if (m->folder && m->folder[strlen(m->folder) - 1] == '/')
        return fail(ERR_INVALID, "folder: expected a name without the / at its end");
    return OK;
}

static enum err new_check(struct store *s, const struct assignment_new *n)
{
    struct order orders[ORDERS_MAX];
    size_t n_orders;
    enum role role;

    TRY(match_check(&n->what));
    if (matches_nothing(&n->what) == !n->n_items)
        return fail(ERR_INVALID, "an assignment is of items that match a key and value or a "
                                 "folder, or of named items: expected one of the two");
    if (n->n_items > STEER_ITEMS_MAX)
        return fail(ERR_INVALID,
                    "items: at most %d in one assignment; match them by a folder "
                    "or by key and value instead",
                    STEER_ITEMS_MAX);
    if (n->user_id && store_member_role(s, n->project_id, n->user_id, &role))
        return fail(ERR_NOT_FOUND, "user %" PRId64 " does not work on project %" PRId64,
                    n->user_id, n->project_id);
    TRY(store_orders_of(s, n->project_id, n->user_id, ORDERS_MAX, orders, &n_orders));
    if (n_orders == ORDERS_MAX)
        return fail(ERR_CONFLICT,
                    "there are %d assignments already, the limit: end one of them first",
                    ORDERS_MAX);
    return OK;
}

static enum err add_job(struct store *s, struct arena *a, int64_t project_id, int64_t by,
                        json_t *params, int64_t now_ms, struct job *j)
{
    *j = (struct job){.project_id = project_id, .kind = "steer", .total = -1, .user_id = by};
    j->params = params ? json_write(a, params) : NULL;
    json_decref(params);
    NEED(j->params);
    return job_add(s, a, j, JOB_NEW, now_ms);
}

static enum err add_assignment_job(struct store *s, struct arena *a, int64_t project_id,
                                   int64_t id, int64_t by, int64_t now_ms)
{
    struct job j;

    return add_job(s, a, project_id, by, json_pack("{s:I}", "assignment", (json_int_t)id),
                   now_ms, &j);
}

static enum err name_items(struct store *s, const struct assignment_new *n, int64_t id)
{
    for (size_t i = 0; i < n->n_items; i++) {
        int64_t added;
        TRY(store_assignment_name(s, id, n->items[i], &added));
        if (!added)
            return fail(ERR_NOT_FOUND,
                        "items: item %" PRId64 " is not in project %" PRId64
                        ", or is named twice",
                        n->items[i], n->project_id);
    }
    return OK;
}

static enum err tell(struct store *s, const char *action, const struct assignment *x,
                     int64_t by)
{
    char details[40];

    snprintf(details, sizeof details, "{\"user\":%" PRId64 "}", x->user_id);
    return audit_append(s, &(struct audit_event){.action = action,
                                                 .user_id = by,
                                                 .project_id = x->project_id,
                                                 .subject = "assignment",
                                                 .subject_id = x->id,
                                                 .details = details});
}

static enum err make(struct store *s, struct arena *a, const struct assignment_new *n,
                     int64_t now_ms, struct assignment *made)
{
    *made = (struct assignment){.project_id = n->project_id,
                                .user_id = n->user_id,
                                .what = n->what,
                                .quota = n->quota,
                                .filled = n->n_items > 0,
                                .created_at = now_ms};
    TRY(new_check(s, n));
    TRY(store_assignment_add(s, made));
    TRY(name_items(s, n, made->id));
    if (!n->n_items) TRY(add_assignment_job(s, a, n->project_id, made->id, n->by, now_ms));
    TRY(store_assignment_get(s, a, made->id, made));
    return tell(s, "assignment.made", made, n->by);
}

enum err assignment_make(struct store *s, struct arena *a, const struct assignment_new *n,
                         int64_t now_ms, struct assignment *made)
{
    TRY(store_begin(s));
    return store_end(s, make(s, a, n, now_ms, made));
}

static enum err end(struct store *s, struct arena *a, int64_t project_id, int64_t id,
                    int64_t by, int64_t now_ms)
{
    struct assignment x;
    enum err e = store_assignment_get(s, a, id, &x);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || x.project_id != project_id || x.ended_at)
        return fail(ERR_NOT_FOUND, "there is no assignment %" PRId64 " in project %" PRId64, id,
                    project_id);
    TRY(store_assignment_end(s, id, now_ms));
    TRY(tell(s, "assignment.ended", &x, by));
    return add_assignment_job(s, a, project_id, id, by, now_ms);
}

enum err assignment_end(struct store *s, struct arena *a, int64_t project_id, int64_t id,
                        int64_t by, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, end(s, a, project_id, id, by, now_ms));
}

static enum err priority_check(int64_t priority)
{
    if (priority >= 0 && priority <= PRIORITY_MAX) return OK;
    return fail(ERR_INVALID, "priority: expected 0 (as any other) to %d (first of all)",
                PRIORITY_MAX);
}

static enum err prioritise(struct store *s, int64_t project_id, const int64_t *items, size_t n,
                           int64_t priority, int64_t *n_set)
{
    for (size_t i = 0; i < n; i++) {
        int64_t set;
        TRY(store_item_prioritise(s, project_id, items[i], priority, &set));
        if (!set)
            return fail(ERR_NOT_FOUND,
                        "items: there is no item %" PRId64 " in project %" PRId64, items[i],
                        project_id);
        *n_set += set;
    }
    return OK;
}

enum err items_prioritise(struct store *s, int64_t project_id, const int64_t *items, size_t n,
                          int64_t priority, int64_t *n_set)
{
    *n_set = 0;
    TRY(priority_check(priority));
    if (n > STEER_ITEMS_MAX)
        return fail(ERR_INVALID, "items: at most %d at once", STEER_ITEMS_MAX);
    TRY(store_begin(s));
    return store_end(s, prioritise(s, project_id, items, n, priority, n_set));
}

enum err items_prioritise_matching(struct store *s, struct arena *a, int64_t project_id,
                                   const struct item_match *what, int64_t priority, int64_t by,
                                   int64_t now_ms, struct job *j)
{
    TRY(priority_check(priority));
    TRY(match_check(what));
    if (matches_nothing(what))
        return fail(ERR_INVALID, "expected items, or a folder, or key and value");
    return add_job(s, a, project_id, by,
                   json_pack("{s:s*,s:s*,s:s*,s:I}", "key", what->key, "value", what->value,
                             "folder", what->folder, "priority", (json_int_t)priority),
                   now_ms, j);
}

enum err steering_read(struct arena *a, const char *params, struct steering *x)
{
    json_t *o;
    enum err e;

    *x = (struct steering){.assignment_id = 0};
    TRY(json_read(&o, params, strlen(params)));
    e = json_int_or(o, "assignment", 0, 1, INT64_MAX, &x->assignment_id);
    if (!e) e = json_int_or(o, "priority", 0, 0, PRIORITY_MAX, &x->priority);
    if (!e) e = json_text_or(o, "key", NULL, STEER_TEXT_MAX, &x->what.key);
    if (!e) e = json_text_or(o, "value", NULL, STEER_TEXT_MAX, &x->what.value);
    if (!e) e = json_text_or(o, "folder", NULL, STEER_TEXT_MAX, &x->what.folder);
    if (x->what.key) x->what.key = arena_strdup(a, x->what.key);
    if (x->what.value) x->what.value = arena_strdup(a, x->what.value);
    if (x->what.folder) x->what.folder = arena_strdup(a, x->what.folder);
    json_decref(o);
    return e;
}
