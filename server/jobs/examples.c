#include "jobs/examples.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/pool.h"
#include "domain/item.h"
#include "domain/project.h"
#include "jobs/encode.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A burst arrives in several requests; they are encoded together. */
enum { ENCODE_AFTER_MS = 300 };

/* One upload while it is read. */
struct reading {
    struct store *store;
    struct examples *x;
    struct project project;
    struct source *source;
    size_t max;
};

static enum err too_many(const struct reading *r)
{
    const char *things = r->project.kind == PROJECT_IMAGE ? "pictures" : "texts";

    return fail(ERR_TOO_LARGE,
                "at most %zu %s can be given as examples at once; send them in parts, or as an "
                "import whose folders are the classes",
                r->max, things);
}

static enum err read_one(struct reading *r, struct prepared *p)
{
    prepare_hash(p, SOURCE_LIMITS_DEFAULT.text_max_bytes);
    if (p->reason[0]) return OK;
    return store_item_by_hash(r->store, r->project.id, &p->item.hash, &p->known);
}

static enum err read_all(struct reading *r)
{
    struct examples *x = r->x;

    for (;;) {
        struct source_entry entry;

        TRY(source_next(r->source, &entry));
        if (entry.kind == SOURCE_END) return OK;
        if (x->n == r->max) {
            source_entry_free(&entry);
            return too_many(r);
        }
        x->example[x->n].prepared.entry = entry;
        TRY(read_one(r, &x->example[x->n++].prepared));
    }
}

static void prepare_example(void *context, size_t i)
{
    struct examples *x = context;

    prepare(&x->example[i].prepared, x->new.data_folder);
}

/* All files are on the disk before any row that names them is. */
static enum err files_make(struct examples *x)
{
    char media[PATH_MAX];
    int n_files = 0;

    pool_run(x->new.threads, x->n, prepare_example, x);
    for (size_t i = 0; i < x->n; i++) {
        const struct prepared *p = &x->example[i].prepared;

        if (p->failed) return fail(p->failed, "%s", p->reason);
        n_files += p->n_files;
        if (!p->reason[0]) example_id(&x->example[i].id, &x->new.request, &p->item.hash);
    }
    if (!n_files) return OK;
    snprintf(media, sizeof media, "%s/media", x->new.data_folder);
    return file_flush(media);
}

static enum err meta_add(struct examples *x, struct prepared *p)
{
    if (!p->entry.meta) p->entry.meta = json_object();
    NEED(p->entry.meta);
    if (x->new.burst && json_object_set_new(p->entry.meta, "burst", json_string(x->new.burst)))
        return fail(ERR_INVALID, "burst: not valid UTF-8");
    p->item.meta = json_write(x->arena, p->entry.meta);
    NEED(p->item.meta);
    return OK;
}

static enum err read_and_prepare(struct reading *r)
{
    struct examples *x = r->x;
    const struct source_params params = {
        .paths = &x->new.path,
        .n_paths = 1,
        .want = r->project.kind == PROJECT_IMAGE ? SOURCE_PICTURES : SOURCE_TEXTS,
        .text_column = x->new.text_column,
        .limits = SOURCE_LIMITS_DEFAULT,
    };
    enum err e;

    TRY(source_open(&r->source, &params));
    e = read_all(r);
    source_close(r->source);
    if (!e && !x->n) e = fail(ERR_INVALID, "there is nothing in the upload to be an example");
    if (!e) e = files_make(x);
    for (size_t i = 0; !e && i < x->n; i++)
        e = meta_add(x, &x->example[i].prepared);
    return e;
}

enum err examples_prepare(struct store *s, struct arena *a, const struct examples_new *n,
                          struct examples **out)
{
    struct reading r = {.store = s};
    struct examples *x = arena_alloc(a, sizeof *x);
    enum err e;

    *out = NULL;
    NEED(x);
    *x = (struct examples){.new = *n, .arena = a};
    TRY(store_project_get(s, a, n->project_id, &r.project));
    TRY(example_class_check(s, n->project_id, n->class_name));
    r.x = x;
    r.max = r.project.kind == PROJECT_IMAGE ? EXAMPLES_PICTURES_MAX : EXAMPLES_TEXTS_MAX;
    x->example = arena_array(a, r.max, sizeof *x->example);
    NEED(x->example);
    memset(x->example, 0, r.max * sizeof *x->example);
    e = read_and_prepare(&r);
    if (e)
        examples_free(x);
    else
        *out = x;
    return e;
}

static enum err item_put(struct store *s, struct examples *x, struct prepared *p,
                         int64_t now_ms)
{
    const int is_text = !strncmp(p->item.format, "text/", 5);
    enum item_added added;

    if (p->known) {
        p->item.id = p->known;
        return OK;
    }
    p->item.project_id = x->new.project_id;
    TRY(item_add(s, &p->item, is_text ? p->entry.bytes.data : NULL,
                 is_text ? p->entry.bytes.size : 0, now_ms, &added));
    x->n_new_items += added == ITEM_ADDED;
    return OK;
}

static enum err example_store(struct store *s, struct examples *x, struct example_row *row,
                              int64_t now_ms)
{
    struct example_new n = {.id = row->id,
                            .project_id = x->new.project_id,
                            .user_id = x->new.user_id,
                            .class_name = x->new.class_name,
                            .elapsed_ms = x->new.elapsed_ms};

    TRY(item_put(s, x, &row->prepared, now_ms));
    n.item_id = row->prepared.item.id;
    return example_give(s, x->arena, &n, now_ms, &row->given);
}

enum err examples_store(struct store *s, void *context)
{
    struct examples *x = context;
    const int64_t now_ms = clock_now_ms();

    x->n_new_items = 0;
    for (size_t i = 0; i < x->n; i++)
        if (!x->example[i].prepared.reason[0]) TRY(example_store(s, x, &x->example[i], now_ms));
    if (!x->n_new_items) return OK;
    return encode_queue(s, x->arena, x->new.project_id, x->new.user_id, ENCODE_SOON,
                        ENCODE_AFTER_MS);
}

void examples_free(struct examples *x)
{
    for (size_t i = 0; x && i < x->n; i++)
        prepared_free(&x->example[i].prepared);
}
