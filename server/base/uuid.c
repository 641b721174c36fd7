#include "base/uuid.h"

#include "base/hash.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void uuid_new(struct uuid *u)
{
    random_bytes(u->bytes, sizeof u->bytes);
    u->bytes[6] = (uint8_t)((u->bytes[6] & 0x0f) | 0x40);
    u->bytes[8] = (uint8_t)((u->bytes[8] & 0x3f) | 0x80);
}

enum err uuid_read(struct uuid *u, const char *text)
{
    char digits[33];
    size_t n = 0;

    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return fail(ERR_INVALID,
                        "expected a UUID such as 123e4567-e89b-42d3-a456-426614174000");
        if (!dash) digits[n++] = text[i];
    }
    digits[n] = '\0';
    if (text[36]) return fail(ERR_INVALID, "expected a UUID of 36 characters");
    return hex_read(u->bytes, sizeof u->bytes, digits);
}

void uuid_write(char text[UUID_TEXT], const struct uuid *u)
{
    char hex[33];
    hex_of(hex, u->bytes, sizeof u->bytes);
    snprintf(text, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}
