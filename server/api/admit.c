#include "api/api.h"
#include "domain/credential.h"
#include "domain/member.h"
#include "store/item.h"
#include "store/job.h"

#include <inttypes.h>

/* What of a project the request is about. */
struct subject {
    const char *what; /* NULL: of no project */
    int64_t id;       /* of that */
    int64_t project_id;
    bool is_asked; /* named by the query: any route can be asked so, also one of no project */
};

static enum err item_is(struct req *q, struct store *s, struct subject *x)
{
    struct item i;

    x->what = "item";
    TRY(req_id(q, "item", &x->id));
    TRY(store_item_get(s, q->arena, x->id, &i));
    x->project_id = i.project_id;
    return OK;
}

static enum err job_is(struct req *q, struct store *s, struct subject *x)
{
    struct job j;

    x->what = "job";
    TRY(req_id(q, "job", &x->id));
    TRY(store_job_get(s, q->arena, x->id, &j));
    x->project_id = j.project_id;
    return OK;
}

/* The project that a path or a query names itself. */
static enum err project_is(struct req *q, struct subject *x)
{
    x->is_asked = !req_param(q, "project");
    if (x->is_asked)
        TRY(req_query_int(q, "project", 0, 1, INT64_MAX, &x->id));
    else
        TRY(req_id(q, "project", &x->id));
    if (x->id) x->what = "project";
    x->project_id = x->id;
    return OK;
}

static enum err subject_find(struct req *q, struct store *s, struct subject *x)
{
    int64_t named = 0;

    *x = (struct subject){0};
    if (!req_param(q, "item") && !req_param(q, "job")) return project_is(q, x);
    TRY(req_param(q, "item") ? item_is(q, s, x) : job_is(q, s, x));
    /* ".../projects/5/items/7": seven has to be of five, or five would be read unasked */
    if (req_param(q, "project")) TRY(req_id(q, "project", &named));
    if (!named || named == x->project_id) return OK;
    return fail(ERR_NOT_FOUND, "there is no %s %" PRId64, x->what, x->id);
}

/* A token for one project sees nothing of the others, and nothing that is of no project. */
static enum err token_may(const struct token *t, const struct route *r, const struct subject *x)
{
    if (!t->id) return OK;
    if (t->project_id && !x->what)
        return fail(ERR_DENIED, "this token is for project %" PRId64 " alone", t->project_id);
    if (t->project_id && x->project_id != t->project_id)
        return fail(ERR_NOT_FOUND, "there is no %s %" PRId64, x->what, x->id);
    return token_need_scope(t, route_scope(r));
}

enum err api_admit(struct req *q, struct store *s)
{
    enum least least = q->route->least == OPERATOR ? ADMIN : q->route->least;
    enum role needed = (enum role)(least - ANNOTATOR);
    struct subject x;
    enum role role;
    enum err e;

    TRY(subject_find(q, s, &x));
    /* "?project=5" may narrow what is seen, and must not lend the role in five to the account */
    if (!x.what || x.is_asked) TRY(user_need_role(&q->user, needed));
    TRY(token_may(&q->token, q->route, &x));
    if (!x.what) return OK;
    e = store_member_role(s, x.project_id, q->user.id, &role);
    /* in the words for one that is not there: a stranger learns nothing */
    if (e == ERR_NOT_FOUND) return fail(e, "there is no %s %" PRId64, x.what, x.id);
    if (e) return e;
    return member_need_role(&q->user, role, needed);
}
