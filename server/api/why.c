/* Why a version answers as it does: of an item, or of what is sent. */
#include "domain/why.h"

#include "api/handlers.h"
#include "base/file.h"
#include "base/pool.h"
#include "domain/model.h"
#include "formats/media_file.h"
#include "store/item.h"

#include <string.h>

enum { PICTURE_MAX = 32 * MIB, TEXT_MAX = 1 * MIB };

/* What is asked about. */
struct asked {
    struct buf bytes; /* of a picture, or of a text */
    bool is_text;
};

static enum err item_take(struct req *q, int64_t project_id, int64_t item_id, struct asked *x)
{
    char path[PATH_MAX];
    const char *body;
    struct item i;
    size_t n;

    TRY(store_item_get(q->store, q->arena, item_id, &i));
    if (i.project_id != project_id)
        return fail(ERR_NOT_FOUND, "there is no item %lld in this project", (long long)item_id);
    x->is_text = i.width == 0;
    if (x->is_text) {
        TRY(store_item_text(q->store, q->arena, item_id, &body, &n));
        return buf_add(&x->bytes, body, n);
    }
    media_file_path(path, q->service->data_folder, &i.hash, MEDIA_ORIGINAL);
    return file_read(&x->bytes, path);
}

/* A body that is JSON: {"text"} or {"item"}. */
static enum err words_take(struct req *q, int64_t project_id, struct asked *x)
{
    json_t *body;
    const char *text = NULL;
    int64_t item_id = 0;
    enum err e;

    TRY(json_read(&body, q->bytes, q->n_bytes));
    e = json_only(body, "text", "item", NULL);
    if (!e) e = json_text_or(body, "text", NULL, TEXT_MAX, &text);
    if (!e) e = json_int_or(body, "item", 0, 1, INT64_MAX, &item_id);
    if (!e && !text == !item_id)
        e = fail(ERR_INVALID, "say what to explain: {\"text\": ...}, or {\"item\": its id}");
    x->is_text = true;
    if (!e && text) e = buf_add(&x->bytes, text, strlen(text));
    if (!e && !text) e = item_take(q, project_id, item_id, x);
    json_decref(body);
    return e;
}

static enum err asked_read(struct req *q, int64_t project_id, struct asked *x)
{
    if (!q->n_bytes)
        return fail(ERR_INVALID, "send one picture, or {\"text\": ...}, or {\"item\": its id}");
    if (q->bytes[0] == '{') return words_take(q, project_id, x); /* no picture begins so */
    return buf_add(&x->bytes, q->bytes, q->n_bytes);
}

static void encode_weights(struct out *o, const struct why *w)
{
    if (w->word) {
        out_list(o, "words");
        for (size_t i = 0; i < w->n_words; i++) {
            out_object(o, NULL);
            out_int(o, "start", (int64_t)w->word[i].start);
            out_int(o, "end", (int64_t)w->word[i].end);
            out_number(o, "weight", (double)w->word[i].weight);
            out_end(o);
        }
        out_end(o);
        return;
    }
    out_object(o, "region");
    out_int(o, "rows", (int64_t)w->region.rows);
    out_int(o, "columns", (int64_t)w->region.columns);
    out_list(o, "weights");
    for (size_t i = 0; i < w->region.rows * w->region.columns; i++)
        out_number(o, NULL, (double)w->region.weight[i]);
    out_end(o);
    out_end(o);
}

static enum err encode_why(struct reply *r, const struct predictor *p, const struct why *w)
{
    struct out o = out_to(&r->body);

    out_object(&o, NULL);
    out_text(&o, "class", predictor_class(p, w->class));
    out_number(&o, "probability", (double)w->said.p[w->class]);
    out_bool(&o, "unknown", w->said.is_unknown);
    encode_weights(&o, w);
    out_end(&o);
    return out_done(&o);
}

/* The class that the query names, or that of the answer. */
static enum err class_read(const struct req *q, const struct predictor *p, size_t *class)
{
    const char *name = req_query(q, "class");

    *class = WHY_BEST;
    for (size_t i = 0; name && i < predictor_classes(p) && *class == WHY_BEST; i++)
        if (!strcmp(name, predictor_class(p, i))) *class = i;
    if (!name || *class != WHY_BEST) return OK;
    return fail(ERR_INVALID, "class: this version knows no '%.60s'", name);
}

static enum err explain(struct req *q, struct reply *r, const struct predictor *p,
                        const struct asked *x)
{
    const int threads = pool_processors();
    struct why w;
    size_t class;

    TRY(class_read(q, p, &class));
    TRY(x->is_text ? why_text(p, q->arena, x->bytes.data, x->bytes.size, class, threads, &w)
                   : why_image(p, q->arena, x->bytes.data, x->bytes.size, class, threads, &w));
    return encode_why(r, p, &w);
}

enum err models_explain(struct req *q, struct reply *r)
{
    struct asked x = {.is_text = false};
    struct predictor *p;
    struct model m;
    int64_t id;
    enum err e;

    TRY(req_id(q, "project", &id));
    TRY(model_find(q->store, q->arena, id, req_param(q, "model"), &m));
    TRY(model_open(q->store, &m, &p));
    buf_init(&x.bytes, PICTURE_MAX);
    e = asked_read(q, id, &x);
    if (!e) e = explain(q, r, p, &x);
    buf_free(&x.bytes);
    predictor_drop(p);
    return e;
}
