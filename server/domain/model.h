/* model - the versions of a project's classifier: what each was made of, and where it is.
 *
 *     struct model_new n = {.project_id = p, .user_id = u, .seed = MODEL_SEED_OWN};
 *     TRY(model_begin(s, a, &n, now, &m, &job));             // the job trains it (jobs/train_model.h)
 *     TRY(model_find(s, a, project_id, "3", &m));            // a version, by its number
 *     TRY(model_open(s, a, &m, &predictor));                 // a trained one, ready to answer
 *
 * A version is taught by a frozen data set, made for it when it is begun, on one encoder, by one recipe
 * (sampler/model/model.h) and seed; its row names them all, so that both traces are one walk: version ->
 * data set -> labels and people, and back. The same data set, encoder, recipe and seed give the same
 * bytes. It answers the project's first question, which must be a choice of one class.
 *
 * What teaches: items with an accepted answer, but for honest ones (honest.h) and their near duplicates
 * and bursts (items whose metadata MODEL_BURST is equal): the data set holds the honest items as its
 * locked test part. A trained version never changes; what was measured about it may be measured again.
 *
 * Errors: ERR_NOT_FOUND; ERR_CONFLICT when the project cannot be taught yet, or a version is not trained.
 * Decision: docs/decisions/021-model-versions.md. */
#ifndef EXEMPLAR_DOMAIN_MODEL_H
#define EXEMPLAR_DOMAIN_MODEL_H

#include "base/json.h"
#include "domain/dataset.h"
#include "domain/predictor.h"
#include "store/model.h"

enum { MODEL_NAME_MAX = 200, MODEL_SEED_OWN = -1 };
#define MODEL_BURST "burst" /* metadata: pictures of one burst or video are one thing */

struct model_new {
    int64_t project_id, user_id;
    const char *name; /* NULL or "": "version N" */
    int64_t seed;     /* MODEL_SEED_OWN: the project's */
};
/* Its row, the data set's and the job that trains it. While one of the project is in training already,
 * that one and its job are given: asking twice trains once. */
enum err model_begin(struct store *s, struct arena *a, const struct model_new *n,
                     int64_t now_ms, struct model *m, struct job *j) MUST_USE;

/* The training is done: m's encoder, threads, program, recipe, classes, n_taught, hash, n_bytes, seconds
 * and what was measured. The file is durable before. */
enum err model_trained(struct store *s, struct arena *a, struct model *m,
                       int64_t now_ms) MUST_USE;
/* It failed, with a sentence; nothing when it has ended already. */
enum err model_fail(struct store *s, struct arena *a, int64_t id, const char *why) MUST_USE;
/* The job that was to train it ended before it began. */
enum err model_give_up(struct store *s, struct arena *a, const struct job *j) MUST_USE;

/* By its number in the project. */
enum err model_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                    struct model *m) MUST_USE;
/* By its id, or as "project/3" with the name or number of the project. For the command line. */
enum err model_named(struct store *s, struct arena *a, const char *text,
                     struct model *m) MUST_USE;

/* The version of a job's params. */
enum err model_of_job(struct store *s, struct arena *a, const struct job *j,
                      struct model *m) MUST_USE;

/* From its file, whose hash must be the row's: ERR_CORRUPT otherwise, ERR_CONFLICT unless it is trained. */
enum err model_open(struct store *s, const struct model *m, struct predictor **p) MUST_USE;
/* The same, on an encoder that is there (m->encoder_id). */
enum err model_open_with(struct store *s, const struct model *m, struct loaded_encoder *encoder,
                         struct predictor **p) MUST_USE;
enum err model_is_trained(const struct model *m) MUST_USE;

/* One sentence on how often it is right, with the interval and what that was measured on, or that it is
 * too early to tell. */
const char *model_accuracy_sentence(struct arena *a, const struct model *m);

#endif
