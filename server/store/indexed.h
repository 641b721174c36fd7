/* indexed - what the search index holds of an item. Private to server/store.
 *
 * Its words are those of its text, its path and its metadata. Its tags are exact words: one for the
 * project, and one for each facet, which is a folder it lies in or a `key=value` of its metadata.
 * They are written by one place, for an item that is added (search.c), for items that were there
 * before the index (search_functions.c), and for what is looked for (search.c). */
#ifndef EXEMPLAR_STORE_INDEXED_H
#define EXEMPLAR_STORE_INDEXED_H

#include "base/buf.h"
#include "base/json.h"
#include "store/facet.h"

enum {
    WORDS_BYTES_MAX = 256 * 1024 * 1024, /* of one item, likewise below */
    TAGS_BYTES_MAX = 1024 * 1024,
    TAG_TEXT = 18
};

/* The word that stands for a facet in the index. 56 bits: two of a million values collide once
 * in 70,000 projects. */
void indexed_tag(char tag[TAG_TEXT], enum facet_kind kind, const char *key, const char *value);

/* `body` may be NULL: the item is a picture. */
enum err indexed_words(struct buf *b, const char *body, size_t n, const char *path,
                       const json_t *meta) MUST_USE;
enum err indexed_tags(struct buf *b, int64_t project_id, const char *path,
                      const json_t *meta) MUST_USE;

typedef enum err (*facet_each)(void *context, enum facet_kind kind, const char *key,
                               const char *value);

/* Calls `each` for every facet: the folders from the outermost, then the metadata. */
enum err indexed_facets(const char *path, const json_t *meta, facet_each each,
                        void *context) MUST_USE;

#endif
