/* quality_gather - all current labels of a project as the measures of quality take them.
 *
 *     TRY(quality_gather(store, arena, project_id, &d));
 *     TRY(quality_answers(&d, 0, QUALITY_COUNTED, &x));      // one question: sparse triples
 *     ... x.answers, x.row[i]: the row of answer i ...
 *     quality_answers_free(&x);
 *     quality_free(&d);
 *
 * An answer to a single choice is the number of its class; to a multiple one the number of the set that
 * was chosen, among the different sets there are. Rows are in order of item, then person; skips are
 * only counted. Memory: 24 bytes a label and 4 for each question. */
#ifndef EXEMPLAR_JOBS_QUALITY_GATHER_H
#define EXEMPLAR_JOBS_QUALITY_GATHER_H

#include "domain/question.h"
#include "sampler/quality/answers.h"
#include "store/store.h"

#define QUALITY_NO_ANSWER UINT32_MAX

struct quality_person {
    int64_t user_id;
    int is_left_out; /* in quarantine */
    size_t n_labels; /* all but skips */
    size_t n_skips, n_flags, n_rejects;
    size_t n_gold, n_right;  /* answers to items whose answer is known */
    size_t n_again, n_agree; /* items asked a second time (domain/check.h) */
};

struct quality_row {
    uint32_t item, person;
    uint32_t elapsed_ms; /* 0: not known */
    int64_t at;
};

struct quality_question {
    const struct question *q;
    size_t n_answers_max; /* of different answers: classes, or sets */
    uint8_t *set;         /* multiple: (n_answers_max, n_classes) which classes each set has */
    size_t room;          /* sets there is room for */
    uint32_t *bucket;     /* sets by hash, 1 more than their number; 0: none */
    size_t n_buckets;
    uint32_t *answer;  /* (n_rows) or QUALITY_NO_ANSWER */
    uint32_t *decided; /* (n_items) what reviewers decided, or QUALITY_NO_ANSWER */
    uint32_t *gold;    /* (n_items) what is known to be right, likewise */
};

struct quality_data {
    int64_t seq;              /* as of this ledger number */
    int64_t *item;            /* (n_items) ids, ascending */
    size_t n_items, n_labels; /* skips are none */
    struct quality_person *person;
    size_t n_people;
    struct quality_row *row;
    size_t n_rows, room;
    size_t n_questions;
    struct quality_question question[QUESTIONS_MAX];
    uint8_t *mark;
};

/* The questions live in the arena; all else is freed by quality_free. */
enum err quality_gather(struct store *s, struct arena *a, int64_t project_id,
                        struct quality_data *d) MUST_USE;
void quality_free(struct quality_data *d);

enum quality_whose {
    QUALITY_COUNTED, /* without people in quarantine */
    QUALITY_EVERYBODY
};
struct quality_answers {
    struct smp_answers answers;
    uint32_t *item, *person, *answer, *row; /* (answers.n) */
};
enum err quality_answers(const struct quality_data *d, size_t question,
                         enum quality_whose whose, struct quality_answers *x) MUST_USE;
void quality_answers_free(struct quality_answers *x);

#endif
