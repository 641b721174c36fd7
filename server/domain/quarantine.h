/* quarantine - a person's labels are left out, all of one project's, until they are let in again.
 *
 *     struct quarantine_set x = {.project_id = p, .user_id = 7, .is_on = 1,
 *                                .reason = "clicks without looking", .by_user_id = me.id};
 *     TRY(quarantine_set(s, a, &x, now, &q));
 *     TRY(quarantine_as_of(s, a, p, seq, &out));    // whose labels were left out then
 *     ... if (quarantined(&out, label.user_id)) continue;
 *
 * Nothing of theirs is lost or changed: their labels stay in the ledger, in exports and in the item's
 * history; states and counts of items stay as they are. Left out means: of every item's answer
 * (answer.h), of what teaches models and of the figures that judge them. It is an event of the ledger,
 * so that it is known for each earlier moment too, and undone by the next. */
#ifndef EXEMPLAR_DOMAIN_QUARANTINE_H
#define EXEMPLAR_DOMAIN_QUARANTINE_H

#include "store/ledger.h"
#include "store/quarantine.h"

enum { QUARANTINE_REASON_MAX = 500 };

struct quarantine_set {
    int64_t project_id, user_id;
    int is_on;
    const char *reason; /* 1 to 500 bytes when it is put on; "" or NULL may let out */
    int64_t by_user_id; /* 0: the program */
};

/* *now: the row in force; asking for what is so already changes nothing. ERR_NOT_FOUND: no such
 * project or person. ERR_INVALID: no reason. */
enum err quarantine_set(struct store *s, struct arena *a, const struct quarantine_set *x,
                        int64_t now_ms, struct quarantine *now) MUST_USE;

/* People whose labels are left out, ascending; in the arena. */
struct left_out {
    const int64_t *users;
    size_t n;
};
/* As of ledger no. `seq`; INT64_MAX: now. */
enum err quarantine_as_of(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                          struct left_out *out) MUST_USE;
int quarantined(const struct left_out *out, int64_t user_id);

/* What an event of the ledger says; reason lives in the arena. For label_rebuild and verify. */
enum err quarantine_of_event(struct arena *a, const struct ledger_row *row,
                             struct quarantine *x) MUST_USE;

#endif
