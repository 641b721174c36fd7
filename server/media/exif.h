/* exif - the one EXIF field that moves pixels: which side is up.
 *
 *     int orientation = exif_orientation(block, n);    // 1..8
 *
 * Reads at most the first directory of the TIFF block; every offset is checked against `n`, so
 * any bytes are safe. Never fails: a missing, broken or senseless field is 1, as browsers have
 * it. Pure. Source: TIFF 6.0 sections 2 and 8, Exif 2.32 (tag 0x0112). */
#ifndef EXEMPLAR_MEDIA_EXIF_H
#define EXEMPLAR_MEDIA_EXIF_H

#include <stddef.h>

/* `block` starts with the TIFF header ("II*\0" or "MM\0*"), or with "Exif\0\0" before it.
 *
 *   1 as stored   2 mirrored left-right   3 turned 180   4 mirrored top-bottom
 *   5 transposed  6 turn 90 clockwise     7 transversed  8 turn 90 counter-clockwise */
int exif_orientation(const void *block, size_t n);

#endif
