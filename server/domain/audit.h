/* audit - who administered what: the record of everything that people do beside labelling.
 *
 * A row is appended inside the transaction of what it tells of, so that neither is there without
 * the other:
 *
 *     TRY(store_begin(s));
 *     e = store_member_set(s, project, user, role);
 *     if (!e) e = audit_append(s, &(struct audit_event){.action = "member.set",
 *                                                       .project_id = project,
 *                                                       .subject = "user", .subject_id = user,
 *                                                       .details = "{\"role\":\"reviewer\"}"});
 *     return store_end(s, e);
 *
 * Who did it is not passed down: whoever hands work to a store says so once, as the server does
 * for each request (audit_for), and a command at its start (audit_as). People appear by id and never by
 * name, nor does anything they typed that may name them, so that a person can be erased.
 *
 * Actions: the list in audit.c; add yours there. Details by action: those of a change hold the new
 * value of each thing changed, {"role"}, {"kind"} of a job, {"format"} of an export.
 *
 * Format, version 1. A row's hash is BLAKE2b-256 over the bytes "exemplar audit 1\n" and, each
 * written as domain/chain.h says, the columns
 *     seq  at  user_id  via  token_id  action  project_id  subject  subject_id  details  previous
 * `previous` is the hash of row seq - 1, and 32 zero bytes for row 1; seq counts 1, 2, 3 without a
 * gap. `signature` is Ed25519, with keys/ledger.key, over "exemplar audit head 1\n" (22 bytes),
 * seq (8 bytes, big-endian) and the hash. As with the ledger, taking away the newest rows whole
 * shows only against a hash kept elsewhere: `exemplar audit --json` prints them. */
#ifndef EXEMPLAR_DOMAIN_AUDIT_H
#define EXEMPLAR_DOMAIN_AUDIT_H

#include "domain/ledger.h"
#include "store/audit.h"

enum via {
    VIA_PROGRAM, /* by itself, or for nobody signed in */
    VIA_BROWSER,
    VIA_TOKEN,
    VIA_COMMAND, /* the command line: whoever may write the data folder */
};

struct actor {
    int64_t user_id; /* 0: nobody signed in */
    enum via via;
    int64_t token_id; /* 0: none */
};

/* From now on this store works for them; at first it does for the program itself. */
enum err audit_as(struct store *s, const struct actor *who) MUST_USE;
/* Runs `task` for them, and afterwards works for whom it did before. Returns what `task` does. */
enum err audit_for(struct store *s, const struct actor *who,
                   enum err (*task)(struct store *s, void *context), void *context) MUST_USE;
/* For whom it works now. */
struct actor audit_actor(const struct store *s);

struct audit_event {
    const char *action;
    int64_t user_id;     /* 0: the actor's; set where signing in makes them known */
    int64_t project_id;  /* 0: none */
    const char *subject; /* "user", "token", "project", "job", ...; NULL: none */
    int64_t subject_id;
    const char *details; /* canonical JSON object; NULL: {} */
};

/* Appends inside the caller's transaction (without one, in its own). ERR_CORRUPT when the last row
 * is not signed by this folder: somebody wrote past this program, and going on would hide it. */
enum err audit_append(struct store *s, const struct audit_event *event) MUST_USE;

/* The same for what needs only a word beside it: details {"role":"reviewer"}. `key` NULL: {}. */
enum err audit_append_word(struct store *s, const struct audit_event *event, const char *key,
                           const char *word) MUST_USE;

/* A part of ledger_verify, and reports like it; counts into sums->n_audit and n_problems. */
enum err audit_verify(struct store *s, const struct ledger_report *report,
                      struct ledger_sums *sums) MUST_USE;

#endif
