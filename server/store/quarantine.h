/* store/quarantine - rows that say whose labels were left out, and when. Rules: domain/quarantine.h. */
#ifndef EXEMPLAR_STORE_QUARANTINE_H
#define EXEMPLAR_STORE_QUARANTINE_H

#include "store/store.h"

struct quarantine {
    int64_t seq; /* of its event; 0: there is none */
    int64_t project_id, user_id;
    int is_on;
    const char *reason;
    int64_t by_user_id; /* 0: the program */
    int64_t at;
};

enum err store_quarantine_add(struct store *s, const struct quarantine *x) MUST_USE;
/* The last row of each person that the project has any of, up to ledger no. `seq`, by user_id. */
enum err store_quarantine_list(struct store *s, struct arena *a, int64_t project_id,
                               int64_t seq, struct quarantine **list, size_t *n) MUST_USE;
/* The project's last row of anybody; 0: none. */
enum err store_quarantine_newest(struct store *s, int64_t project_id, int64_t *seq) MUST_USE;
/* All rows of all projects after `after`, by seq. For verify. */
enum err store_quarantine_page(struct store *s, struct arena *a, int64_t after, size_t limit,
                               struct quarantine **list, size_t *n) MUST_USE;
/* The start of label_rebuild. */
enum err store_quarantine_remove_all(struct store *s) MUST_USE;

#endif
