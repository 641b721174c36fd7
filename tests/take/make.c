/* make FOLDER - small models in every form that can be taken away, and inputs with the probabilities
 * that the library gives. models.json names them; the tests beside run each form on each input.
 *
 * Class names and titles are such that they would end a comment, a string or an element. */
#include "base/file.h"
#include "base/json.h"
#include "formats/take.h"
#include "sampler/rng.h"
#include "sampler/take/area.h"
#include "sampler/take/round8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3, IMAGES = 240, TEXTS = 300, CASES = 4 };

static const char *const NAMES[CLASSES] = {
    "</script><img src=x onerror=alert(1)>",
    "*/ \"quoted\" \\ %s ?\?/ line\nbreak",
    "\u65e5\u672c\u8a9e \U0001f642",
};
static const char TITLE[] = "shoes & <b>boots</b> */ ?\?/, version 3";
static const char FACTS[] =
    "{\"sentence\":\"Of 100 pictures it calls about 93 right (between 86 and 97).\"}";

static void must(int failed, const char *what)
{
    if (!failed) return;
    fprintf(stderr, "make: %s: %s %s\n", what, err_message(), smp_message());
    exit(1);
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[1000];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    must(!f || fwrite(bytes, 1, n, f) != n || fclose(f), path);
}

/* -- the models ------------------------------------------------------------------------------- */

static const struct smp_conv_layer LAYERS[] = {
    {"conv1",  SMP_LAYER_CONV,  8,       3, 3, 2, 1, SMP_RELU  },
    {"conv2",  SMP_LAYER_CONV,  12,      3, 3, 1, 0, SMP_RELU  },
    {"conv3",  SMP_LAYER_CONV,  16,      5, 3, 2, 2, SMP_LINEAR},
    {"hidden", SMP_LAYER_DENSE, 24,      0, 0, 0, 0, SMP_RELU  },
    {"scores", SMP_LAYER_DENSE, CLASSES, 0, 0, 0, 0, SMP_LINEAR},
};

/* A bar, upright, lying or slanted, in a colour that tells nothing. */
static enum smp_status draw(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    const struct smp_conv_spec *s = ctx;
    struct smp_rng rng;
    uint8_t colour[4];

    smp_rng_seed(&rng, i, 1);
    for (size_t c = 0; c < s->channels; c++)
        colour[c] = (uint8_t)(100 + smp_rng_below(&rng, 156));
    for (size_t p = 0; p < (size_t)s->height * s->width; p++) {
        const size_t y = p / s->width;
        const size_t x = p % s->width;
        const size_t along = i % CLASSES == 0 ? x : i % CLASSES == 1 ? y : x + y;
        for (size_t c = 0; c < s->channels; c++)
            pixels[p * s->channels + c] =
                (uint8_t)((along + i) % 7 < 3 ? colour[c] : smp_rng_below(&rng, 60));
    }
    for (size_t c = 0; c < CLASSES; c++)
        targets[c] = c == i % CLASSES ? 0.8f : 0.1f;
    return SMP_OK;
}

static struct smp_conv *train_net(uint32_t height, uint32_t width, uint32_t channels)
{
    struct smp_conv_training in = {
        .spec = {height, width, channels, LAYERS, sizeof LAYERS / sizeof *LAYERS},
        .n = IMAGES,
        .fetch = draw,
        .ctx = &in.spec,
        .aim = SMP_CONV_TARGETS,
        .epochs = 4,
        .batch = 32,
        .rate = 3e-3f,
        .seed = 1,
        .n_threads = 2,
    };
    struct smp_conv *net;

    must((int)smp_conv_train(&in, &net), "training");
    return net;
}

static const char *const WORDS[CLASSES][4] = {
    {"free prize",      "call NOW",                             "win \u00a3100", "urgent!!"},
    {"see you at home", "running late",                         "my dear",       "tonight?"},
    {"GR\u00dc\u00dfE", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u6771\u4eac",
     "\U0001f642 don\u2019t"                                                               },
};

static enum smp_status say(void *ctx, size_t i, const char **text, size_t *n, float *targets)
{
    static char buffer[300];
    struct smp_rng rng;

    (void)ctx;
    smp_rng_seed(&rng, i, 2);
    buffer[0] = 0;
    for (size_t w = 0; w < 4; w++) {
        const size_t from = w ? i % CLASSES : smp_rng_below(&rng, CLASSES);
        strncat(buffer, WORDS[from][smp_rng_below(&rng, 4)], 60);
        strncat(buffer, " ", 2);
    }
    *text = buffer;
    *n = strlen(buffer);
    for (size_t c = 0; c < CLASSES; c++)
        targets[c] = c == i % CLASSES ? 0.9f : 0.05f;
    return SMP_OK;
}

/* -- what they answer ------------------------------------------------------------------------- */

static json_t *probabilities_of(const float *scores)
{
    json_t *list = json_array();
    double sum = 0;

    for (size_t c = 0; c < CLASSES; c++)
        sum += exp((double)scores[c]);
    for (size_t c = 0; c < CLASSES; c++)
        json_array_append_new(list, json_real(exp((double)scores[c]) / sum));
    return list;
}

/* Noise on slopes, of a size of its own, as a PPM. */
static json_t *picture_case(const char *folder, const char *model, const struct smp_conv *net,
                            size_t i)
{
    static const uint32_t SIZES[CASES][2] = {
        {64,  80  },
        {301, 199 },
        {9,   4   },
        {768, 1024}
    };
    const struct smp_conv_spec spec = smp_conv_spec_of(net);
    const uint32_t h = SIZES[i][0];
    const uint32_t w = SIZES[i][1];
    uint8_t *file = malloc((size_t)h * w * 3 + 40);
    float *x = calloc((size_t)spec.height * spec.width * spec.channels, sizeof *x);
    float scores[CLASSES];
    struct smp_rng rng;
    char name[80];
    size_t n;

    must(!file || !x, "memory");
    n = (size_t)snprintf((char *)file, 40, "P6\n%u %u\n255\n", w, h);
    smp_rng_seed(&rng, i, 3);
    for (size_t p = 0; p < (size_t)h * w * 3; p++)
        file[n + p] = (uint8_t)((p * (3 + i) / w + smp_rng_below(&rng, 90)) & 255);
    snprintf(name, sizeof name, "%s-%zu.ppm", model, i);
    write_file(folder, name, file, n + (size_t)h * w * 3);
    smp_area(&(struct smp_picture){file + n, h, w}, spec.height, spec.width, spec.channels, x);
    must((int)smp_conv_read_floats(net, spec.n_layers - 1, x, 1, 1, scores), "reading");
    free(file);
    free(x);
    return json_pack("{s:s,s:i,s:i,s:i,s:o}", "ppm", name, "height", (int)h, "width", (int)w,
                     "at", (int)n, "probabilities", probabilities_of(scores));
}

static json_t *text_case(const struct smp_grams *grams, size_t i)
{
    static const char *const SAID[CASES] = {
        "Call now: you WIN a free  prize!",
        "see you\tat home, don\u2019t be late\u2026 \u041f\u0420\u0418\u0412\u0415\u0422",
        "",
        "x\u200dy \U0001f642\U0001f642 \u6771\u4eac\u3000GR\u00dc\u00dfE <b>&amp;</b>",
    };
    float scores[CLASSES];

    must((int)smp_grams_scores(grams, SAID[i], strlen(SAID[i]), scores), "reading");
    return json_pack("{s:s,s:o}", "text", SAID[i], "probabilities", probabilities_of(scores));
}

static void add_model(json_t *models, const char *folder, const char *name,
                      const struct take *t)
{
    struct smp_conv *net = NULL;
    struct smp_grams *grams = NULL;
    json_t *cases = json_array();
    json_t *classes = json_array();

    if (t->net && t->weights == TAKE_INT8)
        must((int)smp_conv_changed(t->net, smp_round8, &net), "rounding");
    if (t->grams && t->weights == TAKE_INT8)
        must((int)smp_grams_rounded(t->grams, &grams), "rounding");
    for (size_t i = 0; i < CASES; i++)
        json_array_append_new(cases, t->net ? picture_case(folder, name, net ? net : t->net, i)
                                            : text_case(grams ? grams : t->grams, i));
    for (size_t c = 0; c < CLASSES; c++)
        json_array_append_new(classes, json_string(NAMES[c]));
    for (enum take_form form = TAKE_ONNX; form < TAKE_FORMS; form++) {
        struct buf file;
        char file_name[80];
        buf_init(&file, 64 * MIB);
        must((int)take_write(&file, t, form), take_form_name(form));
        snprintf(file_name, sizeof file_name, "%s%s", name, take_form_ending(form));
        write_file(folder, file_name, file.data, file.size);
        buf_free(&file);
    }
    json_array_append_new(models, json_pack("{s:s,s:s,s:s,s:o,s:o}", "name", name, "title",
                                            TITLE, "kind", t->net ? "image" : "text", "classes",
                                            classes, "cases", cases));
    smp_conv_free(net);
    smp_grams_free(grams);
}

int main(int n, char **words)
{
    struct smp_conv *colour = train_net(24, 20, 3);
    struct smp_conv *grey = train_net(12, 16, 1);
    struct smp_grams_in in = {.n = TEXTS, .n_classes = CLASSES, .fetch = say, .n_threads = 2};
    struct smp_grams *grams;
    json_t *models = json_array();
    char *text;
    struct take t = {.title = TITLE, .classes = NAMES, .n_classes = CLASSES, .facts = FACTS};

    must(n != 2, "usage: make FOLDER");
    must((int)smp_grams_learn(&in, &grams), "learning");
    t.net = colour;
    add_model(models, words[1], "colour-int8", &t);
    t.weights = TAKE_F32;
    add_model(models, words[1], "colour-f32", &t);
    t.net = grey;
    t.weights = TAKE_INT8;
    add_model(models, words[1], "grey-int8", &t);
    t.net = NULL;
    t.grams = grams;
    add_model(models, words[1], "text-int8", &t);
    t.weights = TAKE_F32;
    add_model(models, words[1], "text-f32", &t);
    text = json_dumps(models, JSON_COMPACT);
    write_file(words[1], "models.json", text, strlen(text));
    free(text);
    json_decref(models);
    smp_conv_free(colour);
    smp_conv_free(grey);
    smp_grams_free(grams);
    return 0;
}
