#include "sampler/quality/geometry.h"

#include <math.h>
#include <stdbool.h>

/* A triangle cut by three half-planes has six corners at most; rounding may make a sliver of four cross a
 * line four times and one of six six times, which is nine. */
enum { CORNERS_MAX = 9 };

static double cross(struct smp_point o, struct smp_point a, struct smp_point b)
{
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

static double of_union(double common, double a, double b)
{
    const double all = a + b - common;

    if (!(all > 0)) return 0;
    return fmin(fmax(common / all, 0), 1);
}

/* -- boxes ----------------------------------------------------------------------------------- */

void smp_box_corners(const struct smp_box *box, struct smp_point corner[4])
{
    const double turn = box->angle * 3.14159265358979323846 / 180;
    const double c = cos(turn);
    const double s = sin(turn);
    const double side[4][2] = {
        {-1, -1},
        {1,  -1},
        {1,  1 },
        {-1, 1 }
    };

    for (int i = 0; i < 4; i++) {
        const double dx = side[i][0] * box->w / 2;
        const double dy = side[i][1] * box->h / 2;
        corner[i].x = box->x + box->w / 2 + c * dx - s * dy;
        corner[i].y = box->y + box->h / 2 + s * dx + c * dy;
    }
}

static double common_length(double a, double a_length, double b, double b_length)
{
    return fmax(fmin(a + a_length, b + b_length) - fmax(a, b), 0);
}

double smp_box_iou(const struct smp_box *a, const struct smp_box *b)
{
    struct smp_point corners[2][4];
    double common;

    if (a->angle == 0 && b->angle == 0) {
        common = common_length(a->x, a->w, b->x, b->w) * common_length(a->y, a->h, b->y, b->h);
    } else {
        smp_box_corners(a, corners[0]);
        smp_box_corners(b, corners[1]);
        common = smp_outline_common(&(struct smp_outline){corners[0], 4},
                                    &(struct smp_outline){corners[1], 4});
    }
    return of_union(common, a->w * a->h, b->w * b->h);
}

/* -- outlines ---------------------------------------------------------------------------------- */

static double signed_area(const struct smp_point *at, size_t n)
{
    double twice = 0;

    for (size_t i = 1; i + 1 < n; i++)
        twice += cross(at[0], at[i], at[i + 1]);
    return twice / 2;
}

double smp_outline_area(const struct smp_outline *a)
{
    return fabs(signed_area(a->at, a->n));
}

/* Cuts the convex `from` (n) by the line through a and b, keeping its left. */
static size_t cut(const struct smp_point *from, size_t n, struct smp_point a,
                  struct smp_point b, struct smp_point *to)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const struct smp_point p = from[i];
        const struct smp_point q = from[i + 1 < n ? i + 1 : 0];
        const double dp = cross(a, b, p);
        const double dq = cross(a, b, q);
        if (dp >= 0) to[kept++] = p;
        if ((dp > 0 && dq < 0) || (dp < 0 && dq > 0)) {
            const double t = dp / (dp - dq);
            to[kept++] = (struct smp_point){p.x + t * (q.x - p.x), p.y + t * (q.y - p.y)};
        }
    }
    return kept;
}

/* A triangle of a fan, turned so that its area is not negative, and the sign it had. */
struct wedge {
    struct smp_point at[3];
    double sign;
};

static struct wedge wedge_of(struct smp_point o, struct smp_point a, struct smp_point b)
{
    const double area = cross(o, a, b);

    if (area > 0)
        return (struct wedge){
            {o, a, b},
            1
        };
    return (struct wedge){
        {o, b, a},
        area < 0 ? -1 : 0
    };
}

static double common_of_wedges(const struct wedge *a, const struct wedge *b)
{
    struct smp_point cuts[2][CORNERS_MAX];
    size_t n = 3;

    for (int i = 0; i < 3; i++)
        cuts[1][i] = a->at[i];
    for (int i = 0; i < 3 && n >= 3; i++) {
        const struct smp_point *from = cuts[(i + 1) % 2];
        n = cut(from, n, b->at[i], b->at[(i + 1) % 3], cuts[i % 2]);
    }
    return n >= 3 ? fmax(signed_area(cuts[0], n), 0) : 0;
}

static struct smp_point edge_end(const struct smp_outline *a, size_t i)
{
    return a->at[i < a->n ? i : 0];
}

double smp_outline_common(const struct smp_outline *a, const struct smp_outline *b)
{
    double sum = 0;

    if (a->n < 3 || b->n < 3) return 0;
    /* Both fans share their tip, near the shapes, so that no digits are lost far from the origin. */
    const struct smp_point tip = a->at[0];
    for (size_t i = 0; i < a->n; i++) {
        const struct wedge p = wedge_of(tip, a->at[i], edge_end(a, i + 1));
        for (size_t j = 0; p.sign != 0 && j < b->n; j++) {
            const struct wedge q = wedge_of(tip, b->at[j], edge_end(b, j + 1));
            if (q.sign != 0) sum += p.sign * q.sign * common_of_wedges(&p, &q);
        }
    }
    return fabs(sum);
}

double smp_outline_iou(const struct smp_outline *a, const struct smp_outline *b)
{
    return of_union(smp_outline_common(a, b), smp_outline_area(a), smp_outline_area(b));
}

/* -- masks ------------------------------------------------------------------------------------- */

struct run {
    const uint32_t *counts;
    size_t n, i;
    uint64_t left;
};

static void next_run(struct run *r)
{
    while (!r->left && r->i < r->n)
        r->left = r->counts[r->i++];
}

double smp_mask_iou(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
    struct run p = {a, n_a, 0, 0};
    struct run q = {b, n_b, 0, 0};
    uint64_t both = 0;
    uint64_t either = 0;

    for (next_run(&p), next_run(&q); p.left || q.left; next_run(&p), next_run(&q)) {
        /* Run i - 1 is under way: odd ones are inside. A mask that ended stays outside. */
        const bool in_p = p.left && p.i % 2 == 0;
        const bool in_q = q.left && q.i % 2 == 0;
        uint64_t step = p.left && (!q.left || p.left < q.left) ? p.left : q.left;
        both += in_p && in_q ? step : 0;
        either += in_p || in_q ? step : 0;
        p.left -= p.left ? step : 0;
        q.left -= q.left ? step : 0;
    }
    return either ? (double)both / (double)either : 0;
}

/* -- spans ------------------------------------------------------------------------------------- */

static uint32_t length_of(uint32_t start, uint32_t end)
{
    return end > start ? end - start : 0;
}

double smp_span_iou(const struct smp_span *a, const struct smp_span *b)
{
    const uint32_t common =
        length_of(a->start > b->start ? a->start : b->start, a->end < b->end ? a->end : b->end);

    return of_union(common, length_of(a->start, a->end), length_of(b->start, b->end));
}

/* How many characters from `from` to `to` no earlier span of the same class covers: walks the border
 * points of the earlier ones. */
static bool is_covered(const struct smp_span *spans, size_t n, uint32_t class_id, uint32_t at,
                       uint32_t *until)
{
    bool covered = false;

    for (size_t i = 0; i < n; i++) {
        const struct smp_span *s = &spans[i];
        if (s->class_id != class_id) continue;
        if (s->start <= at && at < s->end) covered = true;
        if (s->start > at && s->start < *until) *until = s->start;
        if (s->end > at && s->end < *until) *until = s->end;
    }
    return covered;
}

/* Characters of span i that no span of its class before it in the list has, and of those the ones
 * that `others` have too. */
static void count_new(const struct smp_span *spans, size_t i, const struct smp_span *others,
                      size_t n_others, uint64_t *own, uint64_t *both)
{
    const struct smp_span *s = &spans[i];

    for (uint32_t at = s->start; at < s->end;) {
        uint32_t until = s->end;
        const bool known = is_covered(spans, i, s->class_id, at, &until);
        const bool shared = is_covered(others, n_others, s->class_id, at, &until);
        if (!known) {
            *own += until - at;
            *both += shared ? until - at : 0;
        }
        at = until;
    }
}

double smp_spans_f1(const struct smp_span *a, size_t n_a, const struct smp_span *b, size_t n_b)
{
    uint64_t own_a = 0;
    uint64_t own_b = 0;
    uint64_t both = 0;
    uint64_t same = 0;

    for (size_t i = 0; i < n_a; i++)
        count_new(a, i, b, n_b, &own_a, &both);
    for (size_t i = 0; i < n_b; i++)
        count_new(b, i, a, n_a, &own_b, &same);
    return own_a + own_b ? 2 * (double)both / (double)(own_a + own_b) : 1;
}
