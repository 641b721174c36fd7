/* desk - people behind an endpoint: what its model is not sure of, they answer.
 *
 *     struct desk_settings set;                       // {"on","wait_s","wrong_in","audit"}
 *     TRY(desk_settings_of(s, a, endpoint_id, &set));
 *     desk_decide(&set, &guess, &earned, chance, &d)  // d.asks, d.why, d.propensity; d.alone
 *     TRY(desk_ask(s, a, &ask, now, &x));             // x.key: by which the caller asks again
 *     ... somebody labels the item ...
 *     TRY(desk_settle(s, a, now, &n));                // the label is the answer
 *
 * What is asked becomes an item of the endpoint's project, of the highest priority when a caller waits
 * for it; the item's answer (answer.h) is the caller's answer, so it is in the ledger and teaches like
 * any label. Bytes that the project has already are the same item: if it has its answer, so has the caller.
 *
 * Asked are, in this order:
 *   no-model  nothing answers there yet
 *   unknown   the model says it is like nothing it was taught
 *   unsure    its class has not earned answering alone, or the confidence lies below its threshold
 *   audit     the model answered alone; a share of such answers, drawn at random with the chance `audit`,
 *             is asked all the same, and the caller does not wait
 *
 * A class earns answering alone by "at most 1 in wrong_in wrong" (sampler/takeover.h), from the answers
 * of people to what this model guessed to be that class at this endpoint, and from nothing else: items of
 * the project may be easier. While it answers alone, the audited answers are watched in their order; when
 * they show that more are wrong, the class goes back to people, and earns it anew from then on. Both are
 * in the audit log. A new model starts with nothing earned.
 *
 * Answered rows are kept DESK_KEEP_DAYS days, the items and labels like all others.
 * Errors beside the store's: ERR_INVALID names a field, ERR_BUSY: too many wait already. */
#ifndef EXEMPLAR_DOMAIN_DESK_H
#define EXEMPLAR_DOMAIN_DESK_H

#include "base/json.h"
#include "domain/item.h"
#include "store/desk.h"

#include <stdbool.h>

enum {
    DESK_WAIT_S_MAX = 60,
    DESK_WAITING_MAX = 10000, /* of one endpoint */
    DESK_KEEP_DAYS = 400,
    DESK_PRIORITY = 9, /* of what a caller waits for */
    DESK_PRIORITY_AUDIT = 8
};

struct desk_settings {
    bool on;
    int64_t wait_s;   /* how long a caller waits at most: 0 to DESK_WAIT_S_MAX */
    int64_t wrong_in; /* at most 1 in so many answers may be wrong: 3 to 10,000 */
    double audit;     /* share of the answers given alone that people check: 0.001 to 1 */
};
/* Every field; NULL when out of memory. */
json_t *desk_settings_json(const struct desk_settings *x);

/* Of an endpoint; off when nothing was ever set. */
enum err desk_settings_of(struct store *s, struct arena *a, int64_t endpoint_id,
                          struct desk_settings *out) MUST_USE;
/* What `change` names instead of what was set; in a write transaction, and in the audit log. */
enum err desk_change_settings(struct store *s, struct arena *a, int64_t endpoint_id,
                              int64_t project_id, const json_t *change,
                              struct desk_settings *out) MUST_USE;

struct desk_guess {
    int64_t model_id;       /* 0: nothing answers there yet; the rest is then not read */
    const char *class_name; /* the most likely */
    double probability;
    bool is_unknown;
};
struct desk_decision {
    bool asks; /* people */
    enum asked_why why;
    double propensity;
    bool alone; /* the model's answer is the caller's */
};
/* `earned` of the guess's class (class_name NULL: nothing yet); `chance` uniform in [0, 1). Pure. */
void desk_decide(const struct desk_settings *set, const struct desk_guess *guess,
                 const struct earned *earned, double chance, struct desk_decision *d);

struct desk_ask {
    int64_t endpoint_id, project_id;
    const struct desk_guess *guess;
    const struct desk_decision *decision;
    struct item item; /* hash, format, sizes and renditions; its files are there */
    const char *text; /* of a text, item.n_bytes of it; NULL: a picture */
};
/* In a write transaction. x->state may be answered at once. */
enum err desk_ask(struct store *s, struct arena *a, const struct desk_ask *ask, int64_t now_ms,
                  struct asked *x) MUST_USE;

/* By the id that its caller was given. ERR_NOT_FOUND. */
enum err desk_find(struct store *s, struct arena *a, int64_t endpoint_id, const char *id,
                   struct asked *x) MUST_USE;

/* The answers that came since: their rows end, webhooks are told (hook.h). Up to 100; *n: how many, in
 * `list` (in the arena). */
enum err desk_settle(struct store *s, struct arena *a, int64_t now_ms, struct asked **list,
                     size_t *n) MUST_USE;

enum desk_change { DESK_AS_BEFORE, DESK_TAKEN, DESK_RETURNED };
struct desk_weigh {
    int64_t endpoint_id, project_id, model_id;
    const char *class_name;
    int64_t wrong_in;
};
/* After new answers: what this class has earned by now. */
enum err desk_weigh(struct store *s, struct arena *a, const struct desk_weigh *w,
                    int64_t now_ms, enum desk_change *change) MUST_USE;

#endif
