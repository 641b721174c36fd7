#include "sampler/pick_inside.h"

#include "sampler/bytes.h"
#include "sampler/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Without a way out in the middle, so that it becomes vector code: a whole pool is looked at. */
SMP_KERNEL
static bool is_latent(const float *x, size_t d)
{
    int wrong = 0;

    for (size_t j = 0; j < d; j++)
        wrong |= !(fabsf(x[j]) <= SMP_LATENT_MAX);
    return !wrong;
}

enum smp_status smp_round_latent(const struct smp_round *r, size_t row, float *to)
{
    const size_t d = r->d;
    const float *from = r->z + row * d;
    const bool fine = is_latent(from, d);

    for (size_t j = 0; j < d && !fine; j++)
        if (!(fabsf(from[j]) <= SMP_LATENT_MAX))
            return smp_fail(
                SMP_INVALID,
                "the latent of row %zu holds %g, which no encoder gives; encode it again", row,
                (double)from[j]);
    if (to) memcpy(to, from, d * sizeof *to);
    return SMP_OK;
}

enum smp_status smp_round_use(struct smp_round *r, size_t *row, size_t n)
{
    r->candidate = row;
    r->n_candidates = n;
    SMP_TRY(smp_herd_new(&r->herd, n, r->d, r->in->n_threads));
    for (size_t i = 0; i < n; i++)
        SMP_TRY(smp_round_latent(r, row[i], r->herd.x + i * r->d));
    return SMP_OK;
}

enum smp_status smp_round_draw(struct smp_round *r, size_t most)
{
    const size_t m = r->n_free < most ? r->n_free : most;
    size_t *row = malloc((m + 1) * sizeof *row);
    size_t left = r->n_free;
    size_t found = 0;
    struct smp_rng rng;

    if (!row) return smp_fail_nomem();
    smp_rng_seed(&rng, r->in->seed, STREAM_CANDIDATES);
    for (size_t i = 0; found < m; i++) {
        if (r->state[i] != ROW_FREE) continue;
        if (smp_rng_below(&rng, left--) < m - found) row[found++] = i;
    }
    return smp_round_use(r, row, m);
}

/* A row that answers several questions is copied once. */
static enum smp_status gather(struct smp_round *r, const size_t *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->state[row[i]] != ROW_COVERS) continue;
        r->state[row[i]] = ROW_COVERING;
        SMP_TRY(smp_round_latent(r, row[i], r->covering + r->n_covering++ * r->d));
    }
    return SMP_OK;
}

enum smp_status smp_round_gather_covering(struct smp_round *r)
{
    const struct smp_pick_in *in = r->in;
    size_t n = in->n_pending;

    for (size_t q = 0; q < in->n_questions; q++)
        n += in->question[q].labels.n;
    r->covering = malloc((n * r->d + 1) * sizeof *r->covering);
    if (!r->covering) return smp_fail_nomem();
    for (size_t q = 0; q < in->n_questions; q++)
        SMP_TRY(gather(r, in->question[q].labels.row, in->question[q].labels.n));
    return gather(r, in->pending, in->n_pending);
}

size_t smp_round_candidate(const struct smp_round *r, size_t row)
{
    size_t low = 0;
    size_t high = r->n_candidates;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (r->candidate[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n_candidates && r->candidate[low] == row ? low : SMP_NO_ROW;
}

uint64_t smp_content_key(const float *x, size_t d, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, smp_fnv(x, d * sizeof *x) ^ seed, STREAM_KEYS);
    return smp_rng_u64(&rng);
}
