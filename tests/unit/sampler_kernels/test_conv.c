#include "unit/sampler/check_smp.h"
#include "unit/sampler_kernels/naive.h"

#include "sampler/conv/net.h"
#include "sampler/conv/product_variants.h"

enum { IMAGES = 3 };

/* Layers that meet every case: strides, padding, odd sizes, columns that fill no vector, a kernel
 * smaller than its stride, a dense layer, a plane from one pixel. */
struct subject {
    uint32_t height, width, channels;
    struct smp_conv_layer layer;
};

static const struct subject SUBJECTS[] = {
    {9,  7,  3,  {"conv 3/1", SMP_LAYER_CONV, 20, 3, 3, 1, 1, SMP_LINEAR}   },
    {8,  8,  1,  {"conv 3/2", SMP_LAYER_CONV, 32, 3, 3, 2, 1, SMP_LINEAR}   },
    {7,  10, 5,  {"conv 5/2", SMP_LAYER_CONV, 70, 5, 4, 2, 2, SMP_LINEAR}   },
    {9,  9,  4,  {"conv 2/3", SMP_LAYER_CONV, 6, 2, 2, 3, 0, SMP_LINEAR}    },
    {11, 5,  2,  {"conv 1/1", SMP_LAYER_CONV, 3, 1, 1, 1, 0, SMP_LINEAR}    },
    {5,  4,  33, {"up 3/2", SMP_LAYER_CONV_UP, 17, 3, 3, 2, 1, SMP_LINEAR}  },
    {4,  6,  8,  {"up 4/2", SMP_LAYER_CONV_UP, 1, 4, 4, 2, 1, SMP_LINEAR}   },
    {3,  3,  6,  {"up 3/1", SMP_LAYER_CONV_UP, 64, 3, 3, 1, 1, SMP_LINEAR}  },
    {4,  3,  10, {"dense", SMP_LAYER_DENSE, 37, 0, 0, 0, 0, SMP_LINEAR}     },
    {16, 16, 4,  {"dense long", SMP_LAYER_DENSE, 10, 0, 0, 0, 0, SMP_LINEAR}},
    {1,  1,  12, {"spread", SMP_LAYER_SPREAD, 9, 4, 3, 0, 0, SMP_LINEAR}    },
};
enum { N_SUBJECTS = sizeof SUBJECTS / sizeof SUBJECTS[0] };

/* A network whose last layer is the subject. Its input has 1 to 4 channels, so a layer before it
 * makes the others; through that layer's weights the subject's input gradient is seen, too. */
static struct smp_conv *net_of(const struct subject *s, struct smp_conv_layer layers[2],
                               enum smp_activation between)
{
    const struct smp_conv_spec spec = {s->height, s->width, 2, layers, 2};
    struct smp_conv *net;

    layers[0] =
        (struct smp_conv_layer){"first", SMP_LAYER_CONV, s->channels, 1, 1, 1, 0, between};
    layers[1] = s->layer;
    CHECK_OK(smp_net_new(&spec, &net));
    fill_numbers(net->parameters, net->n_parameters, 7);
    smp_net_pack(net, 2);
    return net;
}

static struct smp_net_planes planes_of(const struct smp_conv *net)
{
    const struct smp_plane *in = &net->input;
    struct smp_net_planes p;
    float *numbers = calloc(in->h * in->w * in->c, sizeof(float));

    CHECK_OK(smp_net_planes_new(net, IMAGES, SMP_NET_TRAIN, &p));
    for (size_t i = 0; i < IMAGES; i++) {
        fill_numbers(numbers, in->h * in->w * in->c, (uint32_t)i + 100);
        for (size_t j = 0; j < in->h * in->w; j++)
            memcpy(p.value[0] + i * smp_plane_floats(in) +
                       smp_plane_offset(in, j / in->w, j % in->w),
                   numbers + j * in->c, in->c * sizeof(float));
    }
    free(numbers);
    return p;
}

/* One image's inner numbers. */
static float *inner(const struct smp_plane *plane, const float *x, size_t image)
{
    float *out = calloc(plane->h * plane->w * plane->c, sizeof *out);

    for (size_t j = 0; j < plane->h * plane->w; j++)
        memcpy(out + j * plane->c,
               x + image * smp_plane_floats(plane) +
                   smp_plane_offset(plane, j / plane->w, j % plane->w),
               plane->c * sizeof(float));
    return out;
}

static void check_forward(const struct smp_conv *net, const struct smp_net_planes *p,
                          size_t image)
{
    const struct smp_stage *s = &net->stages[1];
    const size_t n = s->out.h * s->out.w * s->out.c;
    float *x = inner(&s->in, p->value[1], image), *y = inner(&s->out, p->value[2], image);
    float *wanted = calloc(n, sizeof *wanted);

    if (s->up)
        naive_conv_adjoint(&s->shape, x, net->parameters + s->weights_at, wanted);
    else
        naive_conv(&s->shape, x, net->parameters + s->weights_at, wanted);
    for (size_t i = 0; i < n; i++) {
        const double with_bias =
            (double)wanted[i] + (double)net->parameters[s->bias_at + i % s->out.c];
        if (fabs((double)y[i] - with_bias) > 1e-4 * (1 + fabs(with_bias)))
            fail_msg("%s: image %zu, number %zu is %g, not %g", s->layer.name, image, i,
                     (double)y[i], with_bias);
    }
    free(x);
    free(y);
    free(wanted);
}

static void test_every_layer_is_what_its_definition_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SUBJECTS; i++) {
        struct smp_conv_layer layers[2];
        struct smp_conv *net = net_of(&SUBJECTS[i], layers, SMP_LINEAR);
        struct smp_net_planes p = planes_of(net);
        smp_net_forward(net, &p, IMAGES, 1);
        for (size_t image = 0; image < IMAGES; image++)
            check_forward(net, &p, image);
        smp_net_planes_free(&p);
        smp_conv_free(net);
    }
}

/* L = sum of r y: its slope by y is r. Also writes r into the slope's plane. */
static double functional(const struct smp_conv *net, struct smp_net_planes *p)
{
    const struct smp_plane *out = &net->stages[1].out, *slope = &net->stages[1].out_slope;
    const size_t n = out->h * out->w * out->c;
    float *r = calloc(n, sizeof *r);
    double sum = 0;

    smp_net_forward(net, p, IMAGES, 1);
    for (size_t image = 0; image < IMAGES; image++) {
        float *y = inner(out, p->value[2], image);
        fill_numbers(r, n, (uint32_t)image + 500);
        for (size_t i = 0; i < n; i++) {
            const size_t pixel = i / out->c;
            sum += (double)r[i] * (double)y[i];
            p->slope[2][image * smp_plane_floats(slope) +
                        smp_plane_offset(slope, pixel / out->w, pixel % out->w) + i % out->c] =
                r[i];
        }
        free(y);
    }
    free(r);
    return sum;
}

static double functional_with(struct smp_conv *net, struct smp_net_planes *p, size_t parameter,
                              float value)
{
    const float kept = net->parameters[parameter];
    double sum;

    net->parameters[parameter] = value;
    smp_net_pack(net, 1);
    sum = functional(net, p);
    net->parameters[parameter] = kept;
    smp_net_pack(net, 1);
    return sum;
}

/* Central differences of L by about 60 parameters of both layers. */
static void check_gradient(struct smp_conv *net, struct smp_net_planes *p, float by)
{
    float *gradient = calloc(net->n_parameters, sizeof *gradient);
    const size_t every = net->n_parameters / 60 + 1;
    double scale = 0;

    functional(net, p);
    smp_net_backward(net, p, IMAGES, gradient);
    for (size_t i = 0; i < net->n_parameters; i++)
        scale = fmax(scale, fabs((double)gradient[i]));
    for (size_t i = 0; i < net->n_parameters; i += every) {
        const float at = net->parameters[i];
        const double wanted =
            (functional_with(net, p, i, at + by) - functional_with(net, p, i, at - by)) /
            (double)((at + by) - (at - by));
        if (fabs((double)gradient[i] - wanted) > 2e-3 * (scale + fabs(wanted)))
            fail_msg("%s: the slope by parameter %zu is %g; differences say %g",
                     net->layers[1].name, i, (double)gradient[i], wanted);
    }
    free(gradient);
}

static void check_gradients(enum smp_activation between, float by)
{
    for (size_t i = 0; i < N_SUBJECTS; i++) {
        struct smp_conv_layer layers[2];
        struct smp_conv *net = net_of(&SUBJECTS[i], layers, between);
        struct smp_net_planes p = planes_of(net);
        check_gradient(net, &p, by);
        smp_net_planes_free(&p);
        smp_conv_free(net);
    }
}

static void test_every_gradient_agrees_with_finite_differences(void **state)
{
    (void)state;
    check_gradients(SMP_LINEAR, 0.25f); /* L is linear in each parameter: no step is too wide */
}

static void test_gradients_through_relu_agree_with_finite_differences(void **state)
{
    (void)state;
    check_gradients(SMP_RELU, 1e-3f);
}

static void test_borders_stay_zero(void **state)
{
    struct smp_conv_layer layers[2];
    struct smp_conv *net = net_of(&SUBJECTS[0], layers, SMP_LINEAR);
    struct smp_net_planes p = planes_of(net);
    const struct smp_plane *plane = &net->stages[1].in;
    float *gradient = calloc(net->n_parameters, sizeof *gradient);

    (void)state;
    functional(net, &p);
    smp_net_backward(net, &p, IMAGES, gradient);
    assert_true(plane->lo > 0);
    for (size_t i = 0; i < (plane->lo + plane->w + plane->hi) * plane->c; i++)
        assert_true(p.value[1][i] == 0);
    free(gradient);
    smp_net_planes_free(&p);
    smp_conv_free(net);
}

/* -- processors ------------------------------------------------------------------------------- */

/* One convolution by hand, so that each processor's kernels can be called. */
struct bare {
    struct smp_conv_shape shape;
    struct smp_gather gather;
    struct smp_plane x_plane, y_plane;
    float *x, *w, *y, *dw;
};

static struct bare bare_new(void)
{
    struct bare b = {
        .shape = {13, 11,  7, 7, 6, 100, 3, 3, 2, 2, 1},
        .x_plane = {.h = 13, .w = 11, .c = 7},
        .y_plane = {.h = 7, .w = 6,   .c = 100  }
    };
    size_t n;

    smp_gather_patches_border(&b.shape, &b.x_plane);
    CHECK_OK(smp_gather_patches(
        &b.shape, &(struct smp_gather_planes){&b.x_plane, &b.y_plane, &b.y_plane}, &b.gather));
    n = IMAGES * smp_plane_floats(&b.x_plane) + SMP_PRODUCT_SLACK;
    b.x = calloc(n, sizeof(float));
    fill_numbers(b.x, n, 1);
    n = smp_product_packed(b.gather.k, 100);
    b.w = calloc(n, sizeof(float));
    fill_numbers(b.w, n, 2);
    b.y = calloc(IMAGES * smp_plane_floats(&b.y_plane) + SMP_PRODUCT_SLACK, sizeof(float));
    b.dw = calloc(b.gather.k * 100 + SMP_PRODUCT_SLACK, sizeof(float));
    return b;
}

static void bare_free(struct bare *b)
{
    smp_gather_free(&b->gather);
    free(b->x);
    free(b->w);
    free(b->y);
    free(b->dw);
}

struct variant {
    const char *name;
    int usable;
    void (*run)(const struct smp_product *p);
    void (*weights)(const struct smp_weights *p);
};

static struct bare run_variant(const struct variant *v)
{
    struct bare b = bare_new();
    const struct smp_product p = {.rows = &b.gather,
                                  .n_images = IMAGES,
                                  .x = b.x,
                                  .x_floats = smp_plane_floats(&b.x_plane),
                                  .w = b.w,
                                  .n = 100,
                                  .y = b.y,
                                  .y_floats = smp_plane_floats(&b.y_plane)};
    const struct smp_weights w = {.rows = &b.gather,
                                  .n_images = IMAGES,
                                  .x = b.x,
                                  .x_floats = smp_plane_floats(&b.x_plane),
                                  .dy = b.y,
                                  .dy_floats = smp_plane_floats(&b.y_plane),
                                  .dy_row = b.gather.y_row,
                                  .n = 100,
                                  .dw = b.dw};

    v->run(&p);
    v->weights(&w);
    return b;
}

static void test_all_processors_kernels_agree(void **state)
{
    const struct variant variants[] = {
        {"plain",  1,                                                               smp_product_run_plain,  smp_product_weights_plain},
#ifdef __x86_64__
        {"avx2",   __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
         smp_product_run_avx2,                                                                              smp_product_weights_avx2 },
        {"avx512", __builtin_cpu_supports("avx512f"),                               smp_product_run_avx512,
         smp_product_weights_avx512                                                                                                  },
#endif
    };
    struct bare plain = run_variant(&variants[0]);

    (void)state;
    for (size_t i = 1; i < sizeof variants / sizeof variants[0]; i++) {
        struct bare b;
        if (!variants[i].usable) continue;
        b = run_variant(&variants[i]);
        for (size_t j = 0; j < IMAGES * smp_plane_floats(&b.y_plane); j++)
            CHECK_NEAR(b.y[j], plain.y[j], 1e-4);
        for (size_t j = 0; j < b.gather.k * 100; j++)
            CHECK_NEAR(b.dw[j], plain.dw[j], 2e-3);
        bare_free(&b);
    }
    bare_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layer_is_what_its_definition_says),
        cmocka_unit_test(test_every_gradient_agrees_with_finite_differences),
        cmocka_unit_test(test_gradients_through_relu_agree_with_finite_differences),
        cmocka_unit_test(test_borders_stay_zero),
        cmocka_unit_test(test_all_processors_kernels_agree),
    };

    return cmocka_run_group_tests_name("kernels_conv", tests, NULL, NULL);
}
