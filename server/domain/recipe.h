/* recipe - how a project's classifiers are made, and why so.
 *
 * A question's classifier mixes heads on the parts of the encoder by a recipe (sampler/model/model.h):
 * by rule at first, and by cross-validation once there are about ten labels a class. A chosen recipe
 * belongs to one encoder and one question; the newest is in use. A round keeps the recipes it used,
 * so that it can be computed again whatever was chosen since.
 *
 *     TRY(recipe_find(s, a, project_id, encoder_id, "class", &c));  // recipe.n_members 0: none
 *     TRY(recipe_keep(s, a, &chosen, now));
 *
 * As JSON: {"accuracy":0.81,"members":[{"kind":"linear","part":1,"weight":0.25}],"n_labels":120,
 * "temperature":1.1}; numbers come back to the bit. */
#ifndef EXEMPLAR_DOMAIN_RECIPE_H
#define EXEMPLAR_DOMAIN_RECIPE_H

#include "domain/project.h"
#include "sampler/model/model.h"
#include "store/encoder.h"

struct recipe_chosen {
    int64_t project_id, encoder_id;
    const char *question; /* its name */
    int64_t ledger_seq;   /* labels up to here were used */
    size_t n_labels;      /* they were so many */
    struct smp_recipe recipe;
};

/* Stores it: from now on it is the one in use. */
enum err recipe_keep(struct store *s, struct arena *a, const struct recipe_chosen *c,
                     int64_t now_ms) MUST_USE;

/* The one in use; recipe.n_members 0 when none was chosen yet. */
enum err recipe_find(struct store *s, struct arena *a, int64_t project_id, int64_t encoder_id,
                     const char *question, struct recipe_chosen *c) MUST_USE;

/* A list for a round, one for each question; n_members 0 for a question without a model. */
enum err recipes_write(struct arena *a, const struct smp_recipe *list, size_t n,
                       const char **text) MUST_USE;
/* *n at most `max`; ERR_CORRUPT when it is no such list. */
enum err recipes_read(const char *text, struct smp_recipe *list, size_t max,
                      size_t *n) MUST_USE;

/* One alone, as a version of a classifier keeps it. */
enum err recipe_write(struct arena *a, const struct smp_recipe *r, const char **text) MUST_USE;
enum err recipe_parse(const char *text, struct smp_recipe *r) MUST_USE;

/* What each part of an encoder weighs in a recipe, the heaviest first; parts without weight are
 * left out. */
struct recipe_share {
    const struct encoder_part *part;
    double weight; /* they sum to 1 */
};
size_t recipe_shares(const struct encoder *e, const struct smp_recipe *r,
                     struct recipe_share shares[SMP_PARTS_MAX]);

/* "fine shape 46 %, coarse shape 31 %, colour 23 %"; "" for a recipe without members. */
const char *recipe_reads(struct arena *a, const struct encoder *e, const struct smp_recipe *r);

/* One sentence: "Your classes differ mainly by fine shape (46 %) and coarse shape (31 %)." once it was
 * chosen; before, that it is too early to tell. */
const char *recipe_why(struct arena *a, const struct encoder *e, const struct smp_recipe *r);

/* The models of the last round, for a project's page. */
struct model_question {
    const char *question;
    struct smp_recipe recipe; /* n_members 0: no model yet */
    struct accuracy
        held_out; /* of the labels it was chosen by, each held out once; n 0: none */
};
struct model_status {
    const char *model; /* NULL: the last round had none, or there was no round */
    struct encoder encoder;
    size_t n_questions;
    const struct model_question *question;
};
enum err model_status(struct store *s, struct arena *a, int64_t project_id,
                      struct model_status *x) MUST_USE;

#endif
