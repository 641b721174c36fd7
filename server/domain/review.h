/* review - somebody looks at the answers of others: takes one, gives a better one, or sends one back.
 *
 *     struct decide_new n = {.id = uuid, .project_id = p, .item_id = i, .user_id = reviewer,
 *                            .what = DECIDE_ACCEPT, .of = label.seq, .replaces = DECIDE_ANY};
 *     TRY(review_decide(s, a, &n, now, &r));       // that label is the item's answer from now on
 *
 * A decision is one person's answer for an item that stands above all its labels, whatever they
 * become; the labels stay as they are. It is an event of the ledger (`decide`), as is its
 * withdrawal, and the newest counts. Any item may be decided, also one that is still open: its
 * state follows the decision (accept: labelled, reject: rejected) until that is withdrawn.
 *
 * A return (`return`) takes a label away and asks its person again, with a comment. The item is
 * open for her first: her place is kept for RETURNED_KEPT_MS, then anybody may have it.
 *
 * Ids are made by clients, and a retry gives the same answer and no new row, as with labels. */
#ifndef EXEMPLAR_DOMAIN_REVIEW_H
#define EXEMPLAR_DOMAIN_REVIEW_H

#include "domain/label.h"
#include "store/decision.h"
#include "store/returned.h"

enum { NOTE_BYTES_MAX = 2000 };

enum decide_what {
    DECIDE_ANSWER,   /* `answer` and `values` as given */
    DECIDE_ACCEPT,   /* as the current label `of` says */
    DECIDE_RESTORE,  /* as the event `of` said: a label of any time, or a decision */
    DECIDE_WITHDRAW, /* none any more: the labels count again */
};
enum { DECIDE_ANY = -1 }; /* for `replaces` */

struct decide_new {
    struct uuid id;
    int64_t project_id, item_id, user_id;
    enum decide_what what;
    enum answer answer;   /* accept or reject */
    const json_t *values; /* NULL: {} */
    int64_t of;           /* ledger number */
    /* Ledger number of the decision that the reviewer saw (0: none), so that two reviewers at once
     * do not overrule each other unseen; DECIDE_ANY: whichever stands. */
    int64_t replaces;
    const char *note; /* NULL or "": none */
};

/* ERR_NOT_FOUND: no such item in that project, or no such event on it. ERR_INVALID: the values do
 * not fit the questions, or the event has no answer that can decide. ERR_CONFLICT: the label is not
 * current any more, another decision stands than `replaces`, or the id was used for something else. */
enum err review_decide(struct store *s, struct arena *a, const struct decide_new *n,
                       int64_t now_ms, struct label_result *r) MUST_USE;

struct return_new {
    struct uuid id;
    int64_t project_id, user_id; /* who returns it */
    struct uuid label_id;
    const char *comment; /* shown to the person who is asked again */
};

/* ERR_NOT_FOUND: no such label. ERR_INVALID: the comment is empty or too long, or nobody can be
 * asked again. ERR_CONFLICT: the label is not current any more, its item is decided, or the id was
 * used for something else. */
enum err review_return(struct store *s, struct arena *a, const struct return_new *n,
                       int64_t now_ms, struct label_result *r) MUST_USE;

/* Makes both tables again from the ledger, inside the caller's transaction: a part of label_rebuild. */
enum err review_rebuild(struct store *s, struct arena *a) MUST_USE;

/* Calls `problem` with a sentence for each row of the two tables that is not as the ledger says, and
 * for each that is missing. For ledger_verify; `a` is working memory. */
struct review_report {
    void (*problem)(void *context, int64_t seq, const char *sentence);
    void *context;
};
enum err review_compare(struct store *s, struct arena *a,
                        const struct review_report *report) MUST_USE;

/* The row that a `return` event makes. Texts in the arena. */
enum err review_returned_of(struct arena *a, const struct ledger_row *row,
                            struct returned *r) MUST_USE;

#endif
