/* chain - rows of the ledger and the audit log as bytes for their hash.
 *
 *     hash_init(&h);
 *     hash_add(&h, "exemplar audit 1\n", 17);
 *     chain_int(&h, r->seq);
 *     chain_id(&h, r->user_id);                       // 0 is written as NULL
 *     chain_text(&h, r->action, strlen(r->action));
 *     hash_end(&h, &out);
 *
 * Each value is one type byte and itself, so that no two rows give the same bytes:
 *     'n'                        NULL
 *     'i' + 8 bytes              integer, two's complement, big-endian
 *     't' + 8 bytes n + n bytes  text, UTF-8, n big-endian
 *     'b' + 8 bytes n + n bytes  bytes */
#ifndef EXEMPLAR_DOMAIN_CHAIN_H
#define EXEMPLAR_DOMAIN_CHAIN_H

#include "base/hash.h"
void chain_null(struct hash_state *h);
void chain_int(struct hash_state *h, int64_t value);
void chain_id(struct hash_state *h, int64_t id);
void chain_text(struct hash_state *h, const char *text, size_t n);
void chain_bytes(struct hash_state *h, const void *bytes, size_t n);

#endif
