#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#endif

static const size_t ALIGNMENT = 16;
static const size_t BLOCK_BYTES = 16 * KIB; /* holds nearly every request of the API whole */

struct arena_block {
    struct arena_block *older;
    size_t size;
    size_t used;
    size_t padding; /* keeps `bytes` aligned */
    unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

void arena_free(struct arena *a)
{
    while (a->block) {
        struct arena_block *b = a->block;
        a->block = b->older;
        UNPOISON(b->bytes, b->size);
        free(b);
    }
    a->used_bytes = 0;
}

static struct arena_block *block_add(struct arena *a, size_t need)
{
    size_t size = need > BLOCK_BYTES / 4 ? need : BLOCK_BYTES;
    struct arena_block *b;

    if (size > a->max_bytes - a->used_bytes) size = need;
    if (size > a->max_bytes - a->used_bytes) return NULL;
    b = malloc(sizeof *b + size);
    if (!b) return NULL;
    *b = (struct arena_block){.size = size};
    POISON(b->bytes, size);
    a->used_bytes += size;
    if (size == need && a->block) { /* a large one goes behind the block still being filled */
        b->older = a->block->older;
        a->block->older = b;
    } else {
        b->older = a->block;
        a->block = b;
    }
    return b;
}

void *arena_alloc(struct arena *a, size_t n_bytes)
{
    struct arena_block *b = a->block;
    unsigned char *p;
    size_t need;

    if (n_bytes > SIZE_MAX - 2 * ALIGNMENT) return NULL;
    /* One unused byte at least, so that a write past the end meets poison. */
    need = (n_bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    if (!b || need > b->size - b->used) b = block_add(a, need);
    if (!b) return NULL;
    p = b->bytes + b->used;
    b->used += need;
    UNPOISON(p, n_bytes);
    memset(p, 0, n_bytes);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) return NULL;
    return arena_alloc(a, n);
}

void *arena_copy(struct arena *a, const void *bytes, size_t n_bytes)
{
    char *p = n_bytes < SIZE_MAX ? arena_alloc(a, n_bytes + 1) : NULL;
    if (p && n_bytes) memcpy(p, bytes, n_bytes);
    return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char *p;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    p = arena_alloc(a, (size_t)n + 1);
    if (!p) return NULL;
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return p;
}
