/* ledger_keys - what ledger.c, verify.c and seal*.c share. Private to them. */
#ifndef EXEMPLAR_DOMAIN_LEDGER_KEYS_H
#define EXEMPLAR_DOMAIN_LEDGER_KEYS_H

#include "domain/ledger.h"

/* The signing key; to be forgotten after use. ERR_CORRUPT with what to do when it is missing. */
enum err ledger_signing_key(const char *data_folder, struct sign_key *key) MUST_USE;

/* Both halves, made when nothing was ever signed in this folder; ERR_CORRUPT when the key is
 * missing though something was. Call inside a write transaction, so that two processes do not
 * make two. To be forgotten after use. */
enum err ledger_keys(struct store *s, struct sign_key *key) MUST_USE;

/* 1 if the head carries this key and its signature fits the hash of its row. */
int ledger_head_is_valid(const struct ledger_head *h, const struct hash *hash,
                         const uint8_t public_half[32]);

#endif
