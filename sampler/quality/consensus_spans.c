#include "sampler/quality/consensus.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double SLACK = 1e-9;

struct piece {
    struct smp_span span;
    uint32_t person;
};

/* Where a person's marking of a class begins or ends. */
struct border {
    uint32_t class_id, at;
    double trust; /* < 0 at an end */
};

static int by_person(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;

    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    if (x->span.class_id != y->span.class_id)
        return x->span.class_id < y->span.class_id ? -1 : 1;
    if (x->span.start != y->span.start) return x->span.start < y->span.start ? -1 : 1;
    return (x->span.end > y->span.end) - (x->span.end < y->span.end);
}

static int by_place(const void *a, const void *b)
{
    const struct border *x = a;
    const struct border *y = b;

    if (x->class_id != y->class_id) return x->class_id < y->class_id ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->trust > y->trust) - (x->trust < y->trust);
}

static enum smp_status check(const struct smp_spans_in *in)
{
    for (size_t i = 0; i < in->n; i++) {
        if (in->person[i] >= in->n_people)
            return smp_fail(SMP_INVALID, "span %zu is person %u's, of %zu", i, in->person[i],
                            in->n_people);
        if (in->spans[i].start >= in->spans[i].end)
            return smp_fail(SMP_INVALID, "span %zu starts at %u and ends at %u", i,
                            in->spans[i].start, in->spans[i].end);
    }
    for (size_t p = 0; in->trust && p < in->n_people; p++)
        if (!(in->trust[p] > 0) || !isfinite(in->trust[p]))
            return smp_fail(SMP_INVALID, "person %zu has a trust of %g; more than 0 is wanted",
                            p, in->trust[p]);
    return SMP_OK;
}

/* A person's overlapping spans of one class count once: joined. Those that only touch stay two. */
static size_t join(struct piece *pieces, size_t n)
{
    size_t kept = 0;

    qsort(pieces, n, sizeof *pieces, by_person);
    for (size_t i = 0; i < n; i++) {
        struct piece *last = kept ? &pieces[kept - 1] : NULL;
        if (last && last->person == pieces[i].person &&
            last->span.class_id == pieces[i].span.class_id &&
            pieces[i].span.start < last->span.end) {
            if (pieces[i].span.end > last->span.end) last->span.end = pieces[i].span.end;
        } else {
            pieces[kept++] = pieces[i];
        }
    }
    return kept;
}

/* Walks the borders of all classes in order. */
static size_t sweep(const struct border *b, size_t n, double total, double quorum,
                    struct smp_span *agreed, double *support)
{
    const double enough = (quorum + SLACK) * total;
    size_t kept = 0;
    double level = 0;
    bool open = false;

    for (size_t i = 0; i < n;) {
        const struct border here = b[i];
        double starts = 0;
        for (; i < n && b[i].class_id == here.class_id && b[i].at == here.at; i++) {
            level += b[i].trust;
            starts += b[i].trust > 0 ? b[i].trust : 0;
        }
        if (open && (!(level > enough) || starts > enough)) {
            agreed[kept - 1].end = here.at;
            open = false;
        }
        if (!open && level > enough) {
            agreed[kept] = (struct smp_span){here.at, here.at, here.class_id};
            if (support) support[kept] = 1;
            kept++;
            open = true;
        }
        if (open && support) support[kept - 1] = fmin(support[kept - 1], level / total);
        if (i < n && b[i].class_id != here.class_id) level = 0; /* rounding, if anything */
    }
    return kept;
}

enum smp_status smp_spans_consensus(const struct smp_spans_in *in, struct smp_span *agreed,
                                    size_t *n_agreed, double *support)
{
    struct piece *pieces;
    struct border *borders;
    double total = 0;
    size_t n;

    SMP_TRY(check(in));
    pieces = malloc((in->n + 1) * sizeof *pieces);
    borders = malloc((2 * in->n + 1) * sizeof *borders);
    if (!pieces || !borders) {
        free(pieces);
        free(borders);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < in->n; i++)
        pieces[i] = (struct piece){in->spans[i], in->person[i]};
    for (size_t p = 0; p < in->n_people; p++)
        total += in->trust ? in->trust[p] : 1;
    n = join(pieces, in->n);
    for (size_t i = 0; i < n; i++) {
        const struct smp_span *s = &pieces[i].span;
        const double trust = in->trust ? in->trust[pieces[i].person] : 1;
        borders[2 * i] = (struct border){s->class_id, s->start, trust};
        borders[2 * i + 1] = (struct border){s->class_id, s->end, -trust};
    }
    qsort(borders, 2 * n, sizeof *borders, by_place);
    *n_agreed = sweep(borders, 2 * n, total, in->quorum, agreed, support);
    free(pieces);
    free(borders);
    return SMP_OK;
}
