#include "domain/chain.h"

static void put_tag(struct hash_state *h, char tag)
{
    hash_add(h, &tag, 1);
}

static void put_number(struct hash_state *h, uint64_t n)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> (56 - 8 * i));
    hash_add(h, bytes, sizeof bytes);
}

void chain_null(struct hash_state *h)
{
    put_tag(h, 'n');
}

void chain_int(struct hash_state *h, int64_t value)
{
    put_tag(h, 'i');
    put_number(h, (uint64_t)value);
}

void chain_id(struct hash_state *h, int64_t id)
{
    if (id)
        chain_int(h, id);
    else
        chain_null(h);
}

static void put_bytes(struct hash_state *h, char tag, const void *bytes, size_t n)
{
    put_tag(h, tag);
    put_number(h, n);
    hash_add(h, bytes, n);
}

void chain_text(struct hash_state *h, const char *text, size_t n)
{
    put_bytes(h, 't', text, n);
}

void chain_bytes(struct hash_state *h, const void *bytes, size_t n)
{
    put_bytes(h, 'b', bytes, n);
}
