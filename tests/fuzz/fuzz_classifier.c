/* The file of a classifier: any bytes, once as they are and once with lengths and checksums that fit,
 * its own and those of the heads inside, so that what lies behind the frames is reached. What loads
 * answers. */
#include "sampler/bytes.h"
#include "sampler/model/model.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 24, CHECKSUM = 8, LENGTH_AT = 16, ROWS = 3, WIDTH = 3 };

/* Features as wide as those of the corpus; a model of others is told so. */
static void use(const struct smp_model *model)
{
    const struct smp_recipe *recipe = smp_model_recipe(model);
    float *zeros = calloc((size_t)ROWS * WIDTH, sizeof *zeros);
    float *p = calloc(ROWS * smp_model_classes(model) + 1, sizeof *p);
    struct smp_features f = {.n = ROWS, .n_parts = SMP_PARTS_MAX};

    for (size_t part = 0; part < SMP_PARTS_MAX; part++) {
        f.part[part] = zeros;
        f.d[part] = WIDTH;
    }
    if (zeros && p && recipe->n_members) {
        const enum smp_status e = smp_model_predict(model, &f, 1, p);
        if (e && e != SMP_INVALID) abort();
    }
    free(zeros);
    free(p);
}

static void load(const uint8_t *bytes, size_t n)
{
    struct smp_model *model;
    uint8_t *again;
    size_t n_again;

    if (smp_model_load(bytes, n, &model)) return;
    use(model);
    if (smp_model_save(model, &again, &n_again)) abort(); /* what loads can be saved */
    free(again);
    smp_model_free(model);
}

static void mend(uint8_t *frame, uint64_t length)
{
    uint64_t checksum;

    memcpy(frame + LENGTH_AT, &length, sizeof length);
    checksum = smp_fnv(frame, HEADER + length);
    memcpy(frame + HEADER + length, &checksum, sizeof checksum);
}

/* Frames inside, by their magic word; where one's length does not fit, it is left. */
static void mend_inside(uint8_t *bytes, size_t size)
{
    for (size_t at = HEADER; at + HEADER + CHECKSUM <= size; at++) {
        uint64_t length;
        if (memcmp(bytes + at, "EXMPLSMP", 8) != 0) continue;
        memcpy(&length, bytes + at + LENGTH_AT, sizeof length);
        if (length <= size - at - HEADER - CHECKSUM) mend(bytes + at, length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *framed;

    load(data, size);
    if (size < HEADER + CHECKSUM) return 0;
    framed = malloc(size);
    if (!framed) return 0;
    memcpy(framed, data, size);
    mend_inside(framed, size);
    mend(framed, size - HEADER - CHECKSUM);
    load(framed, size);
    free(framed);
    return 0;
}
