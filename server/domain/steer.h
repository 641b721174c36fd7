/* steer - who is given which items, and which come first.
 *
 *     struct assignment_new n = {.project_id = p, .user_id = anna, .what.folder = "camera3",
 *                                .quota = 500};
 *     TRY(assignment_make(s, a, &n, now, &made));
 *     TRY(items_prioritise(s, p, ids, n_ids, 9, &n_set));
 *
 * While an assignment lives, its person gets its items alone (the queue's own rules hold besides);
 * one for everybody (user 0) is for those who have none of their own. Several of one person are
 * worked off in their order. Items that are imported later join by themselves. Nothing here is
 * looked for at hand-out: a job ("steer") writes down which items match, a step at a time, and what
 * is not written down yet is not handed out yet.
 *
 * Priority 0 is every item's; of 1 to 9 the highest is handed out first, before any pick. */
#ifndef EXEMPLAR_DOMAIN_STEER_H
#define EXEMPLAR_DOMAIN_STEER_H

#include "store/job.h"
#include "store/steer.h"

enum {
    PRIORITY_MAX = 9,
    STEER_ITEMS_MAX = 5000, /* named in one call */
    ORDERS_MAX = 16,        /* living assignments of one person, and of everybody */
    STEER_TEXT_MAX = 1000   /* bytes of a key, a value or a folder */
};

struct assignment_new {
    int64_t project_id;
    int64_t user_id; /* 0: everybody */
    struct item_match what;
    const int64_t *items; /* or these, by id; not both */
    size_t n_items;
    int64_t quota;
    int64_t by; /* who says so */
};

/* ERR_INVALID: neither a match nor items, or both, or too many. ERR_NOT_FOUND: no such person there,
 * or no such item. Adds the job when items are to be looked for. */
enum err assignment_make(struct store *s, struct arena *a, const struct assignment_new *n,
                         int64_t now_ms, struct assignment *made) MUST_USE;
/* Its people get other items again at once; what they hold they may finish. */
enum err assignment_end(struct store *s, struct arena *a, int64_t project_id, int64_t id,
                        int64_t by, int64_t now_ms) MUST_USE;

/* At once, for items by id; *n_set: how many. ERR_NOT_FOUND names one that is not there. */
enum err items_prioritise(struct store *s, int64_t project_id, const int64_t *items, size_t n,
                          int64_t priority, int64_t *n_set) MUST_USE;
/* By a job, for what matches now. */
enum err items_prioritise_matching(struct store *s, struct arena *a, int64_t project_id,
                                   const struct item_match *what, int64_t priority, int64_t by,
                                   int64_t now_ms, struct job *j) MUST_USE;

/* What the job works from: params of kind "steer". */
struct steering {
    int64_t assignment_id;  /* 0: priorities */
    struct item_match what; /* of priorities; texts live as long as the arena */
    int64_t priority;
};
enum err steering_read(struct arena *a, const char *params, struct steering *x) MUST_USE;

#endif
