#include "sampler/take/grams.h"

#include "sampler/take/round8.h"
#include "sampler/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- text -> codes ---------------------------------------------------------------------------- */

uint32_t smp_grams_plain(uint32_t code)
{
    if (code == UINT32_MAX) return ' '; /* a byte that is not UTF-8 */
    return code < SMP_GRAMS_PLAIN_END ? smp_plain_code(code) : code;
}

size_t smp_grams_read(const char *text, size_t n_bytes, uint32_t *codes)
{
    size_t n = 0;

    codes[n++] = ' ';
    for (size_t at = 0; at < n_bytes;) {
        const uint32_t c = smp_grams_plain(smp_utf8_next(text, n_bytes, &at));
        if (c && (c != ' ' || codes[n - 1] != ' ')) codes[n++] = c;
    }
    if (codes[n - 1] != ' ') codes[n++] = ' ';
    return n;
}

/* -- grams ------------------------------------------------------------------------------------ */

/* Where the codes of the grams of one length begin. */
static const uint32_t *codes_of(const struct smp_grams *g, size_t length)
{
    const uint32_t *at = g->codes;

    for (size_t l = 1; l < length; l++)
        at += (g->end[l] - g->end[l - 1]) * l;
    return at;
}

static int compare(const uint32_t *a, const uint32_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

size_t smp_grams_find(const struct smp_grams *g, const uint32_t *codes, size_t length)
{
    const uint32_t *all = codes_of(g, length);
    size_t low = 0;
    size_t high = g->end[length] - g->end[length - 1];

    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = compare(codes, all + middle * length, length);
        if (order == 0) return g->end[length - 1] + middle;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return g->n;
}

const uint32_t *smp_grams_codes(const struct smp_grams *g, size_t gram, size_t *length)
{
    size_t l = 1;

    while (gram >= g->end[l])
        l++;
    *length = l;
    return codes_of(g, l) + (gram - g->end[l - 1]) * l;
}

void smp_grams_row(const struct smp_grams *g, const uint32_t *codes, size_t n, float *x)
{
    double squares = 0;

    for (size_t length = 1; length <= SMP_GRAM_LONGEST && length <= n; length++) {
        for (size_t i = 0; i + length <= n; i++) {
            const size_t gram = smp_grams_find(g, codes + i, length);
            if (gram < g->n) x[gram] += 1;
        }
    }
    for (size_t j = 0; j < g->n; j++) {
        x[j] = logf(1 + x[j]) * g->idf[j];
        squares += (double)x[j] * (double)x[j];
    }
    /* A text without a known gram stays a row of zeros. */
    for (size_t j = 0; squares > 0 && j < g->n; j++)
        x[j] = (float)((double)x[j] / sqrt(squares));
}

static void add_row(const struct smp_grams *g, const float *x, double *sum)
{
    for (size_t j = 0; j < g->n; j++)
        for (size_t c = 0; x[j] != 0 && c < g->n_classes; c++)
            sum[c] += (double)x[j] * (double)g->weights[j * g->n_classes + c];
}

enum smp_status smp_grams_scores(const struct smp_grams *g, const char *text, size_t n_bytes,
                                 float *scores)
{
    uint32_t *codes = malloc((n_bytes + 2) * sizeof *codes);
    float *x = calloc(g->n + 1, sizeof *x);
    double *sum = calloc(g->n_classes, sizeof *sum);
    enum smp_status e = SMP_OK;

    if (codes && x && sum) {
        smp_grams_row(g, codes, smp_grams_read(text, n_bytes, codes), x);
        add_row(g, x, sum);
        for (size_t c = 0; c < g->n_classes; c++)
            scores[c] = (float)(sum[c] + (double)g->bias[c]);
    } else {
        e = smp_fail_nomem();
    }
    free(codes);
    free(x);
    free(sum);
    return e;
}

void smp_grams_free(struct smp_grams *g)
{
    if (!g) return;
    free(g->codes);
    free(g->idf);
    free(g->weights);
    free(g->bias);
    free(g);
}

/* -- copies and files ------------------------------------------------------------------------- */

static size_t n_codes(const struct smp_grams *g)
{
    size_t n = 0;

    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++)
        n += (g->end[l] - g->end[l - 1]) * l;
    return n;
}

/* NULL only when n is not 0. */
static void *copy_of(const void *from, size_t n, size_t each)
{
    void *to = malloc(n * each + 1);

    if (to && n) memcpy(to, from, n * each);
    return to;
}

enum smp_status smp_grams_rounded(const struct smp_grams *g, struct smp_grams **out)
{
    struct smp_grams *copy = malloc(sizeof *copy);

    if (!copy) return smp_fail_nomem();
    *copy = *g;
    copy->codes = copy_of(g->codes, n_codes(g), sizeof *g->codes);
    copy->idf = copy_of(g->idf, g->n, sizeof *g->idf);
    copy->weights = copy_of(g->weights, g->n * g->n_classes, sizeof *g->weights);
    copy->bias = copy_of(g->bias, g->n_classes, sizeof *g->bias);
    if (!copy->codes || !copy->idf || !copy->weights || !copy->bias) {
        smp_grams_free(copy);
        return smp_fail_nomem();
    }
    smp_round8(copy->weights, g->n, g->n_classes);
    *out = copy;
    return SMP_OK;
}

/* n_classes, end of each length, codes, idf, weights, bias. */
void smp_grams_put(const struct smp_grams *g, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)g->n_classes);
    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++)
        smp_put_u32(w, (uint32_t)g->end[l]);
    smp_put_u32s(w, g->codes, n_codes(g));
    smp_put_floats(w, g->idf, g->n);
    smp_put_floats(w, g->weights, g->n * g->n_classes);
    smp_put_floats(w, g->bias, g->n_classes);
}

static void take_sizes(struct smp_reader *r, struct smp_grams *g)
{
    g->n_classes = smp_take_u32(r);
    if (!g->n_classes || g->n_classes > SMP_GRAMS_CLASSES_MAX) r->failed = true;
    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++) {
        g->end[l] = smp_take_u32(r);
        if (g->end[l] < g->end[l - 1] || g->end[l] > SMP_GRAMS_MAX) r->failed = true;
    }
    g->n = g->end[SMP_GRAM_LONGEST];
}

static bool are_ascending(const struct smp_grams *g)
{
    for (size_t l = 1; l <= SMP_GRAM_LONGEST; l++) {
        const uint32_t *codes = codes_of(g, l);
        for (size_t i = 1; i < g->end[l] - g->end[l - 1]; i++)
            if (compare(codes + (i - 1) * l, codes + i * l, l) >= 0) return false;
    }
    return true;
}

enum smp_status smp_grams_take(struct smp_reader *r, struct smp_grams **out)
{
    struct smp_grams *g = calloc(1, sizeof *g);

    if (!g) return smp_fail_nomem();
    take_sizes(r, g);
    if (!r->failed) {
        g->codes = smp_take_u32s(r, n_codes(g));
        g->idf = smp_take_floats(r, g->n);
        g->weights = smp_take_floats(r, g->n * g->n_classes);
        g->bias = smp_take_floats(r, g->n_classes);
    }
    if (r->failed || !are_ascending(g)) {
        smp_grams_free(g);
        return smp_fail(SMP_CORRUPT, "the file's n-grams are not what was written");
    }
    *out = g;
    return SMP_OK;
}
