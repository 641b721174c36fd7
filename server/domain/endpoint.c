#include "domain/endpoint.h"

#include "domain/audit.h"
#include "domain/model.h"
#include "domain/project.h"
#include "domain/question.h"
#include "store/user.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum err name_check(const char *name)
{
    const size_t n = strlen(name);

    if (n >= 1 && n <= ENDPOINT_NAME_MAX &&
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && name[0] != '-' &&
        name[n - 1] != '-')
        return OK;
    return fail(
        ERR_INVALID,
        "name: expected 1 to %d of the characters a-z, 0-9 and -, and no - at an end; it "
        "becomes part of the address",
        ENDPOINT_NAME_MAX);
}

/* What a predictor answers: the first question, if it has one answer. */
static enum err question_check(struct store *s, struct arena *a, int64_t project_id)
{
    struct project p;
    const struct questions *q;

    TRY(store_project_get(s, a, project_id, &p));
    TRY(project_questions(s, project_id, p.question_version, &q));
    if (!q->question[0].multiple) return OK;
    return fail(ERR_INVALID,
                "the first question of project %" PRId64 " takes several classes; an endpoint "
                "answers a single choice",
                project_id);
}

static enum err tell(struct store *s, const struct endpoint *e, const char *action,
                     const char *details)
{
    return audit_append(s, &(struct audit_event){.action = action,
                                                 .project_id = e->project_id,
                                                 .subject = "endpoint",
                                                 .subject_id = e->id,
                                                 .details = details});
}

static enum err add(struct store *s, struct endpoint *e)
{
    TRY(store_endpoint_add(s, e));
    return tell(s, e, "endpoint.made", NULL);
}

enum err endpoint_new(struct store *s, struct arena *a, const struct endpoint_new *n,
                      int64_t now_ms, struct endpoint *e)
{
    struct endpoint_settings settings;

    TRY(name_check(n->name));
    TRY(endpoint_settings_read(a, NULL, n->settings, &settings));
    TRY(question_check(s, a, n->project_id));
    *e = (struct endpoint){.project_id = n->project_id,
                           .name = n->name,
                           .settings = settings.body,
                           .user_id = n->user_id,
                           .created_at = now_ms};
    TRY(store_begin(s));
    return store_end(s, add(s, e));
}

enum err endpoint_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                       struct endpoint *e)
{
    char *end;
    const long long id = strtoll(text, &end, 10);
    const bool is_number = !*end && end != text && id > 0;
    enum err code = is_number ? store_endpoint_get(s, a, id, e) : ERR_NOT_FOUND;

    if (code == ERR_NOT_FOUND) code = store_endpoint_by_name(s, a, text, e);
    if (code) return code;
    if (e->project_id == project_id && !e->removed_at) return OK;
    return fail(ERR_NOT_FOUND, "there is no endpoint '%.60s' in project %" PRId64, text,
                project_id);
}

static enum err change(struct store *s, const struct endpoint *e, const char *action,
                       const char *details)
{
    TRY(store_endpoint_update(s, e));
    return tell(s, e, action, details);
}

enum err endpoint_change(struct store *s, struct arena *a, struct endpoint *e,
                         const json_t *wish)
{
    struct endpoint_settings settings;

    TRY(endpoint_settings_read(a, e->settings, wish, &settings));
    if (!strcmp(settings.body, e->settings)) return OK;
    e->settings = settings.body;
    TRY(store_begin(s));
    return store_end(s, change(s, e, "endpoint.changed", settings.body));
}

/* Of the endpoint's project, and able to answer. */
static enum err model_check(struct store *s, struct arena *a, const struct endpoint *e,
                            int64_t model_id, struct model *m)
{
    TRY(store_model_get(s, a, model_id, m));
    if (m->project_id != e->project_id)
        return fail(ERR_NOT_FOUND, "there is no such version in project %" PRId64,
                    e->project_id);
    return model_is_trained(m);
}

static const char *version_details(struct arena *a, const struct model *m, const char *how)
{
    return how ? arena_printf(a, "{\"how\":\"%s\",\"version\":%" PRId64 "}", how, m->version)
               : arena_printf(a, "{\"version\":%" PRId64 "}", m->version);
}

enum err endpoint_shadow(struct store *s, struct arena *a, struct endpoint *e, int64_t model_id)
{
    struct model m = {.version = 0};
    const char *details;

    if (model_id == e->shadow_id) return OK;
    if (model_id) TRY(model_check(s, a, e, model_id, &m));
    if (model_id && model_id == e->live_id)
        return fail(ERR_CONFLICT, "version %" PRId64 " is live; a shadow is another one",
                    m.version);
    details = version_details(a, &m, NULL);
    NEED(details);
    e->shadow_id = model_id;
    TRY(store_begin(s));
    return store_end(s, change(s, e, "endpoint.shadowed", details));
}

static enum err removed(struct store *s, struct arena *a, struct endpoint *e, int64_t now_ms)
{
    struct token *tokens;
    size_t n;

    TRY(store_token_of_endpoint(s, a, e->id, &tokens, &n));
    for (size_t i = 0; i < n; i++)
        TRY(store_token_revoke(s, tokens[i].user_id, tokens[i].id, now_ms));
    return change(s, e, "endpoint.removed", NULL);
}

enum err endpoint_remove(struct store *s, struct arena *a, struct endpoint *e, int64_t now_ms)
{
    e->removed_at = now_ms;
    TRY(store_begin(s));
    return store_end(s, removed(s, a, e, now_ms));
}

/* The history's row, the endpoint's own, and the audit log's. */
static enum err put_live(struct store *s, struct arena *a, struct endpoint *e,
                         struct publication *p, const struct model *m)
{
    const char *details = version_details(a, m, publishing_name(p->how));

    NEED(details);
    p->endpoint_id = e->id;
    p->previous_id = e->live_id;
    p->model_id = m->id;
    e->live_id = m->id;
    if (e->shadow_id == m->id) e->shadow_id = 0;
    TRY(store_publication_add(s, p));
    TRY(store_endpoint_update(s, e));
    return audit_append(s, &(struct audit_event){.action = p->how == PUBLISHED_BY_ROLLBACK
                                                               ? "endpoint.rolled_back"
                                                               : "endpoint.published",
                                                 .user_id = p->user_id,
                                                 .project_id = e->project_id,
                                                 .subject = "endpoint",
                                                 .subject_id = e->id,
                                                 .details = details});
}

/* By the gate, unless there is a reason against it. */
static enum err permission(const struct publish *p, const struct gate_row *g,
                           const struct model *m)
{
    if (p->override || (g->id && g->verdict == VERDICT_GO)) return OK;
    if (!g->id)
        return fail(
            ERR_CONFLICT,
            "version %" PRId64 " has not been through the gate of \"%s\" against the "
            "version that is live now; ask the gate first, or give a reason to override "
            "it",
            m->version, p->endpoint->name);
    return fail(ERR_CONFLICT, "the gate of \"%s\" did not let version %" PRId64 " pass: %s",
                p->endpoint->name, m->version, g->sentence);
}

static enum err publish(struct store *s, struct arena *a, const struct publish *p,
                        const struct model *m, struct publication *done)
{
    struct gate_row g;

    TRY(store_gate_last(s, a, p->endpoint->id, m->id, p->endpoint->live_id, &g));
    TRY(permission(p, &g, m));
    done->gate_id = g.id;
    done->how = p->override ? PUBLISHED_BY_OVERRIDE : PUBLISHED_BY_GATE;
    done->reason = p->override;
    return put_live(s, a, p->endpoint, done, m);
}

enum err endpoint_publish(struct store *s, struct arena *a, const struct publish *p,
                          int64_t now_ms, struct publication *done)
{
    const size_t n = p->override ? strlen(p->override) : 1;
    struct model m;

    *done = (struct publication){.user_id = p->user_id, .at = now_ms};
    if (!n || n > ENDPOINT_REASON_MAX)
        return fail(ERR_INVALID, "override: say why in 1 to %d bytes; it is kept",
                    ENDPOINT_REASON_MAX);
    TRY(model_check(s, a, p->endpoint, p->model_id, &m));
    if (p->endpoint->live_id == m.id)
        return fail(ERR_CONFLICT, "version %" PRId64 " answers at \"%s\" already", m.version,
                    p->endpoint->name);
    TRY(store_begin(s));
    return store_end(s, publish(s, a, p, &m, done));
}

enum err endpoint_before(struct store *s, struct arena *a, const struct endpoint *e,
                         int64_t *model_id)
{
    struct publication p = {.id = 0};

    if (e->live_id) TRY(store_publication_of(s, a, e->id, e->live_id, &p));
    *model_id = p.previous_id;
    return OK;
}

enum err endpoint_rollback(struct store *s, struct arena *a, struct endpoint *e,
                           int64_t user_id, int64_t now_ms, struct publication *done)
{
    struct model m;
    int64_t before;

    *done =
        (struct publication){.how = PUBLISHED_BY_ROLLBACK, .user_id = user_id, .at = now_ms};
    TRY(endpoint_before(s, a, e, &before));
    if (!before)
        return fail(ERR_CONFLICT, "there is no earlier version of \"%s\" to go back to",
                    e->name);
    TRY(model_check(s, a, e, before, &m));
    TRY(store_begin(s));
    return store_end(s, put_live(s, a, e, done, &m));
}
