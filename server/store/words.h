/* words - what people type into a search, and what it is compared with. Private to server/store.
 *
 * The index (FTS5, tokenizer unicode61) cuts text at spaces and marks, and takes an accent for its
 * letter. Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese)
 * would become one word a line, so each of their characters is made a word of its own, in the
 * index as in what is searched for; a run of them is then a phrase.
 *
 *     words_add(&b, "東京 tower", 12)     " 東  京  tower"
 *     words_match(&b, "red \"big car\" veh*")
 *         words : ("red" AND "big car" AND "veh" *)
 *
 * Source: https://www.sqlite.org/fts5.html, sections 3 and 4.3.1. */
#ifndef EXEMPLAR_STORE_WORDS_H
#define EXEMPLAR_STORE_WORDS_H

#include "base/buf.h"

enum { WORDS_STAR_MIN = 3 }; /* letters before a *: fewer would gather half of the index */

/* Appends the text as it is to be indexed, and a space. */
enum err words_add(struct buf *b, const char *text, size_t n) MUST_USE;

/* Appends the expression for what a person typed: every word must be there, in any order; words
 * in double quotes side by side; a word that ends in * begins so. ERR_INVALID with a sentence if
 * there is no letter or digit in it, or a * after fewer than WORDS_STAR_MIN letters. */
enum err words_match(struct buf *b, const char *text) MUST_USE;

#endif
