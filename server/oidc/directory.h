/* directory - where a provider's doors are and which keys it signs with, fetched when needed and
 * kept for an hour. Private to this folder; see provider.h.
 *
 * Every address the provider names has to be https; only a provider on this very machine may name
 * http, and then of this machine. Errors: ERR_BUSY. Threads: one. */
#ifndef EXEMPLAR_OIDC_DIRECTORY_H
#define EXEMPLAR_OIDC_DIRECTORY_H

#include "net/fetch.h"
#include "net/url.h"

struct directory;

struct directory_entry {
    const char *authorization;
    const char *token;
    const char *userinfo; /* NULL: it has none */
    bool secret_in_form;  /* the client's secret goes into the form, not into the header */
    bool names_itself;    /* every answer carries "iss" (RFC 9207) */
};

/* `issuer` and `stop` outlive it. No network. */
enum err directory_new(struct directory **out, const char *issuer,
                       const atomic_bool *stop) MUST_USE;
void directory_free(struct directory *d); /* NULL is fine */

/* Valid until the next call of any function here. */
enum err directory_look(struct directory *d, const struct directory_entry **entry) MUST_USE;

/* KEYS_FRESH: fetched now, unless that was done less than a minute ago. */
enum keys_age { KEYS_KEPT, KEYS_FRESH };
enum err directory_keys(struct directory *d, enum keys_age age, const json_t **keys) MUST_USE;

/* What the provider's document says, checked: its texts live as long as `about`. For the fuzzer,
 * too. */
enum err directory_read(const json_t *about, const char *issuer, struct directory_entry *entry,
                        const char **keys_url) MUST_USE;

#endif
