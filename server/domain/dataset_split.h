/* dataset_split - which part each item of a data set goes to. What belongs together goes together.
 *
 *     TRY(dataset_split_open(&x, &spec));
 *     TRY(dataset_split_add(x, item_id, &content, class_id, &i));    // ids ascending; i: 0, 1, 2
 *     TRY(dataset_split_tie(x, i, "meta:camera", "3"));              // any number of times
 *     TRY(dataset_split_sat(x, i, user_id, at));                     // keep_together session
 *     dataset_split_was(x, i, PART_TEST);                            // split.like
 *     dataset_split_honest(x, i);                                    // split.honest
 *     TRY(dataset_split_run(x, n_classes, &sums));
 *     dataset_split_part(x, i)
 *     dataset_split_close(x);
 *
 * The rule of what goes where is sampler/quality/split.h's, stratified by class. Groups of which any
 * item was in a part of the other data set stay there; in several, test goes before validation before
 * train, so that nothing that was ever tested on is trained on. Memory: 40 bytes an item, 16 a tie, 24 a
 * sitting. Pure: reads no store. */
#ifndef EXEMPLAR_DOMAIN_DATASET_SPLIT_H
#define EXEMPLAR_DOMAIN_DATASET_SPLIT_H

#include "domain/dataset.h"

#include <stdbool.h>

struct dataset_split;

struct dataset_split_sums {
    size_t n_groups, largest; /* items of the largest group */
    size_t n_moved;           /* items that were in another part of the other data set */
    size_t n_beside;          /* left out: kept together with an honest item */
};

enum err dataset_split_open(struct dataset_split **out,
                            const struct dataset_spec *spec) MUST_USE;
void dataset_split_close(struct dataset_split *x); /* NULL is fine */

enum err dataset_split_add(struct dataset_split *x, int64_t item_id, const struct hash *content,
                           uint32_t class_id, size_t *index) MUST_USE;
enum err dataset_split_tie(struct dataset_split *x, size_t index, const char *kind,
                           const char *value) MUST_USE;
enum err dataset_split_sat(struct dataset_split *x, size_t index, int64_t user_id,
                           int64_t at) MUST_USE;
void dataset_split_was(struct dataset_split *x, size_t index, enum dataset_part part);
void dataset_split_honest(struct dataset_split *x, size_t index);

/* Classes are 0..n_classes-1; n_classes: none. */
enum err dataset_split_run(struct dataset_split *x, size_t n_classes,
                           struct dataset_split_sums *sums) MUST_USE;

size_t dataset_split_n(const struct dataset_split *x);
int64_t dataset_split_item(const struct dataset_split *x, size_t index);
uint32_t dataset_split_class(const struct dataset_split *x, size_t index);
/* Not of one that is left out. */
enum dataset_part dataset_split_part(const struct dataset_split *x, size_t index);
/* Honest items' company is in no part: it neither teaches nor measures. */
bool dataset_split_is_left_out(const struct dataset_split *x, size_t index);

#endif
