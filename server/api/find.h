/* find - the filter of a request: its query's fields, as domain/find.h reads them.
 *
 *     GET .../items?text=red+car&meta.site=7&state=open
 *
 * A field `meta.KEY` asks for the items whose metadata KEY is that value. */
#ifndef EXEMPLAR_API_FIND_H
#define EXEMPLAR_API_FIND_H

#include "api/api.h"
#include "domain/find.h"

/* Also checks what the person who asks may look for. */
enum err find_of_query(struct req *q, int64_t project_id, struct item_search *f) MUST_USE;

/* The members of an item in a list, with the label that this role may see, into an open object. */
/* "state"; to whoever must not tell checks from work, their own answer alone makes an item labelled. */
enum err encode_state(struct out *o, struct req *q, const struct item *i) MUST_USE;
enum err encode_listed(struct out *o, struct req *q, const struct item *i,
                       enum role role) MUST_USE;

/* The role of the person who asks, in the project. */
enum err find_role(struct req *q, int64_t project_id, enum role *role) MUST_USE;

#endif
