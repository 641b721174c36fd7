/* lesson - what a version of a classifier is taught and measured with: the items of its frozen data set,
 * as rows of the encoder's features.
 *
 *     struct lesson l;
 *     TRY(lesson_read(s, &arena, &model, &l));
 *     if (l.n_missing) ... encode, lesson_close(&l), and read again ...
 *     l.latents.latents.features  l.taught.row  l.taught.y  l.taught.group
 *     l.honest.row  l.honest.y
 *     lesson_close(&l);
 *
 * Taught is the train part; honest is the test part, that of items which never teach (domain/honest.h).
 * Classes are those with an example, in the order of the question; an honest item of any other class has
 * y LESSON_NO_CLASS: whatever the version says of it is wrong. Groups tell what is one thing: near
 * duplicates, and bursts by their metadata. Everything lives in the arena, the latents until lesson_close. */
#ifndef EXEMPLAR_JOBS_LESSON_H
#define EXEMPLAR_JOBS_LESSON_H

#include "domain/encoder.h"
#include "domain/model.h"

enum { LESSON_NO_CLASS = -1 };

struct lesson_part {
    int64_t *item;   /* (n) ascending */
    size_t *row;     /* (n) of the latents */
    int32_t *y;      /* (n) class */
    uint64_t *group; /* (n) items with one number are one thing */
    size_t n;
};

struct lesson {
    struct dataset dataset;
    struct encoder_latents latents;
    const char **classes; /* (n_classes) */
    size_t n_classes;
    size_t *n_of_class; /* (n_classes) examples of each */
    struct lesson_part taught, honest;
    size_t n_missing; /* items without a latent: they are in neither part yet */
};

/* ERR_CONFLICT unless the data set is frozen. Also to be closed after a failure. */
enum err lesson_read(struct store *s, struct arena *a, const struct model *m,
                     struct lesson *l) MUST_USE;
void lesson_close(struct lesson *l);

#endif
