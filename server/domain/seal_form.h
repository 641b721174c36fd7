/* seal_form - what seal.c writes and seal_check.c reads. Private to them. */
#ifndef EXEMPLAR_DOMAIN_SEAL_FORM_H
#define EXEMPLAR_DOMAIN_SEAL_FORM_H

#include "domain/seal.h"

enum {
    SEAL_TAG = 16,
    SEAL_TAG_HEX = 2 * SEAL_TAG + 1,
    SIGNATURE_HEX = 2 * SIGNATURE_BYTES + 1
};

/* The bytes that a signature covers. */
struct seal_signed {
    uint8_t bytes[16 + HASH_BYTES + 8 + HASH_BYTES];
};
void seal_signed_bytes(struct seal_signed *out, enum seal_place place, const struct hash *start,
                       int64_t row, const struct hash *tags);

/* START: see seal.h. `words`: from "head" to the end of ABOUT. */
void seal_start(struct hash *start, const char *words, size_t n, const struct hash *header);

#endif
