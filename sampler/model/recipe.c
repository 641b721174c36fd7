#include "sampler/model/member.h"

#include <math.h>
#include <stdlib.h>

/* Below ten labels a class equal weights are as good as any that can be chosen (measured on photos),
 * and a quarter more labels is about what it takes to see another choice. */
static const double PER_CLASS_MIN = 10, GROWTH = 1.25;

static const float WEIGHT_SLACK = 1e-3f; /* weights may have been rounded on their way */

const char *smp_member_kind_name(enum smp_member_kind kind)
{
    static const char *const NAME[SMP_MEMBER_KINDS] = {
        [SMP_MEMBER_LINEAR] = "linear",
        [SMP_MEMBER_RBF] = "rbf",
        [SMP_MEMBER_MEAN] = "mean",
        [SMP_MEMBER_MLP] = "mlp",
    };

    return NAME[kind];
}

void smp_recipe_rule(const struct smp_model_in *in, struct smp_recipe *recipe)
{
    const size_t n_parts = in->features->n_parts;
    const enum smp_member_kind kind =
        in->labels.n < in->labels.n_classes ? SMP_MEMBER_MEAN : SMP_MEMBER_LINEAR;

    *recipe = (struct smp_recipe){.n_members = n_parts, .temperature = 1};
    for (uint32_t m = 0; m < n_parts; m++)
        recipe->member[m] = (struct smp_member){m, kind, 1.0f / (float)n_parts};
}

bool smp_recipe_is_due(size_t then, size_t now, size_t n_classes)
{
    return (double)now >= PER_CLASS_MIN * (double)n_classes &&
           (double)now >= GROWTH * (double)then;
}

enum smp_status smp_recipe_check(const struct smp_recipe *recipe, size_t n_parts)
{
    float sum = 0;

    if (!recipe->n_members || recipe->n_members > SMP_MEMBERS_MAX)
        return smp_fail(SMP_INVALID, "a recipe has 1 to %d members, not %zu", SMP_MEMBERS_MAX,
                        recipe->n_members);
    for (size_t m = 0; m < recipe->n_members; m++) {
        const struct smp_member *member = &recipe->member[m];
        if (member->part >= n_parts)
            return smp_fail(SMP_INVALID,
                            "the recipe reads part %u of the features, which have %zu; choose "
                            "it again",
                            member->part, n_parts);
        if ((unsigned)member->kind >= SMP_MEMBER_KINDS)
            return smp_fail(SMP_INVALID, "member %zu of the recipe is of no known kind (%d)", m,
                            (int)member->kind);
        if (!(member->weight > 0))
            return smp_fail(SMP_INVALID, "member %zu of the recipe has no weight (%g)", m,
                            (double)member->weight);
        sum += member->weight;
    }
    if (!(fabsf(sum - 1) <= WEIGHT_SLACK))
        return smp_fail(SMP_INVALID, "the weights of the recipe sum to %g, not to 1",
                        (double)sum);
    if (!(recipe->temperature > 0) || !isfinite(recipe->temperature))
        return smp_fail(SMP_INVALID,
                        "the temperature of the recipe is %g, not a positive number",
                        (double)recipe->temperature);
    return SMP_OK;
}
