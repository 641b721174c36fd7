/* evaluate_keys - what is known of items besides their class: folder, metadata, format, size, length, day.
 *
 *     TRY(evaluation_keys(a, items, truth, n, &keys, &n_keys));      // for report_in.key
 *
 * A number (size of a picture, length of a text) is cut in three at its terciles; a text that begins
 * with a date is cut to its day. Left out: keys with one value or more than REPORT_VALUES_MAX, and keys that
 * say nothing but the class (folders named after it): a slice of those is a class. */
#ifndef EXEMPLAR_JOBS_EVALUATE_KEYS_H
#define EXEMPLAR_JOBS_EVALUATE_KEYS_H

#include "domain/report.h"
#include "store/item.h"

/* truth (n): the class of each. What is given lives in the arena. */
enum err evaluation_keys(struct arena *a, const struct item *items, const int32_t *truth,
                         size_t n, struct report_key **keys, size_t *n_keys) MUST_USE;

#endif
