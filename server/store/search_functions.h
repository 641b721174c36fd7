/* search_functions - SQL functions by which a migration indexes the items that were there before
 * the search index. Private to server/store.
 *
 *     search_words(body, path, meta)      its words, as one text
 *     search_tags(project, path, meta)    its tags, as one text
 *     search_facets(path, meta)           [[kind, key, value], ...]
 *
 * What these are: indexed.h. */
#ifndef EXEMPLAR_STORE_SEARCH_FUNCTIONS_H
#define EXEMPLAR_STORE_SEARCH_FUNCTIONS_H

#include "store/store.h"

/* On every connection, before it is migrated. */
enum err search_functions(struct store *s) MUST_USE;

#endif
