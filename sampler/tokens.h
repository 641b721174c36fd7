/* tokens - UTF-8 text of any script -> tokens and character n-grams, as 64-bit hashes.
 *
 * Lower case by simple ranges (Latin, Greek, Cyrillic, Armenian, full-width). A token is a run of
 * letters, digits and marks, with apostrophes inside it; a Chinese, Japanese kanji or kana
 * character and a pictograph each stand alone; in scripts written without spaces (Thai, Lao,
 * Burmese, Khmer, Tibetan) every three code points in a row are a token. Character n-grams are the
 * 3- to 5-grams of each space-separated piece of text, lower case, with one blank before and after
 * it, as scikit-learn's "char_wb". Bytes that are not UTF-8 separate.
 *
 * Hashes stand for the strings, so that no vocabulary of strings is kept: at a million different
 * tokens the chance that any two share a hash is 3e-8. */
#ifndef SAMPLER_TOKENS_H
#define SAMPLER_TOKENS_H

#include <stddef.h>
#include <stdint.h>

struct smp_token_sink {
    void (*token)(void *ctx, uint64_t hash); /* may be NULL */
    void (*gram)(void *ctx, uint64_t hash);  /* may be NULL */
    void *ctx;
};

void smp_tokenise(const char *text, size_t n_bytes, const struct smp_token_sink *sink);

/* The hash of a pair of neighbouring tokens. */
uint64_t smp_token_pair(uint64_t first, uint64_t second);

/* A code point in lower case; ' ' for every space, 0 for one that is not seen (joiners, marks of direction),
 * an apostrophe for its curly form. */
uint32_t smp_plain_code(uint32_t code);

/* The next code point at *at < n_bytes, moving *at behind it; UINT32_MAX for a byte that is not part
 * of valid UTF-8 (RFC 3629: no surrogates, no overlong forms), moving by one. */
uint32_t smp_utf8_next(const char *text, size_t n_bytes, size_t *at);

#endif
