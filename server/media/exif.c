#include "media/exif.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    TIFF_HEADER_BYTES = 8,
    TIFF_ENTRY_BYTES = 12,
    TIFF_SHORT = 3,
    TAG_ORIENTATION = 0x0112,
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
