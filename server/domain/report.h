/* report - the honest account of a model, for a person: figures, and plain sentences with them.
 *
 *     struct report_in in = {.source = REPORT_HONEST, .noun = "photos", .classes = names, .n_classes = 3,
 *                            .row = rows, .n = 120, .taught = taught, .key = keys, .n_keys = 4};
 *     TRY(report_make(a, &in, &report));                        // json_decref(report) when done
 *
 * A row is one item that somebody labelled and the model was asked about without having been taught on it.
 * What comes out (every share with "low" and "high", Wilson's 95 %; null where it is of nothing):
 *
 *     {"source": "honest", "n", "classes": [names],
 *      "accuracy": {"value","low","high","n"},
 *      "sentences": [..],                  the account in a few sentences, the most important first
 *      "limits": [..],                     what is known not to work, in sentences; for the card
 *      "by_class": [{"class","taught","n","said","right","precision","recall","early","words"}],
 *      "confusion": [{"truth","said","n","items":[ids]}],          classes by index; cells that are not empty
 *      "unknown": {"n","wrong"},           it said "none of these" of n; of those it would have named `wrong` wrongly
 *      "calibration": {"expected_error","z","bins":[{"sure","right","n"}]},
 *      "slices": [{"key","value","n","right","accuracy","elsewhere","p","worse","items"}],
 *      "sure_and_wrong": [{"item","truth","said","probability"}],
 *      "rows": [[item, truth, said, sure in thousandths, unknown]]}   for comparing two versions
 *
 * Slices are judged by Fisher's test, corrected for how many were looked at (sampler/eval/slices.h).
 * Below REPORT_EARLY examples a class it is too early to tell, and said so. Pure: equal input gives equal
 * bytes. Errors: ERR_NOMEM. */
#ifndef EXEMPLAR_DOMAIN_REPORT_H
#define EXEMPLAR_DOMAIN_REPORT_H

#include "base/json.h"

enum report_source {
    REPORT_HONEST,  /* items drawn at random, which never teach */
    REPORT_EXAMPLES /* the examples themselves, each judged by a model that had not seen it */
};
const char *report_source_name(enum report_source source); /* "honest", "examples" */

enum {
    REPORT_EARLY = 10, /* examples of a class */
    REPORT_ROWS_MAX = 5000,
    REPORT_CELL_ITEMS = 60,
    REPORT_WRONG_MAX = 40,
    REPORT_SLICE_MIN = 5,
    REPORT_SLICE_ITEMS = 12,
    REPORT_VALUES_MAX = 60 /* a key with more different values is no slice */
};
#define REPORT_NO_VALUE UINT32_MAX
#define REPORT_SURE     0.8 /* "sure of" */

struct report_row {
    int64_t item_id;
    int32_t
        truth; /* 0..n_classes-1; -1: of another class, so that it is wrong whatever was said */
    int32_t said;   /* 0..n_classes-1 */
    float sure;     /* probability of what it said */
    int is_unknown; /* it would have said "none of these" */
};

/* Something known of the items, with few different values. */
struct report_key {
    const char *name; /* "camera", "folder", "text length" */
    const char *const *value;
    size_t n_values;
    const uint32_t *of; /* (n) which value each row has, or REPORT_NO_VALUE */
};

struct report_in {
    enum report_source source;
    const char *noun; /* plural: "photos", "texts" */
    const char *const *classes;
    size_t n_classes;
    const struct report_row *row; /* (n) at most REPORT_ROWS_MAX */
    size_t n;
    const size_t *taught; /* (n_classes) examples of each that taught it */
    const struct report_key *key;
    size_t n_keys;
};

enum err report_make(struct arena *a, const struct report_in *in, json_t **out) MUST_USE;

/* How two versions fare on the rows that both reports have: {"n","both","neither","fixed":[ids],
 * "broken":[ids],"n_fixed","n_broken","difference":{"value","low","high"},"p","words"}. Fixed: `then` was
 * wrong, `now` is right. Rows whose truth changed since are left out. At most `most` ids of each. */
enum err report_diff(struct arena *a, const json_t *then, const json_t *now, size_t most,
                     json_t **out) MUST_USE;

#endif
