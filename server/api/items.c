#include "api/encode.h"
#include "api/handlers.h"
#include "domain/encoder.h"
#include "domain/label.h"

#include <string.h>

enum { PAGE = 100, PAGE_MAX = 500 };

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

/* The reader's own current label, else the first anybody gave. */
static enum err encode_item_label(struct out *o, struct req *q, int64_t item_id)
{
    struct label *labels;
    const struct label *shown;
    size_t n;

    TRY(store_label_of_item(q->store, q->arena, item_id, &labels, &n));
    if (!n) {
        out_null(o, "label");
        return OK;
    }
    shown = &labels[0];
    for (size_t i = 0; i < n; i++)
        if (labels[i].user_id == q->user.id) shown = &labels[i];
    out_object(o, "label");
    out_text(o, "answer", answer_name(shown->answer));
    out_json(o, "values", shown->values);
    out_end(o);
    return OK;
}

static enum err items_read(struct req *q, struct item **items, size_t *n, int64_t *limit)
{
    static const char *const STATES[] = {"open",     "labelled", "flagged",
                                         "rejected", "all",      NULL};
    struct project p;
    int64_t after;
    int64_t id;
    int state;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, limit));
    TRY(req_query_word(q, "state", STATES, ITEM_STATES, &state));
    TRY(store_project_get(q->store, q->arena, id, &p));
    if (state == ITEM_STATES)
        return store_item_list(q->store, q->arena, id, after, (size_t)*limit, items, n);
    return store_item_list_in_state(q->store, q->arena, id, (enum item_state)state, after,
                                    (size_t)*limit, items, n);
}

enum err items_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct item *items;
    int64_t limit;
    size_t n;

    TRY(items_read(q, &items, &n, &limit));
    out_object(&o, NULL);
    out_list(&o, "items");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        TRY(encode_item_members(&o, q->store, q->arena, &items[i]));
        TRY(encode_item_label(&o, q, items[i].id));
        out_text(&o, "state", item_state_name(items[i].state));
        out_end(&o);
    }
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit ? items[n - 1].id : 0);
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

static enum err encode_event(struct out *o, struct req *q, const struct label_event *x)
{
    struct pick pick = {0};

    if (x->pick_id) TRY(store_pick_get(q->store, q->arena, x->pick_id, &pick));
    out_object(o, NULL);
    out_int(o, "seq", x->seq);
    out_time(o, "at", x->at);
    out_text(o, "kind", x->kind);
    encode_person(o, "user", x->user_id, x->user_name);
    out_text(o, "answer", x->answer);
    out_json(o, "values", x->values);
    out_text(o, "reason", x->reason);
    TRY(encode_receipt(o, "receipt", q->arena, &pick));
    out_end(o);
    return OK;
}

enum err items_history(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct label_event *events;
    struct item i;
    size_t n;

    TRY(item_of_path(q, &i));
    TRY(label_history(q->store, q->arena, i.id, &events, &n));
    out_object(&o, NULL);
    out_list(&o, "events");
    for (size_t k = 0; k < n; k++)
        TRY(encode_event(&o, q, &events[k]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}
