/* store/audit - rows of the audit log. Format and rules: domain/audit.h. */
#ifndef EXEMPLAR_STORE_AUDIT_H
#define EXEMPLAR_STORE_AUDIT_H

#include "base/hash.h"
#include "store/store.h"

struct audit_row {
    int64_t seq;
    int64_t at;
    int64_t user_id; /* 0: NULL in the table, likewise the other ids */
    const char *via;
    int64_t token_id;
    const char *action;
    int64_t project_id;
    const char *subject; /* NULL: none */
    int64_t subject_id;
    const char *details; /* canonical JSON */
    struct hash previous, hash;
    uint8_t signature[SIGNATURE_BYTES];
    /* As they are called now; only store_audit_list and store_audit_before fill these. */
    const char *user_name, *project_name, *subject_name; /* NULL: none */
};

enum err store_audit_add(struct store *s, const struct audit_row *r) MUST_USE;
/* The last row; seq 0 and zeroes when there is none. */
enum err store_audit_last(struct store *s, struct arena *a, struct audit_row *r) MUST_USE;
/* In order of seq, after `after`, of one project (0: all). */
enum err store_audit_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct audit_row **rows, size_t *n) MUST_USE;

/* Whose rows are meant: those in one project, those one person did, or all. */
enum audit_of { AUDIT_OF_ALL, AUDIT_OF_PROJECT, AUDIT_OF_USER };
/* Newest first, before `before`, of `id`. Each is one walk along an index. */
enum err store_audit_before(struct store *s, struct arena *a, enum audit_of of, int64_t id,
                            int64_t before, size_t limit, struct audit_row **rows,
                            size_t *n) MUST_USE;

#endif
