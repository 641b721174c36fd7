/* world - a made pool of several parts, of which the test says how much each tells of the class. */
#ifndef EXEMPLAR_TESTS_MODEL_WORLD_H
#define EXEMPLAR_TESTS_MODEL_WORLD_H

#include "../sampler/check_smp.h"

#include "sampler/model/model.h"

enum { WORLD_ROWS = 400, WORLD_CLASSES = 3, WORLD_DIM = 6, WORLD_PARTS = 4 };

/* Row i has class i % 3; part p is normal noise, and `clear[p]` added to the class's own direction. */
struct world {
    float z[WORLD_PARTS][WORLD_ROWS * WORLD_DIM];
    size_t row[WORLD_ROWS];
    int32_t y[WORLD_ROWS];
    uint8_t y_nc[WORLD_ROWS * 2]; /* two questions: is it not class 0, is it class 2 */
    struct smp_features features;
};
void world_make(struct world *w, const double clear[WORLD_PARTS], uint64_t seed);

/* The first n_labels rows labelled, with one answer, or two. */
struct smp_model_in world_in(const struct world *w, size_t n_labels, unsigned n_threads);
struct smp_model_in world_in_several(const struct world *w, size_t n_labels);

/* Share of `test` that a model fitted to `in` gets right; checks that its rows sum to 1. */
double world_accuracy(const struct smp_model_in *in, const struct smp_recipe *recipe,
                      const struct world *test);

/* The weight of a part in a recipe, over all kinds. */
float part_weight(const struct smp_recipe *recipe, uint32_t part);
float kind_weight(const struct smp_recipe *recipe, enum smp_member_kind kind);

#endif
