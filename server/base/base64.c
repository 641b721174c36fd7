#include "base/base64.h"

#include <sodium.h>

void base64url_of(char *text, const void *bytes, size_t n)
{
    sodium_bin2base64(text, BASE64URL(n), bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum err base64url_read(struct arena *a, uint8_t **bytes, size_t *n, const char *text,
                        size_t n_text)
{
    size_t room = n_text / 4 * 3 + 3;
    const char *end;

    *bytes = arena_alloc(a, room + 1);
    NEED(*bytes);
    if (sodium_base642bin(*bytes, room, text, n_text, NULL, n, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
        end != text + n_text)
        return fail(ERR_INVALID, "expected base64url without padding");
    return OK;
}
