/* hook - who is told when people have answered.
 *
 *     TRY(hook_make(s, a, &(struct hook_new){endpoint, project, url, user}, now, &h));   // h.secret, shown once
 *     TRY(hook_tell_answer(s, a, &asked, now));      // in the transaction that ends the request
 *     TRY(store_delivery_due(...)); ... send (net/send.h) ...
 *     TRY(hook_sent(s, &d, &outcome, now));
 *
 * A message is stored with the answer it tells of, or not at all, and tried until it arrives: at once,
 * then 5 and 30 seconds, 2 and 10 minutes, 1, 3 and 12 hours later; then it is given up. After a crash
 * it is tried again, so a receiver may get one twice: with the same id, by which to drop it. Ended ones
 * are kept HOOK_KEEP_DAYS days.
 *
 *     {"event":"answer","endpoint":"shoes","id":"...","state":"answered","class":"shoe",
 *      "asked_at":"...","answered_at":"..."}          class null and state "declined": people could not say */
#ifndef EXEMPLAR_DOMAIN_HOOK_H
#define EXEMPLAR_DOMAIN_HOOK_H

#include "store/desk.h"
#include "store/hook.h"

enum { HOOKS_MAX = 10, HOOK_URL_MAX = 2000, HOOK_TRIES = 8, HOOK_KEEP_DAYS = 7 };

struct hook_new {
    int64_t endpoint_id, project_id;
    const char *url; /* checked by net/send.h */
    int64_t user_id;
};
/* ERR_CONFLICT beyond HOOKS_MAX at one endpoint. */
enum err hook_make(struct store *s, struct arena *a, const struct hook_new *n, int64_t now_ms,
                   struct hook *h) MUST_USE;
/* ERR_NOT_FOUND. What waits for it is given up. */
enum err hook_remove(struct store *s, int64_t endpoint_id, int64_t project_id, int64_t id,
                     int64_t now_ms) MUST_USE;

enum err hook_tell_answer(struct store *s, struct arena *a, const struct asked *x,
                          int64_t now_ms) MUST_USE;

struct hook_outcome {
    int64_t status;  /* 0: no answer */
    const char *why; /* NULL: it arrived */
};
enum err hook_sent(struct store *s, struct delivery *d, const struct hook_outcome *o,
                   int64_t now_ms) MUST_USE;

/* How long after the n-th try (1 is the first) the next comes; -1: none. */
int64_t hook_pause_ms(int64_t tries);

#endif
