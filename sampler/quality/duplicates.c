#include "sampler/quality/duplicates.h"

#include "sampler/quality/groups.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 32,
    WAVES = 8,
    BITS = WAVES * WAVES,
    BANDS = 4,
    BAND_BITS = 16,
    BUCKETS = 1 << BAND_BITS,
    PIECES = 64,
    BATCH = 2048
};

unsigned smp_hash_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}

/* -- hashes of a picture ------------------------------------------------------------------------------ */

/* The stretch of `length` pixels that cell i of n covers. */
struct stretch {
    double from, to;
    size_t first, length;
};

static struct stretch stretch_of(size_t length, size_t i, size_t n)
{
    const double from = (double)i * (double)length / (double)n;
    const double to = (double)(i + 1) * (double)length / (double)n;

    return (struct stretch){from, to, (size_t)from, length};
}

static bool holds(const struct stretch *s, size_t pixel)
{
    return pixel < s->length && (double)pixel < s->to;
}

/* How much of a pixel the stretch covers. */
static double share_of(const struct stretch *s, size_t pixel)
{
    return fmin((double)pixel + 1, s->to) - fmax((double)pixel, s->from);
}

static double mean_of(const uint8_t *grey, const struct stretch *across,
                      const struct stretch *down)
{
    double sum = 0;

    for (size_t y = down->first; holds(down, y); y++)
        for (size_t x = across->first; holds(across, x); x++)
            sum += share_of(down, y) * share_of(across, x) * grey[y * across->length + x];
    return sum / ((down->to - down->from) * (across->to - across->from));
}

/* Means over (columns, rows) cells of the picture; a pixel on a border counts in both, by its share.
 * Larger or smaller than the picture, all the same. */
static void shrink(const uint8_t *grey, size_t width, size_t height, size_t columns,
                   size_t rows, double *out)
{
    for (size_t r = 0; r < rows; r++) {
        const struct stretch down = stretch_of(height, r, rows);
        for (size_t c = 0; c < columns; c++) {
            const struct stretch across = stretch_of(width, c, columns);
            out[r * columns + c] = mean_of(grey, &across, &down);
        }
    }
}

uint64_t smp_gradient_hash(const uint8_t *grey, size_t width, size_t height)
{
    double mean[8 * 9];
    uint64_t hash = 0;

    shrink(grey, width, height, 9, 8, mean);
    for (size_t r = 0; r < 8; r++)
        for (size_t c = 0; c < 8; c++)
            hash = hash << 1 | (mean[r * 9 + c] > mean[r * 9 + c + 1]);
    return hash;
}

/* The cosine transform's rows 1..8 of a picture of 32 x 32 along both sides: (8, 8). */
static void transform(const double *mean, double *wave)
{
    double along[SIDE * WAVES];
    double cosine[WAVES * SIDE];

    for (size_t k = 0; k < WAVES; k++)
        for (size_t i = 0; i < SIDE; i++)
            cosine[k * SIDE + i] =
                cos(3.14159265358979323846 * (double)(k + 1) * ((double)i + 0.5) / SIDE);
    for (size_t r = 0; r < SIDE; r++) {
        for (size_t k = 0; k < WAVES; k++) {
            double sum = 0;
            for (size_t c = 0; c < SIDE; c++)
                sum += cosine[k * SIDE + c] * mean[r * SIDE + c];
            along[r * WAVES + k] = sum;
        }
    }
    for (size_t k = 0; k < WAVES; k++) {
        for (size_t l = 0; l < WAVES; l++) {
            double sum = 0;
            for (size_t r = 0; r < SIDE; r++)
                sum += cosine[k * SIDE + r] * along[r * WAVES + l];
            wave[k * WAVES + l] = sum;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

_Static_assert((int)BITS == (int)SMP_WAVES, "a bit for each wave");

void smp_picture_waves(const uint8_t *grey, size_t width, size_t height, double wave[SMP_WAVES])
{
    double mean[SIDE * SIDE];

    shrink(grey, width, height, SIDE, SIDE, mean);
    transform(mean, wave);
}

uint64_t smp_waves_hash(const double wave[SMP_WAVES])
{
    double sorted[BITS];
    uint64_t hash = 0;

    memcpy(sorted, wave, sizeof sorted);
    qsort(sorted, BITS, sizeof *sorted, by_value);
    const double median = (sorted[31] + sorted[32]) / 2;
    for (size_t i = 0; i < BITS; i++)
        hash = hash << 1 | (wave[i] > median);
    return hash;
}

uint64_t smp_picture_hash(const uint8_t *grey, size_t width, size_t height)
{
    double wave[BITS];

    smp_picture_waves(grey, width, height, wave);
    return smp_waves_hash(wave);
}

/* -- near hashes -------------------------------------------------------------------------------------- */

struct entry {
    uint64_t hash;
    uint32_t item;
};

struct pair {
    uint32_t a, b; /* places among the different hashes */
};

/* What one piece of a batch found: one pair for each group that lay near, as far as is known by then, or
 * a thousand pictures of one burst would make half a million pairs. */
struct found {
    struct pair *pairs;
    size_t n, room;
    size_t last; /* the group found last for the hash at work */
    bool failed;
};

struct search {
    const struct smp_near_in *in;
    struct entry *entries; /* (n_entries) sorted by hash, then item */
    uint64_t *different;   /* (n_different) ascending; twice only when the items do not agree */
    uint32_t *item;        /* (n_different) an item of each */
    size_t n_entries, n_different;
    uint32_t *start[BANDS]; /* (BUCKETS + 1) */
    uint32_t *place[BANDS]; /* (n_different) by band's bits */
    uint64_t *copy[BANDS];  /* (n_different) their hashes, side by side to be read in a row */
    uint16_t *mask;         /* bit patterns of up to reach[0] bits, by their number of bits */
    size_t n_masks[BAND_BITS + 1];
    struct smp_groups groups; /* of the different hashes */
    size_t first;             /* of the batch at work */
    struct found found[PIECES];
};

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static size_t bits_of(uint64_t hash, size_t band)
{
    return (size_t)(hash >> (band * BAND_BITS)) & (BUCKETS - 1);
}

static void fill_band(struct search *s, size_t band)
{
    uint32_t *start = s->start[band];

    memset(start, 0, (BUCKETS + 1) * sizeof *start);
    for (size_t i = 0; i < s->n_different; i++)
        start[bits_of(s->different[i], band) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++)
        start[b + 1] += start[b];
    for (size_t i = 0; i < s->n_different; i++) {
        const uint32_t at = start[bits_of(s->different[i], band)]++;
        s->place[band][at] = (uint32_t)i;
        s->copy[band][at] = s->different[i];
    }
    memmove(start + 1, start, BUCKETS * sizeof *start);
    start[0] = 0;
}

/* All patterns of 16 bits, fewer bits first; n_masks[b] of them have at most b. */
static void fill_masks(struct search *s)
{
    size_t n = 0;

    for (int bits = 0; bits <= BAND_BITS; bits++) {
        for (unsigned m = 0; m < BUCKETS; m++)
            if (__builtin_popcount(m) == bits) s->mask[n++] = (uint16_t)m;
        s->n_masks[bits] = n;
    }
}

static bool agree(const struct search *s, size_t i, size_t j)
{
    return !s->in->agrees || s->in->agrees(s->in->ctx, i, j);
}

static void add_found(const struct search *s, struct found *f, uint32_t a, uint32_t b)
{
    const size_t group = smp_groups_find(&s->groups, a);

    if (a >= b || group == f->last || !agree(s, s->item[a], s->item[b])) return;
    f->last = group;
    if (f->n == f->room) {
        const size_t room = f->room ? 2 * f->room : 256;
        struct pair *more = realloc(f->pairs, room * sizeof *more);
        if (!more) {
            f->failed = true;
            return;
        }
        f->pairs = more;
        f->room = room;
    }
    f->pairs[f->n++] = (struct pair){a, b};
}

/* Hashes whose `band` lies near i's and that come before it: each pair is looked at from one side. */
SMP_KERNEL
static void probe_band(const struct search *s, size_t i, size_t band, size_t n_masks,
                       struct found *f)
{
    const uint64_t hash = s->different[i];
    const size_t bits = bits_of(hash, band);
    const uint32_t *start = s->start[band];
    const uint64_t *copy = s->copy[band];

    for (size_t m = 0; m < n_masks; m++) {
        const size_t bucket = bits ^ s->mask[m];
        /* Places ascend within a bucket, and hashes with them: those behind i are not less. */
        for (uint32_t at = start[bucket]; at < start[bucket + 1] && copy[at] <= hash; at++)
            if ((unsigned)__builtin_popcountll(hash ^ copy[at]) <= s->in->radius)
                add_found(s, f, s->place[band][at], (uint32_t)i);
    }
}

static void search_piece(void *ctx, size_t piece, unsigned thread)
{
    struct search *s = ctx;
    const unsigned q = s->in->radius / BANDS;
    const unsigned more = s->in->radius % BANDS;
    const size_t end = s->first + BATCH < s->n_different ? s->first + BATCH : s->n_different;
    struct found *f = &s->found[piece];

    (void)thread;
    for (size_t i = s->first + piece; i < end; i += PIECES) {
        f->last = SIZE_MAX;
        for (size_t band = 0; band < BANDS; band++) {
            if (band <= more)
                probe_band(s, i, band, s->n_masks[q], f);
            else if (q)
                probe_band(s, i, band, s->n_masks[q - 1], f);
        }
    }
}

/* Batch by batch, so that what one found is known to the next. */
static enum smp_status search_all(struct search *s)
{
    for (s->first = 0; s->first < s->n_different; s->first += BATCH) {
        smp_parallel(s->in->n_threads, PIECES, search_piece, s);
        for (size_t p = 0; p < PIECES; p++) {
            if (s->found[p].failed) return smp_fail_nomem();
            for (size_t i = 0; i < s->found[p].n; i++)
                smp_groups_join(&s->groups, s->found[p].pairs[i].a, s->found[p].pairs[i].b);
            s->found[p].n = 0;
        }
    }
    return SMP_OK;
}

/* An item that is the same as the one before it goes into its group at once. */
static void collect(struct search *s, struct smp_groups *g)
{
    for (size_t i = 0; i < s->in->n; i++)
        if (!s->in->skip || !s->in->skip[i])
            s->entries[s->n_entries++] = (struct entry){s->in->hash[i], (uint32_t)i};
    qsort(s->entries, s->n_entries, sizeof *s->entries, by_hash);
    for (size_t i = 0; i < s->n_entries; i++) {
        const struct entry *e = &s->entries[i];
        const size_t last = s->n_different - 1;

        if (s->n_different && s->different[last] == e->hash &&
            agree(s, s->item[last], e->item)) {
            smp_groups_join(g, s->item[last], e->item);
            continue;
        }
        s->different[s->n_different] = e->hash;
        s->item[s->n_different++] = e->item;
    }
}

static enum smp_status make_room(struct search *s)
{
    bool made;

    s->entries = malloc((s->in->n + 1) * sizeof *s->entries);
    s->different = malloc((s->in->n + 1) * sizeof *s->different);
    s->mask = malloc(BUCKETS * sizeof *s->mask);
    s->item = malloc((s->in->n + 1) * sizeof *s->item);
    made = s->entries && s->different && s->mask && s->item;
    for (size_t band = 0; band < BANDS; band++) {
        s->start[band] = malloc((BUCKETS + 1) * sizeof *s->start[band]);
        s->place[band] = malloc((s->in->n + 1) * sizeof *s->place[band]);
        s->copy[band] = malloc((s->in->n + 1) * sizeof *s->copy[band]);
        made = made && s->start[band] && s->place[band] && s->copy[band];
    }
    return made ? SMP_OK : smp_fail_nomem();
}

static void free_room(struct search *s)
{
    free(s->entries);
    free(s->different);
    free(s->mask);
    free(s->item);
    for (size_t band = 0; band < BANDS; band++) {
        free(s->start[band]);
        free(s->place[band]);
        free(s->copy[band]);
    }
    for (size_t p = 0; p < PIECES; p++)
        free(s->found[p].pairs);
    smp_groups_free(&s->groups);
}

static enum smp_status find_all(struct search *s, struct smp_groups *g)
{
    collect(s, g);
    fill_masks(s);
    for (size_t band = 0; band < BANDS; band++)
        fill_band(s, band);
    SMP_TRY(smp_groups_start(&s->groups, s->n_different));
    if (s->in->radius || s->in->agrees) SMP_TRY(search_all(s));
    for (size_t i = 0; i < s->n_different; i++)
        smp_groups_join(g, s->item[smp_groups_find(&s->groups, i)], s->item[i]);
    return SMP_OK;
}

enum smp_status smp_near_hashes(const struct smp_near_in *in, uint32_t *group, size_t *n_groups)
{
    struct search s = {.in = in};
    struct smp_groups g;
    enum smp_status e;

    if (in->radius > SMP_NEAR_RADIUS_MAX)
        return smp_fail(SMP_INVALID, "a radius of %u bits; at most %d", in->radius,
                        SMP_NEAR_RADIUS_MAX);
    SMP_TRY(smp_groups_start(&g, in->n));
    e = make_room(&s);
    if (!e) e = find_all(&s, &g);
    if (!e) *n_groups = smp_groups_number(&g, group);
    free_room(&s);
    smp_groups_free(&g);
    return e;
}
