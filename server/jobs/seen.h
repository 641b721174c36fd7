/* seen - a sample of what an endpoint was asked, for looking at it later (watch.h).
 *
 *     struct seen_log *l;
 *     TRY(seen_start(&l, writer));
 *     seen_note(l, &(struct seen){.endpoint_id, .model_id, .class_name, .probability, .latent, .d});
 *     seen_stop(l);                                  // writes what waits; before writer_stop
 *
 * Of each endpoint and day (UTC) SEEN_A_DAY predictions are kept, every one as likely as any other,
 * however many there were: each gets a random number when it is made, and the lowest are kept. Once that
 * many are there, the rest costs a comparison. Written every two seconds; between two writings at most
 * SEEN_WAITING are held, those beyond are not sampled, and a crash loses what was held.
 *
 * Kept SEEN_DAYS days, the latents SEEN_LATENT_DAYS. Inputs are not kept here: only those that people
 * were asked about are items. Threads: note from any, never waits for the disk. */
#ifndef EXEMPLAR_JOBS_SEEN_H
#define EXEMPLAR_JOBS_SEEN_H

#include "base/err.h"
#include "store/watch.h"

enum { SEEN_A_DAY = 500, SEEN_WAITING = 2000, SEEN_DAYS = 90, SEEN_LATENT_DAYS = 14 };

struct seen_log;
struct writer;

enum err seen_start(struct seen_log **out, struct writer *w) MUST_USE;
void seen_stop(struct seen_log *l); /* NULL is fine */

/* Copies what it keeps; day, draw and at are set here. */
void seen_note(struct seen_log *l, const struct seen *x);

#endif
