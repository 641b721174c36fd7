#include "sampler/quality/agreement.h"
#include "sampler/quality/scale.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What two people said about one item: their classes, a's * n_classes + b's. */
typedef uint64_t cell;

/* A thread's workspace, for pairs with up to `most` items in common. */
struct bench {
    cell *cells;             /* (most) different ones */
    uint32_t *times;         /* (most) how often each is there */
    uint32_t *drawn;         /* (most) how often it was drawn */
    uint32_t *unit;          /* (most) the cell of each item */
    uint32_t *class_at;      /* (2 most) the different classes, ascending */
    double *row, *column;    /* (2 most) how often each was said */
    double *percent, *kappa; /* (rounds) */
};

struct job {
    const struct smp_agreement_in *in;
    struct smp_sorted by_item, by_person;
    cell *cells;        /* (n) of one person and all others, by the other */
    size_t *count;      /* (n_people) items in common with each */
    uint32_t *others;   /* (n_people) who they are */
    size_t *first;      /* (n_people) of each of them, in cells */
    struct bench *team; /* (threads) */
    struct smp_pair *pairs;
    size_t n_pairs, room;
    size_t n_others, base; /* of the person at work; base: their first pair */
};

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int by_cell(const void *a, const void *b)
{
    const cell x = *(const cell *)a;
    const cell y = *(const cell *)b;

    return (x > y) - (x < y);
}

/* -- one pair ------------------------------------------------------------------------------------ */

/* The different cells of n sorted ones, and which items belong to each. */
static size_t gather(struct bench *t, const cell *sorted, size_t n)
{
    size_t different = 0;

    for (size_t i = 0; i < n; i++) {
        if (!i || sorted[i] != sorted[i - 1]) {
            t->cells[different] = sorted[i];
            t->times[different++] = 0;
        }
        t->times[different - 1]++;
        t->unit[i] = (uint32_t)(different - 1);
    }
    return different;
}

/* The classes that occur, ascending; cells then hold places in them instead: row << 32 | column. */
static size_t localise(struct bench *t, size_t n_cells, size_t n_classes)
{
    size_t n = 0;

    for (size_t i = 0; i < n_cells; i++) {
        t->class_at[n++] = (uint32_t)(t->cells[i] / n_classes);
        t->class_at[n++] = (uint32_t)(t->cells[i] % n_classes);
    }
    qsort(t->class_at, n, sizeof *t->class_at, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || t->class_at[i] != t->class_at[i - 1]) t->class_at[kept++] = t->class_at[i];
    for (size_t i = 0; i < n_cells; i++) {
        const uint32_t key[2] = {(uint32_t)(t->cells[i] / n_classes),
                                 (uint32_t)(t->cells[i] % n_classes)};
        const uint32_t *row = bsearch(&key[0], t->class_at, kept, sizeof key[0], by_number);
        const uint32_t *column = bsearch(&key[1], t->class_at, kept, sizeof key[1], by_number);
        t->cells[i] = (cell)(row - t->class_at) << 32 | (cell)(column - t->class_at);
    }
    return kept;
}

static double expected_disagreement(const struct smp_agreement_in *in, const struct bench *t,
                                    size_t n_local, double n)
{
    double sum = 0;

    if (in->scale == SMP_NOMINAL) {
        for (size_t i = 0; i < n_local; i++)
            sum += t->row[i] * t->column[i];
        return n * n - sum;
    }
    for (size_t i = 0; i < n_local; i++)
        for (size_t j = 0; t->row[i] > 0 && j < n_local; j++)
            if (t->column[j] > 0)
                sum += t->row[i] * t->column[j] *
                       smp_scale_weight(in, t->class_at[i], t->class_at[j]);
    return sum;
}

static void measure(const struct smp_agreement_in *in, struct bench *t, const uint32_t *times,
                    const size_t n_cells, size_t n_local, double *percent, double *kappa)
{
    double n = 0;
    double same = 0;
    double observed = 0;
    double expected;

    memset(t->row, 0, n_local * sizeof *t->row);
    memset(t->column, 0, n_local * sizeof *t->column);
    for (size_t i = 0; i < n_cells; i++) {
        const size_t row = (size_t)(t->cells[i] >> 32);
        const size_t column = (size_t)(t->cells[i] & UINT32_MAX);
        t->row[row] += times[i];
        t->column[column] += times[i];
        n += times[i];
        if (row == column)
            same += times[i];
        else if (times[i])
            observed += times[i] * smp_scale_weight(in, t->class_at[row], t->class_at[column]);
    }
    expected = expected_disagreement(in, t, n_local, n);
    *percent = same / n;
    *kappa = expected > 0 ? 1 - n * observed / expected : (double)NAN;
}

static void measure_pair(void *ctx, size_t piece, unsigned thread)
{
    const struct job *job = ctx;
    const struct smp_agreement_in *in = job->in;
    const struct smp_bootstrap *how = &in->bootstrap;
    struct smp_pair *pair = &job->pairs[job->base + piece];
    struct bench *t = &job->team[thread];
    cell *cells = job->cells + job->first[pair->b];
    size_t n_cells;
    size_t n_local;

    qsort(cells, pair->n_items, sizeof *cells, by_cell);
    n_cells = gather(t, cells, pair->n_items);
    n_local = localise(t, n_cells, in->answers.n_classes);
    measure(in, t, t->times, n_cells, n_local, &pair->percent.value, &pair->kappa.value);
    for (size_t r = 0; r < how->rounds; r++) {
        smp_bootstrap_draw(how, r, t->unit, pair->n_items, n_cells, t->drawn);
        measure(in, t, t->drawn, n_cells, n_local, &t->percent[r], &t->kappa[r]);
    }
    smp_bootstrap_interval(how, t->percent, how->rounds, &pair->percent);
    smp_bootstrap_interval(how, t->kappa, how->rounds, &pair->kappa);
}

/* -- one person and all later ones ---------------------------------------------------------------- */

static void count_others(struct job *job, uint32_t a)
{
    const struct smp_sorted *items = &job->by_item;

    job->n_others = 0;
    for (uint32_t i = job->by_person.start[a]; i < job->by_person.start[a + 1]; i++) {
        const uint32_t item = job->by_person.item[i];
        for (uint32_t j = items->start[item]; j < items->start[item + 1]; j++) {
            const uint32_t b = items->person[j];
            if (b <= a) continue;
            if (!job->count[b]++) job->others[job->n_others++] = b;
        }
    }
    qsort(job->others, job->n_others, sizeof *job->others, by_number);
}

static void fill_cells(struct job *job, uint32_t a)
{
    const struct smp_sorted *items = &job->by_item;
    const cell n_classes = job->in->answers.n_classes;
    size_t at = 0;

    for (size_t i = 0; i < job->n_others; i++) {
        job->first[job->others[i]] = at;
        at += job->count[job->others[i]];
    }
    for (uint32_t i = job->by_person.start[a]; i < job->by_person.start[a + 1]; i++) {
        const uint32_t item = job->by_person.item[i];
        for (uint32_t j = items->start[item]; j < items->start[item + 1]; j++)
            if (items->person[j] > a)
                job->cells[job->first[items->person[j]]++] =
                    job->by_person.answer[i] * n_classes + items->answer[j];
    }
    for (size_t i = 0; i < job->n_others; i++)
        job->first[job->others[i]] -= job->count[job->others[i]];
}

static enum smp_status add_pairs(struct job *job, uint32_t a, size_t min_items)
{
    if (job->room < job->n_pairs + job->n_others) {
        const size_t room = 2 * (job->n_pairs + job->n_others);
        struct smp_pair *more = realloc(job->pairs, room * sizeof *more);
        if (!more) return smp_fail_nomem();
        job->pairs = more;
        job->room = room;
    }
    job->base = job->n_pairs;
    for (size_t i = 0; i < job->n_others; i++) {
        const uint32_t b = job->others[i];
        if (job->count[b] >= min_items)
            job->pairs[job->n_pairs++] =
                (struct smp_pair){.a = a, .b = b, .n_items = job->count[b]};
        job->count[b] = 0;
    }
    return SMP_OK;
}

static enum smp_status compare_all(struct job *job, size_t min_items)
{
    const size_t n_people = job->in->answers.n_people;

    for (size_t a = 0; a < n_people; a++) {
        SMP_TRY(smp_report(job->in->bootstrap.progress, (double)a / (double)n_people,
                           "comparing people"));
        count_others(job, (uint32_t)a);
        fill_cells(job, (uint32_t)a);
        SMP_TRY(add_pairs(job, (uint32_t)a, min_items));
        if (job->n_pairs > job->base)
            smp_parallel(job->in->bootstrap.n_threads, job->n_pairs - job->base, measure_pair,
                         job);
    }
    return SMP_OK;
}

/* -- everything ------------------------------------------------------------------------------------ */

static bool make_bench(struct bench *t, size_t most, size_t rounds)
{
    t->cells = malloc((most + 1) * sizeof *t->cells);
    t->times = malloc(5 * (most + 1) * sizeof *t->times);
    t->row = malloc((4 * most + 2 * rounds + 1) * sizeof *t->row);
    if (!t->cells || !t->times || !t->row) return false;
    t->drawn = t->times + most;
    t->unit = t->drawn + most;
    t->class_at = t->unit + most;
    t->column = t->row + 2 * most;
    t->percent = t->column + 2 * most;
    t->kappa = t->percent + rounds;
    return true;
}

static enum smp_status make_room(struct job *job)
{
    const struct smp_answers *in = &job->in->answers;
    const unsigned threads = smp_threads(job->in->bootstrap.n_threads);
    size_t most = 0;

    for (size_t a = 0; a < in->n_people; a++) {
        const size_t n = job->by_person.start[a + 1] - job->by_person.start[a];
        most = n > most ? n : most;
    }
    job->cells = malloc((in->n + 1) * sizeof *job->cells);
    job->count = calloc(in->n_people + 1, sizeof *job->count);
    job->first = malloc((in->n_people + 1) * sizeof *job->first);
    job->others = malloc((in->n_people + 1) * sizeof *job->others);
    job->team = calloc(threads, sizeof *job->team);
    if (!job->cells || !job->count || !job->first || !job->others || !job->team)
        return smp_fail_nomem();
    for (unsigned i = 0; i < threads; i++)
        if (!make_bench(&job->team[i], most, job->in->bootstrap.rounds))
            return smp_fail_nomem();
    return SMP_OK;
}

static void free_room(struct job *job)
{
    for (unsigned i = 0; job->team && i < smp_threads(job->in->bootstrap.n_threads); i++) {
        free(job->team[i].cells);
        free(job->team[i].times);
        free(job->team[i].row);
    }
    free(job->team);
    free(job->cells);
    free(job->count);
    free(job->first);
    free(job->others);
    smp_sorted_free(&job->by_item);
    smp_sorted_free(&job->by_person);
}

enum smp_status smp_agreement_pairs(const struct smp_agreement_in *in, size_t min_items,
                                    struct smp_pair **pairs, size_t *n_pairs)
{
    struct job job = {.in = in};
    enum smp_status e;

    SMP_TRY(smp_scale_check(in));
    SMP_TRY(smp_bootstrap_check(&in->bootstrap));
    e = smp_answers_sort(&in->answers, SMP_BY_ITEM, &job.by_item);
    if (!e) e = smp_sorted_check_once(&job.by_item, in->answers.n);
    if (!e) e = smp_answers_sort(&in->answers, SMP_BY_PERSON, &job.by_person);
    if (!e) e = make_room(&job);
    if (!e) e = compare_all(&job, min_items);
    free_room(&job);
    if (e) {
        free(job.pairs);
        return e;
    }
    *pairs = job.pairs;
    *n_pairs = job.n_pairs;
    return SMP_OK;
}
