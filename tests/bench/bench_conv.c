/* Images a second of the convolutional autoencoder of docs/sampler.md, training and encoding.
 *
 *     bench_conv [28|96] [threads] [rounds]
 *
 * One line a round: "train IMG_S_WALL IMG_S_CPU encode IMG_S_WALL IMG_S_CPU", medians of the
 * rounds last. CPU is the time of all threads together. Without arguments: both sizes, one and two
 * threads. */
#include "sampler/conv/conv.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { IMAGES = 2048, LARGE_IMAGES = 768, BATCH = 256, ROUNDS_MAX = 64 };

static size_t images_of(const struct smp_conv_spec *spec)
{
    return spec->height > 64 ? LARGE_IMAGES : IMAGES;
}

static const struct smp_conv_layer SMALL[] = {
    {"conv1",  SMP_LAYER_CONV,    32, 3, 3, 2, 1, SMP_RELU  },
    {"conv2",  SMP_LAYER_CONV,    64, 3, 3, 2, 1, SMP_RELU  },
    {"latent", SMP_LAYER_DENSE,   64, 0, 0, 0, 0, SMP_LINEAR},
    {"spread", SMP_LAYER_SPREAD,  64, 7, 7, 0, 0, SMP_RELU  },
    {"up1",    SMP_LAYER_CONV_UP, 32, 3, 3, 2, 1, SMP_RELU  },
    {"out",    SMP_LAYER_CONV_UP, 1,  3, 3, 2, 1, SMP_LINEAR},
};
static const struct smp_conv_layer LARGE[] = {
    {"conv1",  SMP_LAYER_CONV,    32,  3,  3,  2, 1, SMP_RELU  },
    {"conv2",  SMP_LAYER_CONV,    64,  3,  3,  2, 1, SMP_RELU  },
    {"conv3",  SMP_LAYER_CONV,    128, 3,  3,  2, 1, SMP_RELU  },
    {"latent", SMP_LAYER_DENSE,   64,  0,  0,  0, 0, SMP_LINEAR},
    {"spread", SMP_LAYER_SPREAD,  128, 12, 12, 0, 0, SMP_RELU  },
    {"up1",    SMP_LAYER_CONV_UP, 64,  3,  3,  2, 1, SMP_RELU  },
    {"up2",    SMP_LAYER_CONV_UP, 32,  3,  3,  2, 1, SMP_RELU  },
    {"out",    SMP_LAYER_CONV_UP, 3,   3,  3,  2, 1, SMP_LINEAR},
};
static const struct smp_conv_spec SPECS[] = {
    {28, 28, 1, SMALL, 6},
    {96, 96, 3, LARGE, 8}
};

struct times {
    double wall, cpu;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct times now(void)
{
    return (struct times){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

/* Images a second since `from`. */
static struct times rate_since(struct times from, double n)
{
    const struct times to = now();

    return (struct times){n / (to.wall - from.wall), n / (to.cpu - from.cpu)};
}

/* Smooth random pictures: blobs on a slope. */
static void fill(uint8_t *pixels, const struct smp_conv_spec *spec, size_t n)
{
    const size_t bytes = spec->height * spec->width * spec->channels;
    uint32_t state = 12345;

    for (size_t i = 0; i < n * bytes; i++) {
        state = state * 1664525u + 1013904223u;
        pixels[i] =
            (uint8_t)((i % bytes * 7 / bytes * 30 + (i / bytes * 13) % 64 + (state >> 28)) &
                      255);
    }
}

struct source {
    const uint8_t *pixels;
    size_t bytes;
    struct times start; /* when the last image was fetched */
};

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    struct source *s = ctx;

    (void)targets;
    for (size_t j = 0; j < s->bytes; j++)
        pixels[j] = s->pixels[i * s->bytes + j];
    s->start = now();
    return SMP_OK;
}

static void need(enum smp_status e)
{
    if (!e) return;
    fprintf(stderr, "bench_conv: %s\n", smp_message());
    exit(1);
}

struct round {
    struct times train, encode;
};

static struct round run_round(const struct smp_conv_spec *spec, const uint8_t *pixels,
                              unsigned threads, size_t epochs)
{
    const size_t n = images_of(spec);
    struct source source = {.pixels = pixels,
                            .bytes = (size_t)spec->height * spec->width * spec->channels};
    const struct smp_conv_training in = {.spec = *spec,
                                         .n = n,
                                         .fetch = fetch,
                                         .ctx = &source,
                                         .epochs = epochs,
                                         .batch = BATCH,
                                         .rate = 1e-3f,
                                         .seed = 1,
                                         .n_threads = threads};
    struct smp_conv *net;
    struct round r;
    struct times from;
    float *z;
    size_t latent;

    need(smp_conv_train(&in, &net));
    r.train = rate_since(source.start, (double)(n * epochs));
    latent = smp_conv_layer_find(net, "latent");
    z = malloc(n * smp_conv_layer_floats(net, latent) * sizeof *z);
    if (!z) exit(1);
    need(smp_conv_read(net, latent, pixels, n, threads, z));
    from = now();
    for (int i = 0; i < 2; i++)
        need(smp_conv_read(net, latent, pixels, n, threads, z));
    r.encode = rate_since(from, 2.0 * (double)n);
    free(z);
    smp_conv_free(net);
    return r;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const struct round *rounds, size_t n, size_t offset)
{
    double values[ROUNDS_MAX];

    for (size_t i = 0; i < n; i++)
        values[i] = *(const double *)((const char *)&rounds[i] + offset);
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static void run(const struct smp_conv_spec *spec, unsigned threads, size_t rounds)
{
    const size_t epochs = spec->height > 64 ? 1 : 4;
    uint8_t *pixels = malloc(images_of(spec) * spec->height * spec->width * spec->channels);
    struct round all[ROUNDS_MAX];

    if (!pixels) exit(1);
    fill(pixels, spec, images_of(spec));
    for (size_t i = 0; i < rounds; i++) {
        all[i] = run_round(spec, pixels, threads, epochs);
        printf("train %.0f %.0f encode %.0f %.0f\n", all[i].train.wall, all[i].train.cpu,
               all[i].encode.wall, all[i].encode.cpu);
        fflush(stdout);
    }
    printf(
        "# %ux%ux%u, %u threads, median img/s: train %.0f wall, %.0f a CPU second; encode %.0f "
        "wall, %.0f a CPU second\n",
        spec->width, spec->height, spec->channels, threads,
        median(all, rounds, offsetof(struct round, train.wall)),
        median(all, rounds, offsetof(struct round, train.cpu)),
        median(all, rounds, offsetof(struct round, encode.wall)),
        median(all, rounds, offsetof(struct round, encode.cpu)));
    free(pixels);
}

int main(int argc, char **argv)
{
    const size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 3;
    const size_t n = rounds < 1 ? 1 : rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;

    for (size_t i = 0; i < 2; i++) {
        if (argc > 1 && strtoul(argv[1], NULL, 10) != SPECS[i].width) continue;
        if (argc > 2) {
            run(&SPECS[i], (unsigned)strtoul(argv[2], NULL, 10), n);
            continue;
        }
        run(&SPECS[i], 1, n);
        run(&SPECS[i], 2, n);
    }
    return 0;
}
