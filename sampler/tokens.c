#include "sampler/tokens.h"

#include <stdbool.h>
#include <string.h>

enum {
    GRAM_MIN = 3,
    GRAM_MAX = 5,
    PIECE_MAX = 256, /* code points of one space-separated piece; a longer one is cut there */
    BARE_WINDOW = 3  /* code points of a token in a script without spaces */
};

enum kind { SPACE, SEPARATOR, WORD, ALONE, BARE, IGNORED, APOSTROPHE };

struct range {
    uint32_t first, last;
    enum kind kind;
};

/* Beyond Latin-1; ascending. What is not named here is a letter, digit or mark. Unicode 15 blocks. */
static const struct range RANGES[] = {
    {0x0e00,  0x0eff,   BARE      }, /* Thai, Lao */
    {0x0f00,  0x0fff,   BARE      }, /* Tibetan */
    {0x1000,  0x109f,   BARE      }, /* Myanmar */
    {0x1680,  0x1680,   SPACE     },
    {0x1780,  0x17ff,   BARE      }, /* Khmer */
    {0x2000,  0x200a,   SPACE     },
    {0x200b,  0x200f,   IGNORED   }, /* zero-width, joiners, direction marks */
    {0x2010,  0x2018,   SEPARATOR },
    {0x2019,  0x2019,   APOSTROPHE},
    {0x201a,  0x2027,   SEPARATOR },
    {0x2028,  0x2029,   SPACE     },
    {0x202a,  0x202e,   IGNORED   },
    {0x202f,  0x202f,   SPACE     },
    {0x2030,  0x205e,   SEPARATOR },
    {0x205f,  0x205f,   SPACE     },
    {0x2060,  0x206f,   IGNORED   },
    {0x20a0,  0x20cf,   ALONE     }, /* currency */
    {0x2190,  0x23ff,   SEPARATOR }, /* arrows, mathematics, technical */
    {0x2400,  0x25ff,   SEPARATOR },
    {0x2600,  0x27bf,   ALONE     }, /* symbols, dingbats */
    {0x27c0,  0x2bff,   SEPARATOR },
    {0x2e00,  0x2e7f,   SEPARATOR },
    {0x2e80,  0x2fdf,   ALONE     }, /* radicals */
    {0x3000,  0x3000,   SPACE     },
    {0x3001,  0x3004,   SEPARATOR },
    {0x3005,  0x3007,   ALONE     },
    {0x3008,  0x3020,   SEPARATOR },
    {0x3030,  0x3030,   SEPARATOR },
    {0x3040,  0x30fa,   ALONE     }, /* kana */
    {0x30fb,  0x30fb,   SEPARATOR },
    {0x30fc,  0x312f,   ALONE     },
    {0x31f0,  0x31ff,   ALONE     },
    {0x3400,  0x4dbf,   ALONE     }, /* Han */
    {0x4e00,  0x9fff,   ALONE     },
    {0xe000,  0xf8ff,   SEPARATOR }, /* private use */
    {0xf900,  0xfaff,   ALONE     },
    {0xfe00,  0xfe0f,   IGNORED   }, /* variation selectors */
    {0xfe10,  0xfe1f,   SEPARATOR },
    {0xfe30,  0xfe6f,   SEPARATOR },
    {0xfeff,  0xfeff,   IGNORED   },
    {0xff00,  0xff0f,   SEPARATOR },
    {0xff1a,  0xff20,   SEPARATOR },
    {0xff3b,  0xff40,   SEPARATOR },
    {0xff5b,  0xff65,   SEPARATOR },
    {0xff66,  0xff9f,   ALONE     }, /* half-width kana */
    {0xfff0,  0xffff,   SEPARATOR },
    {0x1b000, 0x1b16f,  ALONE     }, /* kana supplement */
    {0x1f000, 0x1f3fa,  ALONE     }, /* pictographs */
    {0x1f3fb, 0x1f3ff,  IGNORED   }, /* skin tones */
    {0x1f400, 0x1faff,  ALONE     },
    {0x20000, 0x3ffff,  ALONE     }, /* Han, further planes */
    {0xe0000, 0x10ffff, IGNORED   },
};

static enum kind kind_of_latin1(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) return WORD;
    if (c == '\'') return APOSTROPHE;
    if (c <= ' ' || c == 0x85 || c == 0xa0) return SPACE;
    if (c == 0xad) return IGNORED; /* soft hyphen */
    if (c >= 0xc0) return c == 0xd7 || c == 0xf7 ? SEPARATOR : WORD;
    return c == '_' || c == 0xaa || c == 0xb5 || c == 0xba ? WORD : SEPARATOR;
}

static enum kind kind_of(uint32_t c)
{
    size_t low = 0;
    size_t high = sizeof RANGES / sizeof RANGES[0];

    if (c < 0x100) return kind_of_latin1(c);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (c > RANGES[middle].last)
            low = middle + 1;
        else if (c < RANGES[middle].first)
            high = middle;
        else
            return RANGES[middle].kind;
    }
    return WORD;
}

/* -- lower case ------------------------------------------------------------------------------- */

struct shift {
    uint32_t first, last;
    int32_t by; /* 0: capitals are even and their small letters follow; 1: capitals are odd */
};

enum { PAIRS_EVEN = 0, PAIRS_ODD = 1 };

/* UnicodeData.txt's simple lower-case mappings, as ranges; rare single letters are left alone. */
static const struct shift SHIFTS[] = {
    {'A',    'Z',    32          },
    {0xc0,   0xd6,   32          },
    {0xd8,   0xde,   32          },
    {0x100,  0x12f,  PAIRS_EVEN  },
    {0x130,  0x130,  'i' - 0x130 },
    {0x132,  0x137,  PAIRS_EVEN  },
    {0x139,  0x148,  PAIRS_ODD   },
    {0x14a,  0x177,  PAIRS_EVEN  },
    {0x178,  0x178,  0xff - 0x178},
    {0x179,  0x17e,  PAIRS_ODD   },
    {0x386,  0x386,  38          },
    {0x388,  0x38a,  37          },
    {0x38c,  0x38c,  64          },
    {0x38e,  0x38f,  63          },
    {0x391,  0x3ab,  32          },
    {0x400,  0x40f,  80          },
    {0x410,  0x42f,  32          },
    {0x460,  0x481,  PAIRS_EVEN  },
    {0x48a,  0x4bf,  PAIRS_EVEN  },
    {0x4c1,  0x4ce,  PAIRS_ODD   },
    {0x4d0,  0x52f,  PAIRS_EVEN  },
    {0x531,  0x556,  48          },
    {0x1e00, 0x1e95, PAIRS_EVEN  },
    {0x1ea0, 0x1eff, PAIRS_EVEN  },
    {0xff21, 0xff3a, 32          },
};

static uint32_t lower(uint32_t c)
{
    if (c == 0x3c2) return 0x3c3; /* final sigma is a sigma */
    for (size_t i = 0; i < sizeof SHIFTS / sizeof SHIFTS[0]; i++) {
        const struct shift *s = &SHIFTS[i];
        if (c < s->first) return c;
        if (c > s->last) continue;
        if (s->by == PAIRS_EVEN) return c | 1;
        if (s->by == PAIRS_ODD) return c + (c & 1);
        return (uint32_t)((int32_t)c + s->by);
    }
    return c;
}

uint32_t smp_plain_code(uint32_t code)
{
    const uint32_t c = lower(code);
    const enum kind kind = kind_of(c);

    if (kind == SPACE) return ' ';
    if (kind == IGNORED) return 0;
    return c == 0x2019 ? '\'' : c;
}

/* -- UTF-8 ------------------------------------------------------------------------------------ */

uint32_t smp_utf8_next(const char *text, size_t n_bytes, size_t *at)
{
    static const uint32_t LEAST[4] = {0, 0x80, 0x800, 0x10000};
    const uint8_t *s = (const uint8_t *)text + *at;
    const size_t left = n_bytes - *at;
    const size_t more = s[0] < 0x80   ? 0
                        : s[0] < 0xc0 ? 4
                        : s[0] < 0xe0 ? 1
                        : s[0] < 0xf0 ? 2
                                      : 3;
    uint32_t c = more ? s[0] & (0x3fu >> more) : s[0];

    *at += 1;
    if (more >= 4 || more >= left || s[0] > 0xf4) return s[0] < 0x80 ? c : UINT32_MAX;
    for (size_t i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) return UINT32_MAX;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < LEAST[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return UINT32_MAX;
    *at += more;
    return c;
}

/* -- hashes ----------------------------------------------------------------------------------- */

static const uint64_t HASH_START = 0xcbf29ce484222325u;

static uint64_t hash_add(uint64_t h, uint32_t c)
{
    return (h ^ c) * 0x100000001b3u;
}

/* FNV leaves the high bits of short strings alike; this spreads them (murmur3's finaliser). */
static uint64_t hash_finish(uint64_t h)
{
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

uint64_t smp_token_pair(uint64_t first, uint64_t second)
{
    return hash_finish(first * 3 + (second ^ 0x9e3779b97f4a7c15u));
}

static uint64_t hash_run(const uint32_t *c, size_t n)
{
    uint64_t h = HASH_START;

    for (size_t i = 0; i < n; i++)
        h = hash_add(h, c[i]);
    return hash_finish(h);
}

/* -- scanning --------------------------------------------------------------------------------- */

struct scan {
    const struct smp_token_sink *sink;
    uint64_t word;   /* hash of the token being read */
    size_t n_word;   /* its code points so far */
    bool apostrophe; /* one waits to see whether a letter follows */
    uint32_t bare[BARE_WINDOW];
    size_t n_bare;
    uint32_t piece[PIECE_MAX + 2]; /* with its blanks */
    size_t n_piece;
};

static void give_token(const struct scan *s, uint64_t hash)
{
    if (s->sink->token) s->sink->token(s->sink->ctx, hash);
}

static void end_word(struct scan *s)
{
    if (s->n_word) give_token(s, hash_finish(s->word));
    s->n_word = 0;
    s->apostrophe = false;
    s->word = HASH_START;
    /* A run shorter than the window is one token by itself. */
    if (s->n_bare && s->n_bare < BARE_WINDOW) give_token(s, hash_run(s->bare, s->n_bare));
    s->n_bare = 0;
}

static void end_piece(struct scan *s)
{
    uint32_t *c = s->piece;
    const size_t n = s->n_piece + 1;

    if (s->n_piece > 1 && s->sink->gram) {
        c[n - 1] = ' ';
        for (size_t length = GRAM_MIN; length <= GRAM_MAX && length <= n; length++)
            for (size_t i = 0; i + length <= n; i++)
                s->sink->gram(s->sink->ctx, hash_run(c + i, length));
    }
    c[0] = ' ';
    s->n_piece = 1;
}

static void add_to_word(struct scan *s, uint32_t c)
{
    if (s->apostrophe) s->word = hash_add(s->word, '\'');
    s->apostrophe = false;
    s->word = hash_add(s->word, c);
    s->n_word++;
}

static void add_bare(struct scan *s, uint32_t c)
{
    const size_t seen = s->n_bare < BARE_WINDOW ? s->n_bare : BARE_WINDOW - 1;

    if (s->n_word) end_word(s);
    if (s->n_bare >= BARE_WINDOW) memmove(s->bare, s->bare + 1, seen * sizeof s->bare[0]);
    s->bare[seen] = c;
    s->n_bare = s->n_bare < BARE_WINDOW ? s->n_bare + 1 : BARE_WINDOW;
    if (s->n_bare == BARE_WINDOW) give_token(s, hash_run(s->bare, BARE_WINDOW));
}

static void add_alone(struct scan *s, uint32_t c)
{
    end_word(s);
    give_token(s, hash_run(&c, 1));
}

static void add_code_point(struct scan *s, uint32_t raw)
{
    const uint32_t c = raw == UINT32_MAX ? ' ' : lower(raw);
    const enum kind kind = kind_of(c);

    if (kind == IGNORED) return;
    if (kind == SPACE || s->n_piece > PIECE_MAX) end_piece(s);
    if (kind != SPACE) s->piece[s->n_piece++] = c == 0x2019 ? '\'' : c;
    if (kind == WORD) {
        if (s->n_bare) end_word(s);
        add_to_word(s, c);
    } else if (kind == APOSTROPHE && s->n_word && !s->apostrophe) {
        s->apostrophe = true;
    } else if (kind == BARE) {
        add_bare(s, c);
    } else if (kind == ALONE) {
        add_alone(s, c);
    } else {
        end_word(s);
    }
}

void smp_tokenise(const char *text, size_t n_bytes, const struct smp_token_sink *sink)
{
    struct scan s = {.sink = sink, .word = HASH_START, .piece = {' '}, .n_piece = 1};

    for (size_t at = 0; at < n_bytes;)
        add_code_point(&s, smp_utf8_next(text, n_bytes, &at));
    end_word(&s);
    end_piece(&s);
}
