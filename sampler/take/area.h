/* area - a picture of any size as a small network sees it: averages over areas. Kernel.
 *
 * Output number (i, j) is the mean of the input over [i h / out_h, (i+1) h / out_h) x [j w / out_w,
 * (j+1) w / out_w), edges counted by the share that lies inside, then over 255; a picture that grows
 * gets blocks. Nothing is rounded to whole steps: a step at one half would fall differently in other
 * programs. One rule for sides that shrink and that grow, so that C, ONNX and JavaScript say the same
 * to the last digits. With one channel: 0.299 r + 0.587 g + 0.114 b in 16-bit shares (BT.601). */
#ifndef SAMPLER_TAKE_AREA_H
#define SAMPLER_TAKE_AREA_H

#include <stddef.h>
#include <stdint.h>

/* The shares of red, green and blue in grey; they sum to 65,536. */
enum { SMP_AREA_RED = 19595, SMP_AREA_GREEN = 38470, SMP_AREA_BLUE = 7471 };

/* u8 (height, width, 3), upright. */
struct smp_picture {
    const uint8_t *pixels;
    size_t height, width; /* each 1 or more */
};

/* x (out_h, out_w, channels) with channels 1 or 3, numbers 0 to 1. */
void smp_area(const struct smp_picture *from, size_t out_h, size_t out_w, size_t channels,
              float *x);

#endif
