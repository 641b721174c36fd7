/* encode - the objects of the API that several routes show, each written in one place.
 *
 * USER, PROJECT, ITEM, LEASE, RECEIPT and JOB of openapi.json. Those that read the store return
 * its errors; `key` is NULL inside a list and at the top. */
#ifndef EXEMPLAR_API_ENCODE_H
#define EXEMPLAR_API_ENCODE_H

#include "api/out.h"
#include "base/arena.h"
#include "domain/queue.h"
#include "store/decision.h"
#include "store/job.h"
#include "store/project.h"
#include "store/user.h"

void encode_user(struct out *o, const char *key, const struct user *u);

/* `user_id`: whose labels are counted as "mine", and whose role it is. ERR_NOT_FOUND for whoever is
 * no member, so that what is encoded later (events) stops when they leave. */
enum err encode_project(struct out *o, const char *key, struct store *s, struct arena *a,
                        const struct project *p, int64_t user_id) MUST_USE;

/* The members of an item, into an object that is open. */
enum err encode_item_members(struct out *o, struct store *s, struct arena *a,
                             const struct item *i) MUST_USE;

/* null when pick->id is 0. */
enum err encode_receipt(struct out *o, const char *key, struct arena *a,
                        const struct pick *pick) MUST_USE;

enum err encode_lease(struct out *o, const char *key, struct store *s, struct arena *a,
                      const struct handed *h) MUST_USE;

void encode_job(struct out *o, const char *key, const struct job *j);

/* A label as one of an item's answers; a decision, null when d->seq is 0. */
enum err encode_answer(struct out *o, struct store *s, struct arena *a,
                       const struct label *l) MUST_USE;
enum err encode_decision(struct out *o, const char *key, struct store *s, struct arena *a,
                         const struct decision *d) MUST_USE;

/* {"id","name"}, or null when id is 0. */
void encode_person(struct out *o, const char *key, int64_t id, const char *name);
/* The same, with the name from the store; "" when the person was erased. */
enum err encode_person_of(struct out *o, const char *key, struct store *s, struct arena *a,
                          int64_t id) MUST_USE;

#endif
