/* example - somebody brings an item and says what it is.
 *
 *     struct example_new n = {.id = uuid, .project_id = p, .item_id = i, .user_id = u,
 *                             .class_name = "shoe"};
 *     TRY(example_give(s, a, &n, now, &g));
 *     g.seq                                    // the number in the ledger of what says so
 *
 * An example is a label like any other, whose event says `example`: nobody was asked about the item.
 * The same item brought again in another class is a correction, whoever said something else before: a
 * new label of the same person replaces her last, and where others answered, or a reviewer decided, it
 * is a decision (review.h) with a note. Brought again in the same class it is known, and nothing is
 * written. A retry (same id) gives the same number. */
#ifndef EXEMPLAR_DOMAIN_EXAMPLE_H
#define EXEMPLAR_DOMAIN_EXAMPLE_H

#include "domain/label.h"

enum example_outcome { EXAMPLE_ADDED, EXAMPLE_CORRECTED, EXAMPLE_KNOWN };

const char *example_outcome_name(enum example_outcome o); /* "added", "corrected", "known" */

struct example_new {
    struct uuid id;
    int64_t project_id, item_id;
    int64_t user_id;        /* who may decide in the project: a reviewer at least */
    const char *class_name; /* of the project's only question */
    int64_t elapsed_ms;
};

struct example_given {
    enum example_outcome outcome;
    int64_t seq;
};

/* ERR_INVALID: the project asks more than one question, or has no such class. ERR_NOT_FOUND: no such
 * item in that project. ERR_CONFLICT: the id was used for something else. Inside the caller's
 * transaction; `a` is working memory. */
enum err example_give(struct store *s, struct arena *a, const struct example_new *n,
                      int64_t now_ms, struct example_given *g) MUST_USE;

/* Whether an example of that class can be given at all: to be asked before files are read. */
enum err example_class_check(struct store *s, int64_t project_id,
                             const char *class_name) MUST_USE;

/* The id of the label that brings this item in that request: the same for a retry of the request. */
void example_id(struct uuid *id, const struct uuid *request, const struct hash *item_hash);

#endif
