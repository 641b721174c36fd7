#include "sampler/model/inside.h"

#include <math.h>
#include <stdlib.h>

/* The content: answers several (0, 1), classes, the recipe (members, temperature, labels, accuracy;
 * each member its part, kind and weight), then the members as they were fitted. */
static void put_recipe(struct smp_writer *w, const struct smp_recipe *recipe)
{
    const float numbers[2] = {recipe->temperature, recipe->accuracy};

    smp_put_u32(w, (uint32_t)recipe->n_members);
    smp_put_u64(w, recipe->n_labels);
    smp_put_floats(w, numbers, 2);
    for (size_t m = 0; m < recipe->n_members; m++) {
        smp_put_u32(w, recipe->member[m].part);
        smp_put_u32(w, (uint32_t)recipe->member[m].kind);
        smp_put_floats(w, &recipe->member[m].weight, 1);
    }
}

enum smp_status smp_model_save(const struct smp_model *model, uint8_t **bytes, size_t *n_bytes)
{
    struct smp_writer w;
    enum smp_status e = SMP_OK;
    enum smp_status finished;

    smp_writer_start(&w, SMP_CONTENT_MODEL);
    smp_put_u32(&w, model->several);
    smp_put_u32(&w, (uint32_t)model->n_classes);
    put_recipe(&w, &model->recipe);
    for (size_t m = 0; m < model->recipe.n_members && !e; m++)
        e = smp_fitted_put(model->fitted[m], &w);
    finished = smp_writer_finish(&w, bytes, n_bytes);
    if (!e || finished) return finished;
    free(*bytes);
    return e;
}

enum smp_status smp_model_name(struct smp_model *model)
{
    uint8_t *bytes;
    size_t n;

    SMP_TRY(smp_model_save(model, &bytes, &n));
    model->hash = smp_fnv(bytes, n);
    free(bytes);
    return SMP_OK;
}

static float take_float(struct smp_reader *r)
{
    float *x = smp_take_floats(r, 1);
    const float value = x ? *x : 0;

    free(x);
    return value;
}

static enum smp_status take_recipe(struct smp_reader *r, struct smp_recipe *recipe)
{
    *recipe = (struct smp_recipe){.n_members = smp_take_u32(r)};
    if (r->failed || recipe->n_members > SMP_MEMBERS_MAX) {
        recipe->n_members = 0;
        return smp_fail(SMP_CORRUPT, "the recipe of a classifier is damaged or cut short");
    }
    recipe->n_labels = smp_take_u64(r);
    recipe->temperature = take_float(r);
    recipe->accuracy = take_float(r);
    for (size_t m = 0; m < recipe->n_members; m++) {
        recipe->member[m].part = smp_take_u32(r);
        recipe->member[m].kind = (enum smp_member_kind)smp_take_u32(r);
        recipe->member[m].weight = take_float(r);
    }
    if (!r->failed && !smp_recipe_check(recipe, SMP_PARTS_MAX)) return SMP_OK;
    return smp_fail(SMP_CORRUPT, "the recipe of a classifier is damaged or cut short");
}

static enum smp_status take_model(struct smp_reader *r, struct smp_model *model)
{
    const uint32_t several = smp_take_u32(r);
    size_t n_members;
    enum smp_status e;

    model->several = several != 0;
    model->n_classes = smp_take_u32(r);
    e = take_recipe(r, &model->recipe);
    n_members = model->recipe.n_members;
    if (!e && several > 1)
        e = smp_fail(SMP_CORRUPT, "a classifier gives one answer (0) or several (1), not %u",
                     several);
    for (size_t m = 0; m < n_members && !e; m++) {
        e = smp_fitted_take(r, &model->fitted[m]);
        if (!e && smp_fitted_classes(model->fitted[m]) != model->n_classes)
            e = smp_fail(SMP_CORRUPT, "member %zu of a classifier knows %zu classes, not %zu",
                         m, smp_fitted_classes(model->fitted[m]), model->n_classes);
    }
    return e ? e : smp_reader_finish(r);
}

enum smp_status smp_model_load(const uint8_t *bytes, size_t n_bytes, struct smp_model **out)
{
    struct smp_reader r;
    enum smp_content content;
    struct smp_model *model;
    enum smp_status e;

    *out = NULL;
    SMP_TRY(smp_reader_start(&r, bytes, n_bytes, &content));
    if (content != SMP_CONTENT_MODEL)
        return smp_fail(SMP_CORRUPT, "the model file holds no classifier (content %d)",
                        (int)content);
    model = calloc(1, sizeof *model);
    if (!model) return smp_fail_nomem();
    e = take_model(&r, model);
    if (e) {
        smp_model_free(model);
        return e;
    }
    model->hash = smp_fnv(bytes, n_bytes);
    *out = model;
    return SMP_OK;
}
