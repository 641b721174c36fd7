/* desk - what the predict route does where people stand behind an endpoint.
 *
 *     struct desk_settings set;
 *     TRY(desk_settings_of(q->store, q->arena, endpoint.id, &set));
 *     ...
 *     struct desk_case c = {.bytes = bytes, .n = n, .guess = {model, "shoe", 0.7, false}};
 *     TRY(desk_consider(q, &endpoint, &set, &c));       // c.decision
 *     TRY(desk_take(q, &endpoint, cases, n_cases));     // those that go to people: stored, durable
 *     desk_encode(&o, &endpoint, &c);                   // members of a prediction: who answered, or where to ask
 *     TRY(desk_wait(q, r, &endpoint, &set, &wait));     // one alone: the caller may wait for it */
#ifndef EXEMPLAR_API_DESK_H
#define EXEMPLAR_API_DESK_H

#include "api/api.h"
#include "domain/desk.h"
#include "store/endpoint.h"

struct desk_case {
    const char *bytes; /* of the input */
    size_t n;
    struct desk_guess guess;
    struct desk_decision decision;
    struct asked asked; /* id 0: it did not go to people */
};

/* Who is to answer. */
enum err desk_consider(struct req *q, const struct endpoint *e, const struct desk_settings *set,
                       struct desk_case *c) MUST_USE;

/* Stores those that people are asked about, in one transaction. ERR_INVALID: an input is no picture or
 * no text of the project. */
enum err desk_take(struct req *q, const struct endpoint *e, struct desk_case *cases,
                   size_t n) MUST_USE;

/* Whether the answer is the model's; else desk_encode says it. */
bool desk_is_models(const struct desk_case *c);

/* {"request","state","class","probability","unknown","by","poll"}: of one that went to people. */
void desk_encode(struct out *o, const struct endpoint *e, const struct asked *x);

/* Sets the reply's status: 202 while something waits. One alone, with a time to wait that is not 0, rests
 * until people have answered; `again` then writes the body anew. */
typedef enum err (*desk_again)(struct req *q, struct reply *r, void *context);
struct desk_waiting {
    const struct endpoint *endpoint;
    struct desk_case *cases;
    size_t n;
    int64_t wait_s;
    desk_again again;
    void *context; /* in the request's arena, like all of this */
};
enum err desk_wait(struct req *q, struct reply *r, const struct desk_waiting *w) MUST_USE;

/* "wait" of the query in seconds, or what the endpoint says. */
enum err desk_wait_s(const struct req *q, const struct desk_settings *set,
                     int64_t *wait_s) MUST_USE;

#endif
