/* consensus - what several people drew on one item, made one: shapes by matching, spans by vote.
 *
 *     // iou (n, n) of all shapes of the item with each other: geometry.h
 *     struct smp_shapes_in in = {.iou = iou, .person = person, .class_id = class_id, .n = n,
 *                                .n_people = 3, .threshold = 0.5, .quorum = 0.5};
 *     SMP_TRY(smp_shapes_consensus(&in, agreed, &n_agreed, member));
 *     smp_box_mean(boxes, member, n, 0, trust_of_each, &box);          // boxes are averaged,
 *     outlines[agreed[0].medoid]                                       // of outlines one is chosen
 *
 * Shapes. People are taken one by one, first whoever agrees best with the others; their shapes are
 * matched one to one (match.h) with the groups so far, by the mean IoU with a group's shapes; those of
 * the group's class are preferred. What finds no group of at least the threshold starts one. A group is
 * kept when those who drew it are more than `quorum` of all who answered, by trust.
 *
 * Spans. Each class by itself: a character is in when more than `quorum` of the people, by trust, marked
 * it. A run is cut in two where so many start a span of their own. Positions may as well be tokens. */
#ifndef SAMPLER_QUALITY_CONSENSUS_H
#define SAMPLER_QUALITY_CONSENSUS_H

#include "sampler/quality/geometry.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* Shapes of one item, all people's; and groups times one person's shapes are matched. */
enum { SMP_SHAPES_MAX = 2000 };

struct smp_shapes_in {
    const double *iou;        /* (n, n) symmetric, 0..1 */
    const uint32_t *person;   /* (n) 0..n_people-1 */
    const uint32_t *class_id; /* (n) */
    size_t n, n_people;       /* people who answered, those who drew nothing too */
    const double *trust;      /* (n_people) > 0, or NULL: 1 each */
    double threshold;         /* 0.5 is usual */
    double quorum;            /* 0.5: more than half */
};

struct smp_agreed {
    uint32_t class_id; /* most of the group's trust; the lowest on a tie */
    uint32_t n_tied;   /* classes with the most: 1 is a clear vote */
    uint32_t votes;    /* people who drew it */
    double support;    /* their share of all people, by trust */
    double iou;        /* mean between two of its shapes; 1 for a single one */
    uint32_t medoid;   /* the shape most like the others; the first on a tie */
};

/* agreed (n) and their number, in the order of their first shapes; member (n): the group that each shape
 * belongs to, or -1 when its group was not kept. */
enum smp_status smp_shapes_consensus(const struct smp_shapes_in *in, struct smp_agreed *agreed,
                                     size_t *n_agreed, int32_t *member) SMP_MUST_USE;

/* The mean of the boxes whose member is `group`, weighted (weight (n) or NULL): of centres, sides and
 * angles. A turned box is read the way nearest to the first's: (w, h) at an angle is (h, w) a quarter
 * turn on. */
void smp_box_mean(const struct smp_box *boxes, const int32_t *member, size_t n, int32_t group,
                  const double *weight, struct smp_box *mean);

struct smp_spans_in {
    const struct smp_span *spans; /* (n) of all people */
    const uint32_t *person;       /* (n) 0..n_people-1 */
    size_t n, n_people;
    const double *trust; /* (n_people) > 0, or NULL */
    double quorum;
};

/* agreed (n) and their number, by class, then start; support (n) or NULL: the least share of the people
 * that a character of the span has. */
enum smp_status smp_spans_consensus(const struct smp_spans_in *in, struct smp_span *agreed,
                                    size_t *n_agreed, double *support) SMP_MUST_USE;

#endif
