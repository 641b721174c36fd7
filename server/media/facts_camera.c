#include "media/exif.h"
#include "media/facts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MARKER = 0xff, SOI = 0xd8, SOS = 0xda, APP1 = 0xe1 };

/* The Exif segment of a JPEG, before its first scan (ITU-T T.81, B.1); NULL when there is none. */
static const uint8_t *exif_segment(const uint8_t *p, size_t n, size_t *size)
{
    size_t at = 2;

    if (n < 4 || p[0] != MARKER || p[1] != SOI) return NULL;
    while (at + 4 <= n && p[at] == MARKER && p[at + 1] != SOS) {
        const size_t length = (size_t)p[at + 2] << 8 | p[at + 3];

        if (length < 2 || length > n - at - 2) return NULL;
        *size = length - 2;
        if (p[at + 1] == APP1 && *size >= 6 && !memcmp(p + at + 4, "Exif\0\0", 6))
            return p + at + 4;
        at += 2 + length;
    }
    return NULL;
}

/* "2026:11:21 03:50:00" as minutes, or 0. */
static int64_t minutes_of(const char *text)
{
    struct tm tm = {.tm_sec = 0};
    time_t t;

    if (!strptime(text, "%Y:%m:%d %H:%M:%S", &tm)) return 0;
    t = timegm(&tm);
    return t > 0 ? (int64_t)t / 60 : 0;
}

struct camera_facts camera_facts(const void *bytes, size_t n)
{
    struct camera_facts c = {.name = ""};
    struct exif_origin o;
    size_t size = 0;
    const uint8_t *segment = exif_segment(bytes, n, &size);

    if (!segment) return c;
    exif_origin(&o, segment, size);
    snprintf(c.name, sizeof c.name, "%s%s%s", o.maker, *o.maker && *o.model ? " " : "",
             o.model);
    c.taken_min = minutes_of(o.taken);
    return c;
}
