#include "media/facts.h"

#include <utf8proc.h>

struct block {
    utf8proc_int32_t first, last;
    enum text_script script;
};

/* Blocks of letters (Unicode 15, Blocks.txt), in order. */
static const struct block BLOCKS[] = {
    {0x0041,  0x024f,  SCRIPT_LATIN   },
    {0x0370,  0x03ff,  SCRIPT_GREEK   },
    {0x0400,  0x052f,  SCRIPT_CYRILLIC},
    {0x0530,  0x058f,  SCRIPT_ARMENIAN},
    {0x0590,  0x05ff,  SCRIPT_HEBREW  },
    {0x0600,  0x08ff,  SCRIPT_ARABIC  },
    {0x0900,  0x0dff,  SCRIPT_INDIC   },
    {0x0e00,  0x0e7f,  SCRIPT_THAI    },
    {0x10a0,  0x10ff,  SCRIPT_GEORGIAN},
    {0x1100,  0x11ff,  SCRIPT_KOREAN  },
    {0x1e00,  0x1eff,  SCRIPT_LATIN   },
    {0x1f00,  0x1fff,  SCRIPT_GREEK   },
    {0x3040,  0x30ff,  SCRIPT_JAPANESE},
    {0x3400,  0x9fff,  SCRIPT_CHINESE },
    {0xac00,  0xd7af,  SCRIPT_KOREAN  },
    {0xf900,  0xfaff,  SCRIPT_CHINESE },
    {0xfb50,  0xfdff,  SCRIPT_ARABIC  },
    {0xfe70,  0xfeff,  SCRIPT_ARABIC  },
    {0x20000, 0x3134f, SCRIPT_CHINESE },
};

static const char *const NAMES[SCRIPTS] = {
    [SCRIPT_NONE] = "none",         [SCRIPT_LATIN] = "latin",
    [SCRIPT_GREEK] = "greek",       [SCRIPT_CYRILLIC] = "cyrillic",
    [SCRIPT_ARMENIAN] = "armenian", [SCRIPT_HEBREW] = "hebrew",
    [SCRIPT_ARABIC] = "arabic",     [SCRIPT_INDIC] = "indic",
    [SCRIPT_THAI] = "thai",         [SCRIPT_GEORGIAN] = "georgian",
    [SCRIPT_KOREAN] = "korean",     [SCRIPT_JAPANESE] = "japanese",
    [SCRIPT_CHINESE] = "chinese",   [SCRIPT_OTHER] = "other",
};

const char *text_script_name(enum text_script s)
{
    return NAMES[s];
}

static bool is_letter(utf8proc_int32_t c)
{
    const utf8proc_category_t k = utf8proc_category(c);

    return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

static enum text_script script_of(utf8proc_int32_t c)
{
    for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++)
        if (c >= BLOCKS[i].first && c <= BLOCKS[i].last) return BLOCKS[i].script;
    return SCRIPT_OTHER;
}

struct counting {
    size_t letters[SCRIPTS];
    size_t n_visible, n_punctuation, n_ascii, n_capitals;
    bool in_word;
};

static void letter_count(struct counting *x, utf8proc_int32_t c)
{
    x->letters[script_of(c)]++;
    x->n_ascii += c < 128;
    x->n_capitals += c >= 'A' && c <= 'Z';
}

static void character_count(struct text_facts *f, struct counting *x, utf8proc_int32_t c)
{
    const utf8proc_category_t k = utf8proc_category(c);
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r') ||
                          (k >= UTF8PROC_CATEGORY_ZS && k <= UTF8PROC_CATEGORY_ZP);

    f->n_chars++;
    f->n_lines += c == '\n';
    f->n_words += !is_space && !x->in_word;
    x->in_word = !is_space;
    x->n_visible += !is_space;
    x->n_punctuation += k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
    if (is_letter(c)) letter_count(x, c);
}

/* Kana make a text Japanese, whatever it has beside them. */
static enum text_script most_of(const struct counting *x)
{
    enum text_script best = SCRIPT_NONE;

    for (int s = SCRIPT_LATIN; s < SCRIPTS; s++)
        if (x->letters[s] > x->letters[best] || (best == SCRIPT_NONE && x->letters[s]))
            best = (enum text_script)s;
    return best == SCRIPT_CHINESE && x->letters[SCRIPT_JAPANESE] ? SCRIPT_JAPANESE : best;
}

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

struct text_facts text_facts(const char *text, size_t n)
{
    struct text_facts f = {.n_lines = 1};
    struct counting x = {.n_visible = 0};

    for (size_t at = 0; at < n;) {
        utf8proc_int32_t c;
        const utf8proc_ssize_t left = n - at < 4 ? (utf8proc_ssize_t)(n - at) : 4;
        const utf8proc_ssize_t step =
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, left, &c);

        if (step < 1) break; /* texts of the store are valid */
        character_count(&f, &x, c);
        at += (size_t)step;
    }
    f.punctuation = share(x.n_punctuation, x.n_visible);
    f.capitals = share(x.n_capitals, x.n_ascii);
    f.script = most_of(&x);
    return f;
}
