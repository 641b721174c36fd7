#include "sampler/blocks/sides.h"

#include "sampler/blocks/hog.h"
#include "sampler/threads.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MAX = 1000 };

static const double SHARE_MIN = 0.02;
static const double CHANCES = 3;

float smp_sides_weight(enum smp_sides sides)
{
    return sides == SMP_SIDES_DIFFER ? 1.0f : 0.4f;
}

struct look {
    const struct smp_photos *photos;
    struct smp_view_shape shape;
    float *difference; /* (n, half of smp_hog_size()) */
    float *work;       /* (threads, work_each) */
    size_t work_each;
};

static void look_at_one(void *ctx, size_t i, unsigned thread)
{
    const struct look *job = ctx;
    float *memory = job->work + thread * job->work_each;
    float *spare = memory + smp_view_floats(&job->shape);
    float *work = spare + smp_view_spare(&job->shape);
    float *hog = work + smp_hog_work();
    const size_t half = smp_hog_size() / 2;
    struct smp_view view;

    smp_view_make(&job->shape, job->photos->pixels + i * smp_image_bytes(&job->photos->spec),
                  memory, spare, &view);
    smp_hog_encode(&view, 1, work, hog);
    memcpy(job->difference + i * half, hog + half, half * sizeof *hog);
}

/* The energy of the rows' mean, as a share of the rows' mean energy; 0 when there is none. */
static double share_of_mean(const float *x, size_t n, size_t d)
{
    double energy = 0;
    double of_mean = 0;

    for (size_t j = 0; j < d; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)x[i * d + j];
            energy += (double)x[i * d + j] * (double)x[i * d + j];
        }
        of_mean += sum * sum / (double)n;
    }
    return energy > 0 ? of_mean / energy : 0;
}

enum smp_status smp_sides_look(const struct smp_photos *photos, enum smp_sides *sides,
                               double *share)
{
    const size_t n = photos->n < LOOK_MAX ? photos->n : LOOK_MAX;
    struct look job = {.photos = photos, .shape = smp_view_shape_of(&photos->spec)};
    double found;

    job.work_each = smp_view_floats(&job.shape) + smp_view_spare(&job.shape) + smp_hog_work() +
                    smp_hog_size();
    job.difference = malloc((n + 1) * smp_hog_size() / 2 * sizeof(float));
    job.work = malloc(smp_threads(photos->n_threads) * job.work_each * sizeof(float));
    if (!job.difference || !job.work) {
        free(job.difference);
        free(job.work);
        return smp_fail_nomem();
    }
    smp_parallel(photos->n_threads, n, look_at_one, &job);
    found = share_of_mean(job.difference, n, smp_hog_size() / 2);
    *sides =
        found > SHARE_MIN && found * (double)n > CHANCES ? SMP_SIDES_DIFFER : SMP_SIDES_ALIKE;
    if (share) *share = found;
    free(job.difference);
    free(job.work);
    return SMP_OK;
}
