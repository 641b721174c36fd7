/* The file of a version: any bytes, once as they are and once with lengths and checksums that fit, its own
 * and those of the frames inside, so that what lies behind them is reached. What loads answers, and
 * can be written again. */
#include "sampler/bytes.h"
#include "sampler/model/bundle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 24, CHECKSUM = 8, LENGTH_AT = 16, ROWS = 2, WIDTH = 3 };

/* Features as wide as those of the corpus; a model of others is told so. */
static void use(const struct smp_bundle *b)
{
    static const float ZEROS[ROWS * WIDTH];
    float *p = calloc(ROWS * b->n_classes + 1, sizeof *p);
    struct smp_features f = {.n = ROWS, .n_parts = SMP_PARTS_MAX};

    for (size_t part = 0; part < SMP_PARTS_MAX; part++) {
        f.part[part] = ZEROS;
        f.d[part] = WIDTH;
    }
    if (p && smp_model_recipe(b->model)->n_members) {
        const enum smp_status e = smp_model_predict(b->model, &f, 1, p);
        if (e && e != SMP_INVALID) abort();
    }
    free(p);
}

static void load(const uint8_t *bytes, size_t n)
{
    struct smp_bundle b;
    uint8_t *again;
    size_t n_again;

    if (smp_bundle_load(bytes, n, &b)) return;
    for (size_t c = 0; c < b.n_classes; c++)
        if (!b.classes[c][0]) abort();
    use(&b);
    if (smp_bundle_save(&b, &again, &n_again)) abort();
    free(again);
    smp_bundle_free(&b);
}

static void mend(uint8_t *frame, uint64_t length)
{
    uint64_t checksum;

    memcpy(frame + LENGTH_AT, &length, sizeof length);
    checksum = smp_fnv(frame, HEADER + length);
    memcpy(frame + HEADER + length, &checksum, sizeof checksum);
}

/* The innermost last, so that each checksum is made of what is mended already. */
static void mend_inside(uint8_t *bytes, size_t size)
{
    for (size_t at = size; at-- > HEADER;) {
        uint64_t length;

        if (size - at < HEADER + CHECKSUM || memcmp(bytes + at, "EXMPLSMP", 8) != 0) continue;
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
