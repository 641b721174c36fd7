#include "sampler/quality/consensus.h"
#include "sampler/quality/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding of sums of trusts. */
static const double SLACK = 1e-9;

/* What sharing the class is worth when shapes are matched: as much as an IoU of 0.1 more. */
static const double SAME_CLASS = 0.1;

struct work {
    const struct smp_shapes_in *in;
    uint32_t *first;  /* (n_people + 1) places in `shape` */
    uint32_t *shape;  /* (n) by person */
    double *likeness; /* (n_people) sum of F1 with the others */
    uint32_t *order;  /* (n_people) */
    int32_t *group;   /* (n) of each shape; -1: none yet */
    size_t n_groups;
    double *score;    /* (n * n) */
    int32_t *partner; /* (n) */
};

static double trust_of(const double *trust, uint32_t person)
{
    return trust ? trust[person] : 1;
}

static void by_person(struct work *w)
{
    memset(w->first, 0, (w->in->n_people + 1) * sizeof *w->first);
    for (size_t i = 0; i < w->in->n; i++)
        w->first[w->in->person[i] + 1]++;
    for (size_t p = 0; p < w->in->n_people; p++)
        w->first[p + 1] += w->first[p];
    for (size_t i = w->in->n; i-- > 0;)
        w->shape[--w->first[w->in->person[i] + 1]] = (uint32_t)i;
    /* first[p + 1] is now where p starts. */
    for (size_t p = 0; p < w->in->n_people; p++)
        w->first[p] = w->first[p + 1];
    w->first[w->in->n_people] = (uint32_t)w->in->n;
}

static size_t shapes_of(const struct work *w, size_t person)
{
    return w->first[person + 1] - w->first[person];
}

static enum smp_status compare(struct work *w, size_t a, size_t b)
{
    const size_t n = shapes_of(w, a);
    const size_t m = shapes_of(w, b);
    double f1;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            w->score[i * m + j] =
                w->in->iou[w->shape[w->first[a] + i] * w->in->n + w->shape[w->first[b] + j]];
    SMP_TRY(smp_match_f1(&(struct smp_match_in){w->score, n, m, w->in->threshold}, &f1));
    w->likeness[a] += f1;
    w->likeness[b] += f1;
    return SMP_OK;
}

static enum smp_status order_people(struct work *w)
{
    const size_t n = w->in->n_people;

    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++)
            SMP_TRY(compare(w, a, b));
    for (size_t a = 0; a < n; a++) {
        size_t at = a;
        for (; at && w->likeness[w->order[at - 1]] < w->likeness[a]; at--)
            w->order[at] = w->order[at - 1];
        w->order[at] = (uint32_t)a;
    }
    return SMP_OK;
}

/* Mean IoU of a shape with a group's, more when most of the group shares its class; 0 below the
 * threshold. */
static double fit(const struct work *w, size_t group, size_t shape)
{
    double iou = 0;
    double same = 0;
    double n = 0;

    for (size_t i = 0; i < w->in->n; i++) {
        if (w->group[i] != (int32_t)group) continue;
        iou += w->in->iou[i * w->in->n + shape];
        same += w->in->class_id[i] == w->in->class_id[shape];
        n++;
    }
    iou /= n;
    if (!(iou >= w->in->threshold) || !(iou > 0)) return 0;
    return iou + SAME_CLASS * same / n;
}

static enum smp_status add_person(struct work *w, size_t person)
{
    const size_t m = shapes_of(w, person);
    const uint32_t *shape = w->shape + w->first[person];
    const size_t n = w->n_groups;

    for (size_t g = 0; g < n; g++)
        for (size_t j = 0; j < m; j++)
            w->score[j * n + g] = fit(w, g, shape[j]);
    SMP_TRY(smp_match(&(struct smp_match_in){w->score, m, n, 0}, w->partner, NULL));
    for (size_t j = 0; j < m; j++)
        w->group[shape[j]] = w->partner[j] >= 0 ? w->partner[j] : (int32_t)w->n_groups++;
    return SMP_OK;
}

static void vote_class(const struct work *w, size_t group, struct smp_agreed *a)
{
    double best = 0;

    for (size_t i = 0; i < w->in->n; i++) {
        double sum = 0;
        bool earlier = false;
        if (w->group[i] != (int32_t)group) continue;
        for (size_t j = 0; j < w->in->n; j++) {
            if (w->group[j] != (int32_t)group || w->in->class_id[j] != w->in->class_id[i])
                continue;
            sum += trust_of(w->in->trust, w->in->person[j]);
            earlier |= j < i;
        }
        if (earlier) continue;
        if (sum > best * (1 + SLACK)) {
            best = sum;
            a->n_tied = 1;
            a->class_id = w->in->class_id[i];
        } else if (sum >= best * (1 - SLACK)) {
            a->n_tied++;
            if (w->in->class_id[i] < a->class_id) a->class_id = w->in->class_id[i];
        }
    }
}

static void describe(const struct work *w, size_t group, double total, struct smp_agreed *a)
{
    double most = -1;
    double pairs = 0;

    *a = (struct smp_agreed){0};
    vote_class(w, group, a);
    for (size_t i = 0; i < w->in->n; i++) {
        double sum = 0;
        if (w->group[i] != (int32_t)group) continue;
        a->votes++;
        a->support += trust_of(w->in->trust, w->in->person[i]) / total;
        for (size_t j = 0; j < w->in->n; j++)
            if (j != i && w->group[j] == (int32_t)group) sum += w->in->iou[i * w->in->n + j];
        pairs += sum;
        if (sum > most * (1 + SLACK)) {
            most = sum;
            a->medoid = (uint32_t)i;
        }
    }
    a->iou = a->votes > 1 ? pairs / ((double)a->votes * (a->votes - 1)) : 1;
}

static void keep_agreed(const struct work *w, struct smp_agreed *agreed, size_t *n_agreed,
                        int32_t *member)
{
    double total = 0;
    size_t n = 0;

    for (uint32_t p = 0; p < w->in->n_people; p++)
        total += trust_of(w->in->trust, p);
    for (size_t i = 0; i < w->in->n; i++)
        w->partner[i] = -2; /* of a group: not looked at yet */
    for (size_t i = 0; i < w->in->n; i++) {
        const size_t group = (size_t)w->group[i];
        if (w->partner[group] == -2) {
            describe(w, group, total, &agreed[n]);
            const bool kept = agreed[n].support > w->in->quorum + SLACK;
            w->partner[group] = kept ? (int32_t)n++ : -1;
        }
        member[i] = w->partner[group];
    }
    *n_agreed = n;
}

static enum smp_status check(const struct smp_shapes_in *in)
{
    if (in->n > SMP_SHAPES_MAX)
        return smp_fail(SMP_INVALID, "%zu shapes on one item; at most %d", in->n,
                        SMP_SHAPES_MAX);
    for (size_t i = 0; i < in->n; i++)
        if (in->person[i] >= in->n_people)
            return smp_fail(SMP_INVALID, "shape %zu is person %u's, of %zu", i, in->person[i],
                            in->n_people);
    for (size_t p = 0; in->trust && p < in->n_people; p++)
        if (!(in->trust[p] > 0) || !isfinite(in->trust[p]))
            return smp_fail(SMP_INVALID, "person %zu has a trust of %g; more than 0 is wanted",
                            p, in->trust[p]);
    return SMP_OK;
}

static enum smp_status agree(struct work *w, struct smp_agreed *agreed, size_t *n_agreed,
                             int32_t *member)
{
    by_person(w);
    SMP_TRY(order_people(w));
    for (size_t i = 0; i < w->in->n; i++)
        w->group[i] = -1;
    for (size_t p = 0; p < w->in->n_people; p++)
        SMP_TRY(add_person(w, w->order[p]));
    keep_agreed(w, agreed, n_agreed, member);
    return SMP_OK;
}

enum smp_status smp_shapes_consensus(const struct smp_shapes_in *in, struct smp_agreed *agreed,
                                     size_t *n_agreed, int32_t *member)
{
    struct work w = {.in = in};
    enum smp_status e = check(in);

    if (e) return e;
    w.first = malloc((in->n_people + 1) * sizeof *w.first);
    w.shape = malloc((in->n + 1) * sizeof *w.shape);
    w.likeness = calloc(in->n_people + 1, sizeof *w.likeness);
    w.order = malloc((in->n_people + 1) * sizeof *w.order);
    w.group = malloc((in->n + 1) * sizeof *w.group);
    w.partner = malloc((in->n + 1) * sizeof *w.partner);
    w.score = malloc((in->n * in->n + 1) * sizeof *w.score);
    if (!w.first || !w.shape || !w.likeness || !w.order || !w.group || !w.partner || !w.score)
        e = smp_fail_nomem();
    else
        e = agree(&w, agreed, n_agreed, member);
    free(w.first);
    free(w.shape);
    free(w.likeness);
    free(w.order);
    free(w.group);
    free(w.partner);
    free(w.score);
    return e;
}

/* The same rectangle, its angle within 45 degrees of `near`. */
static struct smp_box turned(struct smp_box box, double near)
{
    const double quarters = round((box.angle - near) / 90);
    const double x = box.x + box.w / 2;
    const double y = box.y + box.h / 2;

    box.angle -= 90 * quarters;
    if (fabs(fmod(quarters, 2)) < 0.5) return box;
    return (struct smp_box){x - box.h / 2, y - box.w / 2, box.h, box.w, box.angle};
}

void smp_box_mean(const struct smp_box *boxes, const int32_t *member, size_t n, int32_t group,
                  const double *weight, struct smp_box *mean)
{
    struct smp_box sum = {0};
    double first = 0;
    double total = 0;

    for (size_t i = 0; i < n; i++) {
        const double w = weight ? weight[i] : 1;
        if (member[i] != group) continue;
        if (!(total > 0)) first = boxes[i].angle;
        const struct smp_box b = turned(boxes[i], first);
        sum.x += w * (b.x + b.w / 2);
        sum.y += w * (b.y + b.h / 2);
        sum.w += w * b.w;
        sum.h += w * b.h;
        sum.angle += w * (b.angle - first);
        total += w;
    }
    *mean = (struct smp_box){0};
    if (!(total > 0)) return;
    mean->w = sum.w / total;
    mean->h = sum.h / total;
    mean->x = sum.x / total - mean->w / 2;
    mean->y = sum.y / total - mean->h / 2;
    mean->angle = first + sum.angle / total;
}
