/* expect - what a project expects of its examples before a model is trained on them.
 *
 *     {"side_min": {"value": 200, "then": "stop"}, "class_min": {"value": 10, "then": "flag"}}
 *
 * Each, when it is there, either flags (an alarm of the training and of its report) or stops the training,
 * with a sentence, before its long step. Kept with the project's settings, so in its ledger events.
 *
 *   side_min       pixels: each side of every picture at least
 *   class_min      examples: of every class at least
 *   blank_max      share of the examples that are blank at most (pictures of one tone, texts without a letter)
 *   chars_min/_max characters of every text
 *   shortcuts_max  facts beside the point that give a class away (sampler/check/shortcut.h) at most
 *
 * Whether they hold is found by jobs/check.h. Errors: ERR_INVALID names the field. Pure. */
#ifndef EXEMPLAR_DOMAIN_EXPECT_H
#define EXEMPLAR_DOMAIN_EXPECT_H

#include "base/json.h"

enum expect_kind {
    EXPECT_SIDE_MIN,
    EXPECT_CLASS_MIN,
    EXPECT_BLANK_MAX,
    EXPECT_CHARS_MIN,
    EXPECT_CHARS_MAX,
    EXPECT_SHORTCUTS_MAX,
    EXPECT_KINDS
};
enum expect_then { EXPECT_NOTHING, EXPECT_FLAG, EXPECT_STOP };

struct expectations {
    double value[EXPECT_KINDS];
    enum expect_then then[EXPECT_KINDS]; /* EXPECT_NOTHING: not expected */
};

const char *expect_kind_name(enum expect_kind k); /* "side_min", ... */
const char *expect_then_name(enum expect_then t); /* "flag", "stop" */

/* Checks an object from outside; *text: the same, canonical. */
enum err expect_read(struct arena *a, const json_t *body, const char **text) MUST_USE;

/* Of a project's row; NULL counts as {}. */
enum err expect_parse(const char *text, struct expectations *x) MUST_USE;

#endif
