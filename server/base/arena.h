/* arena - memory that is freed all at once.
 *
 * A request and a job each own one arena. What a function makes for its caller comes from an
 * arena it is handed, first parameter, and lives as long as that arena.
 *
 *     struct arena a;
 *     arena_init(&a, 64 * MIB);
 *     char *title = arena_printf(&a, "project %d", id);
 *     NEED(title);
 *     ...
 *     arena_free(&a);
 *
 * Allocations are aligned for any type and zeroed. NULL means the arena's maximum or the
 * machine's memory is reached. Under AddressSanitizer the slack between allocations is
 * poisoned. Threads: one at a time. */
#ifndef EXEMPLAR_BASE_ARENA_H
#define EXEMPLAR_BASE_ARENA_H

#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)
#define GIB ((size_t)1024 * 1024 * 1024)

struct arena_block;

struct arena {
    struct arena_block *block;
    size_t used_bytes; /* of all blocks, for the maximum */
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);

/* Gives everything back; the arena may be used again. */
void arena_free(struct arena *a);

void *arena_alloc(struct arena *a, size_t n_bytes);

/* count * size bytes; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);

char *arena_strdup(struct arena *a, const char *text);
void *arena_copy(struct arena *a, const void *bytes, size_t n_bytes); /* one 0 byte follows */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
