#include "api/api.h"
#include "domain/credential.h"
#include "domain/endpoint.h"
#include "domain/member.h"
#include "store/item.h"
#include "store/job.h"

#include <inttypes.h>
#include <string.h>

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

static enum err member_admit(struct req *q, struct store *s)
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

/* In one sentence for an endpoint that is not there and one that is not public: a stranger learns
 * nothing. */
static enum err caller_unknown(void)
{
    return fail(ERR_UNAUTHORISED,
                "this endpoint needs a token with the scope predict, or somebody "
                "of its project who is signed in");
}

/* Of somebody known: a token has to be for this endpoint, its owner one of the project's people. */
static enum err caller_may(const struct req *q, struct store *s, const struct endpoint *e)
{
    const struct token *t = &q->token;
    enum role role;

    if ((t->endpoint_id && t->endpoint_id != e->id) ||
        (t->project_id && t->project_id != e->project_id) ||
        store_member_role(s, e->project_id, q->user.id, &role))
        return fail(ERR_NOT_FOUND, "there is no endpoint '%.60s'", e->name);
    return t->id ? token_need_scope(t, route_scope(q->route)) : OK;
}

static enum err caller_admit(const struct req *q, struct store *s)
{
    struct endpoint_settings settings;
    struct endpoint e;
    enum err code = store_endpoint_by_name(s, q->arena, req_param(q, "name"), &e);

    if (code == ERR_NOT_FOUND && !q->user.id) return caller_unknown();
    if (code) return code;
    TRY(endpoint_settings_read(q->arena, e.settings, NULL, &settings));
    if (settings.is_public && !q->token.id) return OK;
    return q->user.id ? caller_may(q, s, &e) : caller_unknown();
}

enum lane api_lane(const struct req *q)
{
    size_t i = 0;

    if (q->route->lane != PREDICT) return q->route->lane;
    while (i < q->n_bytes && strchr(" \t\r\n", q->bytes[i]) && q->bytes[i])
        i++;
    return q->n_parts > 1 || (!q->n_parts && i < q->n_bytes && q->bytes[i] == '[') ? BATCH
                                                                                   : PREDICT;
}

enum err api_admit(struct req *q, struct store *s)
{
    if (q->route->least == CALLER) return caller_admit(q, s);
    return member_admit(q, s);
}
