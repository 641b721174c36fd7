#include "api/guess.h"

#include "base/clock.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES = 2048,
    FREE_TRIES = 5,             /* a person mistyping, with caps lock found on the third try */
    FREE_TRIES_OF_ADDRESS = 50, /* an office behind one address */
    WAIT_MAX_S = 300,
    FORGET_MS = 15 * 60 * 1000,
};

struct entry {
    uint64_t key; /* 0: free */
    unsigned n_failed;
    int64_t last_ms;
};

struct guesses {
    pthread_mutex_t mutex;
    uint64_t salt;             /* so that the keys mean nothing outside this process */
    char decoy[PASSWORD_TEXT]; /* "" until first asked for: it costs 80 ms */
    struct entry entries[ENTRIES];
};

struct guesses *guesses_new(void)
{
    struct guesses *g = calloc(1, sizeof *g);

    if (!g) return NULL;
    pthread_mutex_init(&g->mutex, NULL);
    g->salt = random_u64();
    return g;
}

void guesses_free(struct guesses *g)
{
    if (!g) return;
    pthread_mutex_destroy(&g->mutex);
    free(g);
}

static uint64_t key_of(const struct guesses *g, const char *name, const char *address)
{
    struct hash_state s;
    struct hash h;
    uint64_t key;

    hash_init(&s);
    hash_add(&s, &g->salt, sizeof g->salt);
    hash_add(&s, name, strlen(name) + 1);
    hash_add(&s, address, strlen(address));
    hash_end(&s, &h);
    memcpy(&key, h.bytes, sizeof key);
    return key | 1;
}

/* The key's entry if it is still remembered; 2048 comparisons cost nothing beside one hash. */
static struct entry *entry_find(struct guesses *g, uint64_t key)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (g->entries[i].key == key)
            return clock_ticks_ms() - g->entries[i].last_ms < FORGET_MS ? &g->entries[i] : NULL;
    return NULL;
}

static struct entry *entry_oldest(struct guesses *g, uint64_t key)
{
    struct entry *oldest = &g->entries[0];

    for (size_t i = 0; i < ENTRIES; i++) {
        struct entry *e = &g->entries[i];
        if (e->key == key) return e;
        if (!e->key ? oldest->key != 0 : oldest->key && e->last_ms < oldest->last_ms)
            oldest = e;
    }
    return oldest;
}

static unsigned wait_s(const struct entry *e, unsigned free_tries)
{
    unsigned over = e && e->n_failed > free_tries ? e->n_failed - free_tries : 0;
    int64_t whole_ms = over > 8 ? WAIT_MAX_S : (int64_t)1 << over;
    int64_t left_ms;

    if (!over) return 0;
    if (whole_ms > WAIT_MAX_S) whole_ms = WAIT_MAX_S;
    left_ms = e->last_ms + whole_ms * 1000 - clock_ticks_ms();
    return left_ms > 0 ? (unsigned)((left_ms + 999) / 1000) : 0;
}

unsigned guesses_wait_s(struct guesses *g, const char *name, const char *address)
{
    unsigned both;
    unsigned alone;

    pthread_mutex_lock(&g->mutex);
    both = wait_s(entry_find(g, key_of(g, name, address)), FREE_TRIES);
    alone = wait_s(entry_find(g, key_of(g, "", address)), FREE_TRIES_OF_ADDRESS);
    pthread_mutex_unlock(&g->mutex);
    return both > alone ? both : alone;
}

static void count(struct guesses *g, uint64_t key)
{
    struct entry *e = entry_find(g, key);

    if (!e) {
        e = entry_oldest(g, key);
        *e = (struct entry){.key = key};
    }
    e->n_failed++;
    e->last_ms = clock_ticks_ms();
}

void guesses_failed(struct guesses *g, const char *name, const char *address)
{
    pthread_mutex_lock(&g->mutex);
    count(g, key_of(g, name, address));
    count(g, key_of(g, "", address));
    pthread_mutex_unlock(&g->mutex);
}

void guesses_forget(struct guesses *g, const char *name, const char *address)
{
    struct entry *e;

    pthread_mutex_lock(&g->mutex);
    e = entry_find(g, key_of(g, name, address));
    if (e) *e = (struct entry){0};
    pthread_mutex_unlock(&g->mutex);
}

enum err guesses_decoy(struct guesses *g, char text[PASSWORD_TEXT])
{
    char secret[SECRET_TEXT];
    enum err e = OK;

    secret_new(secret);
    pthread_mutex_lock(&g->mutex);
    if (!g->decoy[0]) e = password_hash(g->decoy, secret);
    memcpy(text, g->decoy, PASSWORD_TEXT);
    pthread_mutex_unlock(&g->mutex);
    forget(secret, sizeof secret);
    return e;
}
