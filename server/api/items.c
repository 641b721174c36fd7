#include "api/encode.h"
#include "api/find.h"
#include "api/handlers.h"
#include "domain/encoder.h"
#include "domain/label.h"
#include "domain/smp.h"
#include "sampler/near/top.h"

#include <math.h>
#include <string.h>

enum { SIMILAR = 20, SIMILAR_MAX = 100, SIMILAR_THREADS = 2 };

static enum err item_of_path(struct req *q, struct item *i)
{
    int64_t id;

    TRY(req_id(q, "item", &id));
    return store_item_get(q->store, q->arena, id, i);
}

enum err items_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct item i;
    double unlike;

    TRY(item_of_path(q, &i));
    out_object(&o, NULL);
    TRY(encode_item_members(&o, q->store, q->arena, &i));
    TRY(encoder_unlike(q->store, q->arena, &i, &unlike));
    out_number(&o, "unlike", unlike);
    out_end(&o);
    return out_done(&o);
}

/* A stored form of the item: media/ab/HASH and what follows the hash. */
static enum err reply_media(struct req *q, struct reply *r, const struct item *i,
                            const char *suffix, const char *mime)
{
    char hex[HASH_HEX];

    hash_hex(hex, &i->hash);
    r->kind = REPLY_FILE;
    r->mime = mime;
    r->is_kept = true;
    r->file =
        arena_printf(q->arena, "%s/media/%.2s/%s%s", q->service->data_folder, hex, hex, suffix);
    r->etag = arena_printf(q->arena, "\"%s%s\"", hex, suffix);
    NEED(r->file);
    NEED(r->etag);
    return OK;
}

enum err items_media(struct req *q, struct reply *r)
{
    enum { THUMBNAIL_PX = 256 };
    struct item i;
    int64_t w;

    TRY(item_of_path(q, &i));
    TRY(req_query_int(q, "w", INT32_MAX, 1, INT32_MAX, &w));
    if (!strncmp(i.format, "text/", 5))
        return fail(ERR_NOT_FOUND, "item %lld is a text and has no picture", (long long)i.id);
    if (w <= THUMBNAIL_PX && (i.renditions & RENDITION_256))
        return reply_media(q, r, &i, ".256.jpg", "image/jpeg");
    if (i.renditions & RENDITION_VIEW) return reply_media(q, r, &i, ".view.jpg", "image/jpeg");
    return reply_media(q, r, &i, "", arena_strdup(q->arena, i.format));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum err items_original(struct req *q, struct reply *r)
{
    struct item i;
    const char *body;
    size_t n;

    TRY(item_of_path(q, &i));
    r->download = base_name(i.path);
    if (strncmp(i.format, "text/", 5) != 0) return reply_media(q, r, &i, "", i.format);
    TRY(store_item_text(q->store, q->arena, i.id, &body, &n));
    r->mime = "text/plain; charset=utf-8";
    return buf_add(&r->body, body, n);
}

/* The n rows nearest to `row` but itself, of all latents, read where they are mapped. */
static enum err find_similar(struct req *q, const struct latents *l, size_t row, size_t n,
                             struct smp_near **found, size_t *n_found)
{
    const size_t d = l->features.d[0];
    const struct smp_top_in in = {.x = l->features.part[0],
                                  .n = l->features.n,
                                  .d = d,
                                  .queries = l->features.part[0] + row * d,
                                  .n_queries = 1,
                                  .k = n + 1,
                                  .measure = SMP_NEAR_SQUARE,
                                  .n_threads = SIMILAR_THREADS};
    size_t kept = 0;

    *found = arena_alloc(q->arena, in.k * sizeof **found);
    NEED(*found);
    TRY(smp_err(smp_top(&in, *found)));
    for (size_t i = 0; i < in.k && i < in.n; i++)
        if ((*found)[i].row != row && kept < n) (*found)[kept++] = (*found)[i];
    *n_found = kept;
    return OK;
}

static enum err encode_similar(struct out *o, struct req *q, const struct latents *l,
                               const struct smp_near *near)
{
    struct item i;
    enum role role;

    TRY(store_item_get(q->store, q->arena, l->items[near->row], &i));
    out_object(o, NULL);
    TRY(find_role(q, i.project_id, &role));
    TRY(encode_listed(o, q, &i, role));
    out_number(o, "distance", sqrt((double)near->value));
    out_end(o);
    return OK;
}

static enum err reply_similar(struct req *q, struct reply *r, const struct encoder_latents *l,
                              int64_t item_id, int64_t n)
{
    struct out o = out_to(&r->body);
    struct smp_near *found = NULL;
    size_t n_found = 0;
    size_t row;

    if (latents_row_of(&l->latents, item_id, &row))
        TRY(find_similar(q, &l->latents, row, (size_t)n, &found, &n_found));
    out_object(&o, NULL);
    out_list(&o, "items");
    for (size_t i = 0; i < n_found; i++)
        TRY(encode_similar(&o, q, &l->latents, &found[i]));
    out_end(&o);
    if (l->encoder.id)
        out_text(&o, "encoder", encoder_title(q->arena, &l->encoder));
    else
        out_null(&o, "encoder");
    out_end(&o);
    return out_done(&o);
}

enum err items_similar(struct req *q, struct reply *r)
{
    struct encoder_latents l;
    struct item i;
    int64_t project_id;
    int64_t n;
    enum err e;

    TRY(req_id(q, "project", &project_id));
    TRY(item_of_path(q, &i));
    TRY(req_query_int(q, "n", SIMILAR, 1, SIMILAR_MAX, &n));
    if (i.project_id != project_id)
        return fail(ERR_NOT_FOUND, "item %lld is not in project %lld", (long long)i.id,
                    (long long)project_id);
    e = encoder_active(q->store, q->arena, project_id, &l);
    if (!e) e = reply_similar(q, r, &l, i.id, n);
    encoder_close(&l);
    return e;
}
