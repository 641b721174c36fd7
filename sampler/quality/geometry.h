/* geometry - how much two shapes, or two people's spans, overlap. Kernels; nothing can fail.
 *
 *     const struct smp_box a = {.x = 10, .y = 10, .w = 20, .h = 10}, b = {..};
 *     double iou = smp_box_iou(&a, &b);
 *
 * Boxes and points are in pixels, y downwards. A box of w by h has its corner at (x, y) and is turned
 * by `angle` degrees, clockwise on the screen, about its centre. An outline is any closed polygon that
 * does not cross itself, hollows included, given in either direction. */
#ifndef SAMPLER_QUALITY_GEOMETRY_H
#define SAMPLER_QUALITY_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

struct smp_point {
    double x, y;
};

struct smp_box {
    double x, y, w, h; /* w, h >= 0 */
    double angle;      /* degrees */
};

struct smp_outline {
    const struct smp_point *at; /* (n) */
    size_t n;
};

/* Intersection over union, 0..1; 0 when neither has an area. */
double smp_box_iou(const struct smp_box *a, const struct smp_box *b);

void smp_box_corners(const struct smp_box *box, struct smp_point corner[4]);

/* Always >= 0; fewer than three points have none. */
double smp_outline_area(const struct smp_outline *a);

/* The area in both: exact for all outlines, convex or not. Both are cut into fans of triangles, each
 * counted with its sign, so time grows with a->n * b->n: about 100 ns a pair of edges. */
double smp_outline_common(const struct smp_outline *a, const struct smp_outline *b);
double smp_outline_iou(const struct smp_outline *a, const struct smp_outline *b);

/* Intersection over union of two masks of one size in runs, as COCO writes them: pixels outside, inside,
 * outside, .. in one order. */
double smp_mask_iou(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b);

/* Characters start..end-1 are of a class; end exclusive. */
struct smp_span {
    uint32_t start, end;
    uint32_t class_id;
};

/* Overlap of two spans over their union, whatever their classes. */
double smp_span_iou(const struct smp_span *a, const struct smp_span *b);

/* F1 of two people's spans of one text, by character: 2 |both| / (|a| + |b|), counting each character
 * once for each class. 1 when neither marked anything. Spans may overlap and come in any order; time
 * grows with n_a + n_b squared, which is small. */
double smp_spans_f1(const struct smp_span *a, size_t n_a, const struct smp_span *b, size_t n_b);

#endif
