/* store/recipe - rows of chosen recipes. What a recipe is: domain/recipe.h. */
#ifndef EXEMPLAR_STORE_RECIPE_H
#define EXEMPLAR_STORE_RECIPE_H

#include "store/store.h"

struct recipe_row {
    int64_t id, project_id, encoder_id;
    const char *question; /* its name */
    int64_t ledger_seq;   /* labels up to here were used */
    int64_t n_labels;
    double accuracy; /* of labels held out in turn */
    const char *body;
    int64_t created_at;
};

/* Sets r->id. */
enum err store_recipe_add(struct store *s, struct recipe_row *r) MUST_USE;
/* The newest for this question with this encoder; r->id 0 when there is none. */
enum err store_recipe_last(struct store *s, struct arena *a, int64_t project_id,
                           int64_t encoder_id, const char *question,
                           struct recipe_row *r) MUST_USE;

/* When the newest of a project was chosen; 0 when none was. */
enum err store_recipe_newest(struct store *s, int64_t project_id, int64_t *created_at) MUST_USE;

#endif
