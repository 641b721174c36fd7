/* advise_words - what to do next with a project's examples, in sentences, the most useful first.
 *
 *     TRY(advise_words(run, &d, &gain, list));
 *
 * Appends {"kind", "class", "other", "n", "sentence"}; class, other and n where they mean something:
 *   early      a class has fewer than ADVISE_CLASS_LEAST examples: too early to tell
 *   confused   two classes that models take for each other most
 *   weak       the class that is recognised least often: more of it
 *   mislabelled examples that a second look doubts (domain/look.h)
 *   go_on, enough  what the next examples should buy, by the learning curve
 *
 * From what models say of examples they have not seen (d->said, by check_shortcuts). */
#ifndef EXEMPLAR_JOBS_ADVISE_WORDS_H
#define EXEMPLAR_JOBS_ADVISE_WORDS_H

#include "jobs/advise_curve.h"

enum err advise_words(struct job_run *run, struct check_data *d, const struct advise_gain *gain,
                      json_t *list) MUST_USE;

#endif
