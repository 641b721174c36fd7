/* store/hook - rows of webhooks and of what is to be delivered to them. Rules: domain/hook.h. */
#ifndef EXEMPLAR_STORE_HOOK_H
#define EXEMPLAR_STORE_HOOK_H

#include "base/uuid.h"
#include "store/store.h"

struct hook {
    int64_t id, endpoint_id, project_id;
    const char *url;
    const char *secret;
    int64_t user_id;
    int64_t created_at;
};
enum err store_hook_add(struct store *s, struct hook *h) MUST_USE; /* sets h->id */
/* Those that are there, oldest first. */
enum err store_hook_list(struct store *s, struct arena *a, int64_t endpoint_id,
                         struct hook **list, size_t *n) MUST_USE;
/* Its waiting deliveries are given up. *n 0: there is none at this endpoint. */
enum err store_hook_remove(struct store *s, int64_t endpoint_id, int64_t id, int64_t now_ms,
                           int64_t *n) MUST_USE;

enum delivery_state { DELIVERY_WAITING, DELIVERY_ARRIVED, DELIVERY_GIVEN_UP };
const char *
delivery_state_name(enum delivery_state state); /* "waiting", "arrived", "given-up" */

struct delivery {
    int64_t id, hook_id;
    struct uuid key;
    const char *body;
    enum delivery_state state;
    int64_t tries;
    int64_t next_at;
    int64_t status;  /* 0: no answer came */
    const char *why; /* NULL */
    int64_t created_at, ended_at;
    const char *url, *secret; /* of its hook, in store_delivery_due alone */
};
enum err store_delivery_add(struct store *s, struct delivery *d) MUST_USE;
/* The most overdue of each hook that is there, most overdue first. */
enum err store_delivery_due(struct store *s, struct arena *a, int64_t now_ms, size_t limit,
                            struct delivery **list, size_t *n) MUST_USE;
/* state, tries, next_at, status, why and ended_at as in `d`. */
enum err store_delivery_set(struct store *s, const struct delivery *d) MUST_USE;
/* Of a hook, newest first. */
enum err store_delivery_list(struct store *s, struct arena *a, int64_t hook_id, size_t limit,
                             struct delivery **list, size_t *n) MUST_USE;
/* Those that ended before `at`: removed, at most `limit`. */
enum err store_delivery_forget(struct store *s, int64_t at, int64_t limit, int64_t *n) MUST_USE;

#endif
