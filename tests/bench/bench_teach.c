/* What a classifier taught by so many examples a class reaches, and what it takes for unknown.
 *
 *     bench_teach [options] DATASET [OTHER...]
 *
 *     --per 10,30,75,0      examples a class; 0: all there are
 *     --seeds 3             draws of them
 *     --leave 3             every third class is left out: of the pool, and so of the encoder too
 *     --pool 60000          items the encoder is learned from and examples are drawn from, at most
 *     --test PATH  --text-column C  --label-column C  --no-header      as exemplar simulate has them
 *
 * DATASET as exemplar simulate reads it (jobs/simulate_data.h). For each budget the accuracy and the mean
 * F1 of the test items of known classes, mean and standard deviation over draws; the F1 of the last class
 * when there are two. With classes left out, or others to be told from it (a table or folder each, 600
 * items of it): the share of known test items that is refused, and of each kind of unknown ones the share that
 * is caught and the area under the curve (1 when every unknown item is stranger than every known one). */
#include "jobs/simulate_latents.h"
#include "sampler/metrics.h"
#include "sampler/quality/out_of_fold.h"
#include "sampler/rng.h"
#include "sampler/unknown.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUDGETS_MAX = 16, OTHERS_MAX = 8, FAR = 600, FOLDS = 5, THREADS = 2 };
enum { KNOWN, LEFT_OUT, FIRST_OTHER, KINDS = FIRST_OTHER + OTHERS_MAX };

struct bench {
    struct sim_source source;
    size_t per[BUDGETS_MAX], n_per, n_seeds, leave, pool_max;
    struct sim_data data, other[OTHERS_MAX]; /* read; `all` points into them */
    size_t n_others;
    struct sim_data all; /* the pool, then everything that is asked about */
    int *kind;           /* (all.n_test) */
    struct sim_latents latents;
    size_t *row; /* (n_pool) in the order of a draw */
    int32_t *y;
    float *p;    /* (n_test, classes) */
    double *odd; /* (n_test) distance */
};

static void stop(const char *why)
{
    fprintf(stderr, "bench_teach: %s\n", why);
    exit(1);
}

static void need(enum err e)
{
    if (e) stop(err_message());
}

static void check(enum smp_status e)
{
    if (e) stop(smp_message());
}

static void *room(size_t n, size_t each)
{
    void *x = calloc(n + 1, each);

    if (!x) stop("out of memory");
    return x;
}

/* -- items -------------------------------------------------------------------------------------- */

static bool is_left_out(const struct bench *b, const struct sim_item *item)
{
    return b->leave && (size_t)item->class % b->leave == b->leave - 1;
}

static void add(struct bench *b, const struct sim_item *item, int kind)
{
    b->kind[b->all.n_test] = kind;
    b->all.item[b->all.n_pool + b->all.n_test++] = *item;
}

static void arrange(struct bench *b)
{
    const struct sim_data *d = &b->data;
    const size_t n = d->n_pool + d->n_test + OTHERS_MAX * FAR;
    size_t *order = room(d->n_pool, sizeof *order);
    struct smp_rng rng;

    b->all = *d;
    b->all.item = room(n, sizeof *b->all.item);
    b->kind = room(n, sizeof *b->kind);
    b->all.n_pool = b->all.n_test = 0;
    smp_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < d->n_pool; i++)
        order[i] = i;
    smp_rng_shuffle(&rng, order, d->n_pool);
    for (size_t i = 0; i < d->n_pool && b->all.n_pool < b->pool_max; i++)
        if (!is_left_out(b, &d->item[order[i]]))
            b->all.item[b->all.n_pool++] = d->item[order[i]];
    for (size_t i = d->n_pool; i < d->n_pool + d->n_test; i++)
        add(b, &d->item[i], is_left_out(b, &d->item[i]) ? LEFT_OUT : KNOWN);
    for (size_t o = 0; o < b->n_others; o++)
        for (size_t i = 0; i < FAR && i < b->other[o].n_pool; i++)
            add(b, &b->other[o].item[i * (b->other[o].n_pool / FAR + 1) % b->other[o].n_pool],
                FIRST_OTHER + (int)o);
    free(order);
}

/* -- one draw ----------------------------------------------------------------------------------- */

struct figures {
    double accuracy, f1, last_f1, refused, caught[KINDS], area[KINDS];
};

static size_t draw(struct bench *b, size_t per, uint64_t seed)
{
    size_t *order = room(b->all.n_pool, sizeof *order);
    size_t *count = room(b->all.n_classes, sizeof *count);
    struct smp_rng rng;
    size_t n = 0;

    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < b->all.n_pool; i++)
        order[i] = i;
    smp_rng_shuffle(&rng, order, b->all.n_pool);
    for (size_t i = 0; i < b->all.n_pool; i++) {
        const int32_t class = b->all.item[order[i]].class;
        if (per && count[class] >= per) continue;
        count[class]++;
        b->row[n] = order[i];
        b->y[n++] = class;
    }
    free(order);
    free(count);
    return n;
}

/* How often an unknown item of the kind is stranger than a known one. */
static double area_of(const struct bench *b, int kind)
{
    double sum = 0;
    double pairs = 0;

    for (size_t i = 0; i < b->all.n_test; i++) {
        if (b->kind[i] != kind) continue;
        for (size_t j = 0; j < b->all.n_test; j++) {
            if (b->kind[j] != KNOWN) continue;
            sum += b->odd[i] > b->odd[j] ? 1 : (b->odd[i] < b->odd[j] ? 0 : 0.5);
            pairs++;
        }
    }
    return pairs > 0 ? sum / pairs : (double)NAN;
}

static double share_beyond(const struct bench *b, int kind)
{
    double n = 0;
    double beyond = 0;

    for (size_t i = 0; i < b->all.n_test; i++) {
        n += b->kind[i] == kind;
        beyond += b->kind[i] == kind && b->odd[i] > 1;
    }
    return n > 0 ? beyond / n : (double)NAN;
}

static void measure_answers(const struct bench *b, struct figures *f)
{
    const size_t k = b->all.n_classes;
    int32_t *guess = room(b->all.n_test, sizeof *guess);
    int32_t *truth = room(b->all.n_test, sizeof *truth);
    double right = 0;
    double both = 0;
    size_t n = 0;

    smp_argmax(b->p, b->all.n_test, k, guess);
    for (size_t i = 0; i < b->all.n_test; i++) {
        if (b->kind[i] != KNOWN) continue;
        guess[n] = guess[i];
        truth[n++] = b->all.item[b->all.n_pool + i].class;
    }
    for (size_t i = 0; i < n; i++) {
        right += guess[i] == (int32_t)k - 1 && truth[i] == (int32_t)k - 1;
        both += (guess[i] == (int32_t)k - 1) + (truth[i] == (int32_t)k - 1);
    }
    f->accuracy = smp_accuracy(guess, truth, n);
    f->f1 = smp_macro_f1(guess, truth, n, k);
    f->last_f1 = both > 0 ? 2 * right / both : 0;
    free(guess);
    free(truth);
}

static void measure_unknown(struct bench *b, const struct smp_model_in *in,
                            const struct smp_recipe *recipe, struct figures *f)
{
    const struct smp_folds_in folds = {
        .labels = in->labels, .folds = FOLDS, .seed = 1, .n_threads = THREADS};
    float *held = room(in->labels.n * in->labels.n_classes, sizeof *held);
    const struct smp_unknown_in unknown = {.features = in->features,
                                           .labels = in->labels,
                                           .held = held,
                                           .seed = 1,
                                           .n_threads = THREADS};
    struct smp_unknown *u;

    check(smp_model_out_of_fold(&folds, in->features, recipe, held));
    check(smp_unknown_fit(&unknown, &u));
    for (size_t i = 0; i < b->all.n_test; i++) {
        struct smp_verdict_unknown v;
        check(smp_unknown_judge(u, &b->latents.test, i, b->p + i * b->all.n_classes, &v));
        b->odd[i] = v.distance;
    }
    smp_unknown_free(u);
    free(held);
    f->refused = share_beyond(b, KNOWN);
    for (int kind = LEFT_OUT; kind < FIRST_OTHER + (int)b->n_others; kind++) {
        f->caught[kind] = share_beyond(b, kind);
        f->area[kind] = area_of(b, kind);
    }
}

static struct figures run(struct bench *b, size_t per, uint64_t seed)
{
    struct figures f = {0};
    const struct smp_model_in in = {
        .features = &b->latents.pool,
        .labels = {.row = b->row,
                   .y = b->y,
                   .n = draw(b, per, seed),
                   .n_classes = b->all.n_classes},
        .seed = seed,
        .n_threads = THREADS
    };
    struct smp_recipe recipe;
    struct smp_model *model;

    check(smp_recipe_choose(&in, &recipe));
    check(smp_model_fit(&in, &recipe, &model));
    check(smp_model_predict(model, &b->latents.test, THREADS, b->p));
    smp_model_free(model);
    measure_answers(b, &f);
    if (b->leave || b->n_others) measure_unknown(b, &in, &recipe, &f);
    return f;
}

/* -- the whole ---------------------------------------------------------------------------------- */

static void print(const struct bench *b, size_t per, const struct figures *f)
{
    const double n = (double)b->n_seeds;
    struct figures mean = {0};
    double squares = 0;

    for (size_t s = 0; s < b->n_seeds; s++) {
        mean.accuracy += f[s].accuracy / n;
        mean.f1 += f[s].f1 / n;
        mean.last_f1 += f[s].last_f1 / n;
        mean.refused += f[s].refused / n;
        for (int kind = 0; kind < KINDS; kind++) {
            mean.caught[kind] += f[s].caught[kind] / n;
            mean.area[kind] += f[s].area[kind] / n;
        }
    }
    for (size_t s = 0; s < b->n_seeds; s++)
        squares += pow(f[s].accuracy - mean.accuracy, 2);
    printf("%4zu a class: %5.1f +-%.1f %%, F1 %.3f", per, 100 * mean.accuracy,
           100 * sqrt(squares / (n > 1 ? n - 1 : 1)), mean.f1);
    if (b->all.n_classes == 2) printf(", of %s %.3f", b->all.class_name[1], mean.last_f1);
    if (b->leave || b->n_others) printf("; refused %.1f %%", 100 * mean.refused);
    if (b->leave)
        printf("; left out: caught %.0f %%, area %.3f", 100 * mean.caught[LEFT_OUT],
               mean.area[LEFT_OUT]);
    for (size_t o = 0; o < b->n_others; o++)
        printf("; %s: caught %.0f %%, area %.3f", b->other[o].name,
               100 * mean.caught[FIRST_OTHER + o], mean.area[FIRST_OTHER + o]);
    printf("\n");
    fflush(stdout);
}

static void read_budgets(struct bench *b, char *list)
{
    b->n_per = 0;
    for (char *at = list; *at && b->n_per < BUDGETS_MAX; at += *at == ',')
        b->per[b->n_per++] = strtoul(at, &at, 10);
}

static void read_options(struct bench *b, int n, char **words)
{
    static const struct option OPTIONS[] = {
        {"per",          required_argument, NULL, 'p'},
        {"seeds",        required_argument, NULL, 's'},
        {"leave",        required_argument, NULL, 'l'},
        {"pool",         required_argument, NULL, 'm'},
        {"test",         required_argument, NULL, 't'},
        {"text-column",  required_argument, NULL, 'x'},
        {"label-column", required_argument, NULL, 'y'},
        {"no-header",    no_argument,       NULL, 'n'},
        {NULL,           0,                 NULL, 0  },
    };

    for (int c; (c = getopt_long(n, words, "", OPTIONS, NULL)) != -1;) {
        if (c == 'p') read_budgets(b, optarg);
        if (c == 's') b->n_seeds = strtoul(optarg, NULL, 10);
        if (c == 'l') b->leave = strtoul(optarg, NULL, 10);
        if (c == 'm') b->pool_max = strtoul(optarg, NULL, 10);
        if (c == 't') b->source.test = optarg;
        if (c == 'x') b->source.text_column = optarg;
        if (c == 'y') b->source.label_column = optarg;
        if (c == 'n') b->source.header = SOURCE_NO_HEADER;
        if (c == '?') stop("see the head of bench_teach.c");
    }
    if (optind >= n) stop("which data set?");
    if (!b->n_seeds) stop("--seeds: 1 or more");
    b->source.path = words[optind];
    b->n_others = (size_t)(n - optind - 1) < OTHERS_MAX ? (size_t)(n - optind - 1) : OTHERS_MAX;
}

int main(int n, char **words)
{
    struct bench b = {
        .per = {10, 30, 75},
          .n_per = 3, .n_seeds = 3, .pool_max = 60000
    };
    struct figures *f;

    read_options(&b, n, words);
    f = room(b.n_seeds, sizeof *f);
    need(sim_data_read(&b.data, &b.source));
    for (size_t o = 0; o < b.n_others; o++)
        need(sim_data_read(&b.other[o], &(struct sim_source){.path = words[optind + 1 + (int)o],
                                                             .header = b.source.header}));
    arrange(&b);
    need(sim_latents_make(&b.latents, &b.all, "auto", THREADS, NULL));
    printf("%s: %s; asked about %zu\n", b.all.name, b.latents.encoder, b.all.n_test);
    b.row = room(b.all.n_pool, sizeof *b.row);
    b.y = room(b.all.n_pool, sizeof *b.y);
    b.p = room(b.all.n_test * b.all.n_classes, sizeof *b.p);
    b.odd = room(b.all.n_test, sizeof *b.odd);
    for (size_t i = 0; i < b.n_per; i++) {
        for (size_t s = 0; s < b.n_seeds; s++)
            f[s] = run(&b, b.per[i], s);
        print(&b, b.per[i], f);
    }
    return 0;
}
