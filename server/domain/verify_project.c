#include "domain/verify.h"

#include "domain/dataset.h"
#include "store/project.h"
#include "store/steer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum err verify_known_project(struct verify *v, int64_t id, struct known_project **p)
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

static int same_real_in(const json_t *body, const char *key, double value)
{
    double said = json_number_value(json_object_get(body, key));
    return said >= value && said <= value;
}

/* What an event from before does not name was not there: 0. */
static int same_queue_in(const json_t *body, const struct queue_settings *x)
{
    return verify_number(body, "overlap_max") == x->overlap_max &&
           verify_number(body, "quota") == x->quota &&
           same_real_in(body, "gold_rate", x->gold_rate) &&
           same_real_in(body, "repeat_rate", x->repeat_rate) &&
           json_is_true(json_object_get(body, "feedback")) == x->feedback;
}

/* Likewise: what an event from before does not name was not expected. */
static int same_expectations_in(const json_t *body, const struct project *p)
{
    const json_t *said = json_object_get(body, "expectations");
    json_t *now = json_loads(p->expectations, 0, NULL);
    const int same = said ? json_equal(said, now) : now && !json_object_size(now);

    json_decref(now);
    return same;
}

static enum err check_project_event(struct verify *v, const struct project *p, int64_t seq)
{
    struct ledger_row r;
    json_t *body;

    TRY(store_ledger_get(v->s, &v->a, seq, &r));
    if (json_read(&body, r.body, r.n_body)) return OK; /* was reported with its row */
    if (!verify_same_text(body, "name", p->name) ||
        !verify_same_text(body, "kind", project_kind_name(p->kind)) ||
        verify_number(body, "overlap") != p->overlap ||
        verify_number(body, "seed") != p->seed || !same_real_in(body, "explore", p->explore) ||
        !same_queue_in(body, &p->queue) || !same_expectations_in(body, p))
        verify_problem(v, seq, "project %" PRId64 " is not as ledger no. %" PRId64 " set it",
                       p->id, seq);
    json_decref(body);
    return OK;
}

static enum err check_project(struct verify *v, const struct project *p)
{
    struct known_project *known = NULL;
    struct project_counts c;

    TRY(verify_known_project(v, p->id, &known));
    assert(known);
    if (!known->seq)
        verify_problem(v, 0, "project %" PRId64 " is not in the ledger", p->id);
    else
        TRY(check_project_event(v, p, known->seq));
    if (known->seq && known->version != p->question_version)
        verify_problem(v, 0,
                       "project %" PRId64 " asks version %" PRId64
                       " of its questions; the ledger says %" PRId64,
                       p->id, p->question_version, known->version);
    if (store_counts_check(v->s, p->id) == ERR_CORRUPT)
        verify_problem(v, 0, "%s", err_message());
    if (store_assignments_check(v->s, p->id) == ERR_CORRUPT)
        verify_problem(v, 0, "%s", err_message());
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
            verify_problem(v, 0,
                           "data set %" PRId64 " (version %" PRId64 ") is not in the ledger",
                           all[i].id, all[i].version);
    }
    return OK;
}

enum err verify_projects(struct verify *v)
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
