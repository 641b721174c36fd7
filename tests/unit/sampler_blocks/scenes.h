/* scenes - made photos for the tests of the blocks: a figure on a noisy ground, by seed. */
#ifndef EXEMPLAR_TESTS_SCENES_H
#define EXEMPLAR_TESTS_SCENES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sampler/encoder.h"

enum { SCENE_FIGURES = 3 };

/* pixels (height, width, channels): figure 0 a disc, 1 a cross, 2 stripes; its place, size and
 * colour by seed. */
void scene_make(const struct smp_image_spec *spec, int figure, uint64_t seed, uint8_t *pixels);

/* n scenes, figure i % 3, one after the other; free() them. */
uint8_t *scenes_make(const struct smp_image_spec *spec, size_t n, uint64_t seed);

/* out <- pixels, left and right exchanged. */
void scene_mirror(const struct smp_image_spec *spec, const uint8_t *pixels, uint8_t *out);

/* The call gives SMP_OK; else its sentence is printed. */
#define CHECK_SMP(call)                                                                        \
    do {                                                                                       \
        if (call) fail_msg("%s: %s", #call, smp_message());                                    \
    } while (0)

/* |a - b| <= tolerance; cmocka's own macro forgets its brackets. */
#define CHECK_NEAR(a, b, tolerance)                                                            \
    _assert_float_equal((float)(a), (float)(b), (float)(tolerance), __FILE__, __LINE__)

#endif
