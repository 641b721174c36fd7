#include "jobs/rank.h"

#include "base/clock.h"
#include "base/hash.h"
#include "domain/encoder.h"
#include "domain/project.h"
#include "domain/queue.h"
#include "domain/recipe.h"
#include "domain/smp.h"
#include "jobs/judge.h"
#include "jobs/teach.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_SMALL = 10, /* while a new label changes the model much */
    BATCH_LARGE = 50,
    LABELS_MANY = 100,
    BATCH_MAX = 500,
    ARENA_MIB = 1024
};

/* One computation of a round, new or again. */
struct ranking {
    struct store *store;
    struct arena arena;
    struct project project;
    struct round round;
    struct round_inputs inputs;
    struct encoder_latents latents;
    struct teaching teaching;
    struct smp_recipe recipes[QUESTIONS_MAX]; /* n_members 0: no model of that question */
    struct smp_model *models[QUESTIONS_MAX];
    bool has_model;
    int threads;
    const struct smp_progress *progress; /* may be NULL */
    struct smp_pick *picks;              /* (round.batch) */
    size_t n_picks;
};

static void ranking_free(struct ranking *r)
{
    for (size_t q = 0; q < QUESTIONS_MAX; q++)
        smp_model_free(r->models[q]);
    encoder_close(&r->latents);
    arena_free(&r->arena);
}

static struct smp_model_in model_in(const struct ranking *r, size_t q)
{
    return (struct smp_model_in){.features = &r->latents.latents.features,
                                 .labels = r->teaching.question[q].labels,
                                 .seed = (uint64_t)r->round.seed,
                                 .n_threads = (unsigned)r->threads};
}

/* What the labels teach, and the recipe of each question: chosen, or by rule. */
static enum err recipes_find(struct ranking *r)
{
    struct recipe_chosen chosen;

    TRY(teach_map(&r->arena, &r->inputs, &r->latents.latents, &r->teaching));
    for (size_t q = 0; q < r->teaching.n_questions; q++) {
        const struct smp_model_in in = model_in(r, q);

        r->recipes[q] = (struct smp_recipe){.n_members = 0};
        if (!in.labels.n) continue;
        TRY(recipe_find(r->store, &r->arena, r->project.id, r->latents.encoder.id,
                        r->inputs.answers[q].question, &chosen));
        r->recipes[q] = chosen.recipe;
        if (!chosen.recipe.n_members) smp_recipe_rule(&in, &r->recipes[q]);
    }
    return OK;
}

static enum err models_fit(struct ranking *r)
{
    for (size_t q = 0; q < r->teaching.n_questions; q++) {
        const struct smp_model_in in = model_in(r, q);

        if (!r->recipes[q].n_members) continue;
        TRY(smp_err(smp_report(r->progress, 0, "fitting models")));
        TRY(smp_err(smp_model_fit(&in, &r->recipes[q], &r->models[q])));
        if (smp_model_is_trained(r->models[q])) {
            r->teaching.question[q].model = r->models[q];
            r->has_model = true;
        } else {
            r->recipes[q].n_members = 0;
        }
    }
    return OK;
}

/* From project, round (batch, explore, seed), recipes, inputs and latents to the picks. */
static enum err compute(struct ranking *r)
{
    const struct smp_pick_in in = {.features = &r->latents.latents.features,
                                   .question = r->teaching.question,
                                   .n_questions = r->teaching.n_questions,
                                   .pending = r->teaching.pending,
                                   .n_pending = r->teaching.n_pending,
                                   .banned = r->teaching.banned,
                                   .n_banned = r->teaching.n_banned,
                                   .strategy = SMP_AUTO,
                                   .batch = (size_t)r->round.batch,
                                   .explore = r->round.explore,
                                   .seed = (uint64_t)r->round.seed,
                                   .n_threads = (unsigned)r->threads,
                                   .progress = r->progress};

    TRY(models_fit(r));
    r->picks = arena_array(&r->arena, in.batch, sizeof *r->picks);
    NEED(r->picks);
    return smp_err(smp_pick(&in, r->picks, &r->n_picks));
}

/* How many people hold items now. */
static enum err people_count(struct ranking *r, size_t *n_people)
{
    struct lease *leases;
    size_t n;

    *n_people = 0;
    TRY(store_lease_live(r->store, &r->arena, r->project.id, 0, clock_now_ms(), &leases, &n));
    for (size_t i = 0; i < n; i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++)
            seen = leases[k].user_id == leases[i].user_id;
        *n_people += !seen;
    }
    return OK;
}

size_t rank_batch(size_t n_labels)
{
    return n_labels < LABELS_MANY ? BATCH_SMALL : BATCH_LARGE;
}

static enum err batch_choose(struct ranking *r, size_t asked)
{
    size_t people;

    r->round.batch = (int64_t)asked;
    if (!asked) {
        TRY(people_count(r, &people));
        r->round.batch = (int64_t)rank_batch(r->inputs.n_labelled);
        r->round.batch *= people ? (int64_t)people : 1;
    }
    if (r->round.batch > BATCH_MAX) r->round.batch = BATCH_MAX;
    return OK;
}

/* A new seed for each round, the same for the same project at the same point. */
static int64_t seed_of(const struct ranking *r)
{
    const int64_t from[] = {r->project.seed, r->inputs.ledger_seq, r->latents.encoder.id,
                            r->latents.encoder.n_rows};
    struct hash h;
    uint64_t seed;

    hash_of(&h, from, sizeof from);
    memcpy(&seed, h.bytes, sizeof seed);
    return (int64_t)(seed >> 1);
}

static enum err round_prepare(struct ranking *r, size_t asked)
{
    r->round = (struct round){
        .project_id = r->project.id,
        .encoder_id = r->latents.encoder.id,
        .n_rows = r->latents.encoder.n_rows,
        .strategy = smp_strategy_name(SMP_AUTO),
        .ledger_seq = r->inputs.ledger_seq,
        .n_pool = r->latents.encoder.n_rows,
        .n_labels = (int64_t)r->inputs.n_labelled,
        .held = r->inputs.held,
        .n_held = r->inputs.n_held,
        .seed = seed_of(r),
    };
    TRY(judge_explore(r->store, r->project.id, r->latents.encoder.id, r->project.explore,
                      &r->round.explore));
    return batch_choose(r, asked);
}

struct publishing {
    struct ranking *ranking;
    struct pick *picks;
};

static enum err publish_task(struct store *s, void *context)
{
    struct publishing *p = context;

    return queue_publish_round(s, &p->ranking->round, p->picks, p->ranking->n_picks,
                               clock_now_ms());
}

static struct pick pick_of(const struct ranking *r, const struct smp_pick *from,
                           const char *encoder)
{
    return (struct pick){
        .project_id = r->project.id,
        .item_id = r->latents.latents.items[from->row],
        .strategy = smp_strategy_name(from->strategy),
        .has_score = from->strategy != SMP_RANDOM,
        .score = from->score,
        .pool_size = (int64_t)from->pool_size,
        .propensity = from->propensity,
        .model = r->round.model,
        .reads = r->round.reads,
        .encoder = encoder,
        .seed = r->round.seed,
        .reason = from->reason,
        .guess_class = from->guess >= 0 ? r->inputs.answers[0].class_names[from->guess] : NULL,
        .guess_probability = from->guess_p,
    };
}

static enum err publish(struct ranking *r, struct writer *w)
{
    struct publishing p = {.ranking = r};
    const char *encoder = encoder_title(&r->arena, &r->latents.encoder);

    NEED(encoder);
    p.picks = arena_array(&r->arena, r->n_picks, sizeof *p.picks);
    NEED(p.picks);
    for (size_t i = 0; i < r->n_picks; i++)
        p.picks[i] = pick_of(r, &r->picks[i], encoder);
    return writer_do(w, publish_task, &p);
}

/* What the models of all questions read; with several, the name of each before it. */
static enum err reads_say(struct ranking *r)
{
    const char *all = "";

    for (size_t q = 0; q < r->teaching.n_questions; q++) {
        const char *reads = recipe_reads(&r->arena, &r->latents.encoder, &r->recipes[q]);

        NEED(reads);
        if (!r->recipes[q].n_members) continue;
        all = r->teaching.n_questions == 1
                  ? reads
                  : arena_printf(&r->arena, "%s%s%s: %s", all, *all ? "; " : "",
                                 r->inputs.answers[q].question, reads);
        NEED(all);
    }
    r->round.reads = all;
    return OK;
}

/* How the models were made goes with the round, so that it can be computed again. */
static enum err models_say(struct ranking *r)
{
    TRY(recipes_write(&r->arena, r->recipes, r->teaching.n_questions, &r->round.recipes));
    if (!r->has_model) return OK;
    TRY(reads_say(r));
    r->round.model = arena_printf(&r->arena, "mix@%lld", (long long)r->inputs.ledger_seq);
    NEED(r->round.model);
    return OK;
}

static enum err rank(struct ranking *r, struct writer *w, int64_t project_id, size_t n)
{
    TRY(store_project_get(r->store, &r->arena, project_id, &r->project));
    TRY(encoder_active(r->store, &r->arena, project_id, &r->latents));
    if (!r->latents.latents.features.n) return OK; /* as without an encoder */
    TRY(queue_inputs(r->store, &r->arena, project_id, clock_now_ms(), &r->inputs));
    TRY(round_prepare(r, n));
    TRY(recipes_find(r));
    TRY(compute(r));
    if (!r->n_picks) return OK;
    TRY(models_say(r));
    return publish(r, w);
}

enum err rank_project(struct store *s, struct writer *w, int64_t project_id, size_t n,
                      int threads, const struct smp_progress *progress, int64_t *round_id)
{
    struct ranking r = {.store = s, .threads = threads, .progress = progress};
    enum err e;

    arena_init(&r.arena, ARENA_MIB * MIB);
    e = rank(&r, w, project_id, n);
    *round_id = e ? 0 : r.round.id;
    ranking_free(&r);
    return e;
}

/* Names the first pick that comes out different. Picks nobody was handed may be gone: a newer
 * round takes them away. */
static enum err picks_compare(struct ranking *r)
{
    struct pick *kept;
    size_t n;

    TRY(store_pick_of_round(r->store, &r->arena, r->round.id, &kept, &n));
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)kept[i].rank - 1;
        const struct smp_pick *again = &r->picks[at];

        if (at >= r->n_picks || r->latents.latents.items[again->row] != kept[i].item_id ||
            strcmp(smp_strategy_name(again->strategy), kept[i].strategy) != 0 ||
            again->score != kept[i].score || again->propensity != kept[i].propensity)
            return fail(
                ERR_CORRUPT,
                "round %lld, rank %lld: item %lld was picked, but is not when computed again",
                (long long)r->round.id, (long long)kept[i].rank, (long long)kept[i].item_id);
    }
    return OK;
}

static enum err recipes_of_round(struct ranking *r)
{
    size_t n;

    if (!r->round.recipes)
        return fail(ERR_CONFLICT,
                    "round %lld was ranked by an earlier version of the program, by a model "
                    "that this one does not make any more",
                    (long long)r->round.id);
    TRY(teach_map(&r->arena, &r->inputs, &r->latents.latents, &r->teaching));
    TRY(recipes_read(r->round.recipes, r->recipes, QUESTIONS_MAX, &n));
    if (n == r->teaching.n_questions) return OK;
    return fail(ERR_CORRUPT, "round %lld has recipes for %zu questions, not for %zu",
                (long long)r->round.id, n, r->teaching.n_questions);
}

static enum err replay(struct ranking *r, int64_t round_id)
{
    TRY(store_round_get(r->store, &r->arena, round_id, &r->round));
    TRY(store_project_get(r->store, &r->arena, r->round.project_id, &r->project));
    TRY(encoder_open(r->store, &r->arena, r->round.encoder_id, r->round.n_rows, &r->latents));
    TRY(queue_inputs_of_round(r->store, &r->arena, &r->round, &r->inputs));
    TRY(recipes_of_round(r));
    TRY(compute(r));
    return picks_compare(r);
}

enum err rank_replay(struct store *s, int64_t round_id)
{
    struct ranking r = {.store = s, .threads = 1};
    enum err e;

    arena_init(&r.arena, ARENA_MIB * MIB);
    e = replay(&r, round_id);
    ranking_free(&r);
    return e;
}
