/* store/search - finding items: by their text, where they came from, what is known of them, and
 * what became of them.
 *
 * What never changes of an item is in one full-text index (FTS5, without a copy of the texts):
 * the words of its text, its path and its metadata, and as exact words the folders it lies in and
 * each `key=value` of its metadata. What changes is in ordered indexes that the database keeps by
 * itself: its state, who labelled it, and which class a person said it is. A search walks all of
 * them at once in order of item, each leaping to where the others are, so it costs what it finds
 * and not what there is. What takes longer than `budget_us` is cut off: `next` then says where to
 * go on, even if fewer than `limit` were found.
 *
 *     struct item_search q = {.project_id = 1, .state = ITEM_STATES, .text = "red car", .limit = 48,
 *                        .budget_us = 20000};
 *     struct found f;
 *     TRY(store_search(s, a, &q, &f));        // f.ids[0..f.n), ascending; f.next or 0
 *
 * What there is to filter by: store/facet.h. */
#ifndef EXEMPLAR_STORE_SEARCH_H
#define EXEMPLAR_STORE_SEARCH_H

#include "store/item.h"

enum { SEARCH_META = 8 }; /* metadata conditions in one search */

struct search_meta {
    const char *key, *value;
};

struct item_search {
    int64_t project_id;
    enum item_state state; /* ITEM_STATES: any */
    const char *text;      /* as typed (store/words.h); NULL: any */
    const char *folder;    /* in it or below it; NULL: any */
    struct search_meta meta[SEARCH_META];
    size_t n_meta;
    int64_t user_id;        /* labelled by them; 0: by anybody or nobody */
    const char *question;   /* with class_name: which question; NULL: neither */
    const char *class_name; /* somebody (user_id: they) gave this class */
    int64_t after;          /* items after this one */
    size_t limit;
    int64_t count_most; /* 0: not to be counted */
    int64_t budget_us;
};

struct found {
    int64_t *ids;
    size_t n;
    int64_t next;  /* go on after this one; 0: there are no more */
    int64_t count; /* of all after `after`, if is_counted; else at least so many */
    int is_counted;
};

/* ERR_INVALID for a text that cannot be searched for. */
enum err store_search(struct store *s, struct arena *a, const struct item_search *q,
                      struct found *f) MUST_USE;

/* Puts an item into the index and counts its facets; once, when it is added. `body` as in
 * store_item_add, which calls this. */
enum err store_search_add(struct store *s, const struct item *i, const char *body,
                          size_t n) MUST_USE;

#endif
