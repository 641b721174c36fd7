#include "jobs/weigh.h"

#include "base/clock.h"
#include "domain/recipe.h"
#include "domain/smp.h"
#include "jobs/teach.h"
#include "store/writer.h"

enum { ARENA_MIB = 1024 };

struct weighing {
    struct store *store;
    struct writer *writer;
    struct arena arena;
    struct project project;
    struct encoder_latents latents;
    struct round_inputs inputs;
    struct teaching teaching;
    const struct smp_progress *progress;
    int threads;
    struct recipe_chosen chosen; /* of the question at hand */
};

static enum err keep_task(struct store *s, void *context)
{
    struct weighing *x = context;

    return recipe_keep(s, &x->arena, &x->chosen, clock_now_ms());
}

/* The first question has the project's own seed; others have theirs beside it. */
static enum err choose(struct weighing *x, size_t q)
{
    const struct smp_model_in in = {.features = &x->latents.latents.features,
                                    .labels = x->teaching.question[q].labels,
                                    .seed = (uint64_t)x->project.seed + q,
                                    .n_threads = (unsigned)x->threads,
                                    .progress = x->progress};

    x->chosen.ledger_seq = x->inputs.ledger_seq;
    x->chosen.n_labels = in.labels.n;
    TRY(smp_err(smp_recipe_choose(&in, &x->chosen.recipe)));
    return writer_do(x->writer, keep_task, x);
}

static enum err choose_if_due(struct weighing *x, size_t q, size_t *n_chosen)
{
    const struct smp_labels *labels = &x->teaching.question[q].labels;

    TRY(recipe_find(x->store, &x->arena, x->project.id, x->latents.encoder.id,
                    x->inputs.answers[q].question, &x->chosen));
    if (!smp_recipe_is_due(x->chosen.n_labels, labels->n, labels->n_classes)) return OK;
    TRY(choose(x, q));
    ++*n_chosen;
    return OK;
}

static enum err weigh(struct weighing *x, int64_t project_id, size_t *n_chosen)
{
    TRY(store_project_get(x->store, &x->arena, project_id, &x->project));
    TRY(encoder_active(x->store, &x->arena, project_id, &x->latents));
    if (!x->latents.latents.features.n) return OK; /* as without an encoder */
    TRY(queue_inputs(x->store, &x->arena, project_id, clock_now_ms(), &x->inputs));
    TRY(teach_map(&x->arena, &x->inputs, &x->latents.latents, &x->teaching));
    for (size_t q = 0; q < x->teaching.n_questions; q++)
        TRY(choose_if_due(x, q, n_chosen));
    return OK;
}

enum err weigh_project(struct store *s, struct writer *w, int64_t project_id, int threads,
                       const struct smp_progress *progress, size_t *n_chosen)
{
    struct weighing x = {.store = s, .writer = w, .progress = progress, .threads = threads};
    enum err e;

    *n_chosen = 0;
    arena_init(&x.arena, ARENA_MIB * MIB);
    e = weigh(&x, project_id, n_chosen);
    encoder_close(&x.latents);
    arena_free(&x.arena);
    return e;
}
