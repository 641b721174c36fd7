/* guess - how long the next try of a password has to wait.
 *
 *     if ((wait_s = guesses_wait_s(g, name, address))) refuse, naming wait_s;
 *     ... wrong: guesses_failed(g, name, address);    right: guesses_forget(g, name, address);
 *
 * Counted for a name together with the address it came from; for the address alone, so that
 * trying many names gains nothing; and for the name alone, so that coming from many addresses gains
 * nothing. Five wrong tries cost nothing (twenty for the name, fifty for the address), then the
 * wait doubles from 2 s to at most 300 s; 15 minutes without a wrong try forget it all. Strangers
 * who fail in a person's name all the time would lock that person out: so the name's own wait does
 * not hold where that person has signed in within 30 days. The tables are bounded: beyond 2048
 * entries (1024 known places) the one longest without a try gives way.
 * Names compare without case, as those of accounts do.
 * Names are kept as keyed hashes only. Threads: any. */
#ifndef EXEMPLAR_API_GUESS_H
#define EXEMPLAR_API_GUESS_H

#include "base/err.h"
#include "base/hash.h"

struct guesses;

struct guesses *guesses_new(void); /* NULL when out of memory */
void guesses_free(struct guesses *g);

unsigned guesses_wait_s(struct guesses *g, const char *name, const char *address);
void guesses_failed(struct guesses *g, const char *name, const char *address);
void guesses_forget(struct guesses *g, const char *name, const char *address);

/* The hash of a password that nobody knows, made once. Compared with whatever is sent in an
 * unknown name, so that the time it takes does not tell which names exist. */
enum err guesses_decoy(struct guesses *g, char text[PASSWORD_TEXT]) MUST_USE;

#endif
