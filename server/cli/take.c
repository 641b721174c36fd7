#include "jobs/take.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct taking {
    struct cli *cli;
    struct model model;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct taking *x = context;

    return take_begin(s, &x->cli->arena, &x->model, 0, clock_now_ms(), &x->job);
}

/* The small model, made here when it is not there, or when it was taught by other bytes. */
static enum err make_sure(struct cli *c, struct work *w, struct taking *x)
{
    struct student st;

    if (!student_open(c->data, &c->arena, &x->model, &st)) {
        student_close(&st);
        return OK;
    }
    TRY(writer_do(w->writer, begin_task, x));
    return work_job(w, c, &x->job, JOB_NEW);
}

static enum err file_put(const char *out, const struct buf *b)
{
    if (strcmp(out, "-") != 0) return file_write(out, b->data, b->size);
    return fwrite(b->data, 1, b->size, stdout) == b->size && !fflush(stdout)
               ? OK
               : fail(ERR_IO, "stdout cannot be written");
}

static enum err facts_print(struct cli *c, const struct taking *x, size_t weights,
                            const char *as, size_t n_bytes)
{
    struct student st;
    json_t *facts;

    TRY(student_open(c->data, &c->arena, &x->model, &st));
    student_close(&st);
    TRY(json_read(&facts, st.facts[weights], strlen(st.facts[weights])));
    fprintf(stderr, "%s\n", json_string_value(json_object_get(facts, "sentence")));
    json_object_set_new(facts, "as", json_string(as));
    json_object_set_new(facts, "bytes", json_integer((json_int_t)n_bytes));
    if (c->json) return cli_print_json(c, facts);
    json_decref(facts);
    return OK;
}

static enum err take_small(struct cli *c, struct work *w, struct taking *x, const char *as)
{
    const char *kept = cli_value(c, "--weights");
    const enum student_weights weights =
        kept && !strcmp(kept, "f32") ? STUDENT_F32 : STUDENT_INT8;
    enum take_form form;
    struct buf b;
    enum err e;

    if (!take_form_find(as, &form))
        return cli_usage(c, "--as: expected onnx, c, web or model, got '%.40s'", as);
    if (kept && strcmp(kept, "f32") != 0 && strcmp(kept, "int8") != 0)
        return cli_usage(c, "--weights: expected int8 or f32, got '%.40s'", kept);
    TRY(make_sure(c, w, x));
    buf_init(&b, 64 * MIB);
    e = take_render(&b, w->store, &c->arena, c->data, &x->model, form, weights);
    if (!e) e = file_put(cli_value(c, "-o"), &b);
    if (!e) e = facts_print(c, x, weights, as, b.size);
    buf_free(&b);
    return e;
}

/* The version itself, for another Exemplar. */
static enum err take_model(struct cli *c, const struct taking *x)
{
    char path[4096];
    struct buf b;
    enum err e;

    TRY(model_is_trained(&x->model));
    predictor_path(path, sizeof path, c->data, x->model.id);
    buf_init(&b, GIB);
    e = file_read(&b, path);
    if (!e) e = file_put(cli_value(c, "-o"), &b);
    buf_free(&b);
    return e;
}

enum err cmd_take(struct cli *c)
{
    const char *named = cli_value(c, "--model");
    const char *as = cli_value(c, "--as");
    struct taking x = {.cli = c};
    struct work w;
    enum err e;

    if (!named) return cli_usage(c, "--model is missing: a version, as in shoes/3");
    if (!as) return cli_usage(c, "--as is missing: onnx, c, web or model");
    if (!cli_value(c, "-o")) return cli_usage(c, "-o is missing: a file, or '-' for stdout");
    TRY(work_open(&w, c));
    e = model_named(w.store, &c->arena, named, &x.model);
    if (!e && !strcmp(as, "model"))
        e = take_model(c, &x);
    else if (!e)
        e = take_small(c, &w, &x, as);
    work_close(&w);
    return e;
}
