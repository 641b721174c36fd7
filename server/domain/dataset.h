/* dataset - a frozen version of what a project says: items, their answers, and a split that does
 * not leak.
 *
 *     TRY(dataset_spec_read(a, body, &spec));                // {"query","split"}, both optional
 *     TRY(dataset_begin(s, a, &new, now, &d, &job));         // the job freezes it (jobs/freeze.h)
 *     TRY(dataset_find(s, a, project_id, "3", &d));          // d.hash, d.sheet once frozen
 *
 * A data set holds, of every item that had an accepted answer to all questions as of ledger_seq
 * (domain/answer.h) and that the query lets in, the answer and the part: train, validation or test.
 * The same project, spec and ledger_seq give the same content, and so the same hash: BLAKE2b-256 over
 *     "exemplar dataset 1\n", the questions in force then (8 bytes length, big-endian, and their
 *     canonical JSON), and for each item, ids ascending: the hash of its original bytes (32 bytes), the
 *     part (1 byte: 0 train, 1 validation, 2 test), the answer (8 bytes length and canonical JSON)
 * Freezing is an event of the ledger, kind "dataset": {"dataset","hash","items","ledger_seq","name",
 * "spec","version"}; `exemplar verify` recomputes the hash. Rows never change afterwards.
 *
 * The spec, every field optional:
 *     {"query": {"classes": ["a"],        answers of the first question that are let in; [] all
 *                "folder": "cam3/",       paths that begin so; "" all
 *                "meta": {"camera":"3"},  metadata that must be just this
 *                "people_min": 1,         people behind the answer
 *                "support_min": 0},       share of them who say just this
 *      "split": {"train": 0.8, "validation": 0.1, "test": 0.1,
 *                "keep_together": [],     "duplicates" (as found last: group.h), "folder" (the last folder of the path, or the table),
 *                                         "session" (what one person labelled without a break of
 *                                         half an hour), "meta:KEY" (equal metadata)
 *                "like": 0,               another data set of the project: what was in a part of it
 *                                         stays there, so that a test set stays one
 *                "honest": "test",        the test part is made of the honest items (honest.h) and of them
 *                                         alone; what is kept together with one is left out; the shares
 *                                         of the rest are then 1 and 0, and there is no "like"
 *                "seed": 1}}
 *
 * The test part is locked: whoever reads it says why, and that is kept for good (dataset_open_test).
 * Errors: ERR_INVALID names the field; ERR_NOT_FOUND. */
#ifndef EXEMPLAR_DOMAIN_DATASET_H
#define EXEMPLAR_DOMAIN_DATASET_H

#include "base/json.h"
#include "domain/job.h"
#include "store/dataset.h"

enum {
    DATASET_NAME_MAX = 200,
    DATASET_REASON_MAX = 500,
    DATASET_KEYS_MAX = 8,
    DATASET_OPEN_MINUTES = 60
};

enum dataset_together { TOGETHER_FOLDER = 1, TOGETHER_SESSION = 2, TOGETHER_DUPLICATES = 4 };

struct dataset_spec {
    const char *body; /* canonical, every field there */
    const char **classes;
    size_t n_classes; /* 0: all */
    const char *folder;
    const char *meta_key[DATASET_KEYS_MAX], *meta_value[DATASET_KEYS_MAX];
    size_t n_meta;
    int64_t people_min;
    double support_min;
    double share[PARTS];                        /* validation and test may be 0 */
    unsigned together;                          /* of enum dataset_together */
    const char *together_key[DATASET_KEYS_MAX]; /* metadata */
    size_t n_together;
    int64_t like; /* 0: none */
    int honest;   /* 1: the test part is the honest items */
    int64_t seed;
};
enum err dataset_spec_read(struct arena *a, const json_t *body,
                           struct dataset_spec *spec) MUST_USE;

struct dataset_new {
    int64_t project_id, user_id;
    const char *name; /* NULL or "": "version N" */
    const struct dataset_spec *spec;
    int64_t ledger_seq; /* 0: now */
};
/* Adds its row; whoever asks for it freezes it (jobs/freeze.h). */
enum err dataset_add(struct store *s, struct arena *a, const struct dataset_new *n,
                     int64_t now_ms, struct dataset *d) MUST_USE;
/* Adds its row and the job that freezes it. */
enum err dataset_begin(struct store *s, struct arena *a, const struct dataset_new *n,
                       int64_t now_ms, struct dataset *d, struct job *j) MUST_USE;

/* The freezing job is done: the event, and the row as it stays. Sets d->event_seq. */
enum err dataset_freeze(struct store *s, struct arena *a, struct dataset *d,
                        int64_t now_ms) MUST_USE;

/* The job that was to freeze it ended before it began: it stays as failed. */
enum err dataset_give_up(struct store *s, struct arena *a, const struct job *j) MUST_USE;

/* By its number in the project (its version). */
enum err dataset_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                      struct dataset *d) MUST_USE;
/* The same, and ERR_CONFLICT unless it is frozen. */
enum err dataset_frozen(struct store *s, struct arena *a, int64_t project_id, const char *text,
                        struct dataset *d) MUST_USE;

/* Keeps who opens the test part and why: it may be read by them for DATASET_OPEN_MINUTES. */
enum err dataset_open_test(struct store *s, int64_t dataset_id, int64_t user_id,
                           const char *reason, int64_t now_ms,
                           struct dataset_use *use) MUST_USE;
/* ERR_DENIED unless this person opened it lately. */
enum err dataset_test_is_open(struct store *s, struct arena *a, int64_t dataset_id,
                              int64_t user_id, int64_t now_ms) MUST_USE;

/* The content's hash, in pieces: see above. */
void dataset_hash_begin(struct hash_state *h, const char *questions);
void dataset_hash_item(struct hash_state *h, const struct dataset_item *i,
                       const struct hash *content);

/* Recomputes the hash from the rows. *same: it is the one that the row has. */
enum err dataset_check(struct store *s, struct arena *a, const struct dataset *d,
                       int *same) MUST_USE;

#endif
