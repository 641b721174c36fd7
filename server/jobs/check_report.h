/* check_report - what a project's examples are like, and whether they are as the project expects.
 *
 *     TRY(check_report(run, &d, data));                  // into the object `data`
 *     TRY(check_expectations(&d, n_rings, list, &stop)); // stop: NULL, or the sentence that stops a training
 *
 * data: {"items", "examples", "measured",
 *        "classes": [{"class", "n"}],
 *        "blank":   {"n", "items": [..]},                pictures of one tone, texts without a letter
 *        "unread":  {"n", "items"},                      pictures that can no longer be read
 *        "sizes":   {"least": [w, h], "middle", "most"}, "odd_sizes": {"n", "items"}
 *        "lengths": {"least", "middle", "most"},         "odd_lengths": {"n", "items"}
 *        "formats": [{"word", "n"}], "scripts": [..], "cameras": [..]
 *        "batch":   null or {"items", "earlier", "since", "p", "share", "differs", "sentences": [..]}}
 *
 * All of examples but "items" and "batch". Lists of items hold the first ITEMS_SHOWN. Odd is what lies
 * further than ODD median deviations (of the logarithm; at least a factor of 2) from the median: robust, so that many odd ones
 * do not hide each other. The newest batch is the last items of one import, or, of those that came singly, all since the last
 * pause of half an hour; its latents are compared with those before by the energy distance (sampler/drift.h), its
 * formats, scripts, sizes and blanks by their shares (two-proportion z above 4). */
#ifndef EXEMPLAR_JOBS_CHECK_REPORT_H
#define EXEMPLAR_JOBS_CHECK_REPORT_H

#include "base/json.h"
#include "jobs/check_gather.h"

enum { CHECK_ITEMS_SHOWN = 20 };

enum err check_report(struct job_run *run, struct check_data *d, json_t *data) MUST_USE;

/* Appends {"kind", "value", "then", "met", "sentence"} of each expectation. */
enum err check_expectations(struct check_data *d, size_t n_rings, json_t *list,
                            const char **stop) MUST_USE;

/* check_batch.c: the "batch" member. */
enum err check_batch(struct check_data *d, json_t *data) MUST_USE;

#endif
