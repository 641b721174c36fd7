#include "formats/sealed_rows.h"

#include "formats/jsonl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sealed_rows {
    struct store *store;
    struct seal *seal;
    struct arena row;
    enum csv_cells cells;
    char about[SEAL_ABOUT_MAX + 1];
};

enum err sealed_rows_open(struct sealed_rows **out, struct store *s, const char *about,
                          enum export_format format, enum csv_cells cells)
{
    struct sealed_rows *r = calloc(1, sizeof *r);
    enum err e = OK;

    *out = NULL;
    NEED(r);
    r->store = s;
    r->cells = cells;
    snprintf(r->about, sizeof r->about, "%s", about);
    arena_init(&r->row, 64 * MIB);
    if (format == EXPORT_JSONL) e = seal_open(&r->seal, s, about, NULL);
    if (e)
        sealed_rows_close(r);
    else
        *out = r;
    return e;
}

void sealed_rows_close(struct sealed_rows *r)
{
    if (!r) return;
    seal_close(r->seal);
    arena_free(&r->row);
    free(r);
}

/* The cells as whoever reads the file gets them. */
static struct seal_cell *as_read(struct sealed_rows *r, const char *const *texts, size_t n)
{
    struct seal_cell *cells = arena_array(&r->row, n + 1, sizeof *cells);

    for (size_t i = 0; cells && i < n; i++) {
        const char *text = texts[i] ? texts[i] : "";
        if (csv_is_guarded(text, strlen(text), r->cells))
            text = arena_printf(&r->row, "'%s", text);
        if (!text) return NULL;
        cells[i] = (struct seal_cell){text, strlen(text)};
    }
    return cells;
}

static enum err cells_add(struct buf *piece, const struct seal_cell *cells, size_t n,
                          const char *seal)
{
    for (size_t i = 0; i < n; i++) {
        TRY(csv_add_field(piece, cells[i].text, cells[i].n, CSV_EXACT));
        TRY(buf_add(piece, ",", 1));
    }
    TRY(buf_adds(piece, seal));
    return buf_add(piece, "\n", 1);
}

enum err sealed_rows_header(struct sealed_rows *r, struct buf *piece, const char *const *names,
                            size_t n)
{
    struct hash header;
    const struct seal_cell *cells;
    enum err e;

    cells = as_read(r, names, n);
    NEED(cells);
    seal_cells(&header, cells, n);
    e = seal_open(&r->seal, r->store, r->about, &header);
    if (!e) e = cells_add(piece, cells, n, "seal");
    arena_free(&r->row);
    return e;
}

enum err sealed_rows_cells(struct sealed_rows *r, struct buf *piece, const char *const *texts,
                           size_t n, enum seal_place place)
{
    const struct seal_cell *cells = as_read(r, texts, n);
    struct hash content;
    char seal[SEAL_TEXT_MAX];
    enum err e;

    assert(r->seal);
    NEED(cells);
    seal_cells(&content, cells, n);
    seal_row(r->seal, &content, place, seal);
    e = cells_add(piece, cells, n, seal);
    arena_free(&r->row);
    return e;
}

enum err sealed_rows_json(struct sealed_rows *r, struct buf *piece, json_t *row,
                          enum seal_place place)
{
    struct hash content;
    char seal[SEAL_TEXT_MAX];
    enum err e = seal_json(&content, &r->row, row);

    arena_free(&r->row);
    if (e) return e;
    seal_row(r->seal, &content, place, seal);
    if (json_object_set_new(row, "seal", json_string(seal))) return fail_nomem();
    return jsonl_add(piece, row);
}
