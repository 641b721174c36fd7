#include "domain/predictor.h"

#include "base/file.h"
#include "base/pool.h"
#include "domain/canonical.h"
#include "domain/smp.h"
#include "media/text.h"
#include "sampler/unknown.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 4096, AT_ONCE = 64, SENTENCE = 300 };
static const size_t FILE_BYTES_MAX = 256 * MIB;

struct predictor {
    atomic_size_t holders;
    struct loaded_encoder *encoder;
    struct smp_bundle bundle;    /* made or loaded: it owns what it points to */
    struct smp_unknown *unknown; /* NULL: nothing tells unknown items */
};

/* -- holding ------------------------------------------------------------------------------------ */

void predictor_path(char *path, size_t size, const char *data_folder, int64_t model_id)
{
    snprintf(path, size, "%s/models/model-%lld.bin", data_folder, (long long)model_id);
}

struct predictor *predictor_hold(struct predictor *p)
{
    atomic_fetch_add(&p->holders, 1);
    return p;
}

void predictor_drop(struct predictor *p)
{
    if (!p || atomic_fetch_sub(&p->holders, 1) > 1) return;
    smp_unknown_free(p->unknown);
    smp_bundle_free(&p->bundle);
    encoder_drop(p->encoder);
    free(p);
}

static enum err unknown_load(struct predictor *p)
{
    if (!p->bundle.n_unknown) return OK;
    return smp_err(smp_unknown_load(p->bundle.unknown, p->bundle.n_unknown, &p->unknown));
}

/* Of the bytes of a version's file; holds the encoder beside its caller. */
static enum err from_bytes(const uint8_t *bytes, size_t n, struct loaded_encoder *encoder,
                           struct predictor **out)
{
    struct predictor *p = calloc(1, sizeof *p);
    enum err e;

    *out = NULL;
    NEED(p);
    atomic_init(&p->holders, 1);
    p->encoder = encoder_hold(encoder);
    e = smp_err(smp_bundle_load(bytes, n, &p->bundle));
    if (!e) e = smp_err(smp_bundle_check(&p->bundle, encoder_weights(encoder)));
    if (!e) e = unknown_load(p);
    if (e)
        predictor_drop(p);
    else
        *out = p;
    return e;
}

enum err predictor_make(const struct predictor_parts *parts, struct predictor **out)
{
    const struct smp_bundle wanted = {.encoder_hash =
                                          smp_encoder_hash(encoder_weights(parts->encoder)),
                                      .n_classes = parts->n_classes,
                                      .classes = parts->classes,
                                      .unknown = parts->unknown,
                                      .n_unknown = parts->n_unknown};
    struct predictor *p = calloc(1, sizeof *p);
    enum err e;

    *out = NULL;
    if (!p) {
        smp_model_free(parts->model);
        return fail_nomem();
    }
    atomic_init(&p->holders, 1);
    p->encoder = encoder_hold(parts->encoder);
    e = smp_err(smp_bundle_make(&wanted, parts->model, &p->bundle));
    if (!e) e = unknown_load(p);
    if (e)
        predictor_drop(p);
    else
        *out = p;
    return e;
}

enum err predictor_open_with(const char *data_folder, int64_t model_id,
                             struct loaded_encoder *encoder, struct predictor **out)
{
    char path[PATH];
    struct buf bytes;
    enum err e;

    *out = NULL;
    predictor_path(path, sizeof path, data_folder, model_id);
    buf_init(&bytes, FILE_BYTES_MAX);
    e = file_read(&bytes, path);
    if (!e) e = from_bytes((const uint8_t *)bytes.data, bytes.size, encoder, out);
    buf_free(&bytes);
    return e ? fail_in(e, "%s", path) : OK;
}

enum err predictor_save(struct predictor *p, const char *data_folder, int64_t model_id,
                        struct hash *hash, int64_t *n_bytes)
{
    char path[PATH];
    uint8_t *bytes;
    size_t n;
    enum err e;

    TRY(smp_err(smp_bundle_seal(&p->bundle, encoder_weights(p->encoder))));
    TRY(smp_err(smp_bundle_save(&p->bundle, &bytes, &n)));
    hash_of(hash, bytes, n);
    *n_bytes = (int64_t)n;
    snprintf(path, sizeof path, "%s/models", data_folder);
    e = folder_make(path);
    predictor_path(path, sizeof path, data_folder, model_id);
    if (!e) e = file_write(path, bytes, n);
    free(bytes);
    return e;
}

enum err predictor_open(const char *data_folder, int64_t model_id, int64_t encoder_id,
                        struct predictor **out)
{
    struct loaded_encoder *encoder;
    enum err e;

    *out = NULL;
    TRY(encoder_load(data_folder, encoder_id, &encoder));
    e = predictor_open_with(data_folder, model_id, encoder, out);
    encoder_drop(encoder);
    return e;
}

struct loaded_encoder *predictor_encoder(const struct predictor *p)
{
    return p->encoder;
}

const struct smp_model *predictor_model(const struct predictor *p)
{
    return p->bundle.model;
}

size_t predictor_classes(const struct predictor *p)
{
    return p->bundle.n_classes;
}

const char *predictor_class(const struct predictor *p, size_t i)
{
    return p->bundle.classes[i];
}

enum smp_modality predictor_modality(const struct predictor *p)
{
    return smp_encoder_modality(encoder_weights(p->encoder));
}

/* -- from rows to answers ----------------------------------------------------------------------- */

static size_t most_probable(const float *p, size_t n)
{
    size_t best = 0;

    for (size_t c = 1; c < n; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

/* Of x->features. */
static enum err answer(const struct predictor *p, const float *probabilities,
                       struct prediction *x)
{
    struct smp_verdict_unknown verdict = {.distance = (double)NAN};

    x->p = probabilities;
    x->best = most_probable(probabilities, p->bundle.n_classes);
    if (p->unknown)
        TRY(smp_err(smp_unknown_judge(p->unknown, &x->features, 0, probabilities, &verdict)));
    x->is_unknown = verdict.is_unknown;
    x->distance = verdict.distance;
    return OK;
}

static struct smp_features row_of(const struct smp_features *f, size_t row)
{
    struct smp_features one = {.n = 1, .n_parts = f->n_parts};

    for (size_t part = 0; part < f->n_parts; part++) {
        one.d[part] = f->d[part];
        one.part[part] = f->part[part] + row * f->d[part];
    }
    return one;
}

enum err predictor_features(const struct predictor *p, struct arena *a,
                            const struct smp_features *features, const size_t *row,
                            size_t n_rows, int threads, struct prediction *x)
{
    const size_t k = p->bundle.n_classes;
    float *all = arena_array(a, n_rows * k + 1, sizeof *all);

    NEED(all);
    TRY(smp_err(smp_model_predict_rows(p->bundle.model, features, row, n_rows,
                                       (unsigned)threads, all)));
    for (size_t i = 0; i < n_rows; i++) {
        x[i] = (struct prediction){.error = (float)NAN, .features = row_of(features, row[i])};
        TRY(answer(p, all + i * k, &x[i]));
    }
    return OK;
}

/* -- from items to rows ------------------------------------------------------------------------- */

/* Items of one batch on their way. */
struct batch {
    const struct predictor *p;
    struct arena *a;
    int threads;
    struct smp_encoded out;
    struct smp_features features;
};

static enum err batch_make(struct batch *b, size_t n)
{
    const struct smp_encoder *enc = encoder_weights(b->p->encoder);

    b->features = (struct smp_features){.n = n, .n_parts = smp_encoder_parts(enc)};
    b->out = (struct smp_encoded){.error = arena_array(b->a, n + 1, sizeof(float))};
    NEED(b->out.error);
    for (size_t part = 0; part < b->features.n_parts; part++) {
        b->features.d[part] = smp_encoder_part(enc, part).dim;
        b->out.part[part] = arena_array(b->a, n * b->features.d[part] + 1, sizeof(float));
        NEED(b->out.part[part]);
        b->features.part[part] = b->out.part[part];
    }
    return OK;
}

/* Those that did not fail: x[which[i]] <- row i. */
static enum err batch_answer(struct batch *b, const size_t *which, size_t n,
                             struct prediction *x)
{
    const size_t k = b->p->bundle.n_classes;
    float *all = arena_array(b->a, n * k + 1, sizeof *all);

    NEED(all);
    TRY(smp_err(
        smp_model_predict(b->p->bundle.model, &b->features, (unsigned)b->threads, all)));
    for (size_t i = 0; i < n; i++) {
        struct prediction *to = &x[which[i]];

        *to =
            (struct prediction){.error = b->out.error[i], .features = row_of(&b->features, i)};
        TRY(answer(b->p, all + i * k, to));
    }
    return OK;
}

static enum err pixels_answer(struct batch *b, const uint8_t *pixels, const size_t *which,
                              size_t n, struct prediction *x)
{
    if (!n) return OK;
    TRY(batch_make(b, n));
    TRY(smp_err(smp_encoder_encode_images(encoder_weights(b->p->encoder), pixels, n,
                                          (unsigned)b->threads, &b->out)));
    return batch_answer(b, which, n, x);
}

static enum err modality_check(const struct predictor *p, enum smp_modality given)
{
    if (predictor_modality(p) == given) return OK;
    return fail(ERR_INVALID,
                given == SMP_IMAGES
                    ? "this version was taught on texts: send a text, not a picture"
                    : "this version was taught on pictures: send a picture, not a text");
}

enum err predictor_pixels(const struct predictor *p, struct arena *a, const uint8_t *pixels,
                          size_t n, int threads, struct prediction *x)
{
    struct batch b = {.p = p, .a = a, .threads = threads};
    size_t *which = arena_array(a, n + 1, sizeof *which);

    TRY(modality_check(p, SMP_IMAGES));
    NEED(which);
    for (size_t i = 0; i < n; i++)
        which[i] = i;
    return pixels_answer(&b, pixels, which, n, x);
}

/* Decodes one picture of a batch to its own place. */
struct decoding {
    struct smp_image_spec spec;
    const struct predictor_input *in;
    uint8_t *pixels;
    struct prediction *x;
    char (*sentence)[SENTENCE];
};

static void decode_one(void *context, size_t i)
{
    struct decoding *d = context;

    d->x[i].failed = canonical_pixels(d->pixels + i * smp_image_bytes(&d->spec), &d->spec,
                                      d->in[i].bytes, d->in[i].n);
    if (d->x[i].failed) snprintf(d->sentence[i], SENTENCE, "%s", err_message());
    d->x[i].sentence = d->x[i].failed ? d->sentence[i] : NULL;
}

static enum err pictures(struct batch *b, const struct predictor_input *in, size_t n,
                         struct prediction *x)
{
    struct decoding d = {
        .spec = smp_encoder_image_spec(encoder_weights(b->p->encoder)), .in = in, .x = x};
    const size_t each = smp_image_bytes(&d.spec);
    size_t which[AT_ONCE];
    size_t n_good = 0;

    d.pixels = arena_array(b->a, n, each);
    d.sentence = arena_array(b->a, n, SENTENCE);
    NEED(d.pixels);
    NEED(d.sentence);
    pool_run(b->threads, n, decode_one, &d);
    for (size_t i = 0; i < n; i++) {
        if (x[i].failed) continue;
        if (n_good < i) memcpy(d.pixels + n_good * each, d.pixels + i * each, each);
        which[n_good++] = i;
    }
    return pixels_answer(b, d.pixels, which, n_good, x);
}

static enum err texts(struct batch *b, const struct predictor_input *in, size_t n,
                      struct prediction *x)
{
    const char *text[AT_ONCE];
    size_t n_bytes[AT_ONCE];
    size_t which[AT_ONCE];
    size_t n_good = 0;

    for (size_t i = 0; i < n; i++) {
        x[i].failed = text_check(NULL, in[i].bytes, in[i].n);
        if (x[i].failed) {
            x[i].sentence = arena_strdup(b->a, err_message());
            NEED(x[i].sentence);
            continue;
        }
        text[n_good] = in[i].bytes;
        n_bytes[n_good] = in[i].n;
        which[n_good++] = i;
    }
    if (!n_good) return OK;
    TRY(batch_make(b, n_good));
    TRY(smp_err(smp_encoder_encode_texts(encoder_weights(b->p->encoder), text, n_bytes, n_good,
                                         (unsigned)b->threads, &b->out)));
    return batch_answer(b, which, n_good, x);
}

enum err predictor_batch(const struct predictor *p, struct arena *a,
                         const struct predictor_input *in, size_t n, int threads,
                         struct prediction *x)
{
    const bool is_pictures = predictor_modality(p) == SMP_IMAGES;

    for (size_t i = 0; i < n; i += AT_ONCE) {
        const size_t some = n - i < AT_ONCE ? n - i : AT_ONCE;
        struct batch b = {.p = p, .a = a, .threads = threads};

        TRY((is_pictures ? pictures : texts)(&b, in + i, some, x + i));
    }
    return OK;
}

static enum err one(const struct predictor *p, struct arena *a, const void *bytes, size_t n,
                    struct prediction *x)
{
    const struct predictor_input in = {bytes, n};

    TRY(predictor_batch(p, a, &in, 1, 1, x));
    return x->failed ? fail(x->failed, "%s", x->sentence) : OK;
}

enum err predictor_image(const struct predictor *p, struct arena *a, const void *bytes,
                         size_t n, struct prediction *x)
{
    TRY(modality_check(p, SMP_IMAGES));
    return one(p, a, bytes, n, x);
}

enum err predictor_text(const struct predictor *p, struct arena *a, const char *text, size_t n,
                        struct prediction *x)
{
    TRY(modality_check(p, SMP_TEXTS));
    return one(p, a, text, n, x);
}
