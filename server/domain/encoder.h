/* encoder - the latents of a project's items, and which encoder made them.
 *
 * An encoder is begun (training), activated when it is trained and has encoded what was there
 * (the former one is then replaced), and appended to as items arrive. The model file
 * models/encoder-ID.bin is its author's.
 *
 *     TRY(encoder_begin(s, a, project_id, "image-blocks", seed, now, &e));
 *     ... train ...; e.dim, e.part, e.n_trained, e.settings set
 *     TRY(encoder_trained(s, &e));
 *     TRY(encoder_append_rows(s, &e, &rows));                // any number of times
 *     TRY(encoder_activate(s, e.id, now));
 *     ...
 *     TRY(encoder_active(s, a, project_id, &l));             // l.encoder.id 0: none yet
 *     ... l.latents.features  l.latents.items (n) ...
 *     encoder_close(&l); */
#ifndef EXEMPLAR_DOMAIN_ENCODER_H
#define EXEMPLAR_DOMAIN_ENCODER_H

#include "store/encoder.h"
#include "store/item.h"
#include "store/latents.h"

/* A new version, in training; one left in training by a dead job is marked failed. */
enum err encoder_begin(struct store *s, struct arena *a, int64_t project_id, const char *name,
                       int64_t seed, int64_t now_ms, struct encoder *e) MUST_USE;

/* Stores e->dim (1..4096), its parts (part 0 the latent), n_trained and settings of an encoder in
 * training. */
enum err encoder_trained(struct store *s, const struct encoder *e) MUST_USE;

/* Rows behind the e->n_rows that are there: on the disk and committed when it returns, and
 * e->n_rows counts them. Parts as the encoder has them, finite; errors 0..1 or NaN; items by id,
 * ascending. The files are written and flushed before the transaction. ERR_CONFLICT if another
 * process appended. */
enum err encoder_append_rows(struct store *s, struct encoder *e,
                             const struct latents_rows *rows) MUST_USE;

enum err encoder_activate(struct store *s, int64_t encoder_id, int64_t now_ms) MUST_USE;
enum err encoder_fail(struct store *s, int64_t encoder_id) MUST_USE;

struct encoder_latents {
    struct encoder encoder; /* id 0: none is active */
    struct latents latents;
};
/* The active encoder, its committed rows mapped. encoder_close also after an id of 0. */
enum err encoder_active(struct store *s, struct arena *a, int64_t project_id,
                        struct encoder_latents *l) MUST_USE;
/* The same of a given encoder, its first n_rows only: for computing a round again. */
enum err encoder_open(struct store *s, struct arena *a, int64_t encoder_id, int64_t n_rows,
                      struct encoder_latents *l) MUST_USE;
/* The same of a given encoder, all rows that are committed. */
enum err encoder_whole(struct store *s, struct arena *a, int64_t encoder_id,
                       struct encoder_latents *l) MUST_USE;
void encoder_close(struct encoder_latents *l);

/* Where an item's latent is; 0 when it has none yet. Rows are in the order of item ids: encoding
 * goes by id, and only appends. */
int latents_row_of(const struct latents *l, int64_t item_id, size_t *row);

/* What share of an item the active encoder cannot rebuild: 0 like what it learned from, 1 unlike
 * anything; NaN when it cannot tell, or has not looked at the item yet. */
enum err encoder_unlike(struct store *s, struct arena *a, const struct item *item,
                        double *unlike) MUST_USE;

/* "image-blocks 1", as receipts and pages name it. */
const char *encoder_title(struct arena *a, const struct encoder *e);

enum latents_state { LATENTS_NONE, LATENTS_TRAINING, LATENTS_ENCODING, LATENTS_READY };
struct latents_status {
    enum latents_state state; /* ENCODING: active, and items wait to be encoded */
    const char *encoder;      /* title of the active one; NULL: none */
    int64_t items_encoded;
};
const char *latents_state_name(enum latents_state state); /* "none", "training", ... */
enum err encoder_status(struct store *s, struct arena *a, int64_t project_id,
                        struct latents_status *x) MUST_USE;

#endif
