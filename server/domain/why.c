#include "domain/why.h"

#include "domain/canonical.h"
#include "domain/smp.h"
#include "media/text.h"

#include <string.h>

/* What asks: on the way back the predictor's own sentence must not be lost behind the sampler's code. */
struct asking {
    const struct predictor *p;
    struct arena *a;
    int threads;
    enum err failed;
};

static void copy_answers(const struct asking *ask, const struct prediction *x, size_t n,
                         float *p)
{
    const size_t k = predictor_classes(ask->p);

    for (size_t i = 0; i < n; i++)
        memcpy(p + i * k, x[i].p, k * sizeof *p);
}

static enum smp_status ask_pictures(void *context, const uint8_t *pixels, size_t n, float *p)
{
    struct asking *ask = context;
    struct prediction *x = arena_array(ask->a, n, sizeof *x);

    ask->failed =
        x ? predictor_pixels(ask->p, ask->a, pixels, n, ask->threads, x) : fail_nomem();
    if (ask->failed) return SMP_INVALID;
    copy_answers(ask, x, n, p);
    return SMP_OK;
}

static enum smp_status ask_texts(void *context, const char *const *text, const size_t *n_bytes,
                                 size_t n, float *p)
{
    struct asking *ask = context;
    struct predictor_input *in = arena_array(ask->a, n, sizeof *in);
    struct prediction *x = arena_array(ask->a, n, sizeof *x);

    ask->failed = in && x ? OK : fail_nomem();
    for (size_t i = 0; i < n && !ask->failed; i++)
        in[i] = (struct predictor_input){text[i], n_bytes[i]};
    if (!ask->failed) ask->failed = predictor_batch(ask->p, ask->a, in, n, ask->threads, x);
    if (ask->failed) return SMP_INVALID;
    copy_answers(ask, x, n, p);
    return SMP_OK;
}

static enum err class_choose(const struct predictor *p, size_t class, struct why *w)
{
    const size_t k = predictor_classes(p);

    w->class = class == WHY_BEST ? w->said.best : class;
    if (w->class < k) return OK;
    return fail(ERR_INVALID, "there is no class %zu: this version knows %zu", class, k);
}

enum err why_image(const struct predictor *p, struct arena *a, const void *bytes, size_t n,
                   size_t class, int threads, struct why *w)
{
    struct asking ask = {.p = p, .a = a, .threads = threads};
    struct smp_region_in in = {
        .n_classes = predictor_classes(p), .predict = ask_pictures, .ctx = &ask};
    uint8_t *pixels;
    enum smp_status e;

    *w = (struct why){.word = NULL};
    TRY(predictor_image(p, a, bytes, n, &w->said));
    TRY(class_choose(p, class, w));
    in.spec = smp_encoder_image_spec(encoder_weights(predictor_encoder(p)));
    in.class = w->class;
    pixels = arena_array(a, 1, smp_image_bytes(&in.spec));
    NEED(pixels);
    TRY(canonical_pixels(pixels, &in.spec, bytes, n));
    in.pixels = pixels;
    e = smp_region_find(&in, &w->region);
    return ask.failed ? ask.failed : smp_err(e);
}

/* Bytes to code points, into the arena. */
static enum err words_take(struct arena *a, const char *text, size_t n,
                           const struct smp_wording *from, struct why *w)
{
    struct smp_word_weight *word = arena_array(a, from->n + 1, sizeof *word);

    NEED(word);
    for (size_t i = 0; i < from->n; i++) {
        size_t at[2] = {from->word[i].start, from->word[i].end};
        TRY(text_offsets(at, 2, TEXT_BYTES, TEXT_CODE_POINTS, text, n));
        word[i] = (struct smp_word_weight){at[0], at[1], from->word[i].weight};
    }
    w->word = word;
    w->n_words = from->n;
    return OK;
}

enum err why_text(const struct predictor *p, struct arena *a, const char *text, size_t n,
                  size_t class, int threads, struct why *w)
{
    struct asking ask = {.p = p, .a = a, .threads = threads};
    struct smp_wording_in in = {.text = text,
                                .n_bytes = n,
                                .n_classes = predictor_classes(p),
                                .predict = ask_texts,
                                .ctx = &ask};
    struct smp_wording found;
    enum smp_status s;
    enum err e;

    *w = (struct why){.word = NULL};
    TRY(predictor_text(p, a, text, n, &w->said));
    TRY(class_choose(p, class, w));
    in.class = w->class;
    s = smp_wording_find(&in, &found);
    if (s) return ask.failed ? ask.failed : smp_err(s);
    e = words_take(a, text, n, &found, w);
    smp_wording_free(&found);
    return e;
}
