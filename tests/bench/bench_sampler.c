/* bench_sampler [threads]: seconds of the sampler's parts on generated data, wall and processor, the
 * best of several runs, so that a busy machine disturbs least. Exits 0; the figures are for people. */
#include "unit/sampler/made.h"

#include "sampler/encoder.h"
#include "sampler/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, CLASSES = 10, LABELS = 100, BATCH = 50 };

struct span {
    double wall, cpu;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct span now(void)
{
    return (struct span){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void keep_best(struct span *best, struct span start)
{
    const struct span end = now();
    const double wall = end.wall - start.wall, cpu = end.cpu - start.cpu;

    if (best->wall <= 0 || wall < best->wall) best->wall = wall;
    if (best->cpu <= 0 || cpu < best->cpu) best->cpu = cpu;
}

static void must(enum smp_status e)
{
    if (!e) return;
    fprintf(stderr, "bench_sampler: %s\n", smp_message());
    exit(1);
}

static void bench_images(const char *name, struct smp_image_spec spec, unsigned threads)
{
    enum { POOL = 2000 };
    const struct smp_train_images in = {.spec = spec,
                                        .n = POOL,
                                        .fetch = made_fetch_picture,
                                        .ctx = &spec,
                                        .seed = 1,
                                        .n_threads = threads};
    uint8_t *pixels = malloc(POOL * smp_image_bytes(&spec));
    float *z = malloc(POOL * SMP_DIM_MAX * sizeof *z);
    struct smp_encoder *enc;
    struct span fit = {0, 0}, encode = {0, 0}, start = now();

    if (!pixels || !z) exit(1);
    must(smp_encoder_train_images(&in, &enc));
    keep_best(&fit, start);
    for (size_t i = 0; i < POOL; i++)
        must(made_fetch_picture(&spec, i, pixels + i * smp_image_bytes(&spec)));
    for (int round = 0; round < ROUNDS; round++) {
        start = now();
        must(smp_encoder_encode_images(enc, pixels, POOL, threads,
                                       &(struct smp_encoded){.part = {z}}));
        keep_best(&encode, start);
    }
    printf("%-28s learn %6.2f s (cpu %.2f)   encode %7.0f a second (%.0f per cpu second)\n",
           name, fit.wall, fit.cpu, POOL / encode.wall, POOL / encode.cpu);
    smp_encoder_free(enc);
    free(pixels);
    free(z);
}

static void bench_texts(unsigned threads)
{
    enum { POOL = 10000 };
    char sentence[200];
    const struct smp_train_texts in = {.n = POOL,
                                       .fetch = made_fetch_sentence,
                                       .ctx = sentence,
                                       .seed = 1,
                                       .n_threads = threads};
    const char *text[1] = {sentence};
    size_t n_bytes[1];
    float z[SMP_DIM_MAX];
    struct smp_encoder *enc;
    struct span fit = {0, 0}, encode = {0, 0}, start = now();

    must(smp_encoder_train_texts(&in, &enc));
    keep_best(&fit, start);
    n_bytes[0] = made_sentence(1, 1, sentence);
    for (int round = 0; round < ROUNDS; round++) {
        start = now();
        for (int i = 0; i < 100; i++)
            must(smp_encoder_encode_texts(enc, text, n_bytes, 1, 1,
                                          &(struct smp_encoded){.part = {z}}));
        keep_best(&encode, start);
    }
    printf("%-28s learn %6.2f s (cpu %.2f)   encode one at a time %.0f a second\n",
           "10,000 sentences", fit.wall, fit.cpu, 100 / encode.wall);
    smp_encoder_free(enc);
}

static void bench_pick(size_t n, size_t d, unsigned threads)
{
    const struct made_blobs how = {n, d, CLASSES, 0.3f, 1};
    float *z = malloc(n * d * sizeof *z);
    int32_t *y = malloc(n * sizeof *y);
    size_t row[LABELS], n_picks;
    struct smp_pick picks[BATCH];
    struct span fit = {0, 0}, pick = {0, 0};

    if (!z || !y) exit(1);
    made_blobs(&how, z, y);
    for (size_t i = 0; i < LABELS; i++)
        row[i] = i;
    for (int round = 0; round < ROUNDS; round++) {
        const struct smp_features features = {.n = n, .n_parts = 1, .part = {z}, .d = {d}};
        const struct smp_model_in model_in = {
            .features = &features,
            .n_threads = threads,
            .labels = {.row = row, .y = y, .n = LABELS, .n_classes = CLASSES}
        };
        struct smp_recipe recipe;
        struct smp_model *model;
        struct span start = now();
        smp_recipe_rule(&model_in, &recipe);
        must(smp_model_fit(&model_in, &recipe, &model));
        keep_best(&fit, start);
        const struct smp_question question = {.model = model, .labels = model_in.labels};
        const struct smp_pick_in in = {.features = &features,
                                       .question = &question,
                                       .n_questions = 1,
                                       .strategy = SMP_UHERD,
                                       .batch = BATCH,
                                       .explore = 0.1,
                                       .seed = (uint64_t)round,
                                       .n_threads = threads};
        start = now();
        must(smp_pick(&in, picks, &n_picks));
        keep_best(&pick, start);
        smp_model_free(model);
    }
    printf(
        "uherd, %7zu x %3zu         fit on %d labels %.1f ms   %zu picks %.1f ms (cpu %.1f)\n",
        n, d, LABELS, 1e3 * fit.wall, n_picks, 1e3 * pick.wall, 1e3 * pick.cpu);
    free(z);
    free(y);
}

int main(int argc, char **argv)
{
    const unsigned threads = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2;

    printf("%u threads\n", threads);
    bench_images("pictures, 28x28 grey", (struct smp_image_spec){28, 28, 1}, threads);
    bench_images("pictures, 32x32 colour", (struct smp_image_spec){32, 32, 3}, threads);
    bench_texts(threads);
    bench_pick(10000, 64, threads);
    bench_pick(10000, 256, threads);
    bench_pick(200000, 64, threads);
    return 0;
}
