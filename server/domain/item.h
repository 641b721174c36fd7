/* item - adding the things to be labelled.
 *
 * An item is its original bytes: the same bytes a second time in a project are a duplicate,
 * reported and kept once. The files of a picture must lie in media/ before it is added.
 *
 *     struct item i = {.project_id = p, .hash = h, .format = "image/jpeg", .path = "cats/a.jpg",
 *                      .meta = "{}", ...};
 *     TRY(item_add(s, &i, NULL, 0, now, &added));
 *     if (added == ITEM_DUPLICATE) i.id is the item that is there already
 *
 * Reading: store_item_get, store_item_list, store_item_text. Call item_add many at a time
 * inside one store_begin ... store_end. */
#ifndef EXEMPLAR_DOMAIN_ITEM_H
#define EXEMPLAR_DOMAIN_ITEM_H

#include "store/item.h"
#include "store/project.h"

enum item_added { ITEM_ADDED, ITEM_DUPLICATE };

/* Sets i->id, shuffle and created_at. `body`, n bytes of UTF-8, for a text; NULL for a picture. */
enum err item_add(struct store *s, struct item *i, const char *body, size_t n, int64_t now_ms,
                  enum item_added *added) MUST_USE;

/* The item's place in its project's random order: 63 bits of BLAKE2b-256 over the seed (8 bytes,
 * big-endian) and the item's hash. Independent of content, order of import and labels. */
int64_t item_shuffle(int64_t project_seed, const struct hash *item_hash);

/* One person's answer on an item as it changes. */
struct answer_change {
    int64_t user_id;
    int before, after;  /* enum answer; negative: none */
    const char *values; /* after it, canonical */
    int doubted;        /* the model was nearly sure of another class */
};

/* Sets the state of an item, in the store and in `i`: n = its labels that are no skip; with
 * n >= overlap: any flag -> flagged, more than half rejects -> rejected, else labelled; otherwise
 * open. Where overlap_max is above the overlap, an item without a flag stays open for one more,
 * until n = overlap_max, while its answers are in dispute: none is what more than half say, or
 * fewer than `overlap` people say it, or, where the model was nearly sure of another class, fewer
 * than overlap + 1. An item that a reviewer decided keeps its state. To be called before the label itself is written: the counts that the database
 * keeps then change once and not twice. */
enum err item_settle_for(struct store *s, struct item_brief *i, const struct project_brief *p,
                         const struct answer_change *c) MUST_USE;

/* How many answers an open item asks for as it stands: the overlap, or one more than it has. */
int64_t item_wants(const struct item_brief *i, const struct project_brief *p);

#endif
