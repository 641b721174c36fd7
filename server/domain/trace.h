/* trace - what came of a label, and what a data set or a round was made of.
 *
 *     TRY(trace_label(s, a, project_id, &uuid, &t));          // forward: data sets, rounds
 *     TRY(trace_labels(s, a, &ask, &list, &n, &next));        // back: the labels behind, a page
 *
 * Forward, a label counts as long as it was in force: until its person replaced it or took it back.
 * A data set was made of it if it is frozen at a ledger number in that time and holds the item; a version
 * of a classifier was, if such a data set taught it; a round was, if it had a model then. Both directions read what is stored and derive nothing new. */
#ifndef EXEMPLAR_DOMAIN_TRACE_H
#define EXEMPLAR_DOMAIN_TRACE_H

#include "base/uuid.h"
#include "store/dataset.h"
#include "store/label.h"
#include "store/model.h"
#include "store/queue.h"

enum { TRACE_ROUNDS = 100 };

/* A version whose data set holds the label's item, made while the label was in force. */
struct label_model {
    struct model model;
    int taught; /* 0: the item is honest, and measured it */
};

struct label_trace {
    struct ledger_row event;
    const char *answer, *values; /* NULL when the event cannot be read */
    int64_t pick_id;             /* why the item came; 0: nobody picked it */
    int64_t until_seq;           /* the event that replaced it or took it back; 0: in force */
    struct dataset *datasets;    /* newest first */
    size_t n_datasets;
    struct label_model *models; /* of those data sets, newest first */
    size_t n_models;
    struct round *rounds; /* with a model, newest first, TRACE_ROUNDS at most */
    size_t n_rounds;
    int64_t n_rounds_all;
};
/* ERR_NOT_FOUND: no label of that id in that project. */
enum err trace_label(struct store *s, struct arena *a, int64_t project_id,
                     const struct uuid *id, struct label_trace *t) MUST_USE;

struct trace_ask {
    int64_t project_id;
    int64_t seq;        /* labels in force then */
    int64_t dataset_id; /* of its items alone; 0: of all */
    int64_t after;      /* behind this item */
    size_t limit;       /* items of a page */
};
struct traced {
    int64_t seq, at, item_id, user_id;
    struct uuid id;
    const char *answer, *values;
};
/* By item. *next: the last item of a full page, 0 at the end. */
enum err trace_labels(struct store *s, struct arena *a, const struct trace_ask *ask,
                      struct traced **list, size_t *n, int64_t *next) MUST_USE;

#endif
