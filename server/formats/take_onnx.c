#include "formats/onnx.h"
#include "formats/take_inside.h"
#include "sampler/take/area.h"

#include <stdio.h>
#include <string.h>

/* -- pictures --------------------------------------------------------------------------------- */

/* to <- from, with # standing for the axis. */
static void name_of(const char *from, char axis, char *to, size_t room)
{
    size_t n = 0;

    for (; from[n] && n + 1 < room; n++)
        to[n] = (char)(from[n] == '#' ? axis : from[n]);
    to[n] = 0;
}

/* share_# (out, in) <- how much of each input row (axis h) or column (w) lies under each one of the
 * output: the overlap of [j out, (j+1) out) with [i in, (i+1) in), over `in`. Whole numbers until the
 * last step, so exact. */
static void add_shares(struct onnx *o, char axis, size_t out)
{
    static const char *const NODES[][3] = {
        {"Gather", "shape axis_#",         "in_#"      },
        {"Cast",   "in_#",                 "inf_#"     },
        {"Range",  "zero in_# one",        "at_#"      },
        {"Cast",   "at_#",                 "atf_#"     },
        {"Mul",    "atf_# out_#",          "low_in_#"  },
        {"Add",    "low_in_# out_#",       "high_in_#" },
        {"Mul",    "cell_# inf_#",         "low_out_#" },
        {"Add",    "low_out_# inf_#",      "high_out_#"},
        {"Max",    "low_in_# low_out_#",   "low_#"     },
        {"Min",    "high_in_# high_out_#", "high_#"    },
        {"Sub",    "high_# low_#",         "length_#"  },
        {"Relu",   "length_#",             "overlap_#" },
        {"Div",    "overlap_# inf_#",      "share_#"   },
    };
    const struct onnx_attribute to_float = onnx_int("to", ONNX_FLOAT);
    const int64_t index = axis == 'h' ? 0 : 1;
    const float width = (float)out;
    float cell[SMP_CONV_SIDE_MAX];
    char in[64];
    char name[64];

    for (size_t i = 0; i < out; i++)
        cell[i] = (float)i;
    name_of("axis_#", axis, name, sizeof name);
    onnx_tensor(o, name, ONNX_INT64, &index, NULL, 0);
    name_of("out_#", axis, name, sizeof name);
    onnx_floats(o, name, &width, NULL, 0);
    name_of("cell_#", axis, name, sizeof name);
    onnx_floats(o, name, cell, (const int64_t[]){(int64_t)out, 1}, 2);
    for (size_t i = 0; i < sizeof NODES / sizeof *NODES; i++) {
        name_of(NODES[i][1], axis, in, sizeof in);
        name_of(NODES[i][2], axis, name, sizeof name);
        onnx_node(o, NODES[i][0], in, name, &to_float, strcmp(NODES[i][0], "Cast") == 0);
    }
}

/* image (height, width, 3) u8 -> plane (1, channels, spec height, spec width), 0 to 1 */
static void add_picture(struct onnx *o, const struct smp_conv_spec *spec)
{
    const struct onnx_attribute to_float = onnx_int("to", ONNX_FLOAT);
    const int64_t order[] = {2, 0, 1};
    const struct onnx_attribute first = onnx_ints("perm", order, 3);
    const float luma[3] = {SMP_AREA_RED / 65536.0f, SMP_AREA_GREEN / 65536.0f,
                           SMP_AREA_BLUE / 65536.0f};
    const float white = 255;
    const int64_t zero = 0;
    const int64_t one = 1;

    onnx_input(o, "image", ONNX_UINT8, "height", "width", "3", NULL);
    onnx_tensor(o, "zero", ONNX_INT64, &zero, NULL, 0);
    onnx_tensor(o, "one", ONNX_INT64, &one, NULL, 0);
    onnx_floats(o, "white", &white, NULL, 0);
    onnx_int64s(o, "as_rows", (const int64_t[]){0, -1}, 2);
    onnx_int64s(o, "as_columns", (const int64_t[]){(int64_t)spec->height, -1, 3}, 3);
    onnx_int64s(o, "as_planes", (const int64_t[]){1, spec->channels, spec->height, spec->width},
                4);
    onnx_node(o, "Shape", "image", "shape", NULL, 0);
    add_shares(o, 'h', spec->height);
    add_shares(o, 'w', spec->width);
    onnx_node(o, "Cast", "image", "pixels", &to_float, 1);
    onnx_node(o, "Reshape", "pixels as_rows", "rows", NULL, 0);
    onnx_node(o, "MatMul", "share_h rows", "short_rows", NULL, 0);
    onnx_node(o, "Reshape", "short_rows as_columns", "columns", NULL, 0);
    onnx_node(o, "MatMul", "share_w columns", "means", NULL, 0);
    onnx_node(o, "Div", "means white", "colours", NULL, 0);
    if (spec->channels == 1) {
        onnx_floats(o, "luma", luma, (const int64_t[]){3, 1}, 2);
        onnx_node(o, "MatMul", "colours luma", "seen", NULL, 0);
    }
    onnx_node(o, "Transpose", spec->channels == 1 ? "seen" : "colours", "channels", &first, 1);
    onnx_node(o, "Reshape", "channels as_planes", "plane", NULL, 0);
}

/* -- layers ----------------------------------------------------------------------------------- */

/* Weights under `name`, read through their scales when they are bytes; laid out by `dims`, of which
 * `axis` is the columns'. */
static void add_weights(struct onnx *o, const char *name, const struct take_weights_of *w,
                        const void *numbers, const int64_t *dims, size_t n_dims, int64_t axis)
{
    const struct onnx_attribute along = onnx_int("axis", axis);
    char bytes[48];
    char scale[48];
    char both[100];

    if (!w->bytes) {
        onnx_floats(o, name, numbers, dims, n_dims);
        return;
    }
    snprintf(bytes, sizeof bytes, "%s_bytes", name);
    snprintf(scale, sizeof scale, "%s_scale", name);
    snprintf(both, sizeof both, "%s %s", bytes, scale);
    onnx_tensor(o, bytes, ONNX_INT8, numbers, dims, n_dims);
    onnx_floats(o, scale, w->scale, (const int64_t[]){(int64_t)w->columns}, 1);
    onnx_node(o, "DequantizeLinear", both, name, &along, 1);
}

/* (tap, in, out) -> (out, in, tap): how ONNX lays a convolution. */
static void *turned(const struct taking *k, const struct take_weights_of *w, size_t taps)
{
    const size_t each = w->bytes ? sizeof *w->bytes : sizeof *w->floats;
    const char *from = w->bytes ? (const char *)w->bytes : (const char *)w->floats;
    const size_t channels = w->rows / taps;
    char *to = arena_alloc(k->arena, w->rows * w->columns * each + 1);

    for (size_t t = 0; to && t < taps; t++)
        for (size_t i = 0; i < channels; i++)
            for (size_t c = 0; c < w->columns; c++)
                memcpy(to + ((c * channels + i) * taps + t) * each,
                       from + ((t * channels + i) * w->columns + c) * each, each);
    return to;
}

struct layer_names {
    char in[32], weights[32], bias[32], product[32], sum[32], out[32], operands[120];
};

static enum err add_conv(struct onnx *o, const struct taking *k,
                         const struct smp_conv_weights *l, const struct take_weights_of *w,
                         struct layer_names *n)
{
    const struct smp_conv_shape *s = &l->shape;
    const int64_t pad = (int64_t)s->pad;
    const int64_t kernel[] = {(int64_t)s->kernel_h, (int64_t)s->kernel_w};
    const int64_t pads[] = {pad, pad, pad, pad};
    const int64_t strides[] = {(int64_t)s->stride_h, (int64_t)s->stride_w};
    const struct onnx_attribute how[3] = {onnx_ints("kernel_shape", kernel, 2),
                                          onnx_ints("pads", pads, 4),
                                          onnx_ints("strides", strides, 2)};
    const int64_t dims[] = {(int64_t)s->out_c, (int64_t)s->in_c, (int64_t)s->kernel_h,
                            (int64_t)s->kernel_w};
    void *numbers = turned(k, w, s->kernel_h * s->kernel_w);

    NEED(numbers);
    add_weights(o, n->weights, w, numbers, dims, 4, 0);
    snprintf(n->operands, sizeof n->operands, "%s %s %s", n->in, n->weights, n->bias);
    onnx_node(o, "Conv", n->operands, n->sum, how, 3);
    return OK;
}

/* A plane's numbers are laid (height, width, channel) before a dense layer reads them. */
static void add_dense(struct onnx *o, const struct smp_conv_weights *l,
                      const struct take_weights_of *w, struct layer_names *n, bool flat)
{
    const int64_t order[] = {0, 2, 3, 1};
    const struct onnx_attribute last = onnx_ints("perm", order, 4);
    const int64_t dims[] = {(int64_t)w->rows, (int64_t)l->shape.out_c};

    if (!flat) {
        onnx_int64s(o, "as_row", (const int64_t[]){1, -1}, 2);
        onnx_node(o, "Transpose", n->in, "turned", &last, 1);
        onnx_node(o, "Reshape", "turned as_row", "row", NULL, 0);
        snprintf(n->in, sizeof n->in, "row");
    }
    add_weights(o, n->weights, w, w->bytes ? (const void *)w->bytes : (const void *)w->floats,
                dims, 2, 1);
    snprintf(n->operands, sizeof n->operands, "%s %s", n->in, n->weights);
    onnx_node(o, "MatMul", n->operands, n->product, NULL, 0);
    snprintf(n->operands, sizeof n->operands, "%s %s", n->product, n->bias);
    onnx_node(o, "Add", n->operands, n->sum, NULL, 0);
}

static enum err add_layer(struct onnx *o, const struct taking *k, size_t i, bool *flat,
                          struct layer_names *n)
{
    const struct smp_conv_weights l = smp_conv_weights(k->t->net, i);
    const bool dense = smp_conv_spec_of(k->t->net).layers[i].kind == SMP_LAYER_DENSE;
    const size_t rows = l.shape.kernel_h * l.shape.kernel_w * l.shape.in_c;
    struct take_weights_of w;

    TRY(take_weights_make(k, l.weights, rows, l.shape.out_c, l.bias, &w));
    snprintf(n->weights, sizeof n->weights, "weights_%zu", i);
    snprintf(n->bias, sizeof n->bias, "bias_%zu", i);
    snprintf(n->product, sizeof n->product, "product_%zu", i);
    snprintf(n->sum, sizeof n->sum, "sum_%zu", i);
    snprintf(n->out, sizeof n->out, "layer_%zu", i);
    onnx_floats(o, n->bias, l.bias, (const int64_t[]){(int64_t)l.shape.out_c}, 1);
    if (dense)
        add_dense(o, &l, &w, n, *flat);
    else
        TRY(add_conv(o, k, &l, &w, n));
    if (l.activation == SMP_RELU) onnx_node(o, "Relu", n->sum, n->out, NULL, 0);
    snprintf(n->in, sizeof n->in, "%s", l.activation == SMP_RELU ? n->out : n->sum);
    *flat = dense;
    return OK;
}

static enum err add_net(struct onnx *o, const struct taking *k, char *scores, size_t room)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(k->t->net);
    struct layer_names n = {.in = "plane"};
    bool flat = false;

    add_picture(o, &spec);
    for (size_t i = 0; i < spec.n_layers; i++)
        TRY(add_layer(o, k, i, &flat, &n));
    snprintf(scores, room, "%s", n.in);
    return OK;
}

/* -- texts ------------------------------------------------------------------------------------ */

/* codes (n) -> seen (m): in lower case, runs of blanks one, a blank at both ends (grams.h). */
static enum err add_codes(struct onnx *o, const struct taking *k)
{
    static const char *const NODES[][3] = {
        {"Min",      "codes last_plain",         "within"      },
        {"Max",      "within zero",              "index"       },
        {"Gather",   "plain index",              "small"       },
        {"Cast",     "small",                    "lower"       },
        {"Less",     "codes plain_end",          "is_small"    },
        {"Where",    "is_small lower codes",     "mapped"      },
        {"Greater",  "mapped zero",              "is_seen"     },
        {"Compress", "mapped is_seen",           "kept"        },
        {"Concat",   "blank kept blank",         "between"     },
        {"Slice",    "between from_0 to_1",      "before"      },
        {"Slice",    "between from_1 to_end",    "after"       },
        {"Equal",    "before blank",             "blank_before"},
        {"Equal",    "after blank",              "blank_after" },
        {"And",      "blank_before blank_after", "both_blank"  },
        {"Not",      "both_blank",               "is_new"      },
        {"Compress", "after is_new",             "rest"        },
        {"Concat",   "blank rest",               "seen"        },
    };
    const struct onnx_attribute axis = onnx_int("axis", 0);
    const struct onnx_attribute to = onnx_int("to", ONNX_INT64);
    uint16_t *plain = arena_array(k->arena, SMP_GRAMS_PLAIN_END, sizeof *plain);

    NEED(plain);
    for (uint32_t c = 0; c < SMP_GRAMS_PLAIN_END; c++)
        plain[c] = (uint16_t)smp_grams_plain(c);
    onnx_input(o, "codes", ONNX_INT64, "length", NULL);
    onnx_tensor(o, "plain", ONNX_UINT16, plain, (const int64_t[]){SMP_GRAMS_PLAIN_END}, 1);
    onnx_int64s(o, "last_plain", (const int64_t[]){SMP_GRAMS_PLAIN_END - 1}, 1);
    onnx_int64s(o, "plain_end", (const int64_t[]){SMP_GRAMS_PLAIN_END}, 1);
    onnx_int64s(o, "zero", (const int64_t[]){0}, 1);
    onnx_int64s(o, "blank", (const int64_t[]){' '}, 1);
    onnx_int64s(o, "from_0", (const int64_t[]){0}, 1);
    onnx_int64s(o, "to_1", (const int64_t[]){-1}, 1);
    onnx_int64s(o, "from_1", (const int64_t[]){1}, 1);
    onnx_int64s(o, "to_end", (const int64_t[]){INT64_MAX}, 1);
    for (size_t i = 0; i < sizeof NODES / sizeof *NODES; i++) {
        const char *op = NODES[i][0];
        const bool along =
            !strcmp(op, "Gather") || !strcmp(op, "Compress") || !strcmp(op, "Concat");
        const bool cast = !strcmp(op, "Cast");
        onnx_node(o, op, NODES[i][1], NODES[i][2], cast ? &to : &axis, along || cast);
    }
    return OK;
}

/* seen -> counts (n): how often each gram stands there. */
static enum err add_counts(struct onnx *o, const struct taking *k)
{
    const struct smp_grams *g = k->t->grams;
    int64_t *pool = arena_array(k->arena, g->n * SMP_GRAM_LONGEST + 1, sizeof *pool);
    int64_t *index = arena_array(k->arena, g->n + 1, sizeof *index);
    int64_t start[SMP_GRAM_LONGEST] = {0};
    struct onnx_attribute how[7];
    size_t n = 0;

    NEED(pool);
    NEED(index);
    for (size_t i = 0; i < g->n; i++) {
        size_t length;
        const uint32_t *codes = smp_grams_codes(g, i, &length);
        for (size_t j = 0; j < length; j++)
            pool[n++] = codes[j];
        index[i] = (int64_t)i;
    }
    for (size_t l = 1; l < SMP_GRAM_LONGEST; l++)
        start[l] = start[l - 1] + (int64_t)((g->end[l] - g->end[l - 1]) * l);
    how[0] = onnx_word("mode", "TF");
    how[1] = onnx_int("min_gram_length", 1);
    how[2] = onnx_int("max_gram_length", SMP_GRAM_LONGEST);
    how[3] = onnx_int("max_skip_count", 0);
    how[4] = onnx_ints("ngram_counts", start, SMP_GRAM_LONGEST);
    how[5] = onnx_ints("ngram_indexes", index, g->n);
    how[6] = onnx_ints("pool_int64s", pool, n);
    onnx_node(o, "TfIdfVectorizer", "seen", "counts", how, 7);
    return OK;
}

static enum err add_grams(struct onnx *o, const struct taking *k, char *scores, size_t room)
{
    const struct smp_grams *g = k->t->grams;
    const int64_t n = (int64_t)g->n;
    const int64_t dims[] = {n, (int64_t)g->n_classes};
    const float one = 1;
    const float least = 1e-30f; /* a text without a known gram stays a row of zeros */
    struct take_weights_of w;

    snprintf(scores, room, "sums");
    onnx_floats(o, "bias", g->bias, (const int64_t[]){1, dims[1]}, 2);
    TRY(add_codes(o, k));
    TRY(add_counts(o, k));
    TRY(take_weights_make(k, g->weights, g->n, g->n_classes, g->bias, &w));
    onnx_floats(o, "one", &one, NULL, 0);
    onnx_floats(o, "least", &least, NULL, 0);
    onnx_floats(o, "idf", g->idf, &n, 1);
    onnx_int64s(o, "as_row", (const int64_t[]){1, -1}, 2);
    add_weights(o, "weights", &w, w.bytes ? (const void *)w.bytes : (const void *)w.floats,
                dims, 2, 1);
    onnx_node(o, "Add", "counts one", "more", NULL, 0);
    onnx_node(o, "Log", "more", "logs", NULL, 0);
    onnx_node(o, "Mul", "logs idf", "weighed", NULL, 0);
    onnx_node(o, "ReduceSumSquare", "weighed", "squares", NULL, 0);
    onnx_node(o, "Max", "squares least", "some", NULL, 0);
    onnx_node(o, "Sqrt", "some", "length", NULL, 0);
    onnx_node(o, "Div", "weighed length", "unit", NULL, 0);
    onnx_node(o, "Reshape", "unit as_row", "row", NULL, 0);
    onnx_node(o, "MatMul", "row weights", "product", NULL, 0);
    onnx_node(o, "Add", "product bias", "sums", NULL, 0);
    return OK;
}

/* -- the file --------------------------------------------------------------------------------- */

static void add_answers(struct onnx *o, const struct taking *k, const char *sums)
{
    const int64_t n = (int64_t)k->t->n_classes;
    const struct onnx_attribute axis = onnx_int("axis", 0);
    const struct onnx_attribute how[2] = {axis, onnx_int("keepdims", 0)};
    char operands[80];

    onnx_int64s(o, "as_list", (const int64_t[]){-1}, 1);
    snprintf(operands, sizeof operands, "%s as_list", sums);
    onnx_node(o, "Reshape", operands, "scores", NULL, 0);
    onnx_node(o, "Softmax", "scores", "probabilities", &axis, 1);
    onnx_node(o, "ArgMax", "scores", "class", how, 2);
    onnx_output(o, "probabilities", ONNX_FLOAT, &n, 1);
    onnx_output(o, "scores", ONNX_FLOAT, &n, 1);
    onnx_output(o, "class", ONNX_INT64, NULL, 0);
}

static void add_notes(struct onnx *o, const struct taking *k)
{
    const char *key;
    json_t *value;

    json_object_foreach(k->about, key, value)
    {
        const char *text =
            json_is_string(value) ? json_string_value(value) : json_write(k->arena, value);
        if (text) onnx_note(o, key, text);
    }
}

enum err take_onnx(struct buf *out, const struct taking *k)
{
    struct onnx o;
    char sums[64] = "";
    enum err e;
    enum err written;

    onnx_start(&o, TAKE_MAX_BYTES);
    e = k->t->net ? add_net(&o, k, sums, sizeof sums) : add_grams(&o, k, sums, sizeof sums);
    add_answers(&o, k, sums);
    add_notes(&o, k);
    written = onnx_finish(&o, out, "model");
    return e ? e : written;
}
