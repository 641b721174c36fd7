#include "domain/seal_form.h"

#include "domain/ledger.h"
#include "domain/ledger_keys.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seal {
    struct sign_key key;
    struct hash start;
    struct hash_state tags; /* of the rows that no signature covers yet */
    int64_t n_rows;
    char words[512]; /* of row 1 */
};

static void number_bytes(uint8_t bytes[8], uint64_t n)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> (56 - 8 * i));
}

void seal_signed_bytes(struct seal_signed *out, enum seal_place place, const struct hash *start,
                       int64_t row, const struct hash *tags)
{
    memcpy(out->bytes, place == SEAL_LAST ? "exemplar end 1\n\n" : "exemplar rows 1\n", 16);
    memcpy(out->bytes + 16, start->bytes, HASH_BYTES);
    number_bytes(out->bytes + 48, (uint64_t)row);
    memcpy(out->bytes + 56, tags->bytes, HASH_BYTES);
}

void seal_start(struct hash *start, const char *words, size_t n, const struct hash *header)
{
    static const char FORMAT[] = "exemplar export 1\n";
    struct hash_state h;

    hash_init(&h);
    hash_add(&h, FORMAT, sizeof FORMAT - 1);
    hash_add(&h, words, n);
    hash_add(&h, header->bytes, HASH_BYTES);
    hash_end(&h, start);
}

/* The head that the file is made at, with the hash of its row. */
static enum err head_words(struct seal *x, struct store *s, const char *about)
{
    struct arena a;
    struct ledger_head h;
    struct ledger_row row;
    char hash[HASH_HEX];
    char signature[SIGNATURE_HEX];
    char key[HASH_HEX];
    enum err e;

    arena_init(&a, 16 * MIB);
    e = ledger_head_get(s, &a, &h);
    if (!e && !h.seq) e = fail(ERR_NOT_FOUND, "the ledger is empty: there is nothing to seal");
    if (!e) e = store_ledger_get(s, &a, h.seq, &row);
    if (!e) {
        hash_hex(hash, &row.hash);
        hex_of(signature, h.signature, sizeof h.signature);
        hex_of(key, x->key.public_half, sizeof x->key.public_half);
        snprintf(x->words, sizeof x->words,
                 "head %" PRId64 " %" PRId64 " %s %s key %s about %s", h.seq, h.at, hash,
                 signature, key, about);
    }
    arena_free(&a);
    return e;
}

static enum err begin(struct seal *x, struct store *s, const char *about,
                      const struct hash *header)
{
    static const struct hash ZEROES;

    TRY(ledger_signing_key(store_folder(s), &x->key));
    TRY(head_words(x, s, about));
    seal_start(&x->start, x->words, strlen(x->words), header ? header : &ZEROES);
    hash_init(&x->tags);
    return OK;
}

enum err seal_open(struct seal **out, struct store *s, const char *about,
                   const struct hash *header)
{
    struct seal *x = calloc(1, sizeof *x);
    enum err e;

    *out = NULL;
    NEED(x);
    assert(strlen(about) <= SEAL_ABOUT_MAX && !strchr(about, ' '));
    e = begin(x, s, about, header);
    if (e)
        seal_close(x);
    else
        *out = x;
    return e;
}

void seal_close(struct seal *x)
{
    if (!x) return;
    forget(x, sizeof *x);
    free(x);
}

/* " rows SIGNATURE" over the tags since the last one. */
static void add_signature(struct seal *x, enum seal_place place, char *text, size_t room)
{
    struct seal_signed what;
    struct hash tags;
    uint8_t signature[SIGNATURE_BYTES];
    char hex[SIGNATURE_HEX];

    hash_end(&x->tags, &tags);
    hash_init(&x->tags);
    seal_signed_bytes(&what, place, &x->start, x->n_rows, &tags);
    sign(signature, &x->key, what.bytes, sizeof what.bytes);
    hex_of(hex, signature, sizeof signature);
    snprintf(text, room, " %s %s", place == SEAL_LAST ? "end" : "rows", hex);
}

void seal_row(struct seal *x, const struct hash *content, enum seal_place place,
              char text[SEAL_TEXT_MAX])
{
    char tag[SEAL_TAG_HEX];
    size_t n;

    x->n_rows++;
    hex_of(tag, content->bytes, SEAL_TAG);
    hash_add(&x->tags, content->bytes, SEAL_TAG);
    snprintf(text, SEAL_TEXT_MAX, "%" PRId64 " %s%s%s", x->n_rows, tag,
             x->n_rows == 1 ? " " : "", x->n_rows == 1 ? x->words : "");
    n = strlen(text);
    if (place == SEAL_LAST || x->n_rows % SEAL_RUN == 0)
        add_signature(x, place, text + n, SEAL_TEXT_MAX - n);
}

enum err seal_json(struct hash *content, struct arena *a, json_t *row)
{
    json_t *kept = json_object_get(row, "seal");
    struct hash_state h;
    const char *text;

    json_incref(kept);
    json_object_del(row, "seal");
    text = json_write(a, row);
    if (kept && json_object_set_new(row, "seal", kept)) text = NULL;
    NEED(text);
    hash_init(&h);
    hash_add(&h, "j", 1);
    hash_add(&h, text, strlen(text));
    hash_end(&h, content);
    return OK;
}

void seal_cells(struct hash *content, const struct seal_cell *cells, size_t n)
{
    struct hash_state h;
    uint8_t length[8];

    hash_init(&h);
    hash_add(&h, "c", 1);
    for (size_t i = 0; i < n; i++) {
        number_bytes(length, cells[i].n);
        hash_add(&h, length, sizeof length);
        hash_add(&h, cells[i].text, cells[i].n);
    }
    hash_end(&h, content);
}
