/* label - an answer is given, kept for ever, and may be taken back.
 *
 *     struct label_new n = {.id = uuid, .project_id = p, .item_id = i, .user_id = u,
 *                           .lease_id = lease, .answer = ANSWER_ACCEPT, .values = values,
 *                           .elapsed_ms = 1234};
 *     TRY(label_submit(s, a, &n, now, &r));
 *     r.seq                                       // its number in the ledger
 *     r.repeated                                  // 1: it was there already
 *
 * Each is an event of the ledger; the table of current labels follows from it. A retry (same id,
 * same project, item, person, answer, values, reason and elapsed_ms; the lease may differ)
 * gives the same answer and no new row; the same id with other content is ERR_CONFLICT,
 * whoever sends it. The same person's next answer on an item replaces her last.
 *
 * Who may answer: whoever holds a live lease on the item, or answered it before; else, while
 * the item still wants an answer that nobody was given instead (ERR_CONFLICT says why not).
 * A skip needs no room. Labels of the import go the same way, by user 1 without a lease. */
#ifndef EXEMPLAR_DOMAIN_LABEL_H
#define EXEMPLAR_DOMAIN_LABEL_H

#include "base/json.h"
#include "base/uuid.h"
#include "store/label.h"
#include "store/queue.h"

enum { REASON_BYTES_MAX = 500 };
#define ELAPSED_MS_MAX ((int64_t)24 * 3600 * 1000) /* longer is cut to this */

/* How a label came to be: somebody was asked about the item, or brought the item as an example of a
 * class; the event then says "example". */
enum label_given { LABEL_ANSWER, LABEL_EXAMPLE };

struct label_new {
    struct uuid id;
    int64_t project_id, item_id, user_id;
    int64_t lease_id; /* 0: none */
    enum answer answer;
    const json_t *values; /* NULL: {} */
    const char *reason;   /* NULL or "": none */
    int64_t elapsed_ms;
    enum label_given given;
};

struct label_result {
    int64_t seq;
    int repeated;
};

/* ERR_NOT_FOUND: no such item in that project. ERR_INVALID: the values do not fit the questions.
 * ERR_CONFLICT as above. `a` holds working memory only. */
enum err label_submit(struct store *s, struct arena *a, const struct label_new *n,
                      int64_t now_ms, struct label_result *r) MUST_USE;

/* Takes this person's current label back: the event `id` says so, and the item is hers again at
 * once (lease->id 0 when others filled its place meanwhile). ERR_NOT_FOUND: no such label of hers;
 * ERR_CONFLICT: replaced or taken back already, or `id` was used for something else. */
struct label_retraction {
    int64_t project_id, user_id;
    struct uuid label_id; /* of the label that is taken back */
    struct uuid id;       /* of this event */
};
enum err label_retract(struct store *s, struct arena *a, const struct label_retraction *x,
                       int64_t now_ms, struct label_result *r, struct lease *lease) MUST_USE;

/* One event on an item, as people read it. */
struct label_event {
    int64_t seq, at;
    const char *kind; /* "label", "retract", "decide", "return", ... */
    const char *id;   /* that its client made; NULL: none */
    int64_t user_id;
    const char *user_name; /* NULL when the person was erased */
    const char *answer;    /* NULL where none is given, likewise values and reason */
    const char *values;
    const char *reason; /* NULL: none */
    const char *note;   /* of a decision, or what a return says; NULL: none */
    int64_t pick_id;    /* 0: none, likewise below */
    int64_t of;         /* ledger number of the label that it took, took back or returned */
    int64_t restores;   /* of the earlier answer that it brought back */
    int64_t to_id;      /* whose label was returned */
    const char *to_name;
};
/* Oldest first, the last 1,000 at most. */
enum err label_history(struct store *s, struct arena *a, int64_t item_id,
                       struct label_event **events, size_t *n) MUST_USE;
/* One of them, by its ledger number. */
enum err label_event_get(struct store *s, struct arena *a, int64_t seq,
                         struct label_event *e) MUST_USE;

/* A row for export and the API's list: current labels in order of seq, with what they name. */
struct label_full {
    struct label label;
    const char *user_name; /* NULL when the person was erased */
    struct pick pick;      /* id 0: none */
};
enum err label_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                    size_t limit, struct label_full **labels, size_t *n) MUST_USE;

/* Throws the projections away (labels, decisions, what was returned, quarantines, item states, answer
 * counts) and makes them again from the ledger. One transaction; minutes for millions. */
enum err label_rebuild(struct store *s) MUST_USE;

#endif
