#include "world.h"

#include "sampler/metrics.h"
#include "sampler/rng.h"

void world_make(struct world *w, const double clear[WORLD_PARTS], uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < WORLD_ROWS; i++) {
        w->row[i] = i;
        w->y[i] = (int32_t)(i % WORLD_CLASSES);
        w->y_nc[i * 2] = w->y[i] != 0;
        w->y_nc[i * 2 + 1] = w->y[i] == 2;
        for (size_t p = 0; p < WORLD_PARTS; p++)
            for (size_t j = 0; j < WORLD_DIM; j++)
                w->z[p][i * WORLD_DIM + j] =
                    (float)(smp_rng_normal(&rng) + (j == i % WORLD_CLASSES ? clear[p] : 0));
    }
    w->features = (struct smp_features){.n = WORLD_ROWS, .n_parts = WORLD_PARTS};
    for (size_t p = 0; p < WORLD_PARTS; p++) {
        w->features.part[p] = w->z[p];
        w->features.d[p] = WORLD_DIM;
    }
}

struct smp_model_in world_in(const struct world *w, size_t n_labels, unsigned n_threads)
{
    return (struct smp_model_in){
        .features = &w->features,
        .labels = {.row = w->row, .y = w->y, .n = n_labels, .n_classes = WORLD_CLASSES},
        .seed = 1,
        .n_threads = n_threads
    };
}

struct smp_model_in world_in_several(const struct world *w, size_t n_labels)
{
    return (struct smp_model_in){
        .features = &w->features,
        .labels = {.row = w->row, .y_nc = w->y_nc, .n = n_labels, .n_classes = 2},
        .seed = 1,
        .n_threads = 2
    };
}

double world_accuracy(const struct smp_model_in *in, const struct smp_recipe *recipe,
                      const struct world *test)
{
    static float p[WORLD_ROWS * WORLD_CLASSES];
    int32_t guess[WORLD_ROWS];
    struct smp_model *model;

    CHECK_OK(smp_model_fit(in, recipe, &model));
    CHECK_OK(smp_model_predict(model, &test->features, 2, p));
    for (size_t i = 0; i < WORLD_ROWS; i++) {
        float sum = 0;
        for (size_t c = 0; c < WORLD_CLASSES; c++)
            sum += p[i * WORLD_CLASSES + c];
        CHECK_NEAR(sum, 1, 1e-5);
    }
    smp_argmax(p, WORLD_ROWS, WORLD_CLASSES, guess);
    smp_model_free(model);
    return smp_accuracy(guess, test->y, WORLD_ROWS);
}

float part_weight(const struct smp_recipe *recipe, uint32_t part)
{
    float sum = 0;

    for (size_t m = 0; m < recipe->n_members; m++)
        sum += recipe->member[m].part == part ? recipe->member[m].weight : 0;
    return sum;
}

float kind_weight(const struct smp_recipe *recipe, enum smp_member_kind kind)
{
    float sum = 0;

    for (size_t m = 0; m < recipe->n_members; m++)
        sum += recipe->member[m].kind == kind ? recipe->member[m].weight : 0;
    return sum;
}
