/* store/encoder - rows of encoders. Their latents: store/latents.h; rules: domain/encoder.h. */
#ifndef EXEMPLAR_STORE_ENCODER_H
#define EXEMPLAR_STORE_ENCODER_H

#include "sampler/features.h"
#include "store/store.h"

enum encoder_state { ENCODER_TRAINING, ENCODER_ACTIVE, ENCODER_REPLACED, ENCODER_FAILED };

/* One way in which an encoder looks at an item (sampler/encoder.h). */
struct encoder_part {
    const char *name; /* "shape" */
    const char *sees; /* "fine shape", for people */
    int64_t dim;      /* numbers per item */
};

struct encoder {
    int64_t id, project_id;
    int64_t version;  /* 1, 2, ... in its project */
    const char *name; /* "image-blocks"; shown as "image-blocks 1" */
    int64_t seed;
    const char *settings; /* canonical JSON */
    int64_t dim;          /* numbers per latent */
    /* The latent as part 0, then the others; 0 of them: from before there were any, the latent
     * alone, without errors. */
    size_t n_parts;
    struct encoder_part part[SMP_PARTS_MAX];
    int64_t n_trained; /* items it was trained on */
    int64_t n_rows;    /* latents that are committed */
    enum encoder_state state;
    int64_t created_at, activated_at;
};

/* Sets e->id and e->version. */
enum err store_encoder_add(struct store *s, struct encoder *e) MUST_USE;
enum err store_encoder_get(struct store *s, struct arena *a, int64_t id,
                           struct encoder *e) MUST_USE;
/* The active one, or the newest that is in training; id 0 when there is none. */
enum err store_encoder_active(struct store *s, struct arena *a, int64_t project_id,
                              struct encoder *e) MUST_USE;
enum err store_encoder_training(struct store *s, struct arena *a, int64_t project_id,
                                struct encoder *e) MUST_USE;
enum err store_encoder_list(struct store *s, struct arena *a, int64_t project_id,
                            struct encoder **encoders, size_t *n) MUST_USE;
/* dim, part, n_trained, settings, state, activated_at as in `e`. */
enum err store_encoder_update(struct store *s, const struct encoder *e) MUST_USE;
/* From `from` rows to `to`: ERR_CONFLICT if another process has appended meanwhile. */
enum err store_encoder_rows(struct store *s, int64_t id, int64_t from, int64_t to) MUST_USE;

#endif
