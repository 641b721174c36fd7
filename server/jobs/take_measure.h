/* take_measure - items a block at a time with what a version says of them, and how often a small model is
 * right, and says the same. Private to the job "take" (jobs/take.h). */
#ifndef EXEMPLAR_JOBS_TAKE_MEASURE_H
#define EXEMPLAR_JOBS_TAKE_MEASURE_H

#include "domain/predictor.h"
#include "domain/student.h"
#include "jobs/lesson.h"
#include "jobs/run.h"

enum { TAKE_AT_ONCE = 64 };

/* An item, and where its bytes are. */
struct taker {
    int64_t item_id;
    struct hash hash;
};

/* Up to TAKE_AT_ONCE items of a list, from `first` on. */
struct take_block {
    struct job_run *run;
    const struct predictor *teacher;
    struct smp_image_spec spec; /* of an image encoder */
    size_t each;                /* bytes of a picture */
    uint8_t *pixels;            /* (TAKE_AT_ONCE, each); NULL for texts */
    struct arena arena;         /* of this block */
    size_t first, n;
    struct predictor_input text[TAKE_AT_ONCE];
    struct prediction said[TAKE_AT_ONCE];
};

enum err take_block_open(struct take_block *b, struct job_run *run,
                         const struct predictor *teacher) MUST_USE;
void take_block_close(struct take_block *b); /* an empty one is fine */

/* Makes item i of the list one of the block; the next ones come with it. */
enum err take_block_read(struct take_block *b, const struct taker *list, size_t n,
                         size_t i) MUST_USE;

struct take_exam {
    struct job_run *run;
    struct arena *arena;
    const struct model *model;
    const struct lesson *lesson;
    const struct predictor *teacher;
    const struct student *student;
    const struct taker *held; /* (n_held) items it did not learn from, which are not honest */
    size_t n_held, n_taught;
    struct take_block *block;
};

/* Facts (jobs/take.h) of both ways of keeping weights, in the arena. */
enum err take_measure(const struct take_exam *x, const char *facts[STUDENT_WEIGHTS]) MUST_USE;

#endif
