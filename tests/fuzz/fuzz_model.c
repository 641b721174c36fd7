/* The model file: any bytes, once as they are and once with a length and checksum that fit, so that
 * what lies behind the frame is reached. What loads is used. */
#include "sampler/bytes.h"
#include "sampler/encoder.h"
#include "sampler/head.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 24, CHECKSUM = 8, LENGTH_AT = 16 };

static void use_encoder(const struct smp_encoder *enc)
{
    static const char *const TEXT[1] = {"a few words"};
    static const size_t BYTES[1] = {11};
    float z[SMP_DIM_MAX], error;
    enum smp_status e = SMP_OK;

    if (smp_encoder_modality(enc) == SMP_IMAGES) {
        const struct smp_image_spec spec = smp_encoder_image_spec(enc);
        uint8_t *black = calloc(1, smp_image_bytes(&spec));
        if (black)
            e = smp_encoder_encode_images(enc, black, 1, 1,
                                          &(struct smp_encoded){.part = {z}, .error = &error});
        free(black);
    } else {
        e = smp_encoder_encode_texts(enc, TEXT, BYTES, 1, 1,
                                     &(struct smp_encoded){.part = {z}});
    }
    if (e) abort(); /* an encoder that loads encodes */
}

static void use_head(const struct smp_head *head)
{
    float *x = calloc(smp_head_dim(head), sizeof *x);
    float *p = calloc(smp_head_classes(head), sizeof *p);

    if (x && p && smp_head_predict(head, x, 1, 1, p)) abort();
    free(x);
    free(p);
}

static void load(const uint8_t *bytes, size_t n)
{
    struct smp_encoder *enc;
    struct smp_head *head;

    if (!smp_encoder_load(bytes, n, &enc)) {
        use_encoder(enc);
        smp_encoder_free(enc);
    }
    if (!smp_head_load(bytes, n, &head)) {
        use_head(head);
        smp_head_free(head);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t length, checksum;
    uint8_t *framed;

    load(data, size);
    if (size < HEADER + CHECKSUM) return 0;
    framed = malloc(size);
    if (!framed) return 0;
    memcpy(framed, data, size);
    length = size - HEADER - CHECKSUM;
    memcpy(framed + LENGTH_AT, &length, sizeof length);
    checksum = smp_fnv(framed, size - CHECKSUM);
    memcpy(framed + size - CHECKSUM, &checksum, sizeof checksum);
    load(framed, size);
    free(framed);
    return 0;
}
