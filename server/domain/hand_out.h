/* hand_out - one call of queue_lease as it goes on; for the files of this folder that have a say in
 * what is handed out. Rules: queue.h. */
#ifndef EXEMPLAR_DOMAIN_HAND_OUT_H
#define EXEMPLAR_DOMAIN_HAND_OUT_H

#include "domain/queue.h"
#include "store/project.h"
#include "store/steer.h"

struct handing {
    struct store *s;
    struct arena *a;
    struct project_brief project;
    struct member_counts mine;
    struct search search; /* whom for, when, and of which assignment */
    int64_t left;         /* items open for her, of the assignment */
    int64_t n_held;       /* in her hands before; counted where there are quotas or checks */
    int64_t n_again;      /* second answers she gave; counted where there are checks */
    struct handed *list;
    size_t n, want; /* given so far; want: not beyond */
};

/* Leases the item to her, with its pick (0: none). */
enum err hand_task(struct handing *h, int64_t item_id, int64_t pick_id,
                   enum lease_task task) MUST_USE;

#endif
