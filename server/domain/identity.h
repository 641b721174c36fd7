/* identity - people who sign in at an identity provider, and whose accounts those are.
 *
 * An identity is (issuer, subject); nothing else of what a provider says decides who somebody is,
 * since names and addresses change hands. It comes to an account in one of three ways:
 *
 *     identity_accept    the person opens her invitation, or a link made anew, and signs in there
 *     identity_connect   she is signed in by password and connects it on her account page
 *     identity_enter     with NEWCOMERS_JOIN: nobody has it yet, so it becomes a new account, with
 *                        the least role, in none of the projects that are there
 *
 * The first administrator always chooses a password: there has to be a way in when the provider
 * is away. Errors beside the store's: ERR_DENIED with a sentence for people. Threads: one. */
#ifndef EXEMPLAR_DOMAIN_IDENTITY_H
#define EXEMPLAR_DOMAIN_IDENTITY_H

#include "domain/user.h"
#include "store/identity.h"

enum newcomers { NEWCOMERS_INVITED, NEWCOMERS_JOIN };

/* What a provider said of a person who signed in. */
struct identity_said {
    const char *issuer, *subject;
    const char *name; /* NULL: nothing. Made to fit before it names an account */
};

/* The account of an identity, or a new one. ERR_DENIED: nobody's and not let in, or disabled. */
enum err identity_enter(struct store *s, struct arena *a, const struct identity_said *said,
                        enum newcomers newcomers, int64_t now_ms, struct user *u) MUST_USE;

/* Uses up the link, for the person it names. ERR_DENIED for a link that names nobody. */
enum err identity_accept(struct store *s, struct arena *a, const struct identity_said *said,
                         const char *link, int64_t now_ms, struct user *u) MUST_USE;

/* ERR_CONFLICT: the identity is somebody's, or the person has one of this provider. */
enum err identity_connect(struct store *s, const struct identity_said *said, int64_t user_id,
                          int64_t now_ms) MUST_USE;

/* ERR_CONFLICT if she could not sign in any more: she has no password. Ends her sessions, so that
 * whoever came in by the provider is out, too. OK if there is none. */
enum err identity_disconnect(struct store *s, struct arena *a, int64_t user_id) MUST_USE;

#endif
