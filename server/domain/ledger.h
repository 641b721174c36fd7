/* ledger - the record that cannot be changed without it showing.
 *
 * Events: project, questions (body: the change), label, retract, decide, return, quarantine, gold, again. Each row's hash covers the row
 * and the hash before it; each commit that appended signs its last row. Whoever holds the public
 * key (keys/ledger.pub, 64 hexadecimal digits) can check a copy of the two tables.
 *
 * Format, version 1. A row's hash is BLAKE2b-256 over, in this order, the columns
 *     seq  at  kind  project_id  item_id  user_id  client_id  body  previous
 * each written as one type byte and its value:
 *     'n'                        NULL
 *     'i' + 8 bytes              integer, two's complement, big-endian
 *     't' + 8 bytes n + n bytes  text, UTF-8, n big-endian
 *     'b' + 8 bytes n + n bytes  bytes
 * preceded by the 18 bytes "exemplar ledger 1\n". `previous` is the hash of row seq - 1, and 32
 * zero bytes for row 1; seq counts 1, 2, 3 without a gap. `body` is JSON with sorted keys
 * and no spaces, hashed as the bytes it is stored in. A head's signature is Ed25519 over
 *     "exemplar head 1\n" (16 bytes), seq, at (8 bytes each, big-endian), hash of row seq (32 bytes)
 * Every row lies at or before a head; the last row has one. Sources: RFC 7693, RFC 8032.
 *
 * Body of a label: {"answer","doubted"?,"elapsed_ms","example"?,"id","item_hash","lease","pick",
 * "question_version","reason"?,"receipt_hash","values"}; doubted (true, or not there): the model that
 * guessed before was nearly sure of another class; example (likewise): the item was brought as an
 * example of its class, and nobody was asked about it; item_hash ties it to the item's bytes, receipt_hash
 * (BLAKE2b-256 of the receipt's canonical JSON) to the reason why the item came; lease, pick and
 * receipt_hash are null when there was none. Of a retract: {"id","item_hash","label","label_seq"}.
 * Of project: {"expectations","explore","feedback","gold_rate","kind","name","overlap","overlap_max","quota",
 * "repeat_rate","seed"} (older ones name fewer: the others were 0 or empty) and of questions: {"questions","version"}.
 * Of quarantine: {"on","reason","user"}; user_id is who said so.
 * Of gold: {"item_hash","question_version","values"}: what is right, or null. Of again, a second answer
 * given blind: as a label's, with "agrees" and "first", the label's seq; or, when it is taken back,
 * {"answer":null,"id","item_hash","label","of"}, its seq in "of".
 * Of decide: {"accepts"?,"answer","id","item_hash","note"?,"question_version","restores"?,"values"},
 * answer "accept" or "reject", or null when a decision is withdrawn; accepts and restores are ledger
 * numbers of what was taken. Of return: {"comment","id","item_hash","label","label_seq","pick","to"}:
 * user_id returned it, the label was the person's in `to`. People appear by id only.
 *
 * What this proves: nothing before a head was changed, removed, added or moved since it was
 * signed, unless the signing key was stolen too. Taking away the newest commits whole (rows, head
 * and all that follows from them) shows only against a head kept elsewhere: keep one. */
#ifndef EXEMPLAR_DOMAIN_LEDGER_H
#define EXEMPLAR_DOMAIN_LEDGER_H

#include "store/ledger.h"

struct ledger_event {
    const char *kind;
    int64_t project_id, item_id, user_id; /* 0: none */
    const struct uuid *client_id;         /* NULL: none */
    const char *body;                     /* canonical JSON */
};

/* Appends inside the caller's transaction and sets *seq; the commit will sign. Opens the keys at
 * the first call on a store (making them in a new data folder). ERR_CORRUPT when the last row
 * has no valid head: somebody wrote past this program, and signing would hide it. */
enum err ledger_append(struct store *s, const struct ledger_event *e, int64_t now_ms,
                       int64_t *seq) MUST_USE;

/* Fits writer_start's `first`: opens the keys on the writer's store at once, so that a missing
 * key is found at the start and not at the first label. `unused` may be NULL. */
enum err ledger_attach(struct store *s, void *unused) MUST_USE;

/* ERR_CONFLICT "the id ... was used before for something else": for a retry that is none. */
enum err ledger_id_was_used(const struct uuid *id) MUST_USE;

/* The hash of a row by the format above, from its own columns and `previous`. */
void ledger_row_hash(const struct ledger_row *r, struct hash *out);

/* The last signed head of the store; seq 0 when there is none. To be kept elsewhere. */
enum err ledger_head_get(struct store *s, struct arena *a, struct ledger_head *h) MUST_USE;

/* keys/ledger.pub of the folder. ERR_NOT_FOUND when no event was ever signed there. */
enum err ledger_public_key(const char *data_folder, uint8_t public_half[32]) MUST_USE;

/* What verify finds, a sentence each; seq 0 when it concerns no one row. */
struct ledger_report {
    void (*problem)(void *context, int64_t seq, const char *sentence);
    void (*progress)(void *context, int64_t done, int64_t total); /* rows; may be NULL */
    void *context;
};
struct ledger_sums {
    int64_t n_rows, n_heads, n_labels, n_items; /* looked at */
    int64_t n_problems;
    int64_t head_seq;           /* the last signed */
    int64_t n_audit, audit_seq; /* rows of the audit log, and its last */
};
/* Recomputes it all: hashes, chain, numbering, signatures, item and receipt hashes, question
 * versions, the audit log, and that the current labels, item states and counts are what the events say. OK when it
 * could look at everything, whatever it found: n_problems says. Reads; holds one look (a
 * steady state) throughout. Memory: 40 bytes per (item, person) labelled. */
enum err ledger_verify(struct store *s, const struct ledger_report *report,
                       struct ledger_sums *sums) MUST_USE;

#endif
