#include "sampler/model/bundle.h"

#include "sampler/bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a probability, between two kinds of processor: the latents may be off by 2e-3 of the largest. */
static const float GOLDEN_TOLERANCE = 1e-2f;

/* What a loaded bundle points to. */
struct owned {
    char **classes;
    size_t n_classes;
    struct smp_model *model;
    uint8_t *unknown;
    float *golden;
};

/* The bundle's own pointers to what it owns. */
static void point(struct smp_bundle *b, const struct owned *o)
{
    b->n_classes = o->n_classes;
    b->classes = (const char *const *)o->classes;
    b->model = o->model;
    b->unknown = o->unknown;
    b->golden = o->golden;
}

static char *copy_of(const void *bytes, size_t n)
{
    char *copy = malloc(n + 1);

    if (!copy) return NULL;
    if (n) memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

static enum smp_status copy_parts(const struct smp_bundle *parts, struct owned *o)
{
    o->classes = calloc(parts->n_classes + 1, sizeof *o->classes);
    if (!o->classes) return smp_fail_nomem();
    for (; o->n_classes < parts->n_classes; o->n_classes++) {
        const char *name = parts->classes[o->n_classes];

        o->classes[o->n_classes] = copy_of(name, strlen(name));
        if (!o->classes[o->n_classes]) return smp_fail_nomem();
    }
    if (!parts->n_unknown) return SMP_OK;
    o->unknown = (uint8_t *)copy_of(parts->unknown, parts->n_unknown);
    return o->unknown ? SMP_OK : smp_fail_nomem();
}

static enum smp_status parts_check(const struct smp_bundle *parts,
                                   const struct smp_model *model)
{
    if (parts->n_classes < 2 || parts->n_classes > SMP_BUNDLE_CLASSES_MAX ||
        parts->n_classes != smp_model_classes(model))
        return smp_fail(SMP_INVALID, "a model of %zu classes cannot have %zu names of classes",
                        smp_model_classes(model), parts->n_classes);
    for (size_t c = 0; c < parts->n_classes; c++) {
        const size_t n = strlen(parts->classes[c]);

        if (!n || n > SMP_CLASS_NAME_BYTES_MAX)
            return smp_fail(SMP_INVALID, "the name of a class has 1 to %d bytes, not %zu",
                            SMP_CLASS_NAME_BYTES_MAX, n);
    }
    return SMP_OK;
}

enum smp_status smp_bundle_make(const struct smp_bundle *parts, struct smp_model *model,
                                struct smp_bundle *b)
{
    struct owned *o = calloc(1, sizeof *o);
    enum smp_status e;

    *b = (struct smp_bundle){
        .encoder_hash = parts->encoder_hash, .n_unknown = parts->n_unknown, .owned = o};
    if (!o) {
        smp_model_free(model);
        return smp_fail_nomem();
    }
    o->model = model;
    e = parts_check(parts, model);
    if (!e) e = copy_parts(parts, o);
    if (e)
        smp_bundle_free(b);
    else
        point(b, o);
    return e;
}

static void put_blob(struct smp_writer *w, const void *bytes, size_t n)
{
    smp_put_u64(w, n);
    if (n) smp_put_bytes(w, bytes, n);
}

enum smp_status smp_bundle_save(const struct smp_bundle *b, uint8_t **bytes, size_t *n_bytes)
{
    struct smp_writer w;
    uint8_t *model;
    size_t n_model;

    SMP_TRY(smp_model_save(b->model, &model, &n_model));
    smp_writer_start(&w, SMP_CONTENT_VERSION);
    smp_put_u64(&w, b->encoder_hash);
    smp_put_u32(&w, (uint32_t)b->n_classes);
    for (size_t c = 0; c < b->n_classes; c++)
        put_blob(&w, b->classes[c], strlen(b->classes[c]));
    put_blob(&w, model, n_model);
    put_blob(&w, b->unknown, b->n_unknown);
    smp_put_u32(&w, (uint32_t)b->n_golden);
    smp_put_floats(&w, b->golden, b->n_golden * b->n_classes);
    free(model);
    return smp_writer_finish(&w, bytes, n_bytes);
}

static enum smp_status damaged(void)
{
    return smp_fail(SMP_CORRUPT, "the file of this version is damaged or cut short");
}

static char *take_name(struct smp_reader *r)
{
    const uint64_t n = smp_take_u64(r);
    char *name;

    if (r->failed || !n || n > SMP_CLASS_NAME_BYTES_MAX || n > r->left) {
        r->failed = true;
        return NULL;
    }
    name = calloc(n + 1, 1);
    if (!name) {
        r->failed = true;
        return NULL;
    }
    smp_take_bytes(r, name, n);
    if (strlen(name) != n) r->failed = true; /* a 0 byte in a name */
    return name;
}

static enum smp_status take_classes(struct smp_reader *r, struct owned *o)
{
    const size_t n = smp_take_u32(r);

    if (r->failed || n < 2 || n > SMP_BUNDLE_CLASSES_MAX || n > r->left) return damaged();
    o->classes = calloc(n, sizeof *o->classes);
    if (!o->classes) return smp_fail_nomem();
    for (; o->n_classes < n && !r->failed; o->n_classes++)
        o->classes[o->n_classes] = take_name(r);
    return r->failed ? damaged() : SMP_OK;
}

static enum smp_status take_model(struct smp_reader *r, struct owned *o)
{
    const uint64_t n = smp_take_u64(r);
    uint8_t *bytes;
    enum smp_status e;

    if (r->failed || n > r->left) return damaged();
    bytes = smp_take_blob(r, n);
    if (!bytes) return damaged();
    e = smp_model_load(bytes, n, &o->model);
    free(bytes);
    if (!e && smp_model_classes(o->model) != o->n_classes) return damaged();
    return e;
}

static enum smp_status take_rest(struct smp_reader *r, struct owned *o, struct smp_bundle *b)
{
    const uint64_t n_unknown = smp_take_u64(r);

    if (r->failed || n_unknown > r->left) return damaged();
    if (n_unknown) {
        o->unknown = smp_take_blob(r, n_unknown);
        if (!o->unknown) return damaged();
    }
    b->n_unknown = n_unknown;
    b->n_golden = smp_take_u32(r);
    if (r->failed || b->n_golden > SMP_GOLDEN_MAX) return damaged();
    o->golden = smp_take_floats(r, b->n_golden * o->n_classes);
    return smp_reader_finish(r);
}

static enum smp_status take_bundle(struct smp_reader *r, struct owned *o, struct smp_bundle *b)
{
    b->encoder_hash = smp_take_u64(r);
    SMP_TRY(take_classes(r, o));
    SMP_TRY(take_model(r, o));
    SMP_TRY(take_rest(r, o, b));
    point(b, o);
    return SMP_OK;
}

enum smp_status smp_bundle_load(const uint8_t *bytes, size_t n_bytes, struct smp_bundle *b)
{
    struct smp_reader r;
    enum smp_content content;
    enum smp_status e;

    *b = (struct smp_bundle){.n_classes = 0};
    SMP_TRY(smp_reader_start(&r, bytes, n_bytes, &content));
    if (content != SMP_CONTENT_VERSION)
        return smp_fail(SMP_CORRUPT, "the file holds no version of a classifier (content %d)",
                        (int)content);
    b->owned = calloc(1, sizeof(struct owned));
    if (!b->owned) return smp_fail_nomem();
    e = take_bundle(&r, b->owned, b);
    if (e) smp_bundle_free(b);
    return e;
}

void smp_bundle_free(struct smp_bundle *b)
{
    struct owned *o = b->owned;

    for (size_t c = 0; o && c < o->n_classes; c++)
        free(o->classes[c]);
    if (o) {
        free(o->classes);
        smp_model_free(o->model);
        free(o->unknown);
        free(o->golden);
        free(o);
    }
    *b = (struct smp_bundle){.n_classes = 0};
}

/* Room for the parts of n items, in one allocation that begins at part 0. */
static enum smp_status parts_make(const struct smp_encoder *enc, size_t n,
                                  struct smp_encoded *out, struct smp_features *f)
{
    size_t d = 0;
    float *at;

    *out = (struct smp_encoded){.error = NULL};
    *f = (struct smp_features){.n = n, .n_parts = smp_encoder_parts(enc)};
    for (size_t p = 0; p < f->n_parts; p++)
        d += smp_encoder_part(enc, p).dim;
    at = malloc(n * d * sizeof *at + 1);
    if (!at) return smp_fail_nomem();
    out->part[0] = at; /* by which it is given back */
    for (size_t p = 0; p < f->n_parts; p++) {
        f->d[p] = smp_encoder_part(enc, p).dim;
        f->part[p] = at;
        out->part[p] = at;
        at += n * f->d[p];
    }
    return SMP_OK;
}

static enum smp_status golden_encode(const struct smp_encoder *enc,
                                     const struct smp_encoded *out)
{
    const struct smp_golden_items g = smp_encoder_golden(enc);
    const char *text[SMP_GOLDEN_MAX];
    size_t n_bytes[SMP_GOLDEN_MAX];
    size_t at = 0;

    if (smp_encoder_modality(enc) == SMP_IMAGES)
        return smp_encoder_encode_images(enc, g.bytes, g.n, 1, out);
    for (size_t i = 0; i < g.n; i++) {
        text[i] = (const char *)g.bytes + at;
        n_bytes[i] = g.n_bytes[i];
        at += n_bytes[i];
    }
    return smp_encoder_encode_texts(enc, text, n_bytes, g.n, 1, out);
}

static enum smp_status golden_answers(const struct smp_encoder *enc,
                                      const struct smp_model *model, float *p)
{
    struct smp_encoded out;
    struct smp_features f;
    enum smp_status e;

    SMP_TRY(parts_make(enc, smp_encoder_golden(enc).n, &out, &f));
    e = golden_encode(enc, &out);
    if (!e) e = smp_model_predict(model, &f, 1, p);
    free(out.part[0]);
    return e;
}

enum smp_status smp_bundle_seal(struct smp_bundle *b, const struct smp_encoder *enc)
{
    struct owned *o = b->owned;
    const size_t n = smp_encoder_golden(enc).n;

    free(o->golden);
    o->golden = malloc(n * b->n_classes * sizeof *o->golden + 1);
    b->golden = o->golden;
    b->n_golden = o->golden ? n : 0;
    return o->golden ? golden_answers(enc, o->model, o->golden) : smp_fail_nomem();
}

static enum smp_status compare(const struct smp_bundle *b, const float *p)
{
    float miss = 0;

    for (size_t i = 0; i < b->n_golden * b->n_classes; i++) {
        miss = fmaxf(miss, fabsf(p[i] - b->golden[i]));
        if (!isfinite(p[i])) miss = INFINITY;
    }
    if (miss <= GOLDEN_TOLERANCE) return SMP_OK;
    return smp_fail(
        SMP_CORRUPT,
        "this version does not answer as it did when it was made: off by %g on its golden items; train it again",
        (double)miss);
}

enum smp_status smp_bundle_check(const struct smp_bundle *b, const struct smp_encoder *enc)
{
    enum smp_status e;
    float *p;

    if (b->encoder_hash != smp_encoder_hash(enc) || b->n_golden != smp_encoder_golden(enc).n)
        return smp_fail(SMP_CORRUPT,
                        "this version was taught on another encoder than this one");
    p = malloc(b->n_golden * b->n_classes * sizeof *p + 1);
    if (!p) return smp_fail_nomem();
    e = golden_answers(enc, b->model, p);
    if (!e) e = compare(b, p);
    free(p);
    return e;
}
