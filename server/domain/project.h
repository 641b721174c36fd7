/* project - making projects, changing them, and how they stand.
 *
 *     struct project_new n = {.name = "Shoes", .kind = PROJECT_IMAGE, .questions = q,
 *                             .overlap = 1, .explore = 0.1, .user_id = u.id};
 *     TRY(project_create(s, a, &n, now, &p));
 *
 * Its maker becomes its manager, the others members with the role of their account
 * (domain/member.h).
 *
 * New questions are a new version: a label names the version it answered. Both are events of
 * the ledger. Classes may be added, described, recoloured and reordered; one that current
 * labels use cannot be taken away (ERR_CONFLICT says how many use it). */
#ifndef EXEMPLAR_DOMAIN_PROJECT_H
#define EXEMPLAR_DOMAIN_PROJECT_H

#include "domain/question.h"
#include "store/project.h"

enum { PROJECT_NAME_CHARS_MAX = 200, OVERLAP_MAX = 100 };
#define CHECK_RATE_MAX 0.5 /* of gold_rate and of repeat_rate */
#define QUOTA_MAX      ((int64_t)1000000000)

/* Who works on a new project: everybody who has an account, or its maker alone. */
enum members { MEMBERS_EVERYBODY, MEMBERS_MAKER };

struct project_new {
    const char *name;
    enum project_kind kind;
    const struct questions *questions;
    int64_t overlap; /* answers that each item needs, 1..100 */
    double explore;  /* share of picks that are uniformly random, 0..1 */
    int64_t user_id; /* who makes it, and becomes its manager; 0: the program */
    enum members members;
};

/* ERR_INVALID names the field; ERR_CONFLICT: the name is taken. */
enum err project_create(struct store *s, struct arena *a, const struct project_new *n,
                        int64_t now_ms, struct project *p) MUST_USE;

/* What is to change; NULL or negative: as it is. Raising overlap or overlap_max opens closed items
 * again that now need more answers, lowering it closes items that have enough: one pass over the
 * items, so such a change is for a job or a quiet moment. */
struct project_change {
    const char *name;
    const struct questions *questions;
    int64_t overlap;
    double explore;
    const struct queue_settings *queue;
    const char *expectations; /* canonical: expect_read */
    int64_t user_id;
};
enum err project_update(struct store *s, struct arena *a, int64_t project_id,
                        const struct project_change *c, int64_t now_ms,
                        struct project *p) MUST_USE;

/* Adds the classes that are missing to the first question; no new version if none is. */
enum err project_add_classes(struct store *s, struct arena *a, int64_t project_id,
                             const char *const *names, size_t n, int64_t user_id,
                             int64_t now_ms) MUST_USE;

/* By id if `text` is a number that is one, else by name. For the command line. */
enum err project_find(struct store *s, struct arena *a, const char *text,
                      struct project *p) MUST_USE;

/* The questions of a version, parsed; kept beside the connection, so cheap, and valid until
 * the next call on this store. */
enum err project_questions(struct store *s, int64_t project_id, int64_t version,
                           const struct questions **q) MUST_USE;

/* How often the model's guess was right: over the last 200 picks of the random stream that had
 * a guess, made before their label was known. Wilson's 95 % interval (Wilson 1927, JASA 22).
 * n below 10: too few to show; value, low and high are then 0. */
struct accuracy {
    double value, low, high;
    int64_t n;
};
enum err project_accuracy(struct store *s, struct arena *a, int64_t project_id,
                          struct accuracy *x) MUST_USE;
void wilson_interval(int64_t right, int64_t n, double *low, double *high);

#endif
