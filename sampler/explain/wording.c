#include "sampler/explain/wording.h"

#include "sampler/explain/region.h"
#include "sampler/tokens.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 4, /* code points of a piece, where words are not told apart by blanks */
    COPIES_BYTES = 16 * 1024 * 1024
};

/* How code points make words. */
enum joining { BLANK, JOINS, PIECES, ALONE };

struct range {
    uint32_t first, last;
    enum joining joining;
};

/* Everything else joins. Unicode 15, Blocks.txt and White_Space. */
static const struct range RANGES[] = {
    {0x0009,     0x000d,     BLANK },
    {0x0020,     0x0020,     BLANK },
    {0x0085,     0x0085,     BLANK },
    {0x00a0,     0x00a0,     BLANK },
    {0x0e00,     0x0fff,     PIECES}, /* Thai, Lao, Tibetan */
    {0x1000,     0x109f,     PIECES}, /* Burmese */
    {0x1780,     0x17ff,     PIECES}, /* Khmer */
    {0x2000,     0x200a,     BLANK },
    {0x2028,     0x2029,     BLANK },
    {0x202f,     0x202f,     BLANK },
    {0x205f,     0x205f,     BLANK },
    {0x3000,     0x3000,     BLANK },
    {0x3001,     0x312f,     ALONE }, /* marks, kana, bopomofo */
    {0x31f0,     0xa4cf,     ALONE }, /* ideographs */
    {0xf900,     0xfaff,     ALONE },
    {0x20000,    0x3ffff,    ALONE },
    {UINT32_MAX, UINT32_MAX, BLANK }, /* no UTF-8 */
};

static enum joining joining_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (code >= RANGES[i].first && code <= RANGES[i].last) return RANGES[i].joining;
    return JOINS;
}

struct cutting {
    struct smp_word_weight *word;
    size_t n;
    bool open;         /* the last word goes on */
    enum joining last; /* of the code point before */
    size_t n_codes;    /* of the open word */
};

static void add_code(struct cutting *c, enum joining joining, size_t start, size_t end)
{
    const bool goes_on = c->open && joining == c->last && joining != ALONE &&
                         !(joining == PIECES && c->n_codes == PIECE);

    if (joining == BLANK) {
        c->open = false;
        return;
    }
    if (!goes_on) {
        c->word[c->n++] = (struct smp_word_weight){.start = start};
        c->n_codes = 0;
    }
    c->word[c->n - 1].end = end;
    c->n_codes++;
    c->open = true;
    c->last = joining;
}

/* word (n_bytes) <- the words; returns how many. */
static size_t cut(const char *text, size_t n_bytes, struct smp_word_weight *word)
{
    struct cutting c = {.word = word};

    for (size_t at = 0; at < n_bytes;) {
        const size_t start = at;
        const uint32_t code = smp_utf8_next(text, n_bytes, &at);
        add_code(&c, joining_of(code), start, at);
    }
    return c.n;
}

/* How many words of such a text may be left out, each in a copy of it. */
static size_t most_words(size_t n_bytes)
{
    const size_t copies = COPIES_BYTES / (n_bytes + 1) + 1;

    return copies < SMP_WORDING_MOST ? copies : SMP_WORDING_MOST;
}

/* Neighbours together until there are few enough; returns how many are left. */
static size_t join(struct smp_word_weight *word, size_t n, size_t most)
{
    const size_t each = (n + most - 1) / most;
    size_t left = 0;

    for (size_t i = 0; i < n; i += each) {
        const size_t last = i + each < n ? i + each - 1 : n - 1;
        word[left].start = word[i].start;
        word[left++].end = word[last].end;
    }
    return left;
}

struct asking {
    const struct smp_wording_in *in;
    struct smp_wording *out;
    char *copies; /* (n, n_bytes) */
    const char **text;
    size_t *n_bytes;
    float *p;
};

/* The text, and then as it is without each word. */
static void make_texts(struct asking *a)
{
    const size_t whole = a->in->n_bytes;
    char *to = a->copies;

    a->text[0] = a->in->text;
    a->n_bytes[0] = whole;
    for (size_t i = 0; i < a->out->n; i++) {
        const struct smp_word_weight *w = &a->out->word[i];
        memcpy(to, a->in->text, w->start);
        memcpy(to + w->start, a->in->text + w->end, whole - w->end);
        a->text[i + 1] = to;
        a->n_bytes[i + 1] = whole - (w->end - w->start);
        to += whole;
    }
}

static enum smp_status ask(struct asking *a)
{
    const struct smp_wording_in *in = a->in;
    const size_t n = a->out->n + 1;

    make_texts(a);
    SMP_TRY(in->predict(in->ctx, a->text, a->n_bytes, n, a->p));
    a->out->p = a->p[in->class];
    for (size_t i = 0; i < a->out->n; i++)
        a->out->word[i].weight =
            smp_log_odds(a->out->p) - smp_log_odds(a->p[(i + 1) * in->n_classes + in->class]);
    return SMP_OK;
}

enum smp_status smp_wording_find(const struct smp_wording_in *in, struct smp_wording *out)
{
    const size_t looked_at = in->n_bytes < SMP_WORDING_BYTES ? in->n_bytes : SMP_WORDING_BYTES;
    struct asking a = {.in = in, .out = out};
    enum smp_status e;

    *out = (struct smp_wording){.word = calloc(looked_at + 1, sizeof *out->word)};
    if (!out->word) return smp_fail_nomem();
    out->n = join(out->word, cut(in->text, looked_at, out->word), most_words(in->n_bytes));
    a.copies = malloc(out->n * in->n_bytes + 1);
    a.text = calloc(out->n + 1, sizeof *a.text);
    a.n_bytes = calloc(out->n + 1, sizeof *a.n_bytes);
    a.p = calloc((out->n + 1) * in->n_classes, sizeof *a.p);
    e = a.copies && a.text && a.n_bytes && a.p ? ask(&a) : smp_fail_nomem();
    free(a.copies);
    free((void *)a.text);
    free(a.n_bytes);
    free(a.p);
    if (e) smp_wording_free(out);
    return e;
}

void smp_wording_free(struct smp_wording *w)
{
    free(w->word);
    *w = (struct smp_wording){.n = 0};
}
