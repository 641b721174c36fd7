#include "jobs/gate.h"

#include "base/clock.h"
#include "base/file.h"
#include "domain/answer.h"
#include "domain/gate.h"
#include "domain/group.h"
#include "domain/honest.h"
#include "domain/model.h"
#include "formats/media_file.h"
#include "jobs/run.h"
#include "sampler/eval/gate.h"
#include "store/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 64, PAGE = 2000, SLICE_MIB = 1024, INPUT_BYTES_MAX = 256 * 1024 * 1024 };

/* Groups of what taught a version: ascending once sorted. */
struct taught {
    int64_t *group;
    size_t n, room;
};

struct gating {
    struct job_run *run;
    struct gate_params params;
    struct endpoint endpoint;
    struct endpoint_settings settings;
    struct model candidate, live; /* live.id 0: nothing is */
    struct predictor *asked, *lives;
    struct group_list groups;
    struct taught taught;
    struct gate_item *items;
    struct hash *content; /* (n) of their bytes */
    bool *is_text;
    size_t n;
    int64_t ledger_seq;
    struct gate_row verdict;
    struct publication published; /* id 0: not */
};

char *gate_params_write(struct arena *a, const struct gate_params *p)
{
    return arena_printf(a, "{\"endpoint\":%" PRId64 ",\"model\":%" PRId64 ",\"publish\":%s}",
                        p->endpoint_id, p->model_id,
                        p->then == GATE_AND_PUBLISH ? "true" : "false");
}

static enum err params_read(const char *text, struct gate_params *p)
{
    json_t *params;

    TRY(json_read(&params, text, strlen(text)));
    p->endpoint_id = json_integer_value(json_object_get(params, "endpoint"));
    p->model_id = json_integer_value(json_object_get(params, "model"));
    p->then = json_is_true(json_object_get(params, "publish")) ? GATE_AND_PUBLISH : GATE_ONLY;
    json_decref(params);
    return OK;
}

static enum err begin(struct gating *x)
{
    struct store *s = x->run->store;
    struct arena *a = &x->run->arena;

    TRY(params_read(x->run->claim.job.params, &x->params));
    TRY(store_endpoint_get(s, a, x->params.endpoint_id, &x->endpoint));
    TRY(endpoint_settings_read(a, x->endpoint.settings, NULL, &x->settings));
    TRY(store_model_get(s, a, x->params.model_id, &x->candidate));
    TRY(model_open(s, &x->candidate, &x->asked));
    if (!x->endpoint.live_id) return OK;
    TRY(store_model_get(s, a, x->endpoint.live_id, &x->live));
    return model_open(s, &x->live, &x->lives);
}

/* -- which items ------------------------------------------------------------------------------ */

static enum err taught_add(struct gating *x, int64_t group)
{
    struct taught *t = &x->taught;

    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 1024;
        int64_t *more = arena_array(&x->run->arena, room, sizeof *more);

        NEED(more);
        if (t->n) memcpy(more, t->group, t->n * sizeof *more);
        t->group = more;
        t->room = room;
    }
    t->group[t->n++] = group;
    return OK;
}

static enum err taught_page(struct gating *x, struct arena *a, int64_t dataset_id,
                            int64_t *after, size_t *n)
{
    struct dataset_item *rows;

    TRY(store_dataset_items(x->run->store, a, dataset_id,
                            1U << PART_TRAIN | 1U << PART_VALIDATION, *after, PAGE, &rows, n));
    for (size_t i = 0; i < *n; i++) {
        TRY(taught_add(x, group_key(&x->groups, rows[i].item_id)));
        *after = rows[i].item_id;
    }
    return OK;
}

static enum err taught_by(struct gating *x, int64_t dataset_id)
{
    int64_t after = 0;
    size_t n = PAGE;
    enum err e = OK;

    while (!e && n == PAGE) {
        struct arena a;

        arena_init(&a, 64 * MIB);
        e = taught_page(x, &a, dataset_id, &after, &n);
        arena_free(&a);
    }
    return e;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static enum err taught_read(struct gating *x)
{
    TRY(group_read(x->run->store, &x->run->arena, x->endpoint.project_id, &x->groups));
    if (!x->groups.n) return OK; /* all are alone: no honest item taught anything itself */
    TRY(taught_by(x, x->candidate.dataset_id));
    if (x->live.id) TRY(taught_by(x, x->live.dataset_id));
    if (x->taught.n) qsort(x->taught.group, x->taught.n, sizeof(int64_t), by_number);
    return OK;
}

static bool is_taught(const struct gating *x, int64_t item_id)
{
    const int64_t group = group_key(&x->groups, item_id);

    return x->taught.n &&
           bsearch(&group, x->taught.group, x->taught.n, sizeof group, by_number);
}

/* The class that people say an honest item has; NULL when they have no one answer. */
static enum err truth_of(struct gating *x, struct answers *answers, int64_t item_id,
                         const char **truth)
{
    struct item_answer answer;
    const struct questions *q = answers_questions(answers);
    int k;

    *truth = NULL;
    TRY(answers_of_item(answers, &x->run->arena, item_id, &answer));
    if (!answer.item_id || answer.answer != ANSWER_ACCEPT) return OK;
    k = values_class(q, answer.values);
    if (k < 0) return OK;
    *truth = arena_strdup(&x->run->arena, q->question[0].classes[k].name);
    NEED(*truth);
    return OK;
}

static enum err item_add(struct gating *x, struct answers *answers, int64_t item_id)
{
    struct gate_item *g = &x->items[x->n];
    struct item i;

    if (is_taught(x, item_id)) return OK;
    *g = (struct gate_item){.item_id = item_id};
    TRY(truth_of(x, answers, item_id, &g->truth));
    if (!g->truth) return OK;
    TRY(store_item_get(x->run->store, &x->run->arena, item_id, &i));
    g->path = i.path;
    g->meta = i.meta;
    x->content[x->n] = i.hash;
    x->is_text[x->n++] = !strncmp(i.format, "text/", 5);
    return OK;
}

static enum err items_add(struct gating *x, struct answers *answers,
                          const struct honest_list *honest)
{
    for (size_t i = 0; i < honest->n; i++)
        TRY(item_add(x, answers, honest->item[i]));
    return OK;
}

static enum err items_find(struct gating *x)
{
    const struct answers_ask ask = {.project_id = x->endpoint.project_id};
    struct arena *a = &x->run->arena;
    struct honest_list honest;
    struct answers *answers;
    enum err e;

    TRY(taught_read(x));
    TRY(answers_open(x->run->store, &ask, &answers));
    x->ledger_seq = answers_seq(answers);
    e = honest_read(x->run->store, a, x->endpoint.project_id, x->ledger_seq, &honest);
    if (!e) {
        x->items = arena_array(a, honest.n + 1, sizeof *x->items);
        x->content = arena_array(a, honest.n + 1, sizeof *x->content);
        x->is_text = arena_array(a, honest.n + 1, sizeof *x->is_text);
        e = x->items && x->content && x->is_text ? items_add(x, answers, &honest)
                                                 : fail_nomem();
    }
    answers_close(answers);
    return e;
}

/* -- what both say of them -------------------------------------------------------------------- */

static enum err input_read(struct gating *x, struct arena *a, size_t i,
                           struct predictor_input *in)
{
    char path[PATH_MAX];
    struct buf b;
    const char *text;
    enum err e;

    if (x->is_text[i]) {
        TRY(store_item_text(x->run->store, a, x->items[i].item_id, &text, &in->n));
        in->bytes = text;
        return OK;
    }
    media_file_path(path, x->run->folder, &x->content[i], MEDIA_ORIGINAL);
    buf_init(&b, INPUT_BYTES_MAX);
    e = file_read(&b, path);
    in->n = b.size;
    in->bytes = e ? NULL : arena_copy(a, b.data, b.size);
    buf_free(&b);
    if (e) return e;
    NEED(in->bytes);
    return OK;
}

/* The classes that a version gives the items; NULL where it could not answer. */
static enum err ask(const struct gating *x, const struct predictor *p, struct arena *a,
                    const struct predictor_input *in, size_t n, const char **said)
{
    struct prediction *all = arena_array(a, n, sizeof *all);

    NEED(all);
    TRY(predictor_batch(p, a, in, n, x->run->threads, all));
    for (size_t i = 0; i < n; i++)
        said[i] = all[i].failed ? NULL : predictor_class(p, all[i].best);
    return OK;
}

static enum err ask_slice(struct gating *x, struct arena *a, size_t from, size_t n)
{
    struct predictor_input in[SLICE];
    const char *asked[SLICE] = {0};
    const char *lives[SLICE] = {0};

    for (size_t i = 0; i < n; i++)
        TRY(input_read(x, a, from + i, &in[i]));
    TRY(ask(x, x->asked, a, in, n, asked));
    if (x->lives) TRY(ask(x, x->lives, a, in, n, lives));
    for (size_t i = 0; i < n; i++) {
        x->items[from + i].candidate = asked[i];
        x->items[from + i].live = lives[i];
    }
    return OK;
}

static enum err ask_all(struct gating *x)
{
    for (size_t i = 0; i < x->n; i += SLICE) {
        struct arena a;
        enum err e;

        TRY(run_progress(x->run, (int64_t)i, (int64_t)x->n, "honest items asked about"));
        arena_init(&a, (size_t)SLICE_MIB * MIB);
        e = ask_slice(x, &a, i, x->n - i < SLICE ? x->n - i : SLICE);
        arena_free(&a);
        if (e) return e;
    }
    return OK;
}

/* -- the verdict ------------------------------------------------------------------------------ */

static struct gate_ask question(struct gating *x, int64_t looks)
{
    return (struct gate_ask){.endpoint = &x->endpoint,
                             .settings = &x->settings,
                             .candidate = &x->candidate,
                             .live = x->live.id ? &x->live : NULL,
                             .items = x->items,
                             .n = x->n,
                             .look = looks + 1,
                             .ledger_seq = x->ledger_seq,
                             .user_id = x->run->claim.job.user_id};
}

static enum err publish(struct store *s, struct gating *x, int64_t now)
{
    const struct publish p = {.endpoint = &x->endpoint,
                              .model_id = x->candidate.id,
                              .user_id = x->run->claim.job.user_id};

    return endpoint_publish(s, &x->run->arena, &p, now, &x->published);
}

static enum err judge(struct store *s, struct gating *x)
{
    struct arena *a = &x->run->arena;
    const int64_t now = clock_now_ms();
    struct endpoint e;
    struct gate_ask ask;
    int64_t looks;

    TRY(store_endpoint_get(s, a, x->endpoint.id, &e));
    if (e.live_id != x->live.id || e.removed_at)
        return fail(ERR_CONFLICT,
                    "another version was published at \"%s\" meanwhile; ask the gate again",
                    e.name);
    x->endpoint = e;
    TRY(store_gate_looks(s, e.id, x->candidate.id, x->live.id, SMP_GATE_ITEMS_MIN, &looks));
    ask = question(x, looks);
    TRY(gate_judge(a, &ask, &x->verdict));
    TRY(gate_record(s, a, &ask, now, &x->verdict));
    if (x->params.then != GATE_AND_PUBLISH || x->verdict.verdict != VERDICT_GO) return OK;
    return publish(s, x, now);
}

static enum err judge_task(struct store *s, void *context)
{
    TRY(store_begin(s));
    return store_end(s, judge(s, context));
}

static enum err gate(struct gating *x)
{
    TRY(begin(x));
    TRY(items_find(x));
    TRY(ask_all(x));
    TRY(writer_do(x->run->writer, judge_task, x));
    snprintf(x->run->message, sizeof x->run->message, "%s%s", x->verdict.sentence,
             x->published.id ? " It is published." : "");
    return OK;
}

enum err gate_run(struct job_run *run)
{
    struct gating x = {.run = run};
    enum err e = gate(&x);

    predictor_drop(x.asked);
    predictor_drop(x.lives);
    return e;
}
