/* inside - what a model is made of: for model.c, which fits and predicts, and model_file.c. */
#ifndef SAMPLER_MODEL_INSIDE_H
#define SAMPLER_MODEL_INSIDE_H

#include "sampler/model/member.h"

struct smp_model {
    struct smp_recipe recipe;
    size_t n_classes;
    bool several; /* answers: each class is a question of its own */
    struct smp_fitted *fitted[SMP_MEMBERS_MAX];
    uint64_t hash;
};

/* hash <- of the bytes that the model is saved as. */
enum smp_status smp_model_name(struct smp_model *model) SMP_MUST_USE;

#endif
