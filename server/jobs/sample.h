/* sample - a project to try the program with: pictures it draws, or sentences it writes.
 *
 * 300 pictures of shapes (circle, square, triangle, star) in changing colour, size, angle, place
 * and noise, or 400 sentences on four topics. The same seed gives the same items. They go in
 * through the same import as anybody's files. */
#ifndef EXEMPLAR_JOBS_SAMPLE_H
#define EXEMPLAR_JOBS_SAMPLE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct job_run;

enum { SAMPLE_PICTURES = 300, SAMPLE_SENTENCES = 400, SAMPLE_CLASSES = 4 };

extern const char *const SAMPLE_SHAPES[SAMPLE_CLASSES]; /* "circle", ... */
extern const char *const SAMPLE_TOPICS[SAMPLE_CLASSES]; /* "weather", ... */

/* Appends picture or sentence i of a seed; *class_index says which shape or topic it shows. */
enum err sample_picture(struct buf *jpeg, uint64_t seed, size_t i, int *class_index) MUST_USE;
enum err sample_sentence(struct buf *text, uint64_t seed, size_t i, int *class_index) MUST_USE;

/* Runs or resumes the claimed job, of a project that was made for it. */
enum err sample_run(struct job_run *run) MUST_USE;

/* The end of the job: the files it made go, now that they are items. */
void sample_forget(struct job_run *run);

#endif
