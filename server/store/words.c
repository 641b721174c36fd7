#include "store/words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Code points from first to last. */
struct range {
    uint32_t first, last;
};

static const struct range UNSPACED[] = {
    {0x0E00,  0x0EFF }, /* Thai, Lao */
    {0x1000,  0x109F }, /* Burmese */
    {0x1780,  0x17FF }, /* Khmer */
    {0x3040,  0x30FF }, /* Hiragana, Katakana */
    {0x3400,  0x4DBF }, /* Han, extension A */
    {0x4E00,  0x9FFF }, /* Han */
    {0xF900,  0xFAFF }, /* Han, compatibility */
    {0x20000, 0x3FFFF}, /* Han, further extensions */
};

/* What is no letter and no digit: an expression of it alone would find nothing. */
static const struct range MARKS[] = {
    {0x00,    '0' - 1},
    {'9' + 1, 'A' - 1},
    {'Z' + 1, 'a' - 1},
    {'z' + 1, 0xA9   },
    {0xAB,    0xB4   }, /* but the ordinals and the micro */
    {0xB6,    0xB9   },
    {0xBB,    0xBF   },
    {0x2000,  0x2BFF }, /* punctuation, arrows, symbols */
    {0x3000,  0x3004 },
    {0x3008,  0x3020 },
    {0xFE00,  0xFE0F }, /* variation selectors */
    {0x1F000, 0x1FAFF}, /* emoji */
};

/* The code point at `p`, and its bytes; a byte that begins none stands for itself. The text was
 * checked to be UTF-8 when it came in. */
static uint32_t code_point(const unsigned char *p, size_t left, size_t *n_bytes)
{
    size_t n = p[0] < 0xC0 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));

    if (n > left) n = 1;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    *n_bytes = n;
    return c;
}

static bool is_in(uint32_t c, const struct range *ranges, size_t n)
{
    if (c < ranges[0].first) return false;
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return true;
    return false;
}

static bool is_unspaced(uint32_t c)
{
    return is_in(c, UNSPACED, sizeof UNSPACED / sizeof *UNSPACED);
}

/* The bytes before the first character of an unspaced script; n when there is none. */
static size_t spaced_bytes(const char *text, size_t n)
{
    size_t n_bytes;

    for (size_t i = 0; i < n; i += n_bytes)
        if (is_unspaced(code_point((const unsigned char *)text + i, n - i, &n_bytes))) return i;
    return n;
}

enum err words_add(struct buf *b, const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t plain = spaced_bytes(text + at, n - at);
        size_t n_bytes = 0;

        TRY(buf_add(b, text + at, plain));
        at += plain;
        if (at == n) break;
        (void)code_point((const unsigned char *)text + at, n - at, &n_bytes);
        TRY(buf_printf(b, " %.*s ", (int)n_bytes, text + at));
        at += n_bytes;
    }
    return buf_adds(b, " ");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t count_letters(const char *text, size_t n)
{
    size_t found = 0;
    size_t n_bytes;

    for (size_t i = 0; i < n; i += n_bytes) {
        uint32_t c = code_point((const unsigned char *)text + i, n - i, &n_bytes);
        found += !is_in(c, MARKS, sizeof MARKS / sizeof *MARKS);
    }
    return found;
}

/* One word or phrase as a quoted string of the expression. Quotes inside are not kept: what
 * follows one is a part of its own. */
static enum err part_add(struct buf *b, const char *text, size_t n, bool is_first)
{
    bool has_star = n && text[n - 1] == '*';

    if (has_star) n--;
    if (has_star && count_letters(text, n) < WORDS_STAR_MIN)
        return fail(ERR_INVALID, "text: a * needs at least %d letters before it",
                    WORDS_STAR_MIN);
    TRY(buf_adds(b, is_first ? "\"" : " AND \""));
    TRY(words_add(b, text, n));
    return buf_adds(b, has_star ? "\" *" : "\"");
}

/* The end of the part that begins at `at`, which a quote ends if a quote began it. */
static size_t part_end(const char *text, size_t at, bool is_quoted)
{
    while (text[at] && text[at] != '"' && (is_quoted || !is_space(text[at])))
        at++;
    return at;
}

enum err words_match(struct buf *b, const char *text)
{
    bool is_first = true;
    size_t at = 0;

    TRY(buf_adds(b, "words : ("));
    while (text[at]) {
        bool is_quoted = text[at] == '"';
        size_t from = at + is_quoted;
        size_t end = part_end(text, from, is_quoted);

        if (count_letters(text + from, end - from)) {
            TRY(part_add(b, text + from, end - from, is_first));
            is_first = false;
        }
        at = end + (is_quoted && text[end]);
        while (is_space(text[at]))
            at++;
    }
    if (is_first)
        return fail(ERR_INVALID, "text: there is no letter or digit in it to look for");
    return buf_adds(b, ")");
}
