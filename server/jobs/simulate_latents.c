#include "jobs/simulate_latents.h"

#include "base/file.h"
#include "base/pool.h"
#include "domain/smp.h"
#include "jobs/canonical.h"
#include "media/image.h"
#include "sampler/encoder.h"
#include "sampler/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 512, SENTENCE = 300 };
static const uint64_t SEED = 1;        /* every seed of a replay sees the same latents */
static const uint64_t STREAM_POOL = 1; /* which items are learned from, as when a job trains */

struct making {
    const struct sim_data *data;
    const char *encoder; /* asked for; "auto": by the program's own rule */
    unsigned threads;
    const struct smp_progress *progress;
    struct smp_encoder *enc;
    size_t *drawn; /* (n_drawn) items of the pool that are learned from */
    size_t n_drawn;
    struct smp_image_spec spec;
    uint8_t *pixels; /* canonical, of the drawn items or of one batch */
};

/* -- one picture ------------------------------------------------------------------------------ */

static enum err file_bytes(struct buf *bytes, const struct sim_item *item)
{
    buf_init(bytes, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    return file_read(bytes, item->path);
}

static enum err idx_picture(uint8_t *pixels, const struct smp_image_spec *spec,
                            const struct sim_item *item)
{
    /* image_resize only reads what it is given */
    const struct image full = {.width = item->width,
                               .height = item->height,
                               .channels = 1,
                               .pixels = (uint8_t *)item->pixels};
    struct image small;

    TRY(image_resize(&small, &full, spec->width, spec->height));
    for (size_t i = 0; i < (size_t)spec->width * spec->height; i++)
        memset(pixels + i * spec->channels, small.pixels[i], spec->channels);
    image_free(&small);
    return OK;
}

static enum err picture(uint8_t *pixels, const struct smp_image_spec *spec,
                        const struct sim_item *item)
{
    struct buf bytes;
    enum err e;

    if (item->pixels) return idx_picture(pixels, spec, item);
    e = file_bytes(&bytes, item);
    if (!e) e = canonical_pixels(pixels, spec, bytes.data, bytes.size);
    buf_free(&bytes);
    return e ? fail_in(e, "%s", item->path) : OK;
}

struct decoding {
    const struct making *m;
    const struct sim_item *const *items;
    uint8_t *pixels;
    enum err failed[AT_ONCE];
    char sentence[AT_ONCE][SENTENCE];
};

static void decode_one(void *context, size_t i)
{
    struct decoding *d = context;
    uint8_t *to = d->pixels + i * smp_image_bytes(&d->m->spec);

    d->failed[i] = picture(to, &d->m->spec, d->items[i]);
    if (d->failed[i]) snprintf(d->sentence[i], SENTENCE, "%s", err_message());
}

/* n <= AT_ONCE pictures, decoded on all threads. */
static enum err pictures(const struct making *m, const struct sim_item *const *items, size_t n,
                         uint8_t *pixels)
{
    struct decoding *d = calloc(1, sizeof *d);
    enum err e = OK;

    NEED(d);
    d->m = m;
    d->items = items;
    d->pixels = pixels;
    pool_run((int)m->threads, n, decode_one, d);
    for (size_t i = 0; i < n && !e; i++)
        if (d->failed[i]) e = fail(d->failed[i], "%s", d->sentence[i]);
    free(d);
    return e;
}

/* -- learning --------------------------------------------------------------------------------- */

static enum err draw(struct making *m, size_t most)
{
    struct smp_rng rng;

    m->n_drawn = m->data->n_pool < most ? m->data->n_pool : most;
    m->drawn = calloc(m->n_drawn + 1, sizeof *m->drawn);
    NEED(m->drawn);
    smp_rng_seed(&rng, SEED, STREAM_POOL);
    smp_rng_subset(&rng, m->data->n_pool, m->n_drawn, m->drawn);
    return OK;
}

static enum err any_colour(const struct making *m, bool *yes)
{
    *yes = false;
    for (size_t i = 0; i < m->n_drawn && !*yes; i++) {
        const struct sim_item *item = &m->data->item[m->drawn[i]];
        struct buf bytes;
        enum err e;

        if (item->pixels) return OK; /* IDX is grey throughout */
        e = file_bytes(&bytes, item);
        if (!e) e = canonical_is_coloured(yes, bytes.data, bytes.size);
        buf_free(&bytes);
        if (e) return fail_in(e, "%s", item->path);
    }
    return OK;
}

static bool is_auto(const struct making *m)
{
    return !strcmp(m->encoder, "auto");
}

static enum err survey(struct making *m)
{
    const struct sim_item *items = m->data->item;
    struct smp_image_survey v = {.width_min = UINT32_MAX, .height_min = UINT32_MAX};
    struct smp_image_spec chosen;

    for (size_t i = 0; i < m->data->n_pool; i++) {
        if (items[i].width < v.width_min) v.width_min = items[i].width;
        if (items[i].width > v.width_max) v.width_max = items[i].width;
        if (items[i].height < v.height_min) v.height_min = items[i].height;
        if (items[i].height > v.height_max) v.height_max = items[i].height;
    }
    TRY(any_colour(m, &v.any_colour));
    chosen = smp_image_spec_choose(&v);
    m->spec = chosen;
    if (is_auto(m) || smp_image_spec_for(m->encoder, &chosen, &m->spec)) return OK;
    return fail(ERR_INVALID, "--encoder: images are not read by %.60s", m->encoder);
}

static enum smp_status picture_fetch(void *context, size_t i, uint8_t *pixels)
{
    const struct making *m = context;
    const size_t each = smp_image_bytes(&m->spec);

    memcpy(pixels, m->pixels + i * each, each);
    return SMP_OK;
}

static enum err drawn_read(struct making *m)
{
    const size_t each = smp_image_bytes(&m->spec);
    const struct sim_item *items[AT_ONCE];

    m->pixels = malloc(m->n_drawn * each);
    NEED(m->pixels);
    for (size_t i = 0; i < m->n_drawn; i += AT_ONCE) {
        const size_t n = m->n_drawn - i < AT_ONCE ? m->n_drawn - i : AT_ONCE;

        for (size_t k = 0; k < n; k++)
            items[k] = &m->data->item[m->drawn[i + k]];
        TRY(pictures(m, items, n, m->pixels + i * each));
    }
    return OK;
}

static enum err pictures_learn(struct making *m)
{
    struct smp_train_images in = {.fetch = picture_fetch,
                                  .ctx = m,
                                  .seed = SEED,
                                  .n_threads = m->threads,
                                  .progress = m->progress};

    TRY(draw(m, SMP_IMAGE_FIT_MAX));
    TRY(survey(m));
    TRY(drawn_read(m));
    in.spec = m->spec;
    in.n = m->n_drawn;
    return smp_err(smp_encoder_train_images(&in, &m->enc));
}

static enum smp_status text_fetch(void *context, size_t i, const char **text, size_t *n_bytes)
{
    const struct making *m = context;
    const struct sim_item *item = &m->data->item[m->drawn[i]];

    *text = item->text;
    *n_bytes = item->n_bytes;
    return SMP_OK;
}

static enum err texts_learn(struct making *m)
{
    struct smp_train_texts in = {.fetch = text_fetch,
                                 .ctx = m,
                                 .seed = SEED,
                                 .n_threads = m->threads,
                                 .progress = m->progress};

    if (!is_auto(m) && strcmp(m->encoder, smp_text_encoder_name()) != 0)
        return fail(ERR_INVALID, "--encoder: texts are not read by %.60s", m->encoder);
    TRY(draw(m, SMP_TEXT_FIT_MAX));
    in.n = m->n_drawn;
    return smp_err(smp_encoder_train_texts(&in, &m->enc));
}

/* -- encoding --------------------------------------------------------------------------------- */

static enum err pictures_encode(struct making *m, size_t first, size_t n,
                                const struct smp_encoded *to)
{
    const struct sim_item *items[AT_ONCE];

    for (size_t k = 0; k < n; k++)
        items[k] = &m->data->item[first + k];
    TRY(pictures(m, items, n, m->pixels));
    return smp_err(smp_encoder_encode_images(m->enc, m->pixels, n, m->threads, to));
}

static enum err texts_encode(const struct making *m, size_t first, size_t n,
                             const struct smp_encoded *to)
{
    const char *text[AT_ONCE];
    size_t n_bytes[AT_ONCE];

    for (size_t k = 0; k < n; k++) {
        text[k] = m->data->item[first + k].text;
        n_bytes[k] = m->data->item[first + k].n_bytes;
    }
    return smp_err(smp_encoder_encode_texts(m->enc, text, n_bytes, n, m->threads, to));
}

static enum err parts_make(const struct making *m, struct sim_latents *l)
{
    const size_t n_pool = m->data->n_pool;
    const size_t n_test = m->data->n_test;
    const size_t n_parts = smp_encoder_parts(m->enc);

    l->pool = (struct smp_features){.n = n_pool, .n_parts = n_parts};
    l->test = (struct smp_features){.n = n_test, .n_parts = n_parts};
    for (size_t i = 0; i < n_parts; i++) {
        const size_t d = smp_encoder_part(m->enc, i).dim;

        l->part[i] = malloc((n_pool + n_test) * d * sizeof(float));
        NEED(l->part[i]);
        l->pool.part[i] = l->part[i];
        l->test.part[i] = l->part[i] + n_pool * d;
        l->pool.d[i] = l->test.d[i] = d;
    }
    return OK;
}

static enum err room_make(struct making *m, struct sim_latents *l)
{
    TRY(parts_make(m, l));
    if (m->data->kind != SIM_IMAGE) return OK;
    free(m->pixels);
    m->spec = smp_encoder_image_spec(m->enc);
    m->pixels = malloc(AT_ONCE * smp_image_bytes(&m->spec));
    NEED(m->pixels);
    return OK;
}

static enum err encode_all(struct making *m, struct sim_latents *l)
{
    const bool images = m->data->kind == SIM_IMAGE;
    const size_t n = m->data->n_pool + m->data->n_test;

    TRY(room_make(m, l));
    for (size_t i = 0; i < n; i += AT_ONCE) {
        const size_t some = n - i < AT_ONCE ? n - i : AT_ONCE;
        struct smp_encoded to = {.error = NULL};

        for (size_t k = 0; k < l->pool.n_parts; k++)
            to.part[k] = l->part[k] + i * l->pool.d[k];
        TRY(smp_err(smp_report(m->progress, (double)i / (double)n, "encoding items")));
        TRY(images ? pictures_encode(m, i, some, &to) : texts_encode(m, i, some, &to));
    }
    return OK;
}

/* -- the whole -------------------------------------------------------------------------------- */

/* Is there an encoder of that name? Known before anything is read or learned. */
static enum err encoder_check(const char *name)
{
    static const char *const NAMES[] = {"auto", "image-blocks", "photo-blocks",
                                        "text-words-ngrams"};

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(name, NAMES[i])) return OK;
    return fail(ERR_INVALID,
                "--encoder: there is no '%.60s'; expected auto, image-blocks, photo-blocks "
                "or text-words-ngrams",
                name);
}

static enum err make(struct making *m, struct sim_latents *l)
{
    TRY(m->data->kind == SIM_IMAGE ? pictures_learn(m) : texts_learn(m));
    snprintf(l->encoder, sizeof l->encoder, "%s, %s", smp_encoder_name(m->enc),
             smp_encoder_summary(m->enc));
    return encode_all(m, l);
}

enum err sim_latents_make(struct sim_latents *l, const struct sim_data *d, const char *encoder,
                          int threads, const struct smp_progress *progress)
{
    struct making m = {
        .data = d, .encoder = encoder, .threads = (unsigned)threads, .progress = progress};
    enum err e;

    *l = (struct sim_latents){0};
    TRY(encoder_check(encoder));
    e = make(&m, l);
    smp_encoder_free(m.enc);
    free(m.drawn);
    free(m.pixels);
    if (e) sim_latents_free(l);
    return e;
}

void sim_latents_free(struct sim_latents *l)
{
    for (size_t i = 0; i < SMP_PARTS_MAX; i++)
        free(l->part[i]);
    *l = (struct sim_latents){0};
}
