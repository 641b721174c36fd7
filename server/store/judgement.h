/* store/judgement - rows that say whether picking was worth it. How it is judged: sampler/honest.h. */
#ifndef EXEMPLAR_STORE_JUDGEMENT_H
#define EXEMPLAR_STORE_JUDGEMENT_H

#include "store/store.h"

struct judgement {
    int64_t id, project_id, encoder_id;
    int64_t ledger_seq;       /* labels up to here were used */
    int64_t n_drawn;          /* labels of items drawn at random */
    int64_t n_taught;         /* each model was taught by; 0: too few to tell */
    double picked, by_chance; /* accuracies of models taught by picked and by drawn labels */
    double error;             /* standard error of their difference */
    int losing;
    int64_t created_at;
};

/* Sets j->id. */
enum err store_judgement_add(struct store *s, struct judgement *j) MUST_USE;
/* The newest with this encoder; j->id 0 when there is none. */
enum err store_judgement_last(struct store *s, int64_t project_id, int64_t encoder_id,
                              struct judgement *j) MUST_USE;

#endif
