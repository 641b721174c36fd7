#include "formats/take_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NUMBERS_A_LINE = 24 };

/* What is written: a failure is kept and told once, at the end. */
struct source {
    struct buf *out;
    enum err failed;
};

__attribute__((format(printf, 2, 3))) static void say(struct source *b, const char *format, ...)
{
    char text[400];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (!b->failed) b->failed = buf_adds(b->out, text);
}

/* -- pieces of C ------------------------------------------------------------------------------ */

/* A string literal of any bytes: plain ones as they are, all others in octal, which ends after three
 * digits; no question mark, of which trigraphs are made. C99 promises 4,095 bytes of a literal. */
static void add_string(struct source *b, const char *text)
{
    say(b, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        const bool plain = *c >= ' ' && *c < 0x7f && !strchr("\"\\?", *c);
        if (plain)
            say(b, "%c", *c);
        else
            say(b, "\\%03o", *c);
    }
    say(b, "\"");
}

static void add_break(struct source *b, size_t i)
{
    if (i % NUMBERS_A_LINE == NUMBERS_A_LINE - 1) say(b, "\n");
}

/* 9 digits hold an f32 exactly; the decimal point makes it a float. */
static void add_float(struct source *b, float x)
{
    char digits[40];

    snprintf(digits, sizeof digits, "%.9g", (double)x);
    say(b, "%s%sf,", digits, strpbrk(digits, ".e") ? "" : ".0");
}

static void add_floats(struct source *b, const char *name, const float *x, size_t n)
{
    say(b, "static const float %s[] = {\n", name);
    for (size_t i = 0; i < n; i++) {
        add_float(b, x[i]);
        add_break(b, i);
    }
    say(b, "};\n");
}

static void add_weights(struct source *b, const char *name, const struct take_weights_of *w)
{
    say(b, "static const weight %s[] = {\n", name);
    for (size_t i = 0; i < w->rows * w->columns; i++) {
        if (w->bytes)
            say(b, "%d,", w->bytes[i]);
        else
            add_float(b, w->floats[i]);
        add_break(b, i);
    }
    say(b, "};\n");
}

/* -- what both kinds have --------------------------------------------------------------------- */

static void add_head(struct source *b, const struct taking *k)
{
    say(b, "#define MODEL_CLASSES %zu\n", k->t->n_classes);
    say(b, "static const char TITLE[] = ");
    add_string(b, k->t->title);
    say(b, ";\nstatic const char *const CLASS_NAMES[] = {\n");
    for (size_t c = 0; c < k->t->n_classes; c++) {
        add_string(b, k->t->classes[c]);
        say(b, ",\n");
    }
    say(b, "};\n\n/* %s */\ntypedef %s weight;\n",
        k->t->weights == TAKE_INT8 ? "weights are bytes; each output has a scale"
                                   : "weights are floats; scales are 1",
        k->t->weights == TAKE_INT8 ? "signed char" : "float");
}

static void add_scores(struct source *b, const struct taking *k, const struct golden *g)
{
    say(b, "{");
    for (size_t c = 0; c < k->t->n_classes; c++)
        add_float(b, g->scores[c]);
    say(b, "}},\n");
}

/* -- pictures --------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void add_sizes(struct source *b, const struct taking *k)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(k->t->net);
    size_t plane = (size_t)spec.height * spec.width * spec.channels;
    size_t golden = 0;

    for (size_t i = 0; i < spec.n_layers; i++)
        plane = larger(plane, smp_conv_layer_floats(k->t->net, i));
    for (size_t i = 0; i < k->n_golden; i++)
        golden = larger(golden, (size_t)k->golden[i].height * k->golden[i].width * 3);
    say(b,
        "#define MODEL_HEIGHT %u\n#define MODEL_WIDTH %u\n"
        "#define MODEL_CHANNELS %u\n#define MODEL_WORK %zu /* floats */\n"
        "#define GOLDEN_BYTES %zu\n\n",
        spec.height, spec.width, spec.channels, 2 * plane, golden);
}

static void add_layer(struct source *b, const struct taking *k, size_t i)
{
    const struct smp_conv_weights l = smp_conv_weights(k->t->net, i);
    const size_t rows = l.shape.kernel_h * l.shape.kernel_w * l.shape.in_c;
    struct take_weights_of w;
    char name[32];

    b->failed = take_weights_make(k, l.weights, rows, l.shape.out_c, l.bias, &w);
    if (b->failed) return;
    snprintf(name, sizeof name, "WEIGHTS_%zu", i);
    add_weights(b, name, &w);
    snprintf(name, sizeof name, "SCALE_%zu", i);
    add_floats(b, name, w.scale, w.columns);
    snprintf(name, sizeof name, "BIAS_%zu", i);
    add_floats(b, name, w.bias, w.columns);
}

/* A dense layer is the convolution whose kernel is its whole input. */
static void add_layer_row(struct source *b, const struct taking *k, size_t i)
{
    const struct smp_conv_weights l = smp_conv_weights(k->t->net, i);
    const struct smp_conv_shape *s = &l.shape;

    say(b,
        "{%zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %zu, %d, WEIGHTS_%zu, "
        "SCALE_%zu, BIAS_%zu},\n",
        s->in_h, s->in_w, s->in_c, s->out_h, s->out_w, s->out_c, s->kernel_h, s->kernel_w,
        s->stride_h, s->stride_w, s->pad, l.activation == SMP_RELU, i, i, i);
}

static void add_net(struct source *b, const struct taking *k)
{
    const size_t n = smp_conv_n_layers(k->t->net);

    add_sizes(b, k);
    for (size_t i = 0; i < n && !b->failed; i++)
        add_layer(b, k, i);
    say(b, "\nstruct layer {\n    int in_h, in_w, in_c, out_h, out_w, out_c;\n"
           "    int kernel_h, kernel_w, stride_h, stride_w, pad, relu;\n"
           "    const weight *weights; /* (kernel_h, kernel_w, in_c, out_c) */\n"
           "    const float *scale, *bias; /* (out_c) */\n};\n"
           "static const struct layer LAYERS[] = {\n");
    for (size_t i = 0; i < n; i++)
        add_layer_row(b, k, i);
    say(b, "};\n\n/* Pictures made by rule, and the scores they must give. */\n"
           "struct golden {\n    int height, width, step;\n"
           "    float scores[MODEL_CLASSES];\n};\n"
           "static const struct golden GOLDEN[] = {\n");
    for (size_t i = 0; i < k->n_golden; i++) {
        const struct golden *g = &k->golden[i];
        say(b, "{%u, %u, %u, ", g->height, g->width, g->step);
        add_scores(b, k, g);
    }
    say(b, "};");
}

/* -- texts ------------------------------------------------------------------------------------ */

/* The code points that change, ascending. */
static void add_plain(struct source *b)
{
    say(b, "static const uint16_t PLAIN[][2] = {\n");
    for (uint32_t c = 0, n = 0; c < SMP_GRAMS_PLAIN_END; c++) {
        if (smp_grams_plain(c) == c) continue;
        say(b, "{%u,%u},", c, smp_grams_plain(c));
        add_break(b, 2 * (size_t)n++ + 1);
    }
    say(b, "};\n");
}

static void add_vocabulary(struct source *b, const struct smp_grams *g)
{
    size_t start = 0;

    say(b, "/* code points of the grams, by length */\n"
           "static const uint32_t GRAMS[] = {\n");
    for (size_t i = 0; i < g->n; i++) {
        size_t length;
        const uint32_t *codes = smp_grams_codes(g, i, &length);
        for (size_t j = 0; j < length; j++)
            say(b, "%u,", codes[j]);
        add_break(b, i);
    }
    say(b, "};\nstatic const size_t END[] = {0,");
    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++)
        say(b, "%zu,", g->end[l]);
    say(b, "};\nstatic const size_t START[] = {0,");
    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++) {
        say(b, "%zu,", start);
        start += (g->end[l] - g->end[l - 1]) * l;
    }
    say(b, "};\n");
}

static void add_grams(struct source *b, const struct taking *k)
{
    const struct smp_grams *g = k->t->grams;
    struct take_weights_of w;

    b->failed = take_weights_make(k, g->weights, g->n, g->n_classes, g->bias, &w);
    if (b->failed) return;
    say(b, "#define MODEL_GRAMS %zu\n#define MODEL_LONGEST %d\n\n", g->n, SMP_GRAM_LONGEST);
    add_plain(b);
    add_vocabulary(b, g);
    add_floats(b, "IDF", g->idf, g->n);
    add_weights(b, "WEIGHTS", &w);
    add_floats(b, "SCALE", w.scale, w.columns);
    add_floats(b, "BIAS", w.bias, w.columns);
    say(b, "\n/* Texts, and the scores they must give. */\n"
           "struct golden {\n    const char *text;\n    float scores[MODEL_CLASSES];\n};\n"
           "static const struct golden GOLDEN[] = {\n");
    for (size_t i = 0; i < k->n_golden; i++) {
        say(b, "{");
        add_string(b, k->golden[i].text);
        say(b, ", ");
        add_scores(b, k, &k->golden[i]);
    }
    say(b, "};");
}

enum err take_c(struct buf *out, const struct taking *k)
{
    const char *runs = take_template(k->t->net ? "image.c.in" : "text.c.in");
    const char *data = strstr(runs, "@data@");

    struct source source = {.out = out};

    assert(data);
    source.failed = buf_add(out, runs, (size_t)(data - runs));
    add_head(&source, k);
    if (k->t->net && !source.failed)
        add_net(&source, k);
    else if (!source.failed)
        add_grams(&source, k);
    if (!source.failed) source.failed = buf_adds(out, data + strlen("@data@"));
    return source.failed;
}
