/* The tokeniser: any bytes. No more tokens and n-grams may come than its callers make room for. */
#include "sampler/tokens.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct count {
    size_t tokens, grams;
};

static void token(void *ctx, uint64_t hash)
{
    struct count *c = ctx;

    (void)hash;
    c->tokens++;
}

static void gram(void *ctx, uint64_t hash)
{
    struct count *c = ctx;

    (void)hash;
    c->grams++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct count c = {0, 0};
    const struct smp_token_sink sink = {token, gram, &c};

    smp_tokenise((const char *)data, size, &sink);
    if (c.tokens > size || c.grams > 3 * size) abort();
    return 0;
}
