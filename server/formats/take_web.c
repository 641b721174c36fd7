#include "formats/take_inside.h"

#include "base/base64.h"

#include <string.h>

/* -- JSON of numbers: base64url of little-endian f32, or of signed bytes ----------------------- */

static json_t *base64_json(const struct taking *k, const void *bytes, size_t n)
{
    char *text = arena_alloc(k->arena, BASE64URL(n));

    if (!text) return NULL;
    base64url_of(text, bytes, n);
    return json_string(text);
}

static json_t *floats_json(const struct taking *k, const float *x, size_t n)
{
    return base64_json(k, x, n * sizeof *x);
}

static json_t *weights_json(const struct taking *k, const struct take_weights_of *w)
{
    const size_t n = w->rows * w->columns;

    return w->bytes ? base64_json(k, w->bytes, n) : floats_json(k, w->floats, n);
}

/* -- pictures --------------------------------------------------------------------------------- */

static json_t *layer_json(const struct taking *k, size_t i)
{
    const struct smp_conv_weights l = smp_conv_weights(k->t->net, i);
    const struct smp_conv_shape *s = &l.shape;
    struct take_weights_of w;

    if (take_weights_make(k, l.weights, s->kernel_h * s->kernel_w * s->in_c, s->out_c, l.bias,
                          &w))
        return NULL;
    return json_pack("{s:[i,i,i],s:[i,i,i],s:[i,i],s:[i,i],s:i,s:b,s:o,s:o,s:o}", "in",
                     (int)s->in_h, (int)s->in_w, (int)s->in_c, "out", (int)s->out_h,
                     (int)s->out_w, (int)s->out_c, "kernel", (int)s->kernel_h, (int)s->kernel_w,
                     "stride", (int)s->stride_h, (int)s->stride_w, "pad", (int)s->pad, "relu",
                     l.activation == SMP_RELU, "weights", weights_json(k, &w), "scale",
                     floats_json(k, w.scale, w.columns), "bias",
                     floats_json(k, w.bias, w.columns));
}

static json_t *net_json(const struct taking *k)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(k->t->net);
    json_t *layers = json_array();

    for (size_t i = 0; i < spec.n_layers; i++)
        if (json_array_append_new(layers, layer_json(k, i))) {
            json_decref(layers);
            return NULL;
        }
    return json_pack("{s:i,s:i,s:i,s:o}", "height", (int)spec.height, "width", (int)spec.width,
                     "channels", (int)spec.channels, "layers", layers);
}

/* -- texts ------------------------------------------------------------------------------------ */

static json_t *plain_json(void)
{
    json_t *pairs = json_array();

    for (uint32_t c = 0; c < SMP_GRAMS_PLAIN_END; c++)
        if (smp_grams_plain(c) != c)
            json_array_append_new(pairs, json_pack("[i,i]", (int)c, (int)smp_grams_plain(c)));
    return pairs;
}

static json_t *vocabulary_json(const struct smp_grams *g)
{
    json_t *grams = json_array();

    for (size_t i = 0; i < g->n; i++) {
        char text[4 * SMP_GRAM_LONGEST + 1];
        size_t length;
        const uint32_t *codes = smp_grams_codes(g, i, &length);
        size_t n = 0;
        for (size_t j = 0; j < length; j++)
            n += take_utf8(codes[j], text + n);
        json_array_append_new(grams, json_stringn(text, n));
    }
    return grams;
}

static json_t *grams_json(const struct taking *k)
{
    const struct smp_grams *g = k->t->grams;
    struct take_weights_of w;

    if (take_weights_make(k, g->weights, g->n, g->n_classes, g->bias, &w)) return NULL;
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "longest", SMP_GRAM_LONGEST, "plain",
                     plain_json(), "grams", vocabulary_json(g), "idf",
                     floats_json(k, g->idf, g->n), "weights", weights_json(k, &w), "scale",
                     floats_json(k, w.scale, w.columns), "bias",
                     floats_json(k, w.bias, w.columns));
}

/* -- the page --------------------------------------------------------------------------------- */

/* JSON within a script element: "<" never stands there as itself, so nothing ends the element. */
static enum err add_json(struct buf *b, const char *json)
{
    for (const char *end; *json; json = end) {
        end = json + strcspn(json, "<");
        TRY(buf_add(b, json, (size_t)(end - json)));
        if (!*end) break;
        TRY(buf_adds(b, "\\u003c"));
        end++;
    }
    return OK;
}

enum err take_web(struct buf *out, const struct taking *k)
{
    const char *page = take_template("page.html.in");
    const char *data = strstr(page, "@data@");
    json_t *net = k->t->net ? net_json(k) : grams_json(k);
    const char *json;

    assert(data);
    if (!net || json_object_set_new(k->about, "net", net)) return fail_nomem();
    json = json_write(k->arena, k->about);
    NEED(json);
    TRY(buf_add(out, page, (size_t)(data - page)));
    TRY(add_json(out, json));
    return buf_adds(out, data + strlen("@data@"));
}
