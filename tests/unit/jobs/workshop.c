#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "domain/ledger.h"
#include "jobs/sample.h"
#include "media/image.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err create_task(struct store *s, void *context)
{
    struct workshop *w = context;
    struct project_new n = {
        .name = "Made", .kind = w->project.kind, .overlap = 1, .explore = 0.1};
    struct questions *q;
    const char *const *classes = (const char *const *)(uintptr_t)w->project.questions;
    size_t count = 0;

    while (classes[count])
        count++;
    TRY(questions_from_classes(&w->arena, classes, count, &q));
    n.questions = q;
    return project_create(s, &w->arena, &n, clock_now_ms(), &w->project);
}

void workshop_new(struct workshop *w, enum project_kind kind, const char *const *classes)
{
    memset(w, 0, sizeof *w);
    folder_new(&w->folder);
    snprintf(w->files, sizeof w->files, "%s/files", w->folder.path);
    CHECK_OK(folder_make(w->files));
    arena_init(&w->arena, 512 * MIB);
    CHECK_OK(writer_start(&w->writer, w->folder.path, ledger_attach, NULL));
    CHECK_OK(store_open(&w->store, w->folder.path, STORE_WRITE));
    w->project.kind = kind;
    w->project.questions = (const char *)(uintptr_t)classes; /* for the task alone */
    CHECK_OK(writer_do(w->writer, create_task, w));
}

void workshop_free(struct workshop *w)
{
    store_close(w->store);
    writer_stop(w->writer);
    arena_free(&w->arena);
    folder_remove(&w->folder);
}

void workshop_put(const struct workshop *w, const char *name, const void *bytes, size_t n)
{
    char path[500];
    char folder[500];

    snprintf(path, sizeof path, "%s/%s", w->files, name);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    CHECK_OK(folder_make(folder));
    CHECK_OK(file_write(path, bytes, n));
}

void workshop_put_picture(const struct workshop *w, const char *name, uint32_t width,
                          uint32_t height, uint64_t seed)
{
    struct buf small;
    struct buf jpeg;
    struct image drawn;
    struct image sized;
    int unused;

    buf_init(&small, MIB);
    buf_init(&jpeg, 16 * MIB);
    CHECK_OK(sample_picture(&small, seed, 0, &unused));
    CHECK_OK(image_decode(&drawn, small.data, small.size, NULL, 0));
    CHECK_OK(image_resize(&sized, &drawn, width, height));
    CHECK_OK(image_encode_jpeg(&jpeg, &sized, 90));
    workshop_put(w, name, jpeg.data, jpeg.size);
    image_free(&drawn);
    image_free(&sized);
    buf_free(&small);
    buf_free(&jpeg);
}

static void watch(void *context, const struct job *j)
{
    struct workshop *w = context;

    if (w->stop_after_done && j->done >= w->stop_after_done) atomic_store(&w->stop, true);
}

enum err workshop_job(struct workshop *w, const char *kind, const char *params)
{
    struct job j = {.project_id = w->project.id, .kind = kind, .params = params, .total = -1};
    struct job_run run = {.store = w->store,
                          .writer = w->writer,
                          .folder = w->folder.path,
                          .threads = 2,
                          .stop = &w->stop,
                          .watch = watch,
                          .watch_context = w};
    enum err e;
    char sentence[1000];

    atomic_store(&w->stop, false);
    CHECK_OK(run_claim_new(&run, &j, JOB_MERGE));
    assert_true(run.claim.job.id > 0);
    e = run_work(&run);
    snprintf(sentence, sizeof sentence, "%s", err_message());
    CHECK_OK(store_job_get(w->store, &w->arena, run.claim.job.id, &w->job));
    run_close(&run);
    return e ? fail(e, "%s", sentence) : OK;
}

enum err workshop_import(struct workshop *w, struct import_params *p)
{
    const char *paths[] = {w->files};
    char *params;

    if (!p->n_paths) {
        p->paths = paths;
        p->n_paths = 1;
    }
    params = import_params_write(&w->arena, p);
    NEED(params);
    return workshop_job(w, "import", params);
}

const char *workshop_items(struct workshop *w)
{
    struct item *items;
    struct buf b;
    size_t n;
    const char *text;

    buf_init(&b, 16 * MIB);
    CHECK_OK(store_item_list(w->store, &w->arena, w->project.id, 0, 100000, &items, &n));
    for (size_t i = 0; i < n; i++)
        CHECK_OK(buf_printf(&b, "%lld %s\n", (long long)items[i].row, items[i].path));
    CHECK_OK(buf_adds(&b, ""));
    text = arena_strdup(&w->arena, b.data);
    buf_free(&b);
    return text;
}
