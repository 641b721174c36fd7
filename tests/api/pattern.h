/* pattern - what an answer must look like, and what of it is kept for later.
 *
 *     struct names n = {0};
 *     names_set(&n, "p", "7");
 *     names_fill(&n, &out, "/projects/$p/items");       // "/projects/7/items"
 *     pattern_matches(&n, pattern, value, why, sizeof why)
 *
 * A pattern is JSON, matched member by member; an object may have more members than its pattern.
 *     "$name"     captures a value (a number or a text) the first time, compares it afterwards
 *     "words$name"  the same for what follows the words
 *     "*"         anything but null
 *     "~words"    a text that holds these words
 *     [a, b]      exactly two, in this order;   [a, "..."]  at least one */
#ifndef EXEMPLAR_TESTS_PATTERN_H
#define EXEMPLAR_TESTS_PATTERN_H

#include "base/buf.h"
#include "base/json.h"

enum { NAMES_MAX = 64 };

struct names {
    size_t n;
    struct {
        char name[32];
        char value[200];
    } rows[NAMES_MAX];
};

const char *names_get(const struct names *n, const char *name, size_t length);
void names_set(struct names *n, const char *name, const char *value);

/* Appends `text` with each $name replaced. A name that begins with "uuid" and is not known yet
 * becomes a new uuid. */
enum err names_fill(struct names *n, struct buf *out, const char *text) MUST_USE;

/* 1 when it matches; else 0, and `why` says where not. */
int pattern_matches(struct names *n, const json_t *pattern, const json_t *value, char *why,
                    size_t room);

#endif
