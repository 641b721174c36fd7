/* What a provider sends, any bytes: up to the first line end a token, then a JSON document that is
 * its keys and its description at once. */
#include "base/hash.h"
#include "oidc/directory.h"
#include "oidc/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void document(const json_t *object)
{
    struct directory_entry entry;
    const char *keys;

    if (directory_read(object, "https://id.example.org", &entry, &keys)) return;
    if (url_reach(entry.token) != URL_HTTPS || url_reach(keys) != URL_HTTPS) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct id_expect EXPECT = {.issuer = "https://id.example.org",
                                            .client_id = "labels",
                                            .nonce = "n-0S6",
                                            .now_s = 1700000000};
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct id_claims c;
    struct arena a;
    char *token;
    json_t *object;

    if (!end || hash_start()) return 0;
    arena_init(&a, 16 * MIB);
    token = arena_copy(&a, data, (size_t)(end - data));
    if (token && !json_read(&object, (const char *)end + 1, size - (size_t)(end - data) - 1)) {
        if (!id_token_verify(&a, object, token, &EXPECT, &c) && !c.subject) abort();
        if (json_is_object(object)) document(object);
        json_decref(object);
    }
    arena_free(&a);
    return 0;
}
