/* store/identity - rows of who a person is to an identity provider. Rules: domain/identity.h. */
#ifndef EXEMPLAR_STORE_IDENTITY_H
#define EXEMPLAR_STORE_IDENTITY_H

#include "store/user.h"

struct identity {
    const char *issuer, *subject;
    int64_t user_id, created_at;
};

/* Whose it is: ERR_NOT_FOUND when it is nobody's. */
enum err store_identity_user(struct store *s, struct arena *a, const char *issuer,
                             const char *subject, struct user *u) MUST_USE;

/* 1 in *has when this person has one of this issuer. */
enum err store_identity_has(struct store *s, int64_t user_id, const char *issuer,
                            int *has) MUST_USE;

/* ERR_CONFLICT when the subject is somebody's or the person has one of this issuer. */
enum err store_identity_add(struct store *s, const struct identity *i) MUST_USE;

/* All of a person, of every issuer; *n (may be NULL) how many there were. */
enum err store_identity_remove(struct store *s, int64_t user_id, int64_t *n) MUST_USE;

#endif
