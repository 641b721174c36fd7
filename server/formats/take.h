/* take - a small model as one file that runs without Exemplar.
 *
 *     struct take t = {.title = "shoes, version 3", .classes = names, .n_classes = 2, .facts = "{}",
 *                      .weights = TAKE_INT8, .net = net};
 *     TRY(take_write(&file, &t, TAKE_ONNX));
 *
 *     TAKE_ONNX   a graph that begins at pixels (or code points): resizing and counting are in it
 *     TAKE_C      one C99 file, nothing beside the standard library
 *     TAKE_WEB    one HTML page that classifies photos or sentences and asks no network
 *
 * Each begins at the same input, carries the same golden inputs with the scores they must give, and
 * (C, page) checks itself by them; for ONNX they stand in its metadata. Golden inputs are made by rule,
 * never of a project's items: nobody's photo leaves in them. All forms of one model agree to 1e-5.
 *
 * Input:   an upright picture, u8 (height, width, 3), any size (sampler/take/area.h);
 *          or a text as code points, or as UTF-8 (sampler/take/grams.h).
 * Output:  "scores", "probabilities" (softmax of the scores), "class" (the first best).
 *
 * Threads: any; nothing is shared. Errors: ERR_INVALID for a network with other layers than
 * convolutions and dense ones, ERR_NOMEM, ERR_TOO_LARGE beyond 64 MiB. */
#ifndef EXEMPLAR_FORMATS_TAKE_H
#define EXEMPLAR_FORMATS_TAKE_H

#include "base/buf.h"
#include "base/err.h"
#include "sampler/conv/conv.h"
#include "sampler/take/grams.h"

#include <stdbool.h>

enum take_form { TAKE_ONNX, TAKE_C, TAKE_WEB, TAKE_FORMS };

/* How weights are kept: as bytes with a scale for each output, or as f32. Two models, strictly: the
 * rounded one is not the other (sampler/take/round8.h). */
enum take_weights { TAKE_INT8, TAKE_F32 };

struct take {
    const char *title; /* UTF-8, as people wrote it */
    const char *const *classes;
    size_t n_classes;
    const char
        *facts; /* a JSON object: what is known of this model, first of all how good it is */
    enum take_weights weights;
    const struct smp_conv
        *net; /* a model of pictures, whose last layer makes n_classes numbers, */
    const struct smp_grams *grams; /* or of texts */
};

/* "onnx", "c", "web"; false when `word` is none of them. */
const char *take_form_name(enum take_form form);
bool take_form_find(const char *word, enum take_form *form);

/* Ending of a file's name and its type: ".onnx", "application/octet-stream". */
const char *take_form_ending(enum take_form form);
const char *take_form_mime(enum take_form form);

/* Appends the file. */
enum err take_write(struct buf *out, const struct take *t, enum take_form form) MUST_USE;

#endif
