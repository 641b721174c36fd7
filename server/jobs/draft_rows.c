#include "jobs/draft_rows.h"

#include "domain/smp.h"
#include "jobs/canonical.h"
#include "store/item.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 64, ARENA_MIB = 256 };

void draft_rows_free(struct draft_rows *r)
{
    encoder_drop(r->encoder);
    free(r->place);
    for (size_t p = 0; p < SMP_PARTS_MAX; p++)
        free(r->part[p]);
    *r = (struct draft_rows){.encoder = NULL};
}

enum err draft_rows_use(struct draft_rows *r, const char *data_folder, int64_t encoder_id)
{
    const struct smp_encoder *enc;

    if (r->encoder && encoder_loaded_id(r->encoder) == encoder_id) return OK;
    draft_rows_free(r);
    TRY(encoder_load(data_folder, encoder_id, &r->encoder));
    enc = encoder_weights(r->encoder);
    r->n_parts = smp_encoder_parts(enc);
    for (size_t p = 0; p < r->n_parts; p++)
        r->d[p] = smp_encoder_part(enc, p).dim;
    return OK;
}

/* Where the item is, or where it would be. */
static size_t place_of(const struct draft_rows *r, int64_t item)
{
    size_t low = 0;
    size_t high = r->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (r->place[mid].item < item)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t draft_rows_find(const struct draft_rows *r, int64_t item)
{
    const size_t at = place_of(r, item);

    return at < r->n && r->place[at].item == item ? r->place[at].row : SIZE_MAX;
}

static enum err grow(void **rows, size_t room, size_t size)
{
    void *larger = realloc(*rows, room * size);

    NEED(larger);
    *rows = larger;
    return OK;
}

static enum err room_make(struct draft_rows *r, size_t more)
{
    size_t room = r->room ? r->room : ROOM_AT_FIRST;
    void *rows = r->place;

    if (r->n + more <= r->room) return OK;
    while (room < r->n + more)
        room *= 2;
    TRY(grow(&rows, room, sizeof *r->place));
    r->place = rows;
    for (size_t p = 0; p < r->n_parts; p++) {
        rows = r->part[p];
        TRY(grow(&rows, room, r->d[p] * sizeof **r->part));
        r->part[p] = rows;
    }
    r->room = room;
    return OK;
}

/* The row r->n, which the caller has filled in or will, is this item's. */
static void place_add(struct draft_rows *r, int64_t item)
{
    const size_t at = place_of(r, item);

    memmove(r->place + at + 1, r->place + at, (r->n - at) * sizeof *r->place);
    r->place[at] = (struct draft_place){item, r->n};
    r->n++;
}

enum err draft_rows_take(struct draft_rows *r, const struct latents *l, const int64_t *items,
                         size_t n)
{
    const struct smp_features *f = &l->features;
    size_t row;

    for (size_t i = 0; i < n; i++) {
        if (draft_rows_find(r, items[i]) != SIZE_MAX) continue;
        if (!latents_row_of(l, items[i], &row)) continue;
        TRY(room_make(r, 1));
        for (size_t p = 0; p < r->n_parts; p++)
            memcpy(r->part[p] + r->n * r->d[p], f->part[p] + row * r->d[p],
                   r->d[p] * sizeof **r->part);
        place_add(r, items[i]);
    }
    return OK;
}

size_t draft_rows_missing(const struct draft_rows *r, const int64_t *items, size_t n,
                          int64_t *missing)
{
    size_t n_missing = 0;

    for (size_t i = 0; i < n; i++)
        if (draft_rows_find(r, items[i]) == SIZE_MAX) missing[n_missing++] = items[i];
    return n_missing;
}

/* Behind the rows that are there. */
static struct smp_encoded rows_next(const struct draft_rows *r)
{
    struct smp_encoded to = {.error = NULL};

    for (size_t p = 0; p < r->n_parts; p++)
        to.part[p] = r->part[p] + r->n * r->d[p];
    return to;
}

static enum err pictures_encode(struct draft_rows *r, const struct draft_source *from,
                                struct arena *a, const int64_t *items, size_t n)
{
    const struct smp_encoder *enc = encoder_weights(r->encoder);
    const struct smp_image_spec spec = smp_encoder_image_spec(enc);
    const struct smp_encoded to = rows_next(r);
    struct canonical_task *tasks = arena_array(a, n, sizeof *tasks);
    uint8_t *pixels = arena_array(a, n, smp_image_bytes(&spec));
    struct item item;

    NEED(tasks);
    NEED(pixels);
    for (size_t i = 0; i < n; i++) {
        TRY(store_item_get(from->store, a, items[i], &item));
        tasks[i] = (struct canonical_task){.item_id = item.id, .hash = item.hash};
    }
    TRY(canonical_read(pixels, &spec, tasks, n, from->data_folder, from->threads));
    return smp_err(smp_encoder_encode_images(enc, pixels, n, (unsigned)from->threads, &to));
}

static enum err texts_encode(struct draft_rows *r, const struct draft_source *from,
                             struct arena *a, const int64_t *items, size_t n)
{
    const struct smp_encoded to = rows_next(r);
    const char **texts = arena_array(a, n, sizeof *texts);
    size_t *sizes = arena_array(a, n, sizeof *sizes);

    NEED(texts);
    NEED(sizes);
    for (size_t i = 0; i < n; i++)
        TRY(store_item_text(from->store, a, items[i], &texts[i], &sizes[i]));
    return smp_err(smp_encoder_encode_texts(encoder_weights(r->encoder), texts, sizes, n,
                                            (unsigned)from->threads, &to));
}

enum err draft_rows_encode(struct draft_rows *r, const struct draft_source *from,
                           const int64_t *items, size_t n)
{
    struct arena a;
    enum err e = room_make(r, n);

    if (e || !n) return e;
    arena_init(&a, ARENA_MIB * MIB);
    if (smp_encoder_modality(encoder_weights(r->encoder)) == SMP_IMAGES)
        e = pictures_encode(r, from, &a, items, n);
    else
        e = texts_encode(r, from, &a, items, n);
    for (size_t i = 0; !e && i < n; i++)
        place_add(r, items[i]);
    arena_free(&a);
    return e;
}

struct smp_features draft_rows_features(const struct draft_rows *r)
{
    struct smp_features f = {.n = r->n, .n_parts = r->n_parts};

    for (size_t p = 0; p < r->n_parts; p++) {
        f.part[p] = r->part[p];
        f.d[p] = r->d[p];
    }
    return f;
}
