/* gate - may this version answer at that endpoint? Judged on the honest items of today, kept for good.
 *
 *     struct gate_ask ask = {.endpoint = &e, .settings = &settings, .candidate = &m, .live = &now,
 *                            .items = items, .n = n, .ledger_seq = seq, .user_id = user};
 *     TRY(gate_judge(a, &ask, &g));            // pure: the verdict, its sentence and its report
 *     TRY(gate_record(s, a, &ask, now, &g));   // the row, the audit log, and the opened test parts
 *
 * Both versions are asked about the same items (jobs/gate.h does), none of which ever taught any version.
 * Go, no-go, or so many more random labels to tell: the rule, which is sampler/eval/gate.h's, and why, is
 * docs/decisions/ (the gate). Each floor that the owner set is judged by itself. One no-go is a no-go, one
 * "more" is more (with the largest number), else go. Where nothing is live there is nothing to compare
 * with, and the floors alone judge; without floors it is go, and the sentence says why.
 *
 * Asking often is a way to be lucky: looks at the same pair are counted, and each is stricter.
 *
 * The report: {"n","look","candidate":{"version","right"},"live":null or the same,"won","lost",
 *   "difference","low","high","level","p","floors":[{"key","value","floor","n","right","low","high",
 *   "verdict","needs"}]}; p and what follows from the pair only where something was live. */
#ifndef EXEMPLAR_DOMAIN_GATE_H
#define EXEMPLAR_DOMAIN_GATE_H

#include "domain/endpoint.h"
#include "store/model.h"

/* One honest item and what was said of it. A version that could not answer is wrong. */
struct gate_item {
    int64_t item_id;
    const char *truth;       /* its class, as people say */
    const char *candidate;   /* NULL: could not answer */
    const char *live;        /* likewise; not read where nothing is live */
    const char *path, *meta; /* for slices; meta is a JSON object or NULL */
};

struct gate_ask {
    const struct endpoint *endpoint;
    const struct endpoint_settings *settings;
    const struct model *candidate;
    const struct model *live; /* NULL: nothing is */
    const struct gate_item *items;
    size_t n;
    int64_t look; /* 1: these two for the first time */
    int64_t ledger_seq;
    int64_t user_id; /* 0: the program */
};

/* Fills in all of `g` but its id and time. */
enum err gate_judge(struct arena *a, const struct gate_ask *ask, struct gate_row *g) MUST_USE;

/* Keeps it. The items are the locked test part of every data set that has them, so their use is kept
 * with the candidate's data set, and the live version's. */
enum err gate_record(struct store *s, struct arena *a, const struct gate_ask *ask,
                     int64_t now_ms, struct gate_row *g) MUST_USE;

#endif
