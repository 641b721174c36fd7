/* retrain - new versions by themselves, where the owner of an endpoint wants them.
 *
 *     TRY(retrain_look(s, writer, now, &n_queued));          // every minute; n_queued: jobs to wake for
 *
 * An endpoint's settings say every so many days, after so many new labels, or both; whichever comes first
 * since the newest version of the project. Then a version is begun, and when it is trained it goes through
 * the endpoint's gate; only if the owner chose so does it go live when the gate says go. A version that
 * failed ends it until the next is due. Which version is on its way stands in the endpoint's row, so a
 * restart goes on where it was. Begun versions, verdicts and publications are in the audit log, as the
 * program's own doing. Cheap while nothing is due: one row for each endpoint, and its newest version's. */
#ifndef EXEMPLAR_JOBS_RETRAIN_H
#define EXEMPLAR_JOBS_RETRAIN_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct store;
struct writer;

enum err retrain_look(struct store *s, struct writer *w, int64_t now_ms,
                      size_t *n_queued) MUST_USE;

#endif
