/* What the photo blocks cost, and what they tell apart, on photos in folders.
 *
 *     bench_blocks FOLDER [threads]      FOLDER/train/CLASS/FILE, FOLDER/test/CLASS/FILE
 *
 * Learns from train/ without looking at its labels, then draws 5, 10 and 30 photos a class (five,
 * five and three draws, the last all of them) and prints the accuracy on test/ of each block, of the
 * latent, of equal weights and of cross-validated ones. Times are CPU seconds of all threads
 * together, and wall. */
#include "media/image.h"
#include "sampler/blocks/fusion.h"
#include "sampler/blocks/stack.h"
#include "sampler/blocks/view.h"
#include "sampler/metrics.h"
#include "sampler/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLASSES_MAX = 100, FILES_MAX = 100000, BUDGETS = 4, MODELS_MAX = SMP_BLOCK_KINDS + 3 };

static const struct smp_image_spec SPEC = {SMP_PHOTO_SIDE, SMP_PHOTO_SIDE, 3};
static const size_t BUDGET[BUDGETS] = {5, 10, 30, SIZE_MAX};
static const int DRAWS[BUDGETS] = {5, 5, 3, 1};

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_blocks: %s: %s\n", what, why);
    exit(1);
}

static void check(enum smp_status e)
{
    if (e) stop("the sampler", smp_message());
}

static void *room(size_t n)
{
    void *x = calloc(n ? n : 1, 1);

    if (!x) stop("memory", "none left");
    return x;
}

struct moment {
    double cpu, wall;
};

static struct moment now(void)
{
    struct timespec cpu, wall;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    clock_gettime(CLOCK_MONOTONIC, &wall);
    return (struct moment){(double)cpu.tv_sec + 1e-9 * (double)cpu.tv_nsec,
                           (double)wall.tv_sec + 1e-9 * (double)wall.tv_nsec};
}

static void tell(const char *what, struct moment from, size_t n_photos)
{
    const struct moment to = now();
    const double cpu = to.cpu - from.cpu, wall = to.wall - from.wall;

    printf("%-28s %7.2f s cpu %7.2f s wall", what, cpu, wall);
    if (n_photos)
        printf("   %6.0f photos/s of one core, %6.0f/s", (double)n_photos / cpu,
               (double)n_photos / wall);
    printf("\n");
}

/* -- photos ----------------------------------------------------------------------------------- */

struct photos {
    size_t n, n_classes;
    uint8_t *pixels;
    int32_t *y;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; how many. */
static size_t names_in(const char *path, char **name, size_t max)
{
    DIR *d = opendir(path);
    size_t n = 0;

    if (!d) stop(path, "no such folder");
    for (const struct dirent *e; n < max && (e = readdir(d));)
        if (e->d_name[0] != '.') name[n++] = strdup(e->d_name);
    closedir(d);
    qsort(name, n, sizeof *name, by_name);
    return n;
}

static void read_photo(const char *path, uint8_t *pixels)
{
    FILE *f = fopen(path, "rb");
    struct image full, square;
    size_t n = 0, max = (size_t)64 << 20;
    uint8_t *bytes = room(max);

    if (f) n = fread(bytes, 1, max, f);
    if (f) fclose(f);
    if (image_decode(&full, bytes, n, NULL, SPEC.width)) stop(path, err_message());
    if (image_resize(&square, &full, SPEC.width, SPEC.height)) stop(path, err_message());
    for (size_t i = 0; i < (size_t)SPEC.width * SPEC.height * 3; i++)
        pixels[i] = square.pixels[square.channels == 3 ? i : i / 3];
    image_free(&full);
    image_free(&square);
    free(bytes);
}

static struct photos read_photos(const char *folder, const char *part)
{
    static char *class[CLASSES_MAX], *file[FILES_MAX];
    const size_t bytes = smp_image_bytes(&SPEC);
    struct photos p = {0};
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, part);
    p.n_classes = names_in(path, class, CLASSES_MAX);
    for (size_t c = 0; c < p.n_classes; c++) {
        size_t n;
        snprintf(path, sizeof path, "%s/%s/%s", folder, part, class[c]);
        n = names_in(path, file, FILES_MAX);
        p.pixels = realloc(p.pixels, (p.n + n + 1) * bytes);
        p.y = realloc(p.y, (p.n + n + 1) * sizeof *p.y);
        if (!p.pixels || !p.y) stop("memory", "none left");
        for (size_t i = 0; i < n; i++, p.n++) {
            snprintf(path, sizeof path, "%s/%s/%s/%s", folder, part, class[c], file[i]);
            read_photo(path, p.pixels + p.n * bytes);
            p.y[p.n] = (int32_t)c;
            free(file[i]);
        }
        free(class[c]);
    }
    return p;
}

/* -- learning and encoding -------------------------------------------------------------------- */

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels)
{
    const struct photos *p = ctx;
    const size_t bytes = smp_image_bytes(&SPEC);

    memcpy(pixels, p->pixels + i * bytes, bytes);
    return SMP_OK;
}

static struct smp_stack *learn(struct photos *train, unsigned n_threads)
{
    const struct smp_train_images in = {.spec = SPEC,
                                        .n = train->n,
                                        .fetch = fetch,
                                        .ctx = train,
                                        .seed = 1,
                                        .n_threads = n_threads};
    const struct moment from = now();
    struct smp_stack *s;

    check(smp_stack_learn(&in, &s));
    tell("learn all", from, 0);
    return s;
}

/* Every block, then the latent. */
struct features {
    size_t n_blocks;
    size_t d[SMP_BLOCK_KINDS + 1];
    float *z[SMP_BLOCK_KINDS + 1];
};

static struct features encode(const struct smp_stack *s, const struct photos *p,
                              unsigned n_threads, const char *what)
{
    struct features f = {.n_blocks = smp_stack_blocks(s) + 1};
    float *error = room(p->n * sizeof *error);
    const struct moment from = now();
    double mean = 0;

    for (size_t b = 0; b < f.n_blocks; b++) {
        f.d[b] = b + 1 < f.n_blocks ? smp_block_dim(smp_stack_block(s, b)) : smp_stack_dim(s);
        f.z[b] = room(p->n * f.d[b] * sizeof(float));
    }
    check(smp_stack_encode(s, p->pixels, p->n, n_threads, f.z, f.z[f.n_blocks - 1], error));
    tell(what, from, p->n);
    for (size_t i = 0; i < p->n; i++)
        mean += (double)error[i] / (double)p->n;
    printf("%-28s %7.3f mean reconstruction error\n", what, mean);
    free(error);
    return f;
}

/* Each block alone, on photos it has not seen. */
static void time_blocks(const struct smp_stack *s, const struct photos *p)
{
    for (size_t b = 0; b < smp_stack_blocks(s); b++) {
        const struct smp_block *block = smp_stack_block(s, b);
        const struct smp_photos photos = {
            .spec = SPEC, .pixels = p->pixels, .n = p->n, .n_threads = 1};
        float *z = room(p->n * smp_block_dim(block) * sizeof *z);
        const struct moment from = now();
        check(smp_blocks_encode(&block, 1, &photos, &z));
        tell(smp_block_name(smp_block_kind_of(block)), from, p->n);
        free(z);
    }
}

/* -- accuracy --------------------------------------------------------------------------------- */

/* `budget` rows of each class, drawn by seed. */
static size_t draw(const struct photos *train, size_t budget, int seed, size_t *row, int32_t *y)
{
    size_t *own = room(train->n * sizeof *own), n_drawn = 0;

    for (size_t c = 0; c < train->n_classes; c++) {
        struct smp_rng rng;
        size_t n = 0;
        for (size_t i = 0; i < train->n; i++)
            if ((size_t)train->y[i] == c) own[n++] = i;
        smp_rng_seed(&rng, (uint64_t)seed, c);
        smp_rng_shuffle(&rng, own, n);
        for (size_t i = 0; i < n && i < budget; i++, n_drawn++) {
            row[n_drawn] = own[i];
            y[n_drawn] = (int32_t)c;
        }
    }
    free(own);
    return n_drawn;
}

static double right(const struct smp_fusion_in *in, const struct smp_mix *mix,
                    const struct photos *test, float *const *z)
{
    const size_t n_classes = in->labels.n_classes;
    float *p = room(test->n * n_classes * sizeof *p);
    int32_t *guess = room(test->n * sizeof *guess);
    struct smp_fusion *f;
    double share;

    check(smp_fusion_fit(in, mix, &f));
    check(smp_fusion_predict(f, (const float *const *)z, test->n, in->n_threads, p));
    smp_argmax(p, test->n, n_classes, guess);
    share = smp_accuracy(guess, test->y, test->n);
    smp_fusion_free(f);
    free(guess);
    free(p);
    return 100 * share;
}

struct table {
    double percent[MODELS_MAX][BUDGETS]; /* blocks and latent, equal weights, cross-validated */
    double weight[SMP_BLOCK_KINDS + 1][BUDGETS];
    double weigh_s[BUDGETS], fit_s[BUDGETS]; /* CPU seconds of one */
};

static void one_draw(const struct smp_fusion_in *in, const struct features *unseen,
                     const struct photos *test, size_t budget, struct table *t)
{
    const double share = 1.0 / DRAWS[budget];
    const size_t n = in->n_blocks;
    struct smp_mix mix;
    struct moment from;

    for (size_t b = 0; b < n; b++) {
        struct smp_fusion_in one = *in;
        one.z += b;
        one.d += b;
        one.n_blocks = 1;
        smp_fusion_equal(1, &mix);
        t->percent[b][budget] += share * right(&one, &mix, test, unseen->z + b);
    }
    smp_fusion_equal(n, &mix);
    from = now();
    t->percent[n][budget] += share * right(in, &mix, test, unseen->z);
    t->fit_s[budget] += share * (now().cpu - from.cpu);
    from = now();
    check(smp_fusion_weigh(in, &mix));
    t->weigh_s[budget] += share * (now().cpu - from.cpu);
    t->percent[n + 1][budget] += share * right(in, &mix, test, unseen->z);
    for (size_t b = 0; b < n; b++)
        t->weight[b][budget] += share * (double)mix.weight[b];
}

static void print_table(const struct smp_stack *s, const struct features *f,
                        const struct table *t)
{
    printf("\n%-18s  numbers       5      10      30     all   weights\n",
           "accuracy, labels/class");
    for (size_t m = 0; m < f->n_blocks + 2; m++) {
        const char *name = m + 1 < f->n_blocks
                               ? smp_block_name(smp_block_kind_of(smp_stack_block(s, m)))
                           : m + 1 == f->n_blocks ? "latent"
                           : m == f->n_blocks     ? "equal weights"
                                                  : "cross-validated";
        printf("%-22s %6zu ", name, m < f->n_blocks ? f->d[m] : 0);
        for (size_t b = 0; b < BUDGETS; b++)
            printf("  %6.1f", t->percent[m][b]);
        for (size_t b = 0; b < BUDGETS && m < f->n_blocks; b++)
            printf("  %.2f", t->weight[m][b]);
        printf("\n");
    }
    printf("%-29s", "heads, cpu s");
    for (size_t b = 0; b < BUDGETS; b++)
        printf("  %6.3f", t->fit_s[b]);
    printf("\n%-29s", "weights, cpu s");
    for (size_t b = 0; b < BUDGETS; b++)
        printf("  %6.3f", t->weigh_s[b]);
    printf("\n");
}

static void measure(const struct smp_stack *s, const struct photos *train,
                    const struct photos *test, const struct features *seen,
                    const struct features *unseen, unsigned n_threads)
{
    size_t *row = room(train->n * sizeof *row);
    int32_t *y = room(train->n * sizeof *y);
    struct table t = {0};

    for (size_t b = 0; b < BUDGETS; b++) {
        for (int d = 0; d < DRAWS[b]; d++) {
            const struct smp_fusion_in in = {
                .z = (const float *const *)seen->z,
                .d = seen->d,
                .n_blocks = seen->n_blocks,
                .n = train->n,
                .labels = {.row = row,
                           .y = y,
                           .n = draw(train, BUDGET[b], d, row, y),
                           .n_classes = train->n_classes},
                .seed = 1,
                .n_threads = n_threads
            };
            one_draw(&in, unseen, test, b, &t);
        }
    }
    print_table(s, seen, &t);
    free(row);
    free(y);
}

int main(int argc, char **argv)
{
    const unsigned n_threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2;
    struct moment from = now();
    struct photos train, test;
    struct features seen, unseen;
    struct smp_stack *s;

    if (argc < 2) stop("usage", "bench_blocks FOLDER [threads]");
    train = read_photos(argv[1], "train");
    test = read_photos(argv[1], "test");
    tell("decode and resize", from, train.n + test.n);
    s = learn(&train, n_threads);
    time_blocks(s, &test);
    unseen = encode(s, &test, 1, "encode test/, 1 thread");
    for (size_t b = 0; b < unseen.n_blocks; b++)
        free(unseen.z[b]);
    unseen = encode(s, &test, n_threads, "encode test/");
    seen = encode(s, &train, n_threads, "encode train/");
    measure(s, &train, &test, &seen, &unseen, n_threads);
    for (size_t b = 0; b < seen.n_blocks; b++) {
        free(seen.z[b]);
        free(unseen.z[b]);
    }
    smp_stack_free(s);
    free(train.pixels);
    free(train.y);
    free(test.pixels);
    free(test.y);
    return 0;
}
