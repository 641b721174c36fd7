#include "sampler/quality/agreement.h"

#include "sampler/quality/kinds.h"
#include "sampler/quality/scale.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three statistics of everything, and three of each class. */
enum { PERCENT, FLEISS, ALPHA, STATISTICS };
enum { POSITIVE = PERCENT };

/* A round's statistics of all classes are kept until the intervals are known: 8 bytes each. */
#define CLASS_ROUNDS_MAX (64u << 20)

struct job {
    const struct smp_agreement_in *in;
    struct smp_kinds kinds;
    double *agree; /* (kinds) the chance that two of an item's answers agree */
    double *apart; /* (kinds) sum of distances of ordered pairs / (m - 1); not for ordinal */
    double *all;   /* (STATISTICS, rounds) */
    double *each;  /* (classes, STATISTICS, rounds), or NULL */
    uint32_t *weights; /* (threads, kinds) */
    double *work;      /* (threads, 3 classes) */
    double *value;     /* (classes) what each is worth */
};

/* What one set of weights gives. */
struct shares {
    const struct job *job;
    const uint32_t *weight;
    double *count; /* (classes) answers that said the class */
    double *split; /* (classes) pairs that the class splits, as 2 x (m - x) / (m (m - 1)) */
    double *rank;  /* (classes) split again, times m; or the mid-ranks of an ordinal scale */
    double n_items, n_answers;
};

static uint32_t kind_size(const struct smp_kinds *k, size_t u)
{
    return k->start[u + 1] - k->start[u];
}

/* The chance that two of m answers agree: runs of equal ones lie together. */
static double chance_to_agree(const uint32_t *answer, uint32_t m)
{
    double pairs = 0;

    for (uint32_t i = 0, run = 0; i < m; i++) {
        run = i && answer[i] == answer[i - 1] ? run + 1 : 0;
        pairs += 2 * (double)run;
    }
    return pairs / ((double)m * (m - 1));
}

static double sum_of_distances(const struct smp_agreement_in *in, const uint32_t *answer,
                               uint32_t m)
{
    double sum = 0;

    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < i; j++)
            sum += 2 * smp_scale_distance(in, answer[i], answer[j]);
    return sum / (m - 1);
}

/* The same where the distance is (v_i - v_j)^2, in one pass; numbers are taken from the first, so that
 * large ones cost no digits. */
static double sum_of_squares(const double *value, const uint32_t *answer, uint32_t m)
{
    double sum = 0;
    double squares = 0;

    for (uint32_t i = 0; i < m; i++) {
        const double v = value[answer[i]] - value[answer[0]];
        sum += v;
        squares += v * v;
    }
    return 2 * (m * squares - sum * sum) / (m - 1);
}

static void measure_kinds(struct job *job)
{
    const struct smp_kinds *k = &job->kinds;

    for (size_t u = 0; u < k->n; u++) {
        const uint32_t *answer = k->answer + k->start[u];
        const uint32_t m = kind_size(k, u);
        job->agree[u] = chance_to_agree(answer, m);
        if (job->in->scale == SMP_NOMINAL)
            job->apart[u] = m * (1 - job->agree[u]);
        else if (job->in->scale == SMP_INTERVAL)
            job->apart[u] = sum_of_squares(job->value, answer, m);
        else if (job->in->scale != SMP_ORDINAL)
            job->apart[u] = sum_of_distances(job->in, answer, m);
    }
}

static void count_answers(struct shares *s)
{
    const struct smp_kinds *k = &s->job->kinds;

    memset(s->count, 0, s->job->in->answers.n_classes * sizeof *s->count);
    s->n_items = s->n_answers = 0;
    for (size_t u = 0; u < k->n; u++) {
        const double w = s->weight[u];
        if (!s->weight[u]) continue;
        for (uint32_t i = k->start[u]; i < k->start[u + 1]; i++)
            s->count[k->answer[i]] += w;
        s->n_items += w;
        s->n_answers += w * kind_size(k, u);
    }
}

/* Krippendorff's ordinal distance of c and k is (n_c / 2 + all between + n_k / 2)^2: the squared
 * difference of mid-ranks. */
static void rank_classes(struct shares *s)
{
    double before = 0;

    for (size_t c = 0; c < s->job->in->answers.n_classes; c++) {
        s->rank[c] = before + s->count[c] / 2;
        before += s->count[c];
    }
}

/* The sum of distances over all ordered pairs of the answers there are. */
static double expected_by_value(const struct shares *s, const double *value)
{
    double mean = 0;
    double squares = 0;

    for (size_t c = 0; c < s->job->in->answers.n_classes; c++)
        mean += s->count[c] * value[c] / s->n_answers;
    for (size_t c = 0; c < s->job->in->answers.n_classes; c++)
        squares += s->count[c] * (value[c] - mean) * (value[c] - mean);
    return 2 * s->n_answers * squares;
}

static double expected_apart(struct shares *s)
{
    const struct smp_agreement_in *in = s->job->in;
    const size_t k = in->answers.n_classes;
    double sum = 0;

    switch (in->scale) {
    case SMP_NOMINAL:
        for (size_t c = 0; c < k; c++)
            sum += s->count[c] * (s->n_answers - s->count[c]);
        return sum;
    case SMP_ORDINAL:
        return expected_by_value(s, s->rank);
    case SMP_INTERVAL:
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): smp_agreement() frees what job holds */
        return expected_by_value(s, s->job->value);
    case SMP_RATIO:
    case SMP_DISTANCE:
        break;
    }
    for (size_t c = 0; c < k; c++)
        for (size_t other = 0; s->count[c] > 0 && other < c; other++)
            if (s->count[other] > 0)
                sum += 2 * s->count[c] * s->count[other] * smp_scale_distance(in, c, other);
    return sum;
}

/* a / b, undefined without any b. */
static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

static void measure_all(struct shares *s, double got[STATISTICS])
{
    const struct smp_kinds *k = &s->job->kinds;
    const bool ordinal = s->job->in->scale == SMP_ORDINAL;
    double agree = 0;
    double apart = 0;
    double chance = 0;
    double expected;

    if (ordinal) rank_classes(s);
    for (size_t u = 0; u < k->n; u++) {
        if (!s->weight[u]) continue;
        agree += s->weight[u] * s->job->agree[u];
        apart += s->weight[u] *
                 (ordinal ? sum_of_squares(s->rank, k->answer + k->start[u], kind_size(k, u))
                          : s->job->apart[u]);
    }
    for (size_t c = 0; c < s->job->in->answers.n_classes; c++)
        chance += s->count[c] * (s->n_answers - s->count[c]);
    agree = ratio(agree, s->n_items);
    expected = expected_apart(s);
    got[PERCENT] = agree;
    got[FLEISS] = 1 - ratio((1 - agree) * s->n_answers * s->n_answers, chance);
    got[ALPHA] = 1 - ratio((s->n_answers - 1) * apart, expected);
}

static void split_by_class(struct shares *s)
{
    const struct smp_kinds *k = &s->job->kinds;
    const size_t bytes = s->job->in->answers.n_classes * sizeof *s->split;

    memset(s->split, 0, bytes);
    memset(s->rank, 0, bytes);
    for (size_t u = 0; u < k->n; u++) {
        const uint32_t m = kind_size(k, u);
        const uint32_t *answer = k->answer + k->start[u];
        for (uint32_t i = 0, run = 1; s->weight[u] && i < m; i++, run++) {
            if (i + 1 < m && answer[i + 1] == answer[i]) continue;
            const double pairs = s->weight[u] * (double)run * (m - run) / (m - 1);
            s->split[answer[i]] += 2 * pairs / m;
            s->rank[answer[i]] += pairs;
            run = 0;
        }
    }
}

/* After split_by_class. */
static void measure_class(const struct shares *s, size_t c, double got[STATISTICS])
{
    const double n = s->n_answers;
    const double chance = 2 * s->count[c] * (n - s->count[c]);

    got[POSITIVE] = 1 - ratio(s->rank[c], s->count[c]);
    got[FLEISS] = 1 - ratio(s->split[c] / s->n_items * n * n, chance);
    got[ALPHA] = 1 - ratio(2 * s->rank[c] * (n - 1), chance);
}

static struct shares shares_of(const struct job *job, const uint32_t *weight, unsigned thread)
{
    const size_t k = job->in->answers.n_classes;
    double *work = job->work + (size_t)thread * 3 * k;

    return (struct shares){
        .job = job, .weight = weight, .count = work, .split = work + k, .rank = work + 2 * k};
}

static void run_round(void *ctx, size_t round, unsigned thread)
{
    const struct job *job = ctx;
    const struct smp_bootstrap *how = &job->in->bootstrap;
    const size_t n_classes = job->in->answers.n_classes;
    uint32_t *weight = job->weights + thread * job->kinds.n;
    struct shares s = shares_of(job, weight, thread);
    double got[STATISTICS];

    smp_bootstrap_draw(how, round, job->kinds.unit, job->kinds.n_items, job->kinds.n, weight);
    count_answers(&s);
    measure_all(&s, got);
    for (size_t i = 0; i < STATISTICS; i++)
        job->all[i * how->rounds + round] = got[i];
    if (!job->each) return;
    split_by_class(&s);
    for (size_t c = 0; c < n_classes; c++) {
        measure_class(&s, c, got);
        for (size_t i = 0; i < STATISTICS; i++)
            job->each[(c * STATISTICS + i) * how->rounds + round] = got[i];
    }
}

static void measure_now(const struct job *job, struct smp_agreement *all,
                        struct smp_class_agreement *classes)
{
    struct shares s = shares_of(job, job->kinds.weight, 0);
    double got[STATISTICS];

    *all = (struct smp_agreement){.n_items = job->kinds.n_items,
                                  .n_answers = job->kinds.n_answers,
                                  .n_kinds = job->kinds.n};
    count_answers(&s);
    measure_all(&s, got);
    all->percent.value = got[PERCENT];
    all->fleiss.value = got[FLEISS];
    all->alpha.value = got[ALPHA];
    if (!classes) return;
    split_by_class(&s);
    for (size_t c = 0; c < job->in->answers.n_classes; c++) {
        measure_class(&s, c, got);
        classes[c] = (struct smp_class_agreement){.n_answers = (size_t)s.count[c]};
        classes[c].positive.value = got[POSITIVE];
        classes[c].fleiss.value = got[FLEISS];
        classes[c].alpha.value = got[ALPHA];
    }
}

/* values (STATISTICS, rounds), in the order of the three estimates. */
static void add_intervals(const struct smp_bootstrap *how, double *values,
                          struct smp_estimate *percent, struct smp_estimate *fleiss,
                          struct smp_estimate *alpha)
{
    smp_bootstrap_interval(how, values, how->rounds, percent);
    smp_bootstrap_interval(how, values + FLEISS * how->rounds, how->rounds, fleiss);
    smp_bootstrap_interval(how, values + ALPHA * how->rounds, how->rounds, alpha);
}

static enum smp_status make_room(struct job *job, bool classes)
{
    const size_t rounds = job->in->bootstrap.rounds;
    const size_t n_classes = job->in->answers.n_classes;
    const size_t threads = smp_threads(job->in->bootstrap.n_threads);

    if (classes && rounds && n_classes > CLASS_ROUNDS_MAX / STATISTICS / rounds)
        return smp_fail(SMP_INVALID,
                        "%zu classes and %zu bootstrap rounds; their product is at most %u",
                        n_classes, rounds, CLASS_ROUNDS_MAX / STATISTICS);
    job->agree = calloc(job->kinds.n + 1, sizeof *job->agree);
    job->apart = calloc(job->kinds.n + 1, sizeof *job->apart);
    job->all = malloc((STATISTICS * rounds + 1) * sizeof *job->all);
    job->each =
        classes ? malloc((STATISTICS * n_classes * rounds + 1) * sizeof *job->each) : NULL;
    job->weights = malloc((threads * job->kinds.n + 1) * sizeof *job->weights);
    job->work = malloc((threads * 3 * n_classes + 1) * sizeof *job->work);
    job->value = malloc((n_classes + 1) * sizeof *job->value);
    if (!job->agree || !job->apart || !job->all || (classes && !job->each) || !job->weights ||
        !job->work || !job->value)
        return smp_fail_nomem();
    return SMP_OK;
}

static enum smp_status measure(struct job *job, struct smp_agreement *all,
                               struct smp_class_agreement *classes)
{
    const struct smp_bootstrap *how = &job->in->bootstrap;

    for (size_t c = 0; c < job->in->answers.n_classes; c++)
        job->value[c] = smp_scale_value(job->in, c);
    measure_kinds(job);
    measure_now(job, all, classes);
    SMP_TRY(smp_bootstrap_run(how, run_round, job));
    add_intervals(how, job->all, &all->percent, &all->fleiss, &all->alpha);
    for (size_t c = 0; classes && c < job->in->answers.n_classes; c++)
        add_intervals(how, job->each + c * STATISTICS * how->rounds, &classes[c].positive,
                      &classes[c].fleiss, &classes[c].alpha);
    return SMP_OK;
}

enum smp_status smp_agreement(const struct smp_agreement_in *in, struct smp_agreement *all,
                              struct smp_class_agreement *classes)
{
    struct job job = {.in = in};
    enum smp_status e;

    SMP_TRY(smp_scale_check(in));
    SMP_TRY(smp_bootstrap_check(&in->bootstrap));
    e = smp_kinds_new(&in->answers, &job.kinds);
    if (!e) e = make_room(&job, classes);
    if (!e) e = measure(&job, all, classes);
    smp_kinds_free(&job.kinds);
    free(job.agree);
    free(job.apart);
    free(job.all);
    free(job.each);
    free(job.weights);
    free(job.work);
    free(job.value);
    return e;
}
