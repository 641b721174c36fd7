/* What the photo blocks cost, and what they tell apart, on photos in folders.
 *
 *     bench_blocks FOLDER [threads]      FOLDER/train/CLASS/FILE, FOLDER/test/CLASS/FILE
 *
 * Learns from train/ without looking at its labels, then draws 5, 10 and 30 photos a class (five,
 * five and three draws, the last all of them) and prints the accuracy on test/ of a linear head on the
 * latent and on each block, of the recipe by rule, and of the chosen one; of these two also the
 * calibration error, which is how far answers are from being right as often as they are sure, in 15
 * bins. Times are CPU seconds of all threads together, and wall. */
#include "media/image.h"
#include "sampler/blocks/stack.h"
#include "sampler/blocks/view.h"
#include "sampler/metrics.h"
#include "sampler/model/model.h"
#include "sampler/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CLASSES_MAX = 100,
    FILES_MAX = 100000,
    BUDGETS = 4,
    MODELS_MAX = SMP_BLOCK_KINDS + 3,
    BINS = 15
};

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

/* The latent, then every block. */
struct features {
    size_t n_parts;
    size_t d[SMP_BLOCK_KINDS + 1];
    float *z[SMP_BLOCK_KINDS + 1];
};

static struct smp_features view_of(const struct features *f, size_t n)
{
    struct smp_features view = {.n = n, .n_parts = f->n_parts};

    for (size_t part = 0; part < f->n_parts; part++) {
        view.part[part] = f->z[part];
        view.d[part] = f->d[part];
    }
    return view;
}

static struct features encode(const struct smp_stack *s, const struct photos *p,
                              unsigned n_threads, const char *what)
{
    struct features f = {.n_parts = smp_stack_blocks(s) + 1};
    float *error = room(p->n * sizeof *error);
    const struct moment from = now();
    double mean = 0;

    for (size_t b = 0; b < f.n_parts; b++) {
        f.d[b] = b ? smp_block_dim(smp_stack_block(s, b - 1)) : smp_stack_dim(s);
        f.z[b] = room(p->n * f.d[b] * sizeof(float));
    }
    check(smp_stack_encode(s, p->pixels, p->n, n_threads, f.z + 1, f.z[0], error));
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

/* How a model does on what it has not seen. */
struct result {
    double percent, calibration;
};

static double calibration_error(const float *p, const int32_t *guess, const struct photos *test)
{
    double sure[BINS] = {0}, right[BINS] = {0}, error = 0;

    for (size_t i = 0; i < test->n; i++) {
        const double most = (double)p[i * test->n_classes + (size_t)guess[i]];
        const size_t bin = most < 1 ? (size_t)(most * BINS) : BINS - 1;
        sure[bin] += most / (double)test->n;
        right[bin] += (guess[i] == test->y[i]) / (double)test->n;
    }
    for (size_t b = 0; b < BINS; b++)
        error += sure[b] > right[b] ? sure[b] - right[b] : right[b] - sure[b];
    return error;
}

static struct result judge(const struct smp_model_in *in, const struct smp_recipe *recipe,
                           const struct photos *test, const struct smp_features *unseen)
{
    float *p = room(test->n * in->labels.n_classes * sizeof *p);
    int32_t *guess = room(test->n * sizeof *guess);
    struct smp_model *model;
    struct result r;

    check(smp_model_fit(in, recipe, &model));
    check(smp_model_predict(model, unseen, in->n_threads, p));
    smp_argmax(p, test->n, in->labels.n_classes, guess);
    r.percent = 100 * smp_accuracy(guess, test->y, test->n);
    r.calibration = calibration_error(p, guess, test);
    smp_model_free(model);
    free(guess);
    free(p);
    return r;
}

static double time_fit(const struct smp_model_in *in, const struct smp_recipe *recipe)
{
    const struct moment from = now();
    struct smp_model *model;

    check(smp_model_fit(in, recipe, &model));
    smp_model_free(model);
    return now().cpu - from.cpu;
}

struct table {
    double percent[MODELS_MAX][BUDGETS]; /* parts, the rule, the choice */
    double calibration[2][BUDGETS];      /* of the last two */
    double weight[SMP_BLOCK_KINDS + 1][BUDGETS];
    double kind[SMP_MEMBER_KINDS][BUDGETS];
    double choose_s[BUDGETS], fit_s[2][BUDGETS]; /* CPU seconds of one */
};

static void one_draw(const struct smp_model_in *in, const struct smp_features *unseen,
                     const struct photos *test, size_t budget, struct table *t)
{
    const double share = 1.0 / DRAWS[budget];
    const size_t n = in->features->n_parts;
    struct smp_recipe recipe[2];
    struct moment from;

    for (uint32_t part = 0; part < n; part++) {
        const struct smp_recipe one = {
            .n_members = 1, .member = {{part, SMP_MEMBER_LINEAR, 1}}, .temperature = 1};
        t->percent[part][budget] += share * judge(in, &one, test, unseen).percent;
    }
    smp_recipe_rule(in, &recipe[0]);
    from = now();
    check(smp_recipe_choose(in, &recipe[1]));
    t->choose_s[budget] += share * (now().cpu - from.cpu);
    for (size_t r = 0; r < 2; r++) {
        const struct result result = judge(in, &recipe[r], test, unseen);
        t->percent[n + r][budget] += share * result.percent;
        t->calibration[r][budget] += share * result.calibration;
        t->fit_s[r][budget] += share * time_fit(in, &recipe[r]);
    }
    for (size_t m = 0; m < recipe[1].n_members; m++) {
        const struct smp_member *member = &recipe[1].member[m];
        t->weight[member->part][budget] += share * (double)member->weight;
        t->kind[member->kind][budget] += share * (double)member->weight;
    }
}

static void print_line(const char *what, size_t numbers, const double *x)
{
    printf("%-22s", what);
    if (numbers)
        printf(" %6zu ", numbers);
    else
        printf("        ");
    for (size_t b = 0; b < BUDGETS; b++)
        printf("  %6.3f", x[b]);
}

static void print_table(const struct smp_stack *s, const struct features *f,
                        const struct table *t)
{
    const size_t n = f->n_parts;

    printf("\n%-18s  numbers        5      10      30     all   weights\n",
           "accuracy, labels/class");
    for (size_t m = 0; m < n; m++) {
        print_line(m ? smp_block_name(smp_block_kind_of(smp_stack_block(s, m - 1))) : "latent",
                   f->d[m], t->percent[m]);
        for (size_t b = 0; b < BUDGETS; b++)
            printf("  %.2f", t->weight[m][b]);
        printf("\n");
    }
    print_line("by rule", 0, t->percent[n]);
    print_line("\nchosen", 0, t->percent[n + 1]);
    print_line("\ncalibration, by rule", 0, t->calibration[0]);
    print_line("\ncalibration, chosen", 0, t->calibration[1]);
    for (size_t k = 0; k < SMP_MEMBER_KINDS; k++) {
        printf("\nweight of ");
        printf("%-12s        ", smp_member_kind_name((enum smp_member_kind)k));
        for (size_t b = 0; b < BUDGETS; b++)
            printf("  %6.3f", t->kind[k][b]);
    }
    print_line("\nfit by rule, cpu s", 0, t->fit_s[0]);
    print_line("\nfit of chosen, cpu s", 0, t->fit_s[1]);
    print_line("\nchoice, cpu s", 0, t->choose_s);
    printf("\n");
}

static void measure(const struct smp_stack *s, const struct photos *train,
                    const struct photos *test, const struct features *seen,
                    const struct features *unseen, unsigned n_threads)
{
    const struct smp_features pool = view_of(seen, train->n), other = view_of(unseen, test->n);
    size_t *row = room(train->n * sizeof *row);
    int32_t *y = room(train->n * sizeof *y);
    struct table t = {0};

    for (size_t b = 0; b < BUDGETS; b++) {
        for (int d = 0; d < DRAWS[b]; d++) {
            const struct smp_model_in in = {
                .features = &pool,
                .labels = {.row = row,
                           .y = y,
                           .n = draw(train, BUDGET[b], d, row, y),
                           .n_classes = train->n_classes},
                .seed = 1,
                .n_threads = n_threads
            };
            one_draw(&in, &other, test, b, &t);
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
    for (size_t b = 0; b < unseen.n_parts; b++)
        free(unseen.z[b]);
    unseen = encode(s, &test, n_threads, "encode test/");
    seen = encode(s, &train, n_threads, "encode train/");
    measure(s, &train, &test, &seen, &unseen, n_threads);
    for (size_t b = 0; b < seen.n_parts; b++) {
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
