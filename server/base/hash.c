#include "base/hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct hash_state) >= sizeof(crypto_generichash_state),
               "hash_state must hold libsodium's");
_Static_assert(PASSWORD_TEXT == crypto_pwhash_STRBYTES, "password text is libsodium's");
_Static_assert(sizeof(((struct sign_key *)0)->secret_half) == crypto_sign_SECRETKEYBYTES,
               "sign_key is libsodium's");

enum err hash_start(void)
{
    return sodium_init() < 0 ? fail(ERR_IO, "libsodium found no source of randomness") : OK;
}

void hash_of(struct hash *h, const void *bytes, size_t n)
{
    crypto_generichash(h->bytes, HASH_BYTES, bytes, n, NULL, 0);
}

void sha256_of(struct hash *h, const void *bytes, size_t n)
{
    _Static_assert(HASH_BYTES == crypto_hash_sha256_BYTES, "a hash holds a SHA-256");
    crypto_hash_sha256(h->bytes, bytes, n);
}

void hmac_sha256_of(struct hash *h, const void *key, size_t n_key, const void *bytes, size_t n)
{
    crypto_auth_hmacsha256_state s;

    crypto_auth_hmacsha256_init(&s, key, n_key);
    crypto_auth_hmacsha256_update(&s, bytes, n);
    crypto_auth_hmacsha256_final(&s, h->bytes);
    forget(&s, sizeof s);
}

void hash_init(struct hash_state *s)
{
    crypto_generichash_init((void *)s->opaque, NULL, 0, HASH_BYTES);
}

void hash_add(struct hash_state *s, const void *bytes, size_t n)
{
    crypto_generichash_update((void *)s->opaque, bytes, n);
}

void hash_end(struct hash_state *s, struct hash *h)
{
    crypto_generichash_final((void *)s->opaque, h->bytes, HASH_BYTES);
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, HASH_BYTES) == 0;
}

void hex_of(char *text, const void *bytes, size_t n)
{
    sodium_bin2hex(text, 2 * n + 1, bytes, n);
}

enum err hex_read(void *bytes, size_t n, const char *text)
{
    size_t got = 0;
    if (strlen(text) != 2 * n || sodium_hex2bin(bytes, n, text, 2 * n, NULL, &got, NULL) ||
        got != n)
        return fail(ERR_INVALID, "expected %zu hexadecimal digits", 2 * n);
    return OK;
}

void hash_hex(char text[HASH_HEX], const struct hash *h)
{
    hex_of(text, h->bytes, HASH_BYTES);
}

enum err hash_from_hex(struct hash *h, const char *text)
{
    return hex_read(h->bytes, HASH_BYTES, text);
}

void sign_key_new(struct sign_key *k)
{
    crypto_sign_keypair(k->public_half, k->secret_half);
}

void sign(uint8_t signature[SIGNATURE_BYTES], const struct sign_key *k, const void *bytes,
          size_t n)
{
    crypto_sign_detached(signature, NULL, bytes, n, k->secret_half);
}

bool sign_is_valid(const uint8_t signature[SIGNATURE_BYTES], const uint8_t public_half[32],
                   const void *bytes, size_t n)
{
    return crypto_sign_verify_detached(signature, bytes, n, public_half) == 0;
}

void secret_new(char text[SECRET_TEXT])
{
    uint8_t raw[32];
    random_bytes(raw, sizeof raw);
    sodium_bin2base64(text, SECRET_TEXT, raw, sizeof raw,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    forget(raw, sizeof raw);
}

enum err password_hash(char text[PASSWORD_TEXT], const char *password)
{
    if (crypto_pwhash_str(text, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE))
        return fail(ERR_NOMEM, "no memory to hash a password (64 MiB)");
    return OK;
}

bool password_is(const char *text, const char *password)
{
    return crypto_pwhash_str_verify(text, password, strlen(password)) == 0;
}

void random_bytes(void *bytes, size_t n)
{
    randombytes_buf(bytes, n);
}

uint64_t random_u64(void)
{
    uint64_t x;
    randombytes_buf(&x, sizeof x);
    return x;
}

void forget(void *bytes, size_t n)
{
    sodium_memzero(bytes, n);
}
