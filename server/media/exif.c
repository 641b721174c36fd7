#include "media/exif.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    TIFF_HEADER_BYTES = 8,
    TIFF_ENTRY_BYTES = 12,
    TIFF_ASCII = 2,
    TIFF_SHORT = 3,
    TAG_MAKER = 0x010f,
    TAG_MODEL = 0x0110,
    TAG_ORIENTATION = 0x0112,
    TAG_EXIF = 0x8769,
    TAG_TAKEN = 0x9003,
};

struct tiff {
    const uint8_t *bytes;
    size_t n;
    bool is_big_endian;
};

/* Both readers give 0 beyond the end: no directory, no entry and no orientation is called 0. */
static uint32_t tiff_u16(const struct tiff *t, size_t at)
{
    const uint8_t *p = t->bytes + at;

    if (at > t->n || t->n - at < 2) return 0;
    return t->is_big_endian ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

static uint32_t tiff_u32(const struct tiff *t, size_t at)
{
    uint32_t first = tiff_u16(t, at);
    uint32_t second = tiff_u16(t, at + 2);

    return t->is_big_endian ? first << 16 | second : second << 16 | first;
}

static bool tiff_open(struct tiff *t, const uint8_t *block, size_t n)
{
    if (n >= 6 && !memcmp(block, "Exif\0\0", 6)) {
        block += 6;
        n -= 6;
    }
    *t = (struct tiff){.bytes = block, .n = n};
    if (n < TIFF_HEADER_BYTES) return false;
    t->is_big_endian = !memcmp(block, "MM", 2);
    return (t->is_big_endian || !memcmp(block, "II", 2)) && tiff_u16(t, 2) == 42;
}

int exif_orientation(const void *block, size_t n)
{
    struct tiff t;
    size_t entry;
    uint32_t count;

    if (!tiff_open(&t, block, n)) return 1;
    entry = (size_t)tiff_u32(&t, 4) + 2;
    count = tiff_u16(&t, entry - 2);
    for (; count > 0; count--, entry += TIFF_ENTRY_BYTES) {
        uint32_t value = tiff_u16(&t, entry + 8);

        if (tiff_u16(&t, entry) != TAG_ORIENTATION) continue;
        if (tiff_u16(&t, entry + 2) != TIFF_SHORT || tiff_u32(&t, entry + 4) != 1) return 1;
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* Where the entry of a tag lies in the directory at `at`; 0: there is none. */
static size_t entry_find(const struct tiff *t, size_t at, uint32_t tag)
{
    uint32_t count = tiff_u16(t, at);

    for (size_t entry = at + 2; count > 0; count--, entry += TIFF_ENTRY_BYTES)
        if (tiff_u16(t, entry) == tag) return entry;
    return 0;
}

/* A text of up to four bytes lies in its entry, a longer one where the entry says. */
static void text_read(const struct tiff *t, size_t entry, char text[EXIF_TEXT])
{
    const size_t n = entry ? tiff_u32(t, entry + 4) : 0;
    const size_t at = n <= 4 ? entry + 8 : tiff_u32(t, entry + 8);
    size_t k = 0;

    text[0] = '\0';
    if (!entry || tiff_u16(t, entry + 2) != TIFF_ASCII) return;
    while (k < n && k < EXIF_TEXT - 1 && at + k < t->n && t->bytes[at + k] >= ' ' &&
           t->bytes[at + k] < 127) {
        text[k] = (char)t->bytes[at + k];
        k++;
    }
    while (k > 0 && text[k - 1] == ' ')
        k--;
    text[k] = '\0';
}

void exif_origin(struct exif_origin *o, const void *block, size_t n)
{
    struct tiff t;
    size_t first;
    size_t inner;

    *o = (struct exif_origin){.maker = ""};
    if (!tiff_open(&t, block, n)) return;
    first = tiff_u32(&t, 4);
    text_read(&t, entry_find(&t, first, TAG_MAKER), o->maker);
    text_read(&t, entry_find(&t, first, TAG_MODEL), o->model);
    inner = entry_find(&t, first, TAG_EXIF);
    if (inner) text_read(&t, entry_find(&t, tiff_u32(&t, inner + 8), TAG_TAKEN), o->taken);
}
