/* hash - hashing, signing, passwords and secrets, by libsodium.
 *
 *     struct hash h;
 *     hash_of(&h, bytes, n);                       // BLAKE2b-256
 *     char text[HASH_HEX]; hash_hex(text, &h);
 *
 * Sources: BLAKE2 (RFC 7693), Ed25519 (RFC 8032), Argon2id (RFC 9106).
 * Threads: any, after hash_start(). */
#ifndef EXEMPLAR_BASE_HASH_H
#define EXEMPLAR_BASE_HASH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HASH_BYTES = 32,
    HASH_HEX = 65,
    SIGNATURE_BYTES = 64,
    SECRET_TEXT = 44,
    PASSWORD_TEXT = 128
};

struct hash {
    uint8_t bytes[HASH_BYTES];
};

/* Once per process, before anything else here. */
enum err hash_start(void) MUST_USE;

void hash_of(struct hash *h, const void *bytes, size_t n);

/* In pieces: init, any number of adds, end. */
struct hash_state {
    _Alignas(64) unsigned char opaque[384];
};
void hash_init(struct hash_state *s);
void hash_add(struct hash_state *s, const void *bytes, size_t n);
void hash_end(struct hash_state *s, struct hash *h);

/* SHA-256 (FIPS 180-4), only where a protocol asks for it: everything of ours is BLAKE2b. */
void sha256_of(struct hash *h, const void *bytes, size_t n);
/* HMAC-SHA-256 (RFC 2104, FIPS 198-1), likewise; a key of any length. */
void hmac_sha256_of(struct hash *h, const void *key, size_t n_key, const void *bytes, size_t n);

bool hash_equal(const struct hash *a, const struct hash *b); /* in constant time */
void hash_hex(char text[HASH_HEX], const struct hash *h);
enum err hash_from_hex(struct hash *h, const char *text) MUST_USE;
void hex_of(char *text, const void *bytes, size_t n);                /* 2 n + 1 bytes of text */
enum err hex_read(void *bytes, size_t n, const char *text) MUST_USE; /* exactly 2 n digits */

/* A signing key. The public half may be given away; the secret half stays in keys/. */
struct sign_key {
    uint8_t public_half[32];
    uint8_t secret_half[64];
};
void sign_key_new(struct sign_key *k);
void sign(uint8_t signature[SIGNATURE_BYTES], const struct sign_key *k, const void *bytes,
          size_t n);
bool sign_is_valid(const uint8_t signature[SIGNATURE_BYTES], const uint8_t public_half[32],
                   const void *bytes, size_t n);

/* A random secret of 256 bits as 43 characters that a URL may hold, for sessions, tokens and
 * links. Only hash_of() its text is ever stored. */
void secret_new(char text[SECRET_TEXT]);

/* Argon2id, 64 MiB and about 80 ms: call from a bounded worker, never from a serving thread. */
enum err password_hash(char text[PASSWORD_TEXT], const char *password) MUST_USE;
bool password_is(const char *text, const char *password);

void random_bytes(void *bytes, size_t n);
uint64_t random_u64(void);

/* Overwrites a secret so that the compiler cannot leave it out. */
void forget(void *bytes, size_t n);

#endif
