/* draft - DRAFT of openapi.json: what the classifier behind a teach page knows, and what it is at. */
#ifndef EXEMPLAR_API_DRAFT_H
#define EXEMPLAR_API_DRAFT_H

#include "api/out.h"
#include "base/arena.h"

#include <stdint.h>

struct drafts;
struct store;

/* The examples of each class are counted as of now, whatever the draft knows of them. */
enum err encode_draft(struct out *o, const char *key, struct store *s, struct arena *a,
                      struct drafts *drafts, int64_t project_id) MUST_USE;

#endif
