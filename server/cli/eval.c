#include "base/clock.h"
#include "cli/work.h"
#include "domain/report.h"
#include "jobs/evaluate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void sentences_print(const json_t *list, const char *before)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("%s%s\n", before, json_string_value(json_array_get(list, i)));
}

static void classes_print(const json_t *classes)
{
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *x = json_array_get(classes, i);

        printf("%-20s %s\n", json_string_value(json_object_get(x, "class")),
               json_string_value(json_object_get(x, "words")));
    }
}

static enum err report_print(struct cli *c, const struct model *m)
{
    json_t *report;
    enum err e = OK;

    TRY(json_read(&report, m->report, strlen(m->report)));
    if (json_object_set_new(report, "model", json_integer(m->id)) ||
        json_object_set_new(report, "version", json_integer(m->version)))
        e = fail_nomem();
    if (!e && c->json) return cli_print_json(c, report);
    sentences_print(json_object_get(report, "sentences"), "");
    if (!e) classes_print(json_object_get(report, "by_class"));
    json_decref(report);
    return e;
}

static enum err eval(struct work *w, struct cli *c)
{
    const char *text = cli_value(c, "--model");
    struct job j = {.kind = "evaluate", .total = -1};
    struct model m;

    if (!text) return cli_usage(c, "--model: name the version, as shoes/3, or its number");
    TRY(model_named(w->store, &c->arena, text, &m));
    TRY(model_is_trained(&m));
    j.project_id = m.project_id;
    j.params = evaluate_params_write(&c->arena, &m);
    NEED(j.params);
    TRY(work_job(w, c, &j, JOB_MERGE));
    fprintf(stderr, "%s\n", j.message ? j.message : "");
    TRY(store_model_get(w->store, &c->arena, m.id, &m));
    return m.report ? report_print(c, &m) : OK;
}

enum err cmd_eval(struct cli *c)
{
    struct work w;
    enum err e;

    TRY(work_open(&w, c));
    e = eval(&w, c);
    work_close(&w);
    return e;
}
