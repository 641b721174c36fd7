/* store/project - rows of projects, their question sets and counts. Rules: domain/project.h. */
#ifndef EXEMPLAR_STORE_PROJECT_H
#define EXEMPLAR_STORE_PROJECT_H

#include "store/store.h"

enum project_kind { PROJECT_IMAGE, PROJECT_TEXT };

/* How a project hands out its items, beyond the overlap: what the queue goes by. */
struct queue_settings {
    int64_t overlap_max; /* answers an item may ask for while they differ; 0: the overlap */
    int64_t quota;       /* answers that one person may give; 0: any number */
    double gold_rate;    /* share of hand-outs whose answer is known, 0..0.5 */
    double repeat_rate;  /* share of hand-outs that the person answered before, 0..0.5 */
    int feedback;        /* 1: whoever answers a known one is told afterwards */
};

struct project {
    int64_t id;
    const char *name;
    enum project_kind kind;
    int64_t question_version;
    const char *questions; /* the current set: canonical JSON, a list */
    int64_t overlap;
    double explore;
    int64_t seed;
    int64_t created_at;
    const char *expectations; /* canonical JSON: domain/expect.h; NULL counts as {} */
    struct queue_settings queue;
};

struct project_counts {
    int64_t items, open, labelled, flagged, rejected;
    int64_t to_review; /* have all their answers, and no decision */
    int64_t disputed;  /* those of them whose labels differ */
    int64_t labels;    /* current labels, skips among them */
};

/* What one person has done in a project. left = counts.open - open_answered - open_skipped. */
struct member_counts {
    int64_t labels, open_answered, open_skipped;
    int64_t skips; /* of the labels */
};

const char *project_kind_name(enum project_kind k); /* "image", "text" */
enum err project_kind_read(enum project_kind *k, const char *text) MUST_USE;

enum err store_project_get(struct store *s, struct arena *a, int64_t id,
                           struct project *p) MUST_USE;
/* What a label or a lease needs: no strings. */
struct project_brief {
    int64_t question_version, overlap, seed;
    struct queue_settings queue;
};
enum err store_project_brief(struct store *s, int64_t id, struct project_brief *p) MUST_USE;
enum err store_project_by_name(struct store *s, struct arena *a, const char *name,
                               struct project *p) MUST_USE;
enum err store_project_list(struct store *s, struct arena *a, struct project **projects,
                            size_t *n) MUST_USE; /* by name */
/* Those that this person is a member of; of an administrator, all. By name. */
enum err store_project_list_of(struct store *s, struct arena *a, int64_t user_id,
                               struct project **projects, size_t *n) MUST_USE;
/* Sets p->id. The question set is added by store_questions_add. ERR_CONFLICT: name taken. */
enum err store_project_add(struct store *s, struct project *p) MUST_USE;
/* name, question_version, overlap, explore and queue as in `p`. */
enum err store_project_update(struct store *s, const struct project *p) MUST_USE;

enum err store_questions_add(struct store *s, int64_t project_id, int64_t version, int64_t seq,
                             const char *body) MUST_USE;
enum err store_questions_get(struct store *s, struct arena *a, int64_t project_id,
                             int64_t version, const char **body) MUST_USE;
/* The set in force as of ledger number `seq`. */
enum err store_questions_as_of(struct store *s, struct arena *a, int64_t project_id,
                               int64_t seq, int64_t *version, const char **body) MUST_USE;

/* Everybody who ever had a label in the project, by id. */
struct project_person {
    int64_t user_id;
    const char *name; /* NULL when the row is gone */
};
enum err store_project_people(struct store *s, struct arena *a, int64_t project_id,
                              struct project_person **people, size_t *n) MUST_USE;

/* Both are one row's read, whatever the project's size. */
enum err store_project_counts(struct store *s, int64_t project_id,
                              struct project_counts *c) MUST_USE;
enum err store_member_counts(struct store *s, int64_t project_id, int64_t user_id,
                             struct member_counts *c) MUST_USE; /* zeroes if none yet */
/* Counts items and labels row by row and compares: ERR_CORRUPT says what differs. For verify. */
enum err store_counts_check(struct store *s, int64_t project_id) MUST_USE;

#endif
