#include "sampler/honest.h"

#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRAWN_MIN = 20,   /* ten to learn from and ten to be asked */
    TAUGHT_MAX = 200, /* more cost time, and by then the verdict stands */
    ROUNDS = 10,
    STREAM_HALVES = 0x68616c76
};

static const double ERRORS_BELOW = 4;
static const double EXPLORE_LOSING = 0.5;

/* Labels taken out of in->labels, by their place there. */
struct taken {
    size_t *row;
    int32_t *y;
    uint8_t *y_nc;
};

struct judging {
    const struct smp_honest_in *in;
    size_t *drawn;  /* (n_drawn) places among the labels */
    size_t *picked; /* (n_picked) */
    size_t n_drawn, n_picked, k;
    struct taken taken;
    size_t *row;           /* (n_drawn) asked */
    float *p;              /* (n_drawn, n_classes) */
    double *right;         /* (n_drawn) of the picked labels' model, at each drawn label */
    double *sum_by_chance; /* (n_drawn) over the rounds that asked it */
    size_t *asked;         /* (n_drawn) rounds that did */
};

static void judging_free(struct judging *j)
{
    free(j->drawn);
    free(j->picked);
    free(j->taken.row);
    free(j->taken.y);
    free(j->taken.y_nc);
    free(j->row);
    free(j->p);
    free(j->right);
    free(j->sum_by_chance);
    free(j->asked);
}

static enum smp_status judging_new(struct judging *j)
{
    const struct smp_labels *l = &j->in->labels;
    const size_t n = l->n + 1;

    j->drawn = calloc(n, sizeof *j->drawn);
    j->picked = calloc(n, sizeof *j->picked);
    j->taken.row = calloc(n, sizeof *j->taken.row);
    j->taken.y = calloc(n, sizeof *j->taken.y);
    j->taken.y_nc = calloc(n, l->n_classes + 1);
    j->row = calloc(n, sizeof *j->row);
    j->right = calloc(n, sizeof *j->right);
    j->sum_by_chance = calloc(n, sizeof *j->sum_by_chance);
    j->asked = calloc(n, sizeof *j->asked);
    j->p = malloc(n * (l->n_classes + 1) * sizeof *j->p);
    if (!j->drawn || !j->picked || !j->taken.row || !j->taken.y || !j->taken.y_nc || !j->row ||
        !j->p || !j->right || !j->sum_by_chance || !j->asked)
        return smp_fail_nomem();
    for (size_t i = 0; i < l->n; i++)
        *(j->in->drawn[i] ? &j->drawn[j->n_drawn++] : &j->picked[j->n_picked++]) = i;
    j->k = j->n_drawn / 2;
    if (j->k > TAUGHT_MAX) j->k = TAUGHT_MAX;
    return SMP_OK;
}

/* The labels at these places, as a set of their own. */
static struct smp_labels take(struct judging *j, const size_t *place, size_t n)
{
    const struct smp_labels *l = &j->in->labels;
    struct smp_labels out = {.row = j->taken.row, .n = n, .n_classes = l->n_classes};

    for (size_t i = 0; i < n; i++) {
        j->taken.row[i] = l->row[place[i]];
        if (l->y) j->taken.y[i] = l->y[place[i]];
        if (l->y_nc)
            memcpy(j->taken.y_nc + i * l->n_classes, l->y_nc + place[i] * l->n_classes,
                   l->n_classes);
    }
    if (l->y) out.y = j->taken.y;
    if (l->y_nc) out.y_nc = j->taken.y_nc;
    return out;
}

/* 0..1: how much of what was answered at `place` the probabilities p (n_classes) say too. */
static double right_at(const struct smp_labels *l, size_t place, const float *p)
{
    const size_t k = l->n_classes;
    size_t most = 0;
    size_t agree = 0;

    for (size_t c = 0; c < k; c++) {
        if (p[c] > p[most]) most = c;
        if (l->y_nc) agree += (p[c] >= 0.5f) == (l->y_nc[place * k + c] != 0);
    }
    return l->y_nc ? (double)agree / (double)k : most == (size_t)l->y[place];
}

/* Teaches a model by the labels at `teach` and asks it about the drawn labels at `ask`, which are
 * indices into j->drawn; adds what it had right to sum (n_drawn). */
static enum smp_status teach_and_ask(struct judging *j, const size_t *teach, size_t n_teach,
                                     const size_t *ask, size_t n_ask, double *sum)
{
    const struct smp_labels *l = &j->in->labels;
    const struct smp_model_in in = {.features = j->in->features,
                                    .labels = take(j, teach, n_teach),
                                    .seed = j->in->seed,
                                    .n_threads = j->in->n_threads};
    struct smp_recipe recipe;
    struct smp_model *model;
    enum smp_status e;

    for (size_t i = 0; i < n_ask; i++)
        j->row[i] = l->row[j->drawn[ask[i]]];
    smp_recipe_rule(&in, &recipe);
    SMP_TRY(smp_model_fit(&in, &recipe, &model));
    e = smp_model_predict_rows(model, in.features, j->row, n_ask, in.n_threads, j->p);
    for (size_t i = 0; i < n_ask && !e; i++)
        sum[ask[i]] += right_at(l, j->drawn[ask[i]], j->p + i * l->n_classes);
    smp_model_free(model);
    return e;
}

/* One split of the drawn labels: half teaches, the rest is asked. */
static enum smp_status halve(struct judging *j, uint64_t round, size_t *order, size_t *teach)
{
    struct smp_rng rng;

    for (size_t i = 0; i < j->n_drawn; i++)
        order[i] = i;
    smp_rng_seed(&rng, j->in->seed + round, STREAM_HALVES);
    smp_rng_shuffle(&rng, order, j->n_drawn);
    for (size_t i = 0; i < j->k; i++)
        teach[i] = j->drawn[order[i]];
    for (size_t i = j->k; i < j->n_drawn; i++)
        j->asked[order[i]]++;
    return teach_and_ask(j, teach, j->k, order + j->k, j->n_drawn - j->k, j->sum_by_chance);
}

/* Before the model of this round; that of the picked labels comes after the ten others. */
static enum smp_status report(const struct judging *j, uint64_t round)
{
    return smp_report(j->in->progress, (double)round / (ROUNDS + 1), "judging the picks");
}

static enum smp_status ask_all(struct judging *j)
{
    size_t *order = calloc(2 * j->n_drawn + 1, sizeof *order);
    enum smp_status e = order ? SMP_OK : smp_fail_nomem();

    for (uint64_t round = 0; round < ROUNDS && !e; round++) {
        e = report(j, round);
        if (!e) e = halve(j, round, order, order + j->n_drawn);
    }
    for (size_t i = 0; i < j->n_drawn && !e; i++)
        order[i] = i;
    if (!e) e = report(j, ROUNDS);
    if (!e) e = teach_and_ask(j, j->picked, j->k, order, j->n_drawn, j->right);
    free(order);
    return e;
}

/* Over the drawn labels that some round asked about; ten rounds leave out one in a thousand. */
static void judge(const struct judging *j, struct smp_honest *out)
{
    double n = 0;
    double squares = 0;

    for (size_t i = 0; i < j->n_drawn; i++) {
        if (!j->asked[i]) continue;
        out->picked += j->right[i];
        out->by_chance += j->sum_by_chance[i] / (double)j->asked[i];
        n++;
    }
    out->picked /= n;
    out->by_chance /= n;
    out->difference = out->picked - out->by_chance;
    for (size_t i = 0; i < j->n_drawn; i++)
        if (j->asked[i])
            squares += pow(
                j->right[i] - j->sum_by_chance[i] / (double)j->asked[i] - out->difference, 2);
    out->error = sqrt(squares / (n - 1) / n);
    out->n_taught = j->k;
    out->losing = out->difference < -ERRORS_BELOW * out->error;
}

enum smp_status smp_honest(const struct smp_honest_in *in, struct smp_honest *out)
{
    struct judging j = {.in = in};
    enum smp_status e = judging_new(&j);

    *out = (struct smp_honest){.n_drawn = j.n_drawn};
    if (!e && j.n_drawn >= DRAWN_MIN && j.n_picked >= j.k) {
        e = ask_all(&j);
        if (!e) judge(&j, out);
    }
    judging_free(&j);
    return e;
}

double smp_honest_explore(double asked, const struct smp_honest *h)
{
    return h->losing ? fmax(asked, EXPLORE_LOSING) : asked;
}
