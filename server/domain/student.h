/* student - the small model that leaves the house in a version's stead (formats/take.h), as a file.
 *
 *     TRY(student_write(folder, &m, &parts));              // models/student-ID.bin, durable
 *     TRY(student_open(folder, a, &m, &st));               // ERR_NOT_FOUND: not made yet
 *     st.net or st.grams   st.facts[STUDENT_INT8]
 *     student_close(&st);
 *
 * It was taught by the version, whose file's hash it names: one of another version, or of other bytes, is
 * ERR_CORRUPT. It is made of the version and can be made again from it, so no archive holds it.
 * The file has the frame of sampler/bytes.h, content 11: hash (32 bytes), classes (u32, and each its
 * length and UTF-8), facts of either way of keeping weights (length and JSON), 0 and a network or 1 and
 * n-grams. Threads: any; an open one is its holder's own. */
#ifndef EXEMPLAR_DOMAIN_STUDENT_H
#define EXEMPLAR_DOMAIN_STUDENT_H

#include "base/arena.h"
#include "sampler/conv/conv.h"
#include "sampler/take/grams.h"
#include "store/model.h"

/* Its weights as bytes, or as they were learned. */
enum student_weights { STUDENT_INT8, STUDENT_F32, STUDENT_WEIGHTS };

struct student {
    const char **classes; /* (n_classes) those of the version, in its order */
    size_t n_classes;
    const char *facts[STUDENT_WEIGHTS]; /* JSON objects: how good it is (jobs/take.h) */
    struct smp_conv *net;               /* of pictures, */
    struct smp_grams *grams;            /* or of texts; the other is NULL */
};

void student_path(char *path, size_t size, const char *data_folder, int64_t model_id);

enum err student_write(const char *data_folder, const struct model *m,
                       const struct student *st) MUST_USE;
/* Texts live in the arena. */
enum err student_open(const char *data_folder, struct arena *a, const struct model *m,
                      struct student *st) MUST_USE;
void student_close(struct student *st); /* an empty one is fine */

#endif
