/* freeze_sheet - what a data set's datasheet counts, while it is frozen. The sheet: freeze.h.
 *
 * After: Gebru et al., "Datasheets for Datasets" (CACM 2021): who made the labels, how they agree, how the
 * classes are balanced, how the items came, what is missing. Only what was counted is said. */
#ifndef EXEMPLAR_JOBS_FREEZE_SHEET_H
#define EXEMPLAR_JOBS_FREEZE_SHEET_H

#include "domain/answer.h"
#include "domain/dataset_split.h"
#include "domain/group.h"
#include "store/queue.h"

struct sheet_person {
    int64_t user_id, n_labels;
};

struct freeze_sheet {
    const struct questions *questions;
    int64_t n_answered, n_flagged, n_rejected, n_undecided, n_query;
    int64_t n_labels, first_at, last_at;
    int64_t n_checked, n_unanimous; /* items with two people or more; those where all agree */
    double support;                 /* summed over the former */
    int64_t n_random, n_picked;
    int64_t n_of[PARTS];
    int64_t *n_class[PARTS]; /* (classes of the first question + 1); the last: none */
    struct sheet_person *people;
    size_t n_people, people_room;
    struct dataset_split_sums split;
};

/* The questions must outlive it. */
enum err freeze_sheet_begin(struct freeze_sheet *x, struct arena *a,
                            const struct questions *questions) MUST_USE;
void freeze_sheet_free(struct freeze_sheet *x);

void freeze_sheet_answer(struct freeze_sheet *x, const struct item_answer *answer);
enum err freeze_sheet_label(struct freeze_sheet *x, int64_t user_id, int64_t at) MUST_USE;
/* Origins in the order of their labels; items of `split` ascending. */
enum err freeze_sheet_origins(struct freeze_sheet *x, const struct dataset_split *split,
                              const struct pick_origin *origins, size_t n) MUST_USE;
void freeze_sheet_row(struct freeze_sheet *x, enum dataset_part part, uint32_t class_id);

enum err freeze_sheet_write(const struct freeze_sheet *x, struct arena *a, struct store *s,
                            int64_t project_id, const struct dataset_spec *spec,
                            const struct grouping *grouping, const char **sheet) MUST_USE;

#endif
