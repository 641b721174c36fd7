#include "jobs/traits.h"

#include "base/file.h"
#include "base/pool.h"
#include "formats/media_file.h"
#include "formats/source.h"
#include "jobs/run.h"
#include "media/facts.h"
#include "store/item.h"
#include "store/trait.h"

#include <limits.h>
#include <math.h>

enum { AT_ONCE = 128 };

struct measuring {
    struct job_run *run;
    const struct project *project;
    struct arena arena; /* of one batch */
    struct item *items; /* (n) */
    struct trait *traits;
    struct camera_facts *cameras; /* (n) what the traits' names point to */
    size_t n;
};

static void looks_set(struct trait *t, const struct picture_facts *f)
{
    t->is_read = 1;
    t->look[LOOK_BRIGHTNESS] = f->brightness;
    t->look[LOOK_CONTRAST] = f->contrast;
    t->look[LOOK_FLAT] = f->flat;
    t->look[LOOK_COLOUR] = f->colour;
    t->look[LOOK_RIM] = f->rim;
    t->look[LOOK_RIM_SPREAD] = f->rim_spread;
    for (int k = 0; k < 4; k++)
        t->look[LOOK_CORNERS + k] = f->corner[k];
}

static enum err pixels_measure(struct trait *t, const struct buf *bytes)
{
    struct picture_facts f;
    struct image im;
    enum err e;

    TRY(image_decode(&im, bytes->data, bytes->size, NULL, FACTS_SIDE));
    e = picture_facts(&f, &im);
    image_free(&im);
    if (!e) looks_set(t, &f);
    return e;
}

static void picture_measure(void *context, size_t i)
{
    struct measuring *m = context;
    struct trait *t = &m->traits[i];
    char path[PATH_MAX];
    struct buf bytes;

    media_file_path(path, m->run->folder, &m->items[i].hash, MEDIA_ORIGINAL);
    buf_init(&bytes, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    if (!file_read(&bytes, path) && !pixels_measure(t, &bytes)) {
        m->cameras[i] = camera_facts(bytes.data, bytes.size);
        t->camera = m->cameras[i].name[0] ? m->cameras[i].name : NULL;
        t->taken_min = m->cameras[i].taken_min;
    }
    buf_free(&bytes);
}

static enum err text_measure(struct measuring *m, size_t i)
{
    struct trait *t = &m->traits[i];
    struct text_facts f;
    const char *text;
    size_t n;

    TRY(store_item_text(m->run->store, &m->arena, m->items[i].id, &text, &n));
    f = text_facts(text, n);
    t->is_read = 1;
    t->n_words = (int64_t)f.n_words;
    t->n_lines = (int64_t)f.n_lines;
    t->punctuation = f.punctuation;
    t->capitals = f.capitals;
    t->script = text_script_name(f.script);
    for (int k = 0; k < TRAIT_LOOKS; k++)
        t->look[k] = (double)NAN;
    return OK;
}

static enum err batch_measure(struct measuring *m)
{
    m->traits = arena_array(&m->arena, m->n, sizeof *m->traits);
    m->cameras = arena_array(&m->arena, m->n, sizeof *m->cameras);
    NEED(m->traits);
    NEED(m->cameras);
    for (size_t i = 0; i < m->n; i++)
        m->traits[i] = (struct trait){.item_id = m->items[i].id};
    if (m->project->kind == PROJECT_IMAGE) pool_run(m->run->threads, m->n, picture_measure, m);
    for (size_t i = 0; m->project->kind == PROJECT_TEXT && i < m->n; i++)
        TRY(text_measure(m, i));
    return OK;
}

/* Another process may have been quicker: what it wrote is the same. */
static enum err batch_task(struct store *s, void *context)
{
    struct measuring *m = context;
    int64_t last;

    TRY(store_begin(s));
    enum err e = store_trait_last(s, m->project->id, &last);
    for (size_t i = 0; i < m->n && !e; i++)
        if (m->traits[i].item_id > last) e = store_trait_add(s, m->project->id, &m->traits[i]);
    return store_end(s, e);
}

static enum err batch_run(struct measuring *m, int64_t *after)
{
    TRY(store_item_list(m->run->store, &m->arena, m->project->id, *after, AT_ONCE, &m->items,
                        &m->n));
    if (!m->n) return OK;
    TRY(batch_measure(m));
    TRY(writer_do(m->run->writer, batch_task, m));
    *after = m->items[m->n - 1].id;
    return OK;
}

enum err traits_fill(struct job_run *run, const struct project *p)
{
    struct measuring m = {.run = run, .project = p, .n = 1};
    int64_t n_done = 0;
    int64_t after;
    enum err e;

    TRY(store_trait_last(run->store, p->id, &after));
    arena_init(&m.arena, 256 * MIB);
    for (e = OK; !e && m.n;) {
        e = batch_run(&m, &after);
        n_done += (int64_t)m.n;
        if (!e && m.n) e = run_progress(run, n_done, -1, "items measured");
        arena_free(&m.arena);
    }
    return e;
}
