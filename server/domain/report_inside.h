/* report_inside - what the files of the report share. */
#ifndef EXEMPLAR_DOMAIN_REPORT_INSIDE_H
#define EXEMPLAR_DOMAIN_REPORT_INSIDE_H

#include "domain/report.h"
#include "sampler/eval/calibration.h"
#include "sampler/eval/confusion.h"

struct report_making {
    struct arena *a;
    const struct report_in *in;
    json_t *to;
    size_t n_right;
    size_t *table;                     /* (k truth, k said) */
    struct smp_class_figures *figures; /* (k) */
    struct smp_calibration calibration;
};

/* Takes `value` over; ERR_NOMEM when it is NULL or there is no room. */
enum err report_put(json_t *object, const char *key, json_t *value) MUST_USE;
enum err report_append(json_t *list, json_t *value) MUST_USE;

/* {"value","low","high","n"}; value null when n is 0. */
json_t *report_share(size_t part, size_t whole);

/* "87 (between 80 and 92)": of a hundred. */
const char *report_hundred(struct arena *a, size_t part, size_t whole);

enum err report_slices(struct report_making *m) MUST_USE;    /* sets "slices" */
enum err report_sentences(struct report_making *m) MUST_USE; /* of all that is there */

/* What is to be said of class k: how far its name can be trusted, and how many it finds. */
const char *report_class_words(const struct report_making *m, size_t k);

#endif
