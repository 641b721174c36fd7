#include "sampler/quality/crowd.h"

#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, ROUNDS = 200 };

static const double TOLERANCE = 1e-5;

/* Logs are of this or more: an answer that was never seen is no proof. */
static const double LEAST = 1e-12;

struct fit {
    const struct smp_crowd_in *in;
    struct smp_crowd *c;
    struct smp_sorted by_item, by_person;
    double *logs;        /* (people, said, true) */
    double *log_prior;   /* (k) */
    double *pooled;      /* (k, k) everybody's matrix */
    double *block_prior; /* (blocks, k) */
    double *block_log;   /* (blocks) */
    double *block_moved; /* (blocks) */
    double *work;        /* (threads, k) */
    size_t n_blocks, n_answered;
};

/* -- E: from matrices to posteriors ---------------------------------------------------------------- */

static double normalise_logs(double *p, size_t k)
{
    double most = p[0];
    double sum = 0;

    for (size_t c = 1; c < k; c++)
        most = p[c] > most ? p[c] : most;
    for (size_t c = 0; c < k; c++) {
        p[c] = exp(p[c] - most);
        sum += p[c];
    }
    assert(sum > 0); /* the largest adds 1 */
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
    return most + log(sum);
}

/* Item i's new posterior into p (k); gives back the log of its answers' probability. */
static double judge_item(const struct fit *f, size_t i, double *p)
{
    const size_t k = f->c->n_classes;
    const struct smp_sorted *s = &f->by_item;
    double all;

    memcpy(p, f->log_prior, k * sizeof *p);
    for (uint32_t a = s->start[i]; a < s->start[i + 1]; a++) {
        const double *row = f->logs + ((size_t)s->person[a] * k + s->answer[a]) * k;
        for (size_t c = 0; c < k; c++)
            p[c] += row[c];
    }
    if (f->in->known && f->in->known[i] >= 0) {
        const size_t truth = (size_t)f->in->known[i];
        all = p[truth];
        memset(p, 0, k * sizeof *p);
        p[truth] = 1;
        return all;
    }
    return normalise_logs(p, k);
}

static void judge_block(void *ctx, size_t piece, unsigned thread)
{
    const struct fit *f = ctx;
    const size_t k = f->c->n_classes;
    const size_t end =
        (piece + 1) * BLOCK < f->c->n_items ? (piece + 1) * BLOCK : f->c->n_items;
    double *p = f->work + thread * k;
    double *prior = f->block_prior + piece * k;
    double moved = 0;
    double logs = 0;

    memset(prior, 0, k * sizeof *prior);
    for (size_t i = piece * BLOCK; i < end; i++) {
        double *old = f->c->posterior + i * k;
        double change = 0;
        if (f->by_item.start[i] == f->by_item.start[i + 1]) continue;
        logs += judge_item(f, i, p);
        for (size_t c = 0; c < k; c++) {
            change += fabs(p[c] - old[c]) / 2;
            prior[c] += p[c];
            old[c] = p[c];
        }
        moved += change;
    }
    f->block_log[piece] = logs;
    f->block_moved[piece] = moved;
}

static void sum_prior(struct fit *f)
{
    const size_t k = f->c->n_classes;

    memset(f->c->prior, 0, k * sizeof *f->c->prior);
    for (size_t b = 0; b < f->n_blocks; b++)
        for (size_t c = 0; c < k; c++)
            f->c->prior[c] += f->block_prior[b * k + c];
    for (size_t c = 0; c < k; c++) {
        f->c->prior[c] /= (double)f->n_answered;
        f->log_prior[c] = log(fmax(f->c->prior[c], LEAST));
    }
}

/* Gives back the mean change of a posterior. */
static double judge_all(struct fit *f)
{
    double moved = 0;

    smp_parallel(f->in->n_threads, f->n_blocks, judge_block, f);
    f->c->log_likelihood = 0;
    for (size_t b = 0; b < f->n_blocks; b++) {
        moved += f->block_moved[b];
        f->c->log_likelihood += f->block_log[b];
    }
    sum_prior(f);
    return moved / (double)f->n_answered;
}

/* -- M: from posteriors to matrices ------------------------------------------------------------------ */

/* Person p's soft counts, into their matrix. */
static void count_person(void *ctx, size_t p, unsigned thread)
{
    const struct fit *f = ctx;
    const size_t k = f->c->n_classes;
    const struct smp_sorted *s = &f->by_person;
    double *count = f->c->confusion + p * k * k;

    (void)thread;
    memset(count, 0, k * k * sizeof *count);
    for (uint32_t a = s->start[p]; a < s->start[p + 1]; a++) {
        const double *truth = f->c->posterior + (size_t)s->item[a] * k;
        for (size_t c = 0; c < k; c++)
            count[c * k + s->answer[a]] += truth[c];
    }
}

/* Everybody's counts together, one answer added to each row: half on the diagonal. */
static void pool(struct fit *f)
{
    const size_t k = f->c->n_classes;

    for (size_t i = 0; i < k * k; i++)
        f->pooled[i] = i % (k + 1) ? 0.5 / (double)(k > 1 ? k - 1 : 1) : 0.5;
    for (size_t p = 0; p < f->c->n_people; p++)
        for (size_t i = 0; i < k * k; i++)
            f->pooled[i] += f->c->confusion[p * k * k + i];
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        for (size_t l = 0; l < k; l++)
            sum += f->pooled[c * k + l];
        for (size_t l = 0; l < k; l++)
            f->pooled[c * k + l] /= sum;
    }
}

static void share_person(void *ctx, size_t p, unsigned thread)
{
    const struct fit *f = ctx;
    const size_t k = f->c->n_classes;
    double *matrix = f->c->confusion + p * k * k;

    (void)thread;
    for (size_t c = 0; c < k; c++) {
        double *row = matrix + c * k;
        double sum = f->in->smoothing;
        for (size_t l = 0; l < k; l++)
            sum += row[l];
        for (size_t l = 0; l < k; l++) {
            const double pooled = f->pooled[c * k + l];
            row[l] = sum > 0 ? (row[l] + f->in->smoothing * pooled) / sum : pooled;
            f->logs[(p * k + l) * k + c] = log(fmax(row[l], LEAST));
        }
    }
}

static void learn_people(struct fit *f)
{
    smp_parallel(f->in->n_threads, f->c->n_people, count_person, f);
    pool(f);
    smp_parallel(f->in->n_threads, f->c->n_people, share_person, f);
}

/* -- standard errors ------------------------------------------------------------------------------ */

/* The empirical information of a row is diagonal, sum T^2 / p^2 for each entry; its inverse on the
 * plane where the row sums to 1 is v - v^2 / sum v. */
static void error_of_row(const double *row, double *information, size_t k)
{
    double sum = 0;

    for (size_t l = 0; l < k; l++) {
        information[l] = information[l] > 0 ? row[l] * row[l] / information[l] : 0;
        sum += information[l];
    }
    for (size_t l = 0; l < k; l++) {
        const double v = information[l];
        information[l] = sum > 0 ? sqrt(fmax(v - v * v / sum, 0)) : 0;
    }
}

static void error_of_person(void *ctx, size_t p, unsigned thread)
{
    const struct fit *f = ctx;
    const size_t k = f->c->n_classes;
    const struct smp_sorted *s = &f->by_person;
    double *error = f->c->error + p * k * k;

    (void)thread;
    for (size_t i = 0; i < k * k; i++)
        error[i] = f->in->smoothing * f->pooled[i];
    for (uint32_t a = s->start[p]; a < s->start[p + 1]; a++) {
        const double *truth = f->c->posterior + (size_t)s->item[a] * k;
        for (size_t c = 0; c < k; c++)
            error[c * k + s->answer[a]] += truth[c] * truth[c];
    }
    f->c->accuracy[p] = 0;
    for (size_t c = 0; c < k; c++) {
        const double *row = f->c->confusion + (p * k + c) * k;
        error_of_row(row, error + c * k, k);
        f->c->accuracy[p] += f->c->prior[c] * row[c];
    }
}

/* -- everything ----------------------------------------------------------------------------------- */

/* Posteriors from shares of votes; what is known, known. */
static void start(struct fit *f)
{
    const size_t k = f->c->n_classes;
    const struct smp_sorted *s = &f->by_item;

    for (size_t i = 0; i < f->c->n_items; i++) {
        const uint32_t n = s->start[i + 1] - s->start[i];
        double *p = f->c->posterior + i * k;
        for (uint32_t a = s->start[i]; a < s->start[i + 1]; a++)
            p[s->answer[a]] += 1.0 / n;
        f->n_answered += n > 0;
        if (f->in->known && f->in->known[i] >= 0) {
            memset(p, 0, k * sizeof *p);
            p[f->in->known[i]] = 1;
        }
        for (size_t c = 0; n && c < k; c++)
            f->c->prior[c] += p[c];
    }
    for (size_t c = 0; c < k; c++) {
        f->c->prior[c] /= (double)f->n_answered;
        f->log_prior[c] = log(fmax(f->c->prior[c], LEAST));
    }
}

static enum smp_status iterate(struct fit *f)
{
    const double tolerance = f->in->tolerance > 0 ? f->in->tolerance : TOLERANCE;
    const size_t rounds = f->in->rounds ? f->in->rounds : ROUNDS;

    start(f);
    learn_people(f);
    for (f->c->rounds = 0; f->c->rounds < rounds && !f->c->converged; f->c->rounds++) {
        SMP_TRY(smp_report(f->in->progress, (double)f->c->rounds / (double)rounds,
                           "weighing everybody's answers"));
        f->c->converged = judge_all(f) < tolerance;
        learn_people(f);
    }
    smp_parallel(f->in->n_threads, f->c->n_people, error_of_person, f);
    for (size_t i = 0; i < f->c->n_items; i++)
        if (f->by_item.start[i] == f->by_item.start[i + 1] &&
            !(f->in->known && f->in->known[i] >= 0))
            memcpy(f->c->posterior + i * f->c->n_classes, f->c->prior,
                   f->c->n_classes * sizeof *f->c->prior);
    return SMP_OK;
}

static enum smp_status check(const struct smp_crowd_in *in)
{
    const struct smp_answers *a = &in->answers;

    if (!a->n || !a->n_classes) return smp_fail(SMP_INVALID, "there is no answer to weigh");
    if (a->n_classes > 65536 || a->n_people > SMP_CROWD_CELLS_MAX / a->n_classes / a->n_classes)
        return smp_fail(SMP_INVALID,
                        "%zu people and %zu classes make more than %u numbers; a vote weighted "
                        "by trust needs one a person",
                        a->n_people, a->n_classes, SMP_CROWD_CELLS_MAX);
    if (!(in->smoothing >= 0) || !isfinite(in->smoothing))
        return smp_fail(SMP_INVALID, "a smoothing of %g; 0 or more is wanted", in->smoothing);
    for (size_t i = 0; in->known && i < a->n_items; i++)
        if (in->known[i] >= (int32_t)a->n_classes)
            return smp_fail(SMP_INVALID, "item %zu is known to be class %d, of %zu", i,
                            in->known[i], a->n_classes);
    return SMP_OK;
}

static enum smp_status make_room(struct fit *f)
{
    struct smp_crowd *c = f->c;
    const size_t k = c->n_classes;

    f->n_blocks = (c->n_items + BLOCK - 1) / BLOCK;
    c->prior = calloc(k, sizeof *c->prior);
    c->posterior = calloc(c->n_items * k + 1, sizeof *c->posterior);
    c->confusion = malloc((c->n_people * k * k + 1) * sizeof *c->confusion);
    c->error = malloc((c->n_people * k * k + 1) * sizeof *c->error);
    c->accuracy = malloc((c->n_people + 1) * sizeof *c->accuracy);
    f->logs = malloc((c->n_people * k * k + 1) * sizeof *f->logs);
    f->log_prior = malloc(k * sizeof *f->log_prior);
    f->pooled = malloc(k * k * sizeof *f->pooled);
    f->block_prior = malloc((f->n_blocks + 1) * k * sizeof *f->block_prior);
    f->block_log = malloc((f->n_blocks + 1) * sizeof *f->block_log);
    f->block_moved = malloc((f->n_blocks + 1) * sizeof *f->block_moved);
    f->work = malloc(smp_threads(f->in->n_threads) * k * sizeof *f->work);
    if (!c->prior || !c->posterior || !c->confusion || !c->error || !c->accuracy || !f->logs ||
        !f->log_prior || !f->pooled || !f->block_prior || !f->block_log || !f->block_moved ||
        !f->work)
        return smp_fail_nomem();
    return SMP_OK;
}

enum smp_status smp_crowd_fit(const struct smp_crowd_in *in, struct smp_crowd *out)
{
    struct fit f = {.in = in, .c = out};
    enum smp_status e;

    *out = (struct smp_crowd){.n_items = in->answers.n_items,
                              .n_people = in->answers.n_people,
                              .n_classes = in->answers.n_classes};
    SMP_TRY(check(in));
    e = smp_answers_sort(&in->answers, SMP_BY_ITEM, &f.by_item);
    if (!e) e = smp_answers_sort(&in->answers, SMP_BY_PERSON, &f.by_person);
    if (!e) e = make_room(&f);
    if (!e) e = iterate(&f);
    smp_sorted_free(&f.by_item);
    smp_sorted_free(&f.by_person);
    free(f.logs);
    free(f.log_prior);
    free(f.pooled);
    free(f.block_prior);
    free(f.block_log);
    free(f.block_moved);
    free(f.work);
    if (e) smp_crowd_free(out);
    return e;
}

void smp_crowd_free(struct smp_crowd *crowd)
{
    free(crowd->prior);
    free(crowd->posterior);
    free(crowd->confusion);
    free(crowd->error);
    free(crowd->accuracy);
    *crowd = (struct smp_crowd){0};
}

void smp_crowd_winners(const struct smp_crowd *crowd, int32_t *winner)
{
    const size_t k = crowd->n_classes;

    for (size_t i = 0; i < crowd->n_items; i++) {
        const double *p = crowd->posterior + i * k;
        winner[i] = 0;
        for (size_t c = 1; c < k; c++)
            if (p[c] > p[winner[i]]) winner[i] = (int32_t)c;
    }
}
