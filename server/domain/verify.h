/* verify - what the files verify*.c share, which look for anything that is not as the events say.
 * Private to them; what others call is ledger_verify in ledger.h, where the format is.
 *
 *     verify.c           the ledger itself: its chain, its signed heads, and the order of the looks
 *     verify_event.c     what an event is about: its item, receipt, questions, quarantine, data set
 *     verify_label.c     labels, decisions and items, which follow from the events
 *     verify_project.c   projects, their counts and their data sets
 *
 * What is wrong is told by verify_problem and the look goes on; an error is for what stops it, such
 * as a database that cannot be read. One thread. */
#ifndef EXEMPLAR_DOMAIN_VERIFY_H
#define EXEMPLAR_DOMAIN_VERIFY_H

#include "base/json.h"
#include "domain/ledger.h"
#include "store/quarantine.h"

enum { VERIFY_PAGE = 500, PROBLEMS_OF_A_KIND = 1000 };

struct verify {
    struct store *s;
    const struct ledger_report *report;
    struct ledger_sums *sums;
    struct arena a;    /* of the page at hand */
    struct arena rows; /* of the page of quarantines */
    uint8_t public_half[32];
    int64_t total;
    struct ledger_row last; /* numbers and hash only */
    struct ledger_head *heads;
    size_t n_heads, head; /* the page of heads, and the next one in it */
    int64_t heads_after;
    struct quarantine *quarantines; /* a page of rows, and the next one in it */
    size_t n_quarantines, quarantine;
    int64_t quarantines_after;
    struct known_project *projects; /* malloc'd: as the last "project" event left it */
    size_t n_projects;
};

struct known_project {
    int64_t id, seq, version;
};

void verify_problem(struct verify *v, int64_t seq, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What was last said of a project; all 0 at first. It lives until the next one is asked for. */
enum err verify_known_project(struct verify *v, int64_t id, struct known_project **p) MUST_USE;

/* Is what the event is about, as it stands, what the event says? `body` is that of `r`. */
enum err verify_event(struct verify *v, const struct ledger_row *r,
                      const json_t *body) MUST_USE;
/* Quarantines from the last that was looked at up to `seq`, which have no event; *x is the next row,
 * or NULL. */
enum err verify_no_quarantines(struct verify *v, int64_t seq, struct quarantine **x) MUST_USE;

/* After the whole ledger: are the tables that follow from it what it makes them? */
enum err verify_labels(struct verify *v) MUST_USE;
enum err verify_projects(struct verify *v) MUST_USE;

/* How a row compares with what the body of an event says. */
int64_t verify_number(const json_t *body, const char *key);
int verify_same_text(const json_t *body, const char *key, const char *text);

#endif
