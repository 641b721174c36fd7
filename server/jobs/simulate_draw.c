#include "jobs/simulate_draw.h"

#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

enum seed_stream { STREAM_SHARE = 61, STREAM_RARE, STREAM_NOISE };
enum { SHARE_OF = 10 }; /* one item in ten is kept from a seed */

enum err sim_draw_new(struct sim_draw *d, struct arena *a, size_t n_pool)
{
    d->banned = arena_array(a, n_pool, sizeof *d->banned);
    d->answer = arena_array(a, n_pool, sizeof *d->answer);
    NEED(d->banned);
    NEED(d->answer);
    return OK;
}

/* How many items of each class stay, quota (n_classes). */
static void quotas(const struct sim_data *data, double imbalance, uint64_t seed, size_t *quota,
                   size_t *order)
{
    const size_t k = data->n_classes;
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, STREAM_RARE);
    for (size_t c = 0; c < k; c++) {
        order[c] = c;
        quota[c] = 0;
    }
    smp_rng_shuffle(&rng, order, k);
    for (size_t i = 0; i < data->n_pool; i++)
        quota[data->item[i].class]++;
    for (size_t place = 0; place < k; place++) {
        size_t *q = &quota[order[place]];
        const double share = pow(imbalance, -(double)place / (double)(k > 1 ? k - 1 : 1));

        *q = (size_t)ceil((double)*q * share * (SHARE_OF - 1) / SHARE_OF);
    }
}

/* Bans what the seed does not give: of a shuffled pool, each class's items beyond its quota. */
static enum err share_draw(struct sim_draw *d, const struct sim_data *data, double imbalance,
                           uint64_t seed)
{
    const size_t n = data->n_pool;
    size_t *order = malloc((n + 2 * data->n_classes + 1) * sizeof *order);
    size_t *quota = order ? order + n : NULL;
    struct smp_rng rng;

    NEED(order);
    quotas(data, imbalance, seed, quota, quota + data->n_classes);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    smp_rng_seed(&rng, seed, STREAM_SHARE);
    smp_rng_shuffle(&rng, order, n);
    d->n_banned = 0;
    for (size_t i = 0; i < n; i++) {
        size_t *left = &quota[data->item[order[i]].class];

        if (*left)
            --*left;
        else
            d->banned[d->n_banned++] = order[i];
    }
    free(order);
    return OK;
}

static void answers_draw(struct sim_draw *d, const struct sim_data *data, double noise,
                         uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, STREAM_NOISE);
    for (size_t i = 0; i < data->n_pool; i++) {
        const int32_t truth = data->item[i].class;
        const bool wrong = smp_rng_unit(&rng) < noise;
        const size_t other = smp_rng_below(&rng, data->n_classes - 1); /* drawn always */

        d->answer[i] = truth;
        if (wrong) d->answer[i] = (int32_t)(other + (other >= (size_t)truth));
    }
}

enum err sim_draw(struct sim_draw *d, const struct sim_data *data, double imbalance,
                  double noise, uint64_t seed)
{
    TRY(share_draw(d, data, imbalance, seed));
    answers_draw(d, data, noise, seed);
    return OK;
}
