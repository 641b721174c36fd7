/* check_facts - facts of examples that should not tell their class, as the search for shortcuts takes them.
 *
 *     TRY(check_facts(&d, at, n, &f));                   // of examples at[0..n-1]
 *     f.fact[0].name, f.fact[0].side
 *
 * Which they are: check_shortcuts.h. Facts that are not known of any example, or the same for all, are left
 * out. Everything lives in d's arena. Pure. */
#ifndef EXEMPLAR_JOBS_CHECK_FACTS_H
#define EXEMPLAR_JOBS_CHECK_FACTS_H

#include "jobs/check_gather.h"
#include "sampler/check/shortcut.h"

struct check_fact {
    const char *name;   /* "corner top left", "folder", "column camera" */
    const char *what;   /* to begin a sentence: "The brightness of the top left corner" */
    const char *advice; /* what to collect; holds one %s for the class, or none */
    const char *unit;   /* of the numbers when shown, "" for none */
    double scale;       /* what they are shown times */
    struct smp_side side;
    const char *const *word; /* of side.word's numbers; NULL for numbers */
};

struct check_facts {
    struct check_fact fact[SMP_SHORTCUT_SIDES_MAX];
    size_t n;
};

enum err check_facts(struct check_data *d, const size_t *at, size_t n,
                     struct check_facts *f) MUST_USE;

/* A sentence with a space before it: how the fact lies for the class and for the rest. */
const char *check_fact_typical(struct arena *a, const struct check_fact *f, const int32_t *y,
                               size_t n, int32_t class, const char *class_name);
const char *check_fact_advice(struct arena *a, const struct check_fact *f,
                              const char *class_name);

#endif
