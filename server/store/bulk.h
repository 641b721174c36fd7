/* store/bulk - rows of saved views, and of actions on many items. Rules: domain/bulk.h. */
#ifndef EXEMPLAR_STORE_BULK_H
#define EXEMPLAR_STORE_BULK_H

#include "base/uuid.h"
#include "store/store.h"

struct saved_view {
    int64_t id, project_id, user_id;
    const char *name;
    const char *query; /* as in the address of the page */
    int64_t created_at;
};
/* Of one person, by name. */
enum err store_view_list(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                         struct saved_view **views, size_t *n) MUST_USE;
/* Sets v->id; one of that name is replaced. */
enum err store_view_set(struct store *s, struct saved_view *v) MUST_USE;
/* ERR_NOT_FOUND if this person has no such view there. */
enum err store_view_remove(struct store *s, int64_t project_id, int64_t user_id,
                           int64_t id) MUST_USE;

enum bulk_action { BULK_LABEL, BULK_REJECT, BULK_WITHDRAW, BULK_PRIORITY, BULK_UNDO };

struct bulk {
    int64_t id, project_id, user_id;
    enum bulk_action action;
    const char *body; /* canonical JSON, see domain/bulk.h */
    struct uuid token;
    int64_t undoes, undone_by; /* 0: none */
    int64_t items;             /* changed so far */
    int64_t created_at;
};

const char *bulk_action_name(enum bulk_action x);
enum err bulk_action_read(enum bulk_action *x, const char *text) MUST_USE;

enum err store_bulk_add(struct store *s, struct bulk *b) MUST_USE; /* sets b->id */
enum err store_bulk_get(struct store *s, struct arena *a, int64_t id, struct bulk *b) MUST_USE;
/* The latest of a project, newest first. */
enum err store_bulk_list(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                         struct bulk **list, size_t *n) MUST_USE;
enum err store_bulk_set_undone(struct store *s, int64_t id, int64_t undone_by) MUST_USE;

struct bulk_item {
    int64_t bulk_id, item_id, seq, before;
};
/* Once for an item: what is there stays. */
enum err store_bulk_item_add(struct store *s, const struct bulk_item *i) MUST_USE;
/* In order of item, after `after`. */
enum err store_bulk_items(struct store *s, struct arena *a, int64_t bulk_id, int64_t after,
                          size_t limit, struct bulk_item **items, size_t *n) MUST_USE;

enum err store_item_priority(struct store *s, int64_t item_id, int64_t *priority) MUST_USE;

#endif
