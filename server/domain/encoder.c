#include "domain/encoder.h"

#include "store/project.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DIM_MAX = 4096 };

static enum err begin(struct store *s, struct arena *a, struct encoder *e)
{
    struct encoder left;

    TRY(store_encoder_training(s, a, e->project_id, &left));
    left.state = ENCODER_FAILED;
    if (left.id) TRY(store_encoder_update(s, &left));
    return store_encoder_add(s, e);
}

enum err encoder_begin(struct store *s, struct arena *a, int64_t project_id, const char *name,
                       int64_t seed, int64_t now_ms, struct encoder *e)
{
    *e = (struct encoder){.project_id = project_id,
                          .name = name,
                          .seed = seed,
                          .settings = "{}",
                          .state = ENCODER_TRAINING,
                          .created_at = now_ms};
    TRY(store_begin(s));
    return store_end(s, begin(s, a, e));
}

static enum err get_training(struct store *s, struct arena *a, int64_t id, struct encoder *e)
{
    TRY(store_encoder_get(s, a, id, e));
    if (e->state == ENCODER_TRAINING) return OK;
    return fail(ERR_CONFLICT, "encoder %" PRId64 " is not in training any more", id);
}

static enum err trained(struct store *s, struct arena *a, const struct encoder *e)
{
    struct encoder now;

    TRY(get_training(s, a, e->id, &now));
    now.dim = e->dim;
    now.n_parts = e->n_parts;
    memcpy(now.part, e->part, sizeof now.part);
    now.n_trained = e->n_trained;
    now.settings = e->settings;
    return store_encoder_update(s, &now);
}

static enum err parts_check(const struct encoder *e)
{
    if (e->dim < 1 || e->dim > DIM_MAX)
        return fail(ERR_INVALID, "an encoder gives 1 to %d numbers, not %" PRId64, DIM_MAX,
                    e->dim);
    if (e->n_parts < 1 || e->n_parts > SMP_PARTS_MAX || e->part[0].dim != e->dim)
        return fail(ERR_INVALID, "an encoder has 1 to %d parts, the latent first",
                    SMP_PARTS_MAX);
    for (size_t i = 0; i < e->n_parts; i++)
        if (e->part[i].dim < 1 || e->part[i].dim > DIM_MAX)
            return fail(ERR_INVALID, "a part of an encoder gives 1 to %d numbers, not %" PRId64,
                        DIM_MAX, e->part[i].dim);
    return OK;
}

enum err encoder_trained(struct store *s, const struct encoder *e)
{
    struct arena a;
    enum err failed;

    TRY(parts_check(e));
    TRY(store_begin(s));
    arena_init(&a, 16 * MIB);
    failed = trained(s, &a, e);
    arena_free(&a);
    return store_end(s, failed);
}

static struct latents_shape shape_of(const struct encoder *e)
{
    struct latents_shape shape = {.n_parts = 1, .d = {(size_t)e->dim}};

    if (!e->n_parts) return shape;
    shape.n_parts = e->n_parts;
    shape.has_errors = 1;
    for (size_t i = 0; i < e->n_parts; i++)
        shape.d[i] = (size_t)e->part[i].dim;
    return shape;
}

static int is_finite(const float *z, size_t d)
{
    int finite = 1;

    for (size_t k = 0; k < d; k++)
        finite &= z[k] - z[k] == 0; /* not so for NaN and infinity */
    return finite;
}

static enum err rows_check(const struct latents_shape *shape, const struct latents_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        for (size_t p = 0; p < shape->n_parts; p++)
            if (!is_finite(rows->part[p] + i * shape->d[p], shape->d[p]))
                return fail(ERR_INVALID,
                            "the latent of item %" PRId64 " holds a value that is no number",
                            rows->items[i]);
        if (i && rows->items[i] <= rows->items[i - 1])
            return fail(ERR_INVALID, "latents must come in order of item");
    }
    return OK;
}

enum err encoder_append_rows(struct store *s, struct encoder *e,
                             const struct latents_rows *rows)
{
    const struct latents_shape shape = shape_of(e);
    int64_t to = e->n_rows + (int64_t)rows->n;

    if (!rows->n) return OK;
    TRY(rows_check(&shape, rows));
    TRY(latents_write(store_folder(s), e->id, (size_t)e->n_rows, rows, &shape));
    TRY(store_begin(s));
    TRY(store_end(s, store_encoder_rows(s, e->id, e->n_rows, to)));
    e->n_rows = to;
    return OK;
}

static enum err activate(struct store *s, struct arena *a, int64_t id, int64_t now_ms)
{
    struct encoder e;
    struct encoder former;

    TRY(get_training(s, a, id, &e));
    if (!e.dim) return fail(ERR_CONFLICT, "encoder %" PRId64 " is not trained yet", id);
    TRY(store_encoder_active(s, a, e.project_id, &former));
    former.state = ENCODER_REPLACED;
    if (former.id) TRY(store_encoder_update(s, &former));
    e.state = ENCODER_ACTIVE;
    e.activated_at = now_ms;
    return store_encoder_update(s, &e);
}

enum err encoder_activate(struct store *s, int64_t encoder_id, int64_t now_ms)
{
    struct arena a;
    enum err e;

    TRY(store_begin(s));
    arena_init(&a, 16 * MIB);
    e = activate(s, &a, encoder_id, now_ms);
    arena_free(&a);
    return store_end(s, e);
}

static enum err mark_failed(struct store *s, struct arena *a, int64_t id)
{
    struct encoder e;

    TRY(get_training(s, a, id, &e));
    e.state = ENCODER_FAILED;
    return store_encoder_update(s, &e);
}

enum err encoder_fail(struct store *s, int64_t encoder_id)
{
    struct arena a;
    enum err e;

    TRY(store_begin(s));
    arena_init(&a, 16 * MIB);
    e = mark_failed(s, &a, encoder_id);
    arena_free(&a);
    return store_end(s, e);
}

static enum err map(struct store *s, struct encoder_latents *l, int64_t n_rows)
{
    const struct latents_shape shape = shape_of(&l->encoder);

    return latents_map(&l->latents, store_folder(s), l->encoder.id, (size_t)n_rows, &shape);
}

enum err encoder_active(struct store *s, struct arena *a, int64_t project_id,
                        struct encoder_latents *l)
{
    *l = (struct encoder_latents){.encoder = {.id = 0}};
    TRY(store_encoder_active(s, a, project_id, &l->encoder));
    return l->encoder.id ? map(s, l, l->encoder.n_rows) : OK;
}

enum err encoder_open(struct store *s, struct arena *a, int64_t encoder_id, int64_t n_rows,
                      struct encoder_latents *l)
{
    *l = (struct encoder_latents){.encoder = {.id = 0}};
    TRY(store_encoder_get(s, a, encoder_id, &l->encoder));
    if (n_rows < 0 || n_rows > l->encoder.n_rows)
        return fail(ERR_INVALID, "encoder %" PRId64 " has %" PRId64 " latents, not %" PRId64,
                    encoder_id, l->encoder.n_rows, n_rows);
    return map(s, l, n_rows);
}

enum err encoder_whole(struct store *s, struct arena *a, int64_t encoder_id,
                       struct encoder_latents *l)
{
    *l = (struct encoder_latents){.encoder = {.id = 0}};
    TRY(store_encoder_get(s, a, encoder_id, &l->encoder));
    return map(s, l, l->encoder.n_rows);
}

void encoder_close(struct encoder_latents *l)
{
    latents_unmap(&l->latents);
}

int latents_row_of(const struct latents *l, int64_t item_id, size_t *row)
{
    size_t low = 0;
    size_t high = l->features.n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (l->items[mid] < item_id)
            low = mid + 1;
        else
            high = mid;
    }
    *row = low;
    return low < l->features.n && l->items[low] == item_id;
}

enum err encoder_unlike(struct store *s, struct arena *a, const struct item *item,
                        double *unlike)
{
    struct encoder_latents l;
    size_t row;

    *unlike = (double)NAN;
    TRY(encoder_active(s, a, item->project_id, &l));
    if (l.latents.error && latents_row_of(&l.latents, item->id, &row))
        *unlike = (double)l.latents.error[row];
    encoder_close(&l);
    return OK;
}

const char *encoder_title(struct arena *a, const struct encoder *e)
{
    return arena_printf(a, "%s %" PRId64, e->name, e->version);
}

const char *latents_state_name(enum latents_state state)
{
    static const char *const NAMES[] = {[LATENTS_NONE] = "none",
                                        [LATENTS_TRAINING] = "training",
                                        [LATENTS_ENCODING] = "encoding",
                                        [LATENTS_READY] = "ready"};
    return NAMES[state];
}

enum err encoder_status(struct store *s, struct arena *a, int64_t project_id,
                        struct latents_status *x)
{
    struct encoder active;
    struct encoder training;
    struct project_counts c;

    *x = (struct latents_status){.state = LATENTS_NONE};
    TRY(store_project_counts(s, project_id, &c));
    TRY(store_encoder_active(s, a, project_id, &active));
    TRY(store_encoder_training(s, a, project_id, &training));
    if (active.id) {
        x->encoder = encoder_title(a, &active);
        NEED(x->encoder);
        x->items_encoded = active.n_rows;
        x->state = active.n_rows < c.items ? LATENTS_ENCODING : LATENTS_READY;
    }
    if (training.id) x->state = LATENTS_TRAINING;
    return OK;
}
