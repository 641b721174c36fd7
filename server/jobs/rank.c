#include "jobs/rank.h"

#include "base/clock.h"
#include "base/hash.h"
#include "domain/encoder.h"
#include "domain/project.h"
#include "domain/queue.h"
#include "jobs/smp.h"
#include "sampler/pick.h"
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
    struct smp_question question;
    struct smp_pick_in in;
    struct smp_model *model;
    struct smp_pick *picks; /* (in.batch) */
    size_t n_picks;
};

static void ranking_free(struct ranking *r)
{
    smp_model_free(r->model);
    encoder_close(&r->latents);
    arena_free(&r->arena);
}

/* Answered items with a class teach; those without one (rejected, flagged, unclear) are only kept
 * out; items without a latent yet are left out of both. */
static enum err labels_map(struct ranking *r)
{
    const struct round_answers *answers = &r->inputs.answers[0];
    size_t *rows = arena_array(&r->arena, r->inputs.n_labelled + 1, sizeof *rows);
    int32_t *classes = arena_array(&r->arena, r->inputs.n_labelled + 1, sizeof *classes);
    size_t *banned = arena_array(&r->arena, r->inputs.n_labelled + 1, sizeof *banned);
    size_t row;

    NEED(rows);
    NEED(classes);
    NEED(banned);
    for (size_t i = 0; i < r->inputs.n_labelled; i++) {
        if (!latents_row_of(&r->latents.latents, r->inputs.labelled[i], &row)) continue;
        if (answers->classes[i] < 0) {
            banned[r->in.n_banned++] = row;
            continue;
        }
        rows[r->question.labels.n] = row;
        classes[r->question.labels.n++] = answers->classes[i];
    }
    r->question.labels.row = rows;
    r->question.labels.y = classes;
    r->question.labels.n_classes = answers->n_classes;
    r->in.banned = banned;
    return OK;
}

static bool is_labelled(const struct round_inputs *in, int64_t item_id)
{
    size_t low = 0;
    size_t high = in->n_labelled;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (in->labelled[mid] < item_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < in->n_labelled && in->labelled[low] == item_id;
}

static enum err held_map(struct ranking *r)
{
    size_t *pending = arena_array(&r->arena, r->inputs.n_held + 1, sizeof *pending);
    size_t row;

    NEED(pending);
    for (size_t i = 0; i < r->inputs.n_held; i++)
        if (!is_labelled(&r->inputs, r->inputs.held[i]) &&
            latents_row_of(&r->latents.latents, r->inputs.held[i], &row))
            pending[r->in.n_pending++] = row;
    r->in.pending = pending;
    return OK;
}

static enum err names_map(struct ranking *r)
{
    const struct questions *q;
    const char **names;

    TRY(project_questions(r->store, r->project.id, r->inputs.question_version, &q));
    names = arena_array(&r->arena, q->question[0].n_classes, sizeof *names);
    NEED(names);
    for (size_t i = 0; i < q->question[0].n_classes; i++) {
        names[i] = arena_strdup(&r->arena, q->question[0].classes[i].name);
        NEED(names[i]);
    }
    r->question.class_names = names;
    return OK;
}

static enum err model_fit(struct ranking *r)
{
    const struct smp_model_in in = {.features = r->in.features,
                                    .labels = r->question.labels,
                                    .seed = r->in.seed,
                                    .n_threads = r->in.n_threads};
    struct smp_recipe recipe;

    if (!r->question.labels.n) return OK;
    smp_recipe_rule(&in, &recipe);
    TRY(smp_err(smp_model_fit(&in, &recipe, &r->model)));
    if (smp_model_is_trained(r->model)) r->question.model = r->model;
    return OK;
}

/* From project, round (batch, explore, seed), inputs and latents to the picks. */
static enum err compute(struct ranking *r, int threads)
{
    r->in.features = &r->latents.latents.features;
    r->in.question = &r->question;
    r->in.n_questions = 1;
    r->in.strategy = SMP_AUTO;
    r->in.batch = (size_t)r->round.batch;
    r->in.explore = r->round.explore;
    r->in.seed = (uint64_t)r->round.seed;
    r->in.n_threads = (unsigned)threads;
    TRY(labels_map(r));
    TRY(held_map(r));
    TRY(names_map(r));
    TRY(model_fit(r));
    r->picks = arena_array(&r->arena, r->in.batch, sizeof *r->picks);
    NEED(r->picks);
    return smp_err(smp_pick(&r->in, r->picks, &r->n_picks));
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
        .explore = r->project.explore,
        .held = r->inputs.held,
        .n_held = r->inputs.n_held,
        .seed = seed_of(r),
    };
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
        .encoder = encoder,
        .seed = r->round.seed,
        .reason = from->reason,
        .guess_class = from->guess >= 0 ? r->question.class_names[from->guess] : NULL,
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

static enum err rank(struct ranking *r, struct writer *w, int64_t project_id, size_t n,
                     int threads)
{
    TRY(store_project_get(r->store, &r->arena, project_id, &r->project));
    TRY(encoder_active(r->store, &r->arena, project_id, &r->latents));
    if (!r->latents.encoder.id || !r->latents.latents.features.n) return OK;
    TRY(queue_inputs(r->store, &r->arena, project_id, clock_now_ms(), &r->inputs));
    TRY(round_prepare(r, n));
    TRY(compute(r, threads));
    if (!r->n_picks) return OK;
    if (r->question.model) {
        r->round.model =
            arena_printf(&r->arena, "logistic@%lld", (long long)r->inputs.ledger_seq);
        NEED(r->round.model);
    }
    return publish(r, w);
}

enum err rank_project(struct store *s, struct writer *w, int64_t project_id, size_t n,
                      int threads, int64_t *round_id)
{
    struct ranking r = {.store = s};
    enum err e;

    arena_init(&r.arena, ARENA_MIB * MIB);
    e = rank(&r, w, project_id, n, threads);
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

static enum err replay(struct ranking *r, int64_t round_id)
{
    TRY(store_round_get(r->store, &r->arena, round_id, &r->round));
    TRY(store_project_get(r->store, &r->arena, r->round.project_id, &r->project));
    TRY(encoder_open(r->store, &r->arena, r->round.encoder_id, r->round.n_rows, &r->latents));
    TRY(queue_inputs_of_round(r->store, &r->arena, &r->round, &r->inputs));
    TRY(compute(r, 1));
    return picks_compare(r);
}

enum err rank_replay(struct store *s, int64_t round_id)
{
    struct ranking r = {.store = s};
    enum err e;

    arena_init(&r.arena, ARENA_MIB * MIB);
    e = replay(&r, round_id);
    ranking_free(&r);
    return e;
}
