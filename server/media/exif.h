/* exif - the one EXIF field that moves pixels, which side is up; and with what a photo was taken, and when.
 *
 *     int orientation = exif_orientation(block, n);    // 1..8
 *
 * Reads the first directory of the TIFF block, and for the time the one it points to; every offset is
 * checked against `n`, so any bytes are safe. Never fails: a missing, broken or senseless orientation is 1,
 * as browsers have it, a text "". Pure. Source: TIFF 6.0 sections 2 and 8, Exif 2.32 (tags 0x0112, 0x010f,
 * 0x0110, 0x8769, 0x9003). */
#ifndef EXEMPLAR_MEDIA_EXIF_H
#define EXEMPLAR_MEDIA_EXIF_H

#include <stddef.h>

/* `block` starts with the TIFF header ("II*\0" or "MM\0*"), or with "Exif\0\0" before it.
 *
 *   1 as stored   2 mirrored left-right   3 turned 180   4 mirrored top-bottom
 *   5 transposed  6 turn 90 clockwise     7 transversed  8 turn 90 counter-clockwise */
int exif_orientation(const void *block, size_t n);

enum { EXIF_TEXT = 32 };
struct exif_origin {
    char maker[EXIF_TEXT],
        model[EXIF_TEXT];  /* printable ASCII, cut, without spaces at the end */
    char taken[EXIF_TEXT]; /* "2026:11:21 03:50:00" by the camera's clock */
};
void exif_origin(struct exif_origin *o, const void *block, size_t n);

#endif
