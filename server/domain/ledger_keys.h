/* ledger_keys - what ledger.c and verify.c share. Private to them. */
#ifndef EXEMPLAR_DOMAIN_LEDGER_KEYS_H
#define EXEMPLAR_DOMAIN_LEDGER_KEYS_H

#include "store/ledger.h"

/* keys/ledger.pub of the folder. ERR_NOT_FOUND when no event was ever signed there. */
enum err ledger_public_key(const char *data_folder, uint8_t public_half[32]) MUST_USE;

/* 1 if the head carries this key and its signature fits the hash of its row. */
int ledger_head_is_valid(const struct ledger_head *h, const struct hash *hash,
                         const uint8_t public_half[32]);

#endif
