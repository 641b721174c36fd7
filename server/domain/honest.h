/* honest - which items evaluate a classifier and never teach it.
 *
 *     TRY(honest_read(s, a, project_id, seq, &h));        // labelled by ledger number seq; 0: by now
 *     if (honest_is(&h, item_id)) ...
 *
 * An item is honest when it came to the person who labelled it first by a pick drawn at random: nobody,
 * and no model, chose it for what it is, so that how often a version is right about such items is how
 * often it is right about the pool. That is settled with the item's first label and never changes: no
 * correction and no later version makes it teach, so every version, old and new, may be asked about all
 * of today's honest items. What was uploaded with its class, or imported with labels, is not honest.
 *
 * Where more than half of what was handed out was drawn at random (before there is a round everything is,
 * and in a project that explores that much), one in five of the drawn is honest, by its content's hash:
 * the others teach, or there would be nothing to learn from.
 *
 * A version may still have been taught a near duplicate of an item that became honest later: whoever
 * evaluates leaves out honest items of a group (domain/group.h) that taught it.
 * One pass over the labelled items: for jobs. */
#ifndef EXEMPLAR_DOMAIN_HONEST_H
#define EXEMPLAR_DOMAIN_HONEST_H

#include "base/hash.h"
#include "store/queue.h"

#include <stdbool.h>

enum { HONEST_ENOUGH = 20 }; /* fewer do not tell how often a version is right */

struct honest_list {
    int64_t *item; /* (n) ascending */
    size_t n;
};
enum err honest_read(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                     struct honest_list *list) MUST_USE;

bool honest_is(const struct honest_list *list, int64_t item_id);

/* The rule for one: drawn at random, with which share of the round drawn so, and the item's content. */
bool honest_rule(int drawn, double explore, const struct hash *content);

#endif
