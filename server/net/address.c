#include "net/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint8_t bytes[16];
    unsigned bits;
};

static const struct range NOT_PUBLIC_4[] = {
    {{0},            8 }, /* this network */
    {{10},           8 },
    {{100, 64},      10}, /* shared by a provider's customers */
    {{127},          8 },
    {{169, 254},     16}, /* link-local: a cloud's metadata */
    {{172, 16},      12},
    {{192, 0, 0},    24},
    {{192, 0, 2},    24}, /* documentation, here and below */
    {{192, 88, 99},  24},
    {{192, 168},     16},
    {{198, 18},      15}, /* benchmarks */
    {{198, 51, 100}, 24},
    {{203, 0, 113},  24},
    {{224},          4 }, /* multicast */
    {{240},          4 },
};

/* Only 2000::/3 is given out; of it, what is not the open internet. */
static const struct range NOT_PUBLIC_6[] = {
    {{0x20, 0x01},             23}, /* protocols, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff},             20},
};
static const struct range GIVEN_OUT_6 = {{0x20}, 3};
static const struct range MAPPED_6 = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
    96
};
static const struct range TRANSLATED_6 = {
    {0x00, 0x64, 0xff, 0x9b},
    96
};
static const struct range SIX_TO_FOUR = {
    {0x20, 0x02},
    16
};

static bool is_in(const uint8_t *a, const struct range *r)
{
    const unsigned whole = r->bits / 8;
    const unsigned rest = r->bits % 8;

    if (memcmp(a, r->bytes, whole) != 0) return false;
    return !rest || !((a[whole] ^ r->bytes[whole]) >> (8 - rest));
}

static bool is_public_4(const uint8_t a[4])
{
    for (size_t i = 0; i < sizeof NOT_PUBLIC_4 / sizeof *NOT_PUBLIC_4; i++)
        if (is_in(a, &NOT_PUBLIC_4[i])) return false;
    return true;
}

static bool is_public_6(const uint8_t a[16])
{
    if (is_in(a, &MAPPED_6) || is_in(a, &TRANSLATED_6)) return is_public_4(a + 12);
    if (is_in(a, &SIX_TO_FOUR)) return is_public_4(a + 2);
    if (!is_in(a, &GIVEN_OUT_6)) return false;
    for (size_t i = 0; i < sizeof NOT_PUBLIC_6 / sizeof *NOT_PUBLIC_6; i++)
        if (is_in(a, &NOT_PUBLIC_6[i])) return false;
    return true;
}

bool address_is_public(const struct sockaddr *a)
{
    uint8_t bytes[16];

    if (a->sa_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
        return is_public_4(bytes);
    }
    if (a->sa_family != AF_INET6) return false;
    memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
    return is_public_6(bytes);
}
