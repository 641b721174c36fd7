#include "formats/take_inside.h"

#include "cmake/embedded.h"
#include "sampler/take/area.h"
#include "sampler/take/round8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct embedded_file TAKE_FILES[];
extern const size_t TAKE_N;

enum {
    GOLDEN_CLASSES = 6, /* classes whose most telling grams make a golden text */
    GOLDEN_GRAMS = 12
};

/* -- names ------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *ending, *mime;
    enum err (*write)(struct buf *out, const struct taking *k);
} FORMS[TAKE_FORMS] = {
    [TAKE_ONNX] = {"onnx", ".onnx", "application/octet-stream", take_onnx},
    [TAKE_C] = {"c",    ".c",    "text/x-c; charset=utf-8",  take_c   },
    [TAKE_WEB] = {"web",  ".html", "text/html; charset=utf-8", take_web },
};

const char *take_form_name(enum take_form form)
{
    return FORMS[form].name;
}

const char *take_form_ending(enum take_form form)
{
    return FORMS[form].ending;
}

const char *take_form_mime(enum take_form form)
{
    return FORMS[form].mime;
}

bool take_form_find(const char *word, enum take_form *form)
{
    for (enum take_form f = TAKE_ONNX; f < TAKE_FORMS; f++) {
        if (strcmp(word, FORMS[f].name) != 0) continue;
        *form = f;
        return true;
    }
    return false;
}

const char *take_template(const char *name)
{
    size_t i = 0;

    while (i + 1 < TAKE_N && strcmp(TAKE_FILES[i].name, name) != 0)
        i++;
    return (const char *)TAKE_FILES[i].bytes;
}

/* -- weights ---------------------------------------------------------------------------------- */

enum err take_weights_make(const struct taking *k, const float *w, size_t rows, size_t columns,
                           const float *bias, struct take_weights_of *out)
{
    float *scale = arena_array(k->arena, columns, sizeof *scale);
    int8_t *bytes;

    NEED(scale);
    *out = (struct take_weights_of){
        .rows = rows, .columns = columns, .scale = scale, .bias = bias};
    if (k->t->weights == TAKE_F32) {
        for (size_t c = 0; c < columns; c++)
            scale[c] = 1;
        out->floats = w;
        return OK;
    }
    bytes = arena_alloc(k->arena, rows * columns + 1);
    NEED(bytes);
    smp_round8_parts(w, rows, columns, bytes, scale);
    out->bytes = bytes;
    return OK;
}

/* -- golden answers --------------------------------------------------------------------------- */

static void paint(const struct golden *g, uint8_t *pixels)
{
    for (uint32_t y = 0; y < g->height; y++)
        for (uint32_t x = 0; x < g->width; x++)
            for (uint32_t c = 0; c < 3; c++)
                *pixels++ = (uint8_t)(x * (3 + g->step) + y * (5 + g->step) + 70 * c +
                                      11 * (x / 5) * (y / 7));
}

static enum err score_picture(const struct taking *k, const struct smp_conv *net,
                              struct golden *g)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(net);
    uint8_t *pixels = arena_alloc(k->arena, (size_t)g->height * g->width * 3);
    float *x =
        arena_array(k->arena, (size_t)spec.height * spec.width * spec.channels, sizeof *x);

    NEED(pixels && x ? pixels : NULL);
    paint(g, pixels);
    smp_area(&(struct smp_picture){pixels, g->height, g->width}, spec.height, spec.width,
             spec.channels, x);
    if (smp_conv_read_floats(net, spec.n_layers - 1, x, 1, 1, g->scores)) return fail_nomem();
    return OK;
}

/* As seen; twice and more as large, and not square; smaller; of one row. */
static enum err golden_pictures(struct taking *k, const struct smp_conv *net)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(net);
    const struct golden sizes[] = {
        {.height = spec.height,         .width = spec.width,         .step = 0},
        {.height = spec.height * 2 + 3, .width = spec.width * 3 - 1, .step = 1},
        {.height = 7,                   .width = 5,                  .step = 9},
        {.height = 1,                   .width = spec.width + 5,     .step = 4},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct golden *g = &k->golden[k->n_golden++];
        *g = sizes[i];
        g->scores = arena_array(k->arena, k->t->n_classes, sizeof *g->scores);
        NEED(g->scores);
        TRY(score_picture(k, net, g));
    }
    return OK;
}

size_t take_utf8(uint32_t code, char *text)
{
    const size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t FIRST[4] = {0, 0xc0, 0xe0, 0xf0};

    text[0] = (char)(FIRST[more] | code >> 6 * more);
    for (size_t i = 1; i <= more; i++)
        text[i] = (char)(0x80 | (code >> 6 * (more - i) & 63));
    return more + 1;
}

/* The grams that weigh most for a class, one behind the other. */
static enum err telling_text(const struct smp_grams *g, size_t class, bool *used, struct buf *b)
{
    memset(used, 0, g->n);
    for (size_t i = 0; i < GOLDEN_GRAMS && i < g->n; i++) {
        size_t best = g->n;
        size_t length;
        const uint32_t *codes;
        for (size_t j = 0; j < g->n; j++)
            if (!used[j] && (best == g->n || g->weights[j * g->n_classes + class] >
                                                 g->weights[best * g->n_classes + class]))
                best = j;
        used[best] = true;
        codes = smp_grams_codes(g, best, &length);
        for (size_t j = 0; j < length; j++) {
            char text[4];
            TRY(buf_add(b, text, take_utf8(codes[j], text)));
        }
    }
    return OK;
}

static enum err golden_text(struct taking *k, const struct smp_grams *grams, const char *text)
{
    struct golden *g = &k->golden[k->n_golden++];

    g->text = text;
    g->scores = arena_array(k->arena, k->t->n_classes, sizeof *g->scores);
    NEED(g->text);
    NEED(g->scores);
    if (smp_grams_scores(grams, text, strlen(text), g->scores)) return fail_nomem();
    return OK;
}

/* Texts by rule, then the model's own grams. */
static enum err golden_texts(struct taking *k, const struct smp_grams *grams)
{
    static const char *const FIXED[] = {
        "",
        "The quick brown fox JUMPS over 13 lazy dogs; 50% off, call 0800 123456 now!",
        "Gr\u00fc\u00dfe aus \u00c7ANKAYA\u2026  don\u2019t\tstop\u00a0\u2013 zero\u200bwidth",
        "\u0391\u0398\u0397\u039d\u0391 \u041c\u043e\u0441\u043a\u0432\u0430 \u6771\u4eac\u3000\U0001f642",
    };
    bool *used = arena_alloc(k->arena, grams->n + 1);
    enum err e = OK;

    NEED(used);
    for (size_t i = 0; !e && i < sizeof FIXED / sizeof *FIXED; i++)
        e = golden_text(k, grams, FIXED[i]);
    for (size_t c = 0; !e && c < grams->n_classes && c < GOLDEN_CLASSES; c++) {
        struct buf b;
        buf_init(&b, 64 * KIB);
        e = telling_text(grams, c, used, &b);
        if (!e) e = golden_text(k, grams, arena_strdup(k->arena, b.data ? b.data : ""));
        buf_free(&b);
    }
    return e;
}

/* By the model as a reader of its weights reads them. */
static enum err golden_by_net(struct taking *k)
{
    struct smp_conv *rounded;
    enum err e;

    if (k->t->weights != TAKE_INT8) return golden_pictures(k, k->t->net);
    if (smp_conv_changed(k->t->net, smp_round8, &rounded)) return fail_nomem();
    e = golden_pictures(k, rounded);
    smp_conv_free(rounded);
    return e;
}

static enum err golden_by_grams(struct taking *k)
{
    struct smp_grams *rounded;
    enum err e;

    if (k->t->weights != TAKE_INT8) return golden_texts(k, k->t->grams);
    if (smp_grams_rounded(k->t->grams, &rounded)) return fail_nomem();
    e = golden_texts(k, rounded);
    smp_grams_free(rounded);
    return e;
}

static enum err golden_make(struct taking *k)
{
    return k->t->net ? golden_by_net(k) : golden_by_grams(k);
}

static json_t *scores_json(const struct taking *k, const struct golden *g)
{
    json_t *scores = json_array();

    for (size_t c = 0; c < k->t->n_classes; c++)
        json_array_append_new(scores, json_real((double)g->scores[c]));
    return scores;
}

static json_t *golden_json(const struct taking *k, const struct golden *g)
{
    if (g->text) return json_pack("{s:s,s:o}", "text", g->text, "scores", scores_json(k, g));
    return json_pack("{s:i,s:i,s:i,s:o}", "height", (int)g->height, "width", (int)g->width,
                     "step", (int)g->step, "scores", scores_json(k, g));
}

static enum err about_make(struct taking *k)
{
    json_t *classes = json_array();
    json_t *golden = json_array();
    json_t *facts = NULL;

    if (json_read(&facts, k->t->facts, strlen(k->t->facts))) facts = json_object();
    for (size_t c = 0; c < k->t->n_classes; c++)
        json_array_append_new(classes, json_string(k->t->classes[c]));
    for (size_t i = 0; i < k->n_golden; i++)
        json_array_append_new(golden, golden_json(k, &k->golden[i]));
    k->about =
        json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "kind", k->t->net ? "image" : "text", "title",
                  k->t->title, "weights", k->t->weights == TAKE_INT8 ? "int8" : "f32",
                  "classes", classes, "facts", facts, "golden", golden);
    NEED(k->about);
    return OK;
}

/* -- the model must be one that the forms know ------------------------------------------------- */

static enum err check(const struct take *t)
{
    const struct smp_conv_spec spec =
        t->net ? smp_conv_spec_of(t->net) : (struct smp_conv_spec){0};

    assert(!t->net != !t->grams);
    for (size_t i = 0; i < spec.n_layers; i++)
        if (spec.layers[i].kind != SMP_LAYER_CONV && spec.layers[i].kind != SMP_LAYER_DENSE)
            return fail(
                ERR_INVALID,
                "layer \"%s\" is neither a convolution nor dense: a model with it cannot "
                "be taken away",
                spec.layers[i].name);
    for (size_t i = 1; i < spec.n_layers; i++)
        if (spec.layers[i].kind == SMP_LAYER_CONV && spec.layers[i - 1].kind == SMP_LAYER_DENSE)
            return fail(ERR_INVALID,
                        "layer \"%s\": a convolution behind a dense layer cannot be "
                        "taken away",
                        spec.layers[i].name);
    if (t->net && (spec.channels == 2 || spec.channels == 4))
        return fail(ERR_INVALID, "a network of %u channels reads no photos", spec.channels);
    if (t->net && smp_conv_layer_floats(t->net, spec.n_layers - 1) != t->n_classes)
        return fail(ERR_INVALID, "the network answers with %zu numbers, not %zu classes",
                    smp_conv_layer_floats(t->net, spec.n_layers - 1), t->n_classes);
    if (t->grams && !t->grams->n)
        return fail(ERR_INVALID, "the model knows no n-grams: it has nothing to take away");
    if (t->grams && t->grams->n_classes != t->n_classes)
        return fail(ERR_INVALID, "the model knows %zu classes, not %zu", t->grams->n_classes,
                    t->n_classes);
    return OK;
}

enum err take_write(struct buf *out, const struct take *t, enum take_form form)
{
    struct arena arena;
    struct taking k = {.t = t, .arena = &arena};
    enum err e;

    TRY(check(t));
    arena_init(&arena, 4 * (size_t)TAKE_MAX_BYTES);
    e = golden_make(&k);
    if (!e) e = about_make(&k);
    if (!e) e = FORMS[form].write(out, &k);
    json_decref(k.about);
    arena_free(&arena);
    return e;
}
