/* take_inside - what the forms of take.h share: the model as it is exported, and its golden answers. */
#ifndef EXEMPLAR_FORMATS_TAKE_INSIDE_H
#define EXEMPLAR_FORMATS_TAKE_INSIDE_H

#include "base/arena.h"
#include "base/json.h"
#include "formats/take.h"

#include <stdint.h>

enum { TAKE_MAX_BYTES = 64 * 1024 * 1024, TAKE_GOLDEN_MAX = 12 };

/* A golden input: a picture made by rule, or a text; and the scores (n_classes) it must give.
 *
 *     pixel (y, x, c) = (x (3 + step) + y (5 + step) + 70 c + 11 (x / 5) (y / 7)) mod 256 */
struct golden {
    uint32_t height, width, step;
    const char *text; /* NULL for a picture */
    float *scores;
};

struct taking {
    const struct take *t;
    struct arena *arena;
    struct golden golden[TAKE_GOLDEN_MAX];
    size_t n_golden;
    json_t *about; /* title, classes, facts, golden: what every form says of itself */
};

/* One layer's weights as they are written: bytes with scales, or f32. */
struct take_weights_of {
    size_t rows, columns;
    const int8_t *bytes; /* (rows, columns), or NULL */
    const float *scale;  /* (columns), all 1 for f32 */
    const float *floats; /* (rows, columns), or NULL */
    const float *bias;   /* (columns) */
};

enum err take_weights_make(const struct taking *k, const float *w, size_t rows, size_t columns,
                           const float *bias, struct take_weights_of *out) MUST_USE;

enum err take_onnx(struct buf *out, const struct taking *k) MUST_USE;
enum err take_c(struct buf *out, const struct taking *k) MUST_USE;
enum err take_web(struct buf *out, const struct taking *k) MUST_USE;

/* A file of formats/take/, in which @data@ stands for what is said of the model. */
const char *take_template(const char *name) MUST_USE;

/* text <- the code point in UTF-8, 1 to 4 bytes; returns how many. */
size_t take_utf8(uint32_t code, char *text);

#endif
