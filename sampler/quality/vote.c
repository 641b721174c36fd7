#include "sampler/quality/vote.h"

#include <math.h>
#include <stdlib.h>

/* Sums of the same weights in another order differ by less. */
static const double TIE = 1e-9;

/* A rate of 1 would weigh infinitely. */
static const double RATE_MAX = 0.99;

/* The weight each class has, of one item: what was said is few of all classes. */
struct poll {
    double *weight; /* (n_classes) 0 but for those said */
    uint32_t *said; /* (answers of an item) */
    size_t n_said;
    double total;
};

static void poll_item(struct poll *p, const struct smp_sorted *s, size_t item,
                      const double *trust)
{
    p->n_said = 0;
    p->total = 0;
    for (uint32_t i = s->start[item]; i < s->start[item + 1]; i++) {
        const double w = trust ? trust[s->person[i]] : 1;
        bool known = false;
        for (size_t j = 0; j < p->n_said && !known; j++)
            known = p->said[j] == s->answer[i];
        if (!known) p->said[p->n_said++] = s->answer[i];
        p->weight[s->answer[i]] += w;
        p->total += w;
    }
}

static void clear_poll(struct poll *p)
{
    for (size_t j = 0; j < p->n_said; j++)
        p->weight[p->said[j]] = 0;
}

static struct smp_vote result(const struct poll *p, uint32_t n)
{
    struct smp_vote v = {.winner = -1, .n = n};
    double most = 0;
    double second = 0;

    for (size_t j = 0; j < p->n_said; j++)
        most = fmax(most, p->weight[p->said[j]]);
    if (!(most > 0)) return v;
    for (size_t j = 0; j < p->n_said; j++) {
        const double w = p->weight[p->said[j]];
        if (w >= most * (1 - TIE)) {
            v.n_tied++;
            if (v.winner < 0 || (int32_t)p->said[j] < v.winner) v.winner = (int32_t)p->said[j];
        } else {
            second = fmax(second, w);
        }
    }
    v.share = most / p->total;
    v.runner_up = v.n_tied > 1 ? v.share : second / p->total;
    return v;
}

static enum smp_status check_trust(const double *trust, size_t n)
{
    for (size_t i = 0; trust && i < n; i++)
        if (!(trust[i] >= 0) || !isfinite(trust[i]))
            return smp_fail(SMP_INVALID, "person %zu has a trust of %g; 0 or more is wanted", i,
                            trust[i]);
    return SMP_OK;
}

static enum smp_status open_poll(const struct smp_answers *in, struct smp_sorted *sorted,
                                 struct poll *poll)
{
    *poll = (struct poll){0};
    SMP_TRY(smp_answers_sort(in, SMP_BY_ITEM, sorted));
    poll->weight = calloc(in->n_classes + 1, sizeof *poll->weight);
    poll->said = malloc((in->n + 1) * sizeof *poll->said);
    return poll->weight && poll->said ? SMP_OK : smp_fail_nomem();
}

static void close_poll(struct smp_sorted *sorted, struct poll *poll)
{
    smp_sorted_free(sorted);
    free(poll->weight);
    free(poll->said);
}

enum smp_status smp_vote(const struct smp_answers *in, const double *trust,
                         struct smp_vote *votes)
{
    struct smp_sorted sorted = {0};
    struct poll poll;
    enum smp_status e;

    SMP_TRY(check_trust(trust, in->n_people));
    e = open_poll(in, &sorted, &poll);
    for (size_t i = 0; !e && i < in->n_items; i++) {
        poll_item(&poll, &sorted, i, trust);
        votes[i] = result(&poll, sorted.start[i + 1] - sorted.start[i]);
        clear_poll(&poll);
    }
    close_poll(&sorted, &poll);
    return e;
}

/* How right an answer is in the eyes of the others: 1, 1 / ties, or 0. */
static double rightness(const struct poll *p, uint32_t answer, double own)
{
    const double mine = p->weight[answer] - own;
    unsigned ties = 1;

    if (!(mine > p->total * TIE)) return 0;
    for (size_t j = 0; j < p->n_said; j++) {
        const double w = p->weight[p->said[j]];
        if (p->said[j] == answer) continue;
        if (w > mine * (1 + TIE)) return 0;
        if (w >= mine * (1 - TIE)) ties++;
    }
    return 1.0 / ties;
}

static void judge(const struct smp_answers *in, const struct smp_sorted *s, struct poll *poll,
                  const double *weight, double *right, struct smp_trusted *people)
{
    for (size_t p = 0; p < in->n_people; p++) {
        right[p] = 0;
        people[p].n = 0;
    }
    for (size_t i = 0; i < in->n_items; i++) {
        if (s->start[i + 1] - s->start[i] < 2) continue;
        poll_item(poll, s, i, weight);
        for (uint32_t j = s->start[i]; j < s->start[i + 1]; j++) {
            right[s->person[j]] += rightness(poll, s->answer[j], weight[s->person[j]]);
            people[s->person[j]].n++;
        }
        clear_poll(poll);
    }
}

/* New weights; gives back how far one moved. */
static double weigh(const struct smp_answers *in, const double *right, double *weight,
                    struct smp_trusted *people)
{
    double all_right = 0;
    double all = 0;
    double moved = 0;

    for (size_t p = 0; p < in->n_people; p++) {
        all_right += right[p];
        all += (double)people[p].n;
    }
    for (size_t p = 0; p < in->n_people; p++) {
        const double mean = all > 0 ? all_right / all : 0.5;
        const double rate =
            (right[p] + SMP_TRUST_PRIOR * mean) / ((double)people[p].n + SMP_TRUST_PRIOR);
        const double odds = fmin(rate, RATE_MAX) / (1 - fmin(rate, RATE_MAX));
        const double k = in->n_classes > 2 ? (double)in->n_classes : 2;
        people[p].rate = rate;
        people[p].trust = fmax(log((k - 1) * odds), 0);
        moved = fmax(moved, fabs(people[p].trust - weight[p]));
        weight[p] = people[p].trust;
    }
    return moved;
}

enum smp_status smp_trust(const struct smp_answers *in, struct smp_trusted *people)
{
    struct smp_sorted sorted = {0};
    struct poll poll;
    double *weight = calloc(2 * in->n_people + 1, sizeof *weight);
    enum smp_status e = open_poll(in, &sorted, &poll);

    if (!e && !weight) e = smp_fail_nomem();
    for (size_t p = 0; !e && p < in->n_people; p++)
        weight[p] = 1;
    for (int round = 0; !e && round < SMP_TRUST_ROUNDS; round++) {
        judge(in, &sorted, &poll, weight, weight + in->n_people, people);
        if (weigh(in, weight + in->n_people, weight, people) < 1e-6) break;
    }
    free(weight);
    close_poll(&sorted, &poll);
    return e;
}
