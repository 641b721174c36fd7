#include "jobs/encode.h"

#include "cli/work.h"

#include <stdio.h>

static enum err encode(struct work *w, struct cli *c)
{
    struct project p;
    struct job j = {.kind = "encode", .total = -1};

    TRY(work_project(c, w->store, &p));
    j.project_id = p.id;
    j.params = encode_params_write(&c->arena, cli_value(c, "--retrain") ? ENCODE_RETRAIN
                                                                        : ENCODE_WHEN_DUE);
    NEED(j.params);
    TRY(work_job(w, c, &j, JOB_MERGE));
    fprintf(stderr, "%s\n", j.message ? j.message : "");
    if (!c->json) return OK;
    return cli_print_json(c, json_pack("{s:I, s:I, s:s?}", "job", (json_int_t)j.id, "project",
                                       (json_int_t)p.id, "message", j.message));
}

enum err cmd_encode(struct cli *c)
{
    struct work w;
    enum err e;

    TRY(work_open(&w, c));
    e = encode(&w, c);
    work_close(&w);
    return e;
}
