#include "api/guess.h"

#include "base/clock.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES = 2048,
    FREE_TRIES = 5, /* a person mistyping, with caps lock found on the third try */
    FREE_TRIES_OF_NAME = 20,
    FREE_TRIES_OF_ADDRESS = 50, /* an office behind one address */
    PLACES = 1024,
    WAIT_MAX_S = 300,
    FORGET_MS = 15 * 60 * 1000,
};

static const int64_t PLACE_MS = (int64_t)30 * 24 * 3600 * 1000;

/* A name and an address that belong together. */
struct place {
    uint64_t key; /* 0: free */
    int64_t at_ms;
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
    struct place places[PLACES];
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
    for (const char *c = name; *c; c++) {
        char small = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
        hash_add(&s, &small, 1);
    }
    hash_add(&s, "", 1);
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

static bool place_is_known(const struct guesses *g, uint64_t key)
{
    for (size_t i = 0; i < PLACES; i++)
        if (g->places[i].key == key) return clock_ticks_ms() - g->places[i].at_ms < PLACE_MS;
    return false;
}

/* In the place of the same, of none, or of the one longest ago. */
static void place_remember(struct guesses *g, uint64_t key)
{
    struct place *at = &g->places[0];

    for (size_t i = 0; i < PLACES && at->key != key; i++) {
        struct place *p = &g->places[i];
        if (p->key == key || (at->key && (!p->key || p->at_ms < at->at_ms))) at = p;
    }
    *at = (struct place){key, clock_ticks_ms()};
}

static unsigned later(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

unsigned guesses_wait_s(struct guesses *g, const char *name, const char *address)
{
    uint64_t both = key_of(g, name, address);
    unsigned wait;

    pthread_mutex_lock(&g->mutex);
    wait = later(wait_s(entry_find(g, both), FREE_TRIES),
                 wait_s(entry_find(g, key_of(g, "", address)), FREE_TRIES_OF_ADDRESS));
    if (!place_is_known(g, both))
        wait = later(wait, wait_s(entry_find(g, key_of(g, name, "")), FREE_TRIES_OF_NAME));
    pthread_mutex_unlock(&g->mutex);
    return wait;
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
    count(g, key_of(g, name, ""));
    pthread_mutex_unlock(&g->mutex);
}

void guesses_forget(struct guesses *g, const char *name, const char *address)
{
    uint64_t key = key_of(g, name, address);
    struct entry *e;

    pthread_mutex_lock(&g->mutex);
    e = entry_find(g, key);
    if (e) *e = (struct entry){0};
    place_remember(g, key);
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
