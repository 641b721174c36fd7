#include "jobs/advise.h"

#include "base/clock.h"
#include "jobs/advise_words.h"
#include "jobs/check.h"
#include "jobs/check_gather.h"
#include "jobs/quality_json.h"
#include "jobs/run.h"
#include "store/trait.h"

#include <stdio.h>

struct advising {
    struct job_run *run;
    struct check_data d;
    struct advice_row row;
    json_t *body;
};

static enum err keep_task(struct store *s, void *context)
{
    struct advising *x = context;

    TRY(store_begin(s));
    return store_end(s, store_advice_set(s, &x->row));
}

static enum err keep(struct advising *x)
{
    const size_t n = json_array_size(json_object_get(x->body, "alarms"));

    x->row = (struct advice_row){.project_id = x->d.project.id,
                                 .seq = x->d.seq,
                                 .n_labels = (int64_t)x->d.n_examples,
                                 .body = json_write(&x->run->arena, x->body),
                                 .created_at = clock_now_ms()};
    NEED(x->row.body);
    TRY(writer_do(x->run->writer, keep_task, x));
    snprintf(x->run->message, sizeof x->run->message,
             "%zu examples were looked at, with %zu alarm%s", x->d.n_examples, n,
             n == 1 ? "" : "s");
    return OK;
}

static enum err next_steps(struct advising *x)
{
    struct advise_gain gain;
    json_t *words = json_array();
    json_t *curve;

    TRY(quality_put(x->body, "advice", words));
    TRY(advise_curve(x->run, &x->d, &curve, &gain));
    TRY(quality_put(x->body, "curve", curve));
    return advise_words(x->run, &x->d, &gain, words);
}

static enum err advise(struct advising *x)
{
    TRY(check_gather(x->run, x->run->claim.job.project_id, &x->d));
    TRY(check_gathered(x->run, &x->d, x->body));
    TRY(next_steps(x));
    return keep(x);
}

enum err advise_run(struct job_run *run)
{
    struct advising x = {.run = run, .body = json_object()};
    enum err e;

    NEED(x.body);
    e = advise(&x);
    check_free(&x.d);
    json_decref(x.body);
    return e;
}
