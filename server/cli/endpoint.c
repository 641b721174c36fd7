#include "domain/endpoint.h"
#include "base/clock.h"
#include "cli/work.h"
#include "domain/model.h"
#include "jobs/gate.h"

#include <stdio.h>
#include <string.h>

/* What gate, publish and rollback have at hand. */
struct addressing {
    struct cli *cli;
    struct work work;
    struct endpoint endpoint;
    struct model model;
    struct publication done;
};

static enum err endpoint_read(struct addressing *x)
{
    const char *name = cli_value(x->cli, "--endpoint");

    if (!name) return cli_usage(x->cli, "--endpoint is missing");
    return store_endpoint_by_name(x->work.store, &x->cli->arena, name, &x->endpoint);
}

static enum err model_read(struct addressing *x)
{
    const char *text = cli_value(x->cli, "--model");

    if (!text) return cli_usage(x->cli, "--model is missing");
    TRY(model_named(x->work.store, &x->cli->arena, text, &x->model));
    return model_is_trained(&x->model);
}

static enum err make_task(struct store *s, void *context)
{
    struct addressing *x = context;
    const struct endpoint_new n = {.project_id = x->model.project_id,
                                   .name = cli_value(x->cli, "--endpoint")};

    return endpoint_new(s, &x->cli->arena, &n, clock_now_ms(), &x->endpoint);
}

/* A version is published at a new address by naming one. */
static enum err endpoint_read_or_make(struct addressing *x)
{
    const enum err e = endpoint_read(x);

    return e == ERR_NOT_FOUND ? writer_do(x->work.writer, make_task, x) : e;
}

static enum err version_of(struct addressing *x, int64_t model_id, int64_t *version)
{
    struct model m;

    *version = 0;
    if (!model_id) return OK;
    TRY(store_model_get(x->work.store, &x->cli->arena, model_id, &m));
    *version = m.version;
    return OK;
}

static json_t *number_or_null(int64_t n)
{
    return n ? json_integer(n) : json_null();
}

static enum err gate_print(struct addressing *x, const struct gate_row *g)
{
    json_t *report;
    int64_t live;

    TRY(version_of(x, g->live_id, &live));
    if (!x->cli->json) {
        printf("%s\n", g->sentence);
        return OK;
    }
    TRY(json_read(&report, g->report, strlen(g->report)));
    return cli_print_json(
        x->cli,
        json_pack("{s:s, s:I, s:o, s:s, s:s, s:I, s:I, s:o}", "endpoint", x->endpoint.name,
                  "model", (json_int_t)x->model.version, "live", number_or_null(live),
                  "verdict", verdict_name(g->verdict), "sentence", g->sentence, "needs",
                  (json_int_t)g->needs, "items", (json_int_t)g->n_items, "report", report));
}

/* Through the gate, as a job of the folder; *g is what it said. */
static enum err ask_gate(struct addressing *x, enum gate_then then, struct gate_row *g)
{
    struct cli *c = x->cli;
    const struct gate_params p = {x->endpoint.id, x->model.id, then};
    struct job j = {.project_id = x->endpoint.project_id,
                    .kind = "gate",
                    .params = gate_params_write(&c->arena, &p),
                    .total = -1};
    struct gate_row *all;
    size_t n;

    NEED(j.params);
    if (x->endpoint.project_id != x->model.project_id)
        return fail(ERR_CONFLICT, "\"%s\" is an endpoint of another project than the version's",
                    x->endpoint.name);
    TRY(work_job(&x->work, c, &j, JOB_NEW));
    TRY(store_gate_list(x->work.store, &c->arena, x->endpoint.id, 1, &all, &n));
    if (!n) return fail(ERR_CONFLICT, "the gate said nothing");
    *g = all[0];
    return store_endpoint_get(x->work.store, &c->arena, x->endpoint.id, &x->endpoint);
}

static enum err gate(struct addressing *x)
{
    struct gate_row g;

    TRY(endpoint_read(x));
    TRY(model_read(x));
    TRY(ask_gate(x, GATE_ONLY, &g));
    return gate_print(x, &g);
}

static enum err live_print(struct addressing *x, const char *how)
{
    int64_t live;

    TRY(version_of(x, x->endpoint.live_id, &live));
    if (x->cli->json)
        return cli_print_json(
            x->cli, json_pack("{s:s, s:o, s:s, s:s}", "endpoint", x->endpoint.name, "live",
                              number_or_null(live), "how", how, "path",
                              arena_printf(&x->cli->arena, "/api/v1/endpoints/%s/predict",
                                           x->endpoint.name)));
    printf("version %lld answers at /api/v1/endpoints/%s/predict\n", (long long)live,
           x->endpoint.name);
    return OK;
}

static enum err override_task(struct store *s, void *context)
{
    struct addressing *x = context;
    const struct publish p = {.endpoint = &x->endpoint,
                              .model_id = x->model.id,
                              .override = cli_value(x->cli, "--override")};

    return endpoint_publish(s, &x->cli->arena, &p, clock_now_ms(), &x->done);
}

static enum err publish(struct addressing *x)
{
    struct gate_row g;

    TRY(model_read(x));
    TRY(endpoint_read_or_make(x));
    if (cli_value(x->cli, "--override")) {
        TRY(writer_do(x->work.writer, override_task, x));
        return live_print(x, publishing_name(x->done.how));
    }
    TRY(ask_gate(x, GATE_AND_PUBLISH, &g));
    fprintf(stderr, "%s\n", g.sentence);
    if (x->endpoint.live_id != x->model.id) return fail(ERR_CONFLICT, "%s", g.sentence);
    return live_print(x, "gate");
}

static enum err rollback_task(struct store *s, void *context)
{
    struct addressing *x = context;

    return endpoint_rollback(s, &x->cli->arena, &x->endpoint, 0, clock_now_ms(), &x->done);
}

static enum err rollback(struct addressing *x)
{
    TRY(endpoint_read(x));
    TRY(writer_do(x->work.writer, rollback_task, x));
    return live_print(x, publishing_name(x->done.how));
}

static enum err run(struct cli *c, enum err (*command)(struct addressing *x))
{
    struct addressing x = {.cli = c};
    enum err e;

    TRY(work_open(&x.work, c));
    e = command(&x);
    work_close(&x.work);
    return e;
}

enum err cmd_gate(struct cli *c)
{
    return run(c, gate);
}

enum err cmd_publish(struct cli *c)
{
    return run(c, publish);
}

enum err cmd_rollback(struct cli *c)
{
    return run(c, rollback);
}
