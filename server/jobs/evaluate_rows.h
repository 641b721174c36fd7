/* evaluate_rows - which items a version may be asked about, and what it says of them.
 *
 *     TRY(evaluation_gather(&x));            // answers, what taught it, which items are honest
 *     TRY(evaluation_ask(&x));               // x.row (n), x.item (n), x.source
 *
 * Honest items first (domain/honest.h), today's, by the version itself; those whose near duplicate taught
 * it are left out. When fewer than HONEST_ENOUGH are left: its examples, each judged by a model of the same
 * recipe that was taught by the others (five folds; near duplicates and bursts in one). */
#ifndef EXEMPLAR_JOBS_EVALUATE_ROWS_H
#define EXEMPLAR_JOBS_EVALUATE_ROWS_H

#include "domain/encoder.h"
#include "domain/group.h"
#include "domain/honest.h"
#include "domain/model.h"
#include "domain/question.h"
#include "domain/report.h"
#include "jobs/doubts.h"

struct answers;

/* An item that teaches the version. */
struct evaluation_taught {
    int64_t item_id;
    int32_t y;
};

/* What models that had not seen an example said of it, by item. */
struct evaluation_held {
    const int64_t *item; /* (n) ascending */
    const float *p;      /* (n, classes of the version) */
    size_t n;
};

struct evaluation {
    struct store *store; /* set by the caller, as the next four */
    struct arena *a;
    const struct model *m;
    const struct predictor *p;
    struct job_run *run;                /* for its progress and threads */
    const struct evaluation_held *held; /* of all that taught it; NULL: they are folded here */

    struct encoder_latents latents; /* evaluation_close */
    struct answers *answers;
    const struct question *question; /* in force now; NULL when it is none any more */
    struct group_list groups;
    struct honest_list honest;
    const char **class_name; /* (n_classes) of the version */
    size_t n_classes;
    struct doubts_said *said; /* (n_said) every answered item, by id */
    int32_t *truth;           /* (n_said) class of the version, or -1 */
    bool *is_answered;        /* (n_said) with one class, of the version or another */
    size_t n_said, room;
    struct evaluation_taught *taught; /* (n_taught) by id */
    size_t n_taught;
    size_t *of_class; /* (n_classes) of those */

    enum report_source source;
    struct report_row *row; /* (n) by item */
    struct item *item;      /* (n) */
    size_t n;
    size_t n_honest;  /* that it may be asked about */
    size_t n_new;     /* of those, of a class it was never taught: wrong whatever it says */
    size_t n_related; /* honest, and left out because a near duplicate taught it */
};

enum err evaluation_gather(struct evaluation *x) MUST_USE;
enum err evaluation_ask(struct evaluation *x) MUST_USE;
void evaluation_close(struct evaluation *x);

#endif
