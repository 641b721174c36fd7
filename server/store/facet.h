/* store/facet - what the items of a project may be filtered by, with how many there are of each:
 * folders, values of metadata, classes that were given, people who labelled.
 *
 * A facet is a folder, or a value of a metadata key. Of a key only the first FACET_VALUES are listed
 * (an id or a time has as many values as there are items); all can be filtered by (store/search.h).
 *
 *     struct facet *f;
 *     TRY(store_facets(s, a, project_id, &f, &n));       // f[i].value is had by f[i].items
 *
 * All are counted when items and labels are written; reading costs what is listed. */
#ifndef EXEMPLAR_STORE_FACET_H
#define EXEMPLAR_STORE_FACET_H

#include "base/json.h"
#include "store/item.h"

enum {
    FACET_VALUES = 200, /* of a key, listed */
    FACET_BYTES = 200   /* of a value; longer ones are text, and no facet */
};

enum facet_kind { FACET_FOLDER, FACET_META };

struct facet {
    enum facet_kind kind;
    const char *key; /* "" for a folder */
    const char *value;
    int64_t items;
    int is_all; /* every value of this key is listed */
};

/* By kind, key and value. */
enum err store_facets(struct store *s, struct arena *a, int64_t project_id,
                      struct facet **facets, size_t *n) MUST_USE;

struct class_count {
    const char *question, *class_name;
    int64_t items;  /* that somebody gave it */
    int64_t labels; /* of all people */
};
enum err store_class_counts(struct store *s, struct arena *a, int64_t project_id,
                            struct class_count **counts, size_t *n) MUST_USE;

/* Who has current labels here, by name. */
struct labeller {
    int64_t user_id;
    const char *name; /* NULL when the person was erased */
    int64_t labels;
};
enum err store_labellers(struct store *s, struct arena *a, int64_t project_id,
                         struct labeller **people, size_t *n) MUST_USE;

/* Counts the facets of an item; once, when it is added. `meta` is its metadata as read. Called by
 * store_search_add. */
enum err store_facets_add(struct store *s, const struct item *i, const json_t *meta) MUST_USE;

#endif
