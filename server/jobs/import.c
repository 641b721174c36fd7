#include "jobs/import.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/pool.h"
#include "domain/example.h"
#include "domain/item.h"
#include "domain/label.h"
#include "domain/project.h"
#include "jobs/encode.h"
#include "jobs/prepare.h"
#include "jobs/run.h"
#include "store/user.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PICTURES_AT_ONCE = 128, /* a flush of the disk costs the same for all of them */
    TEXTS_AT_ONCE = 256,    /* as many as a writer's task adds in its 20 ms */
    ENCODE_AFTER_MS = 1000,
    FOLDERS_NAMED = 3
};
static const size_t BYTES_AT_ONCE = 64 * MIB;

struct import {
    struct job_run *run;
    const struct import_params *params;
    struct project project;
    struct source *source;
    struct prepared *batch; /* (batch_max) */
    size_t batch_max;
    size_t n;
    bool ended;
    struct arena arena; /* of one batch */
    struct buf cursor;  /* what the job's row points to */
    int64_t row;        /* the cursor: the last row that was committed, */
    const char *path;   /* its path (known until the first batch), */
    int64_t unlabelled; /* and how many items so far came without a label although asked for */
    char unknown[FOLDERS_NAMED][64]; /* some of the folders that are no classes */
    int n_unknown;
};

/* Text columns, kinds and limits as the project and the params want them. */
static struct source_params source_params_of(const struct import *im)
{
    return (struct source_params){
        .paths = im->params->paths,
        .n_paths = im->params->n_paths,
        .want = im->project.kind == PROJECT_IMAGE ? SOURCE_PICTURES : SOURCE_TEXTS,
        .header = im->params->header == IMPORT_HEADER ? SOURCE_HEADER : SOURCE_NO_HEADER,
        .text_column = im->params->text_column,
        .limits = SOURCE_LIMITS_DEFAULT,
        .skip = im->row,
    };
}

static enum err cursor_read(struct import *im)
{
    const char *text = im->run->claim.job.cursor;
    const char *path;
    json_t *cursor;
    enum err e;

    if (!text) return OK;
    TRY(json_read(&cursor, text, strlen(text)));
    e = json_int(cursor, "row", 0, INT64_MAX, &im->row);
    if (!e) e = json_int(cursor, "unlabelled", 0, INT64_MAX, &im->unlabelled);
    if (!e) e = json_text(cursor, "path", 0, (size_t)2 * PATH_MAX, &path);
    if (!e) {
        im->path = arena_strdup(&im->run->arena, path);
        if (!im->path) e = fail_nomem();
    }
    json_decref(cursor);
    return e;
}

/* The job's cursor behind the row `last`. */
static enum err cursor_write(struct import *im, const struct source_entry *last)
{
    json_t *cursor = json_pack("{s:I, s:I, s:s}", "row", (json_int_t)last->row, "unlabelled",
                               (json_int_t)im->unlabelled, "path", last->path);
    char *text = cursor ? json_write(&im->arena, cursor) : NULL;

    json_decref(cursor);
    NEED(text);
    buf_clear(&im->cursor);
    TRY(buf_adds(&im->cursor, text));
    im->row = last->row;
    im->run->claim.job.cursor = im->cursor.data;
    return OK;
}

/* The rows that are skipped must be those that were imported. */
static enum err source_is_the_same(struct import *im)
{
    const char *skipped = source_skipped_path(im->source);

    if (skipped && !strcmp(skipped, im->path)) {
        im->path = NULL; /* asked once */
        return OK;
    }
    return fail(ERR_CONFLICT,
                "what is imported has changed since the import was stopped (row %lld was %s); "
                "start it again: what is there already will be found to be a duplicate",
                (long long)im->row, im->path);
}

static enum err gather_one(struct import *im, size_t *n_bytes)
{
    struct prepared *p = &im->batch[im->n];

    TRY(source_next(im->source, &p->entry));
    im->ended = p->entry.kind == SOURCE_END;
    im->n += !im->ended;
    if (im->path) TRY(source_is_the_same(im));
    if (im->ended) return OK;
    *n_bytes += p->entry.bytes.size;
    prepare_hash(p, SOURCE_LIMITS_DEFAULT.text_max_bytes);
    if (p->reason[0]) return OK;
    return store_item_by_hash(im->run->store, im->project.id, &p->item.hash, &p->known);
}

static enum err gather(struct import *im)
{
    size_t n_bytes = 0;

    while (!im->ended && im->n < im->batch_max && n_bytes < BYTES_AT_ONCE)
        TRY(gather_one(im, &n_bytes));
    return OK;
}

static void prepare_one(void *context, size_t i)
{
    struct import *im = context;

    prepare(&im->batch[i], im->run->folder);
}

/* All files of the batch are on the disk before any row that names them is. */
static enum err batch_prepare(struct import *im)
{
    char media[PATH_MAX];
    int n_files = 0;

    pool_run(im->run->threads, im->n, prepare_one, im);
    for (size_t i = 0; i < im->n; i++) {
        n_files += im->batch[i].n_files;
        if (im->batch[i].failed) return fail(im->batch[i].failed, "%s", im->batch[i].reason);
    }
    if (!n_files) return OK;
    snprintf(media, sizeof media, "%s/media", im->run->folder);
    return file_flush(media);
}

/* The name of the last folder of a path, NULL when it has none. */
static const char *class_of_path(struct arena *a, const char *path)
{
    const char *end = strrchr(path, '/');
    const char *start = end;

    if (!end) return NULL;
    while (start > path && start[-1] != '/')
        start--;
    return arena_printf(a, "%.*s", (int)(end - start), start);
}

static void unknown_folder_note(struct import *im, const char *folder)
{
    for (int i = 0; i < im->n_unknown; i++)
        if (!strncmp(im->unknown[i], folder, sizeof im->unknown[i] - 1)) return;
    if (im->n_unknown == FOLDERS_NAMED) return;
    snprintf(im->unknown[im->n_unknown++], sizeof im->unknown[0], "%s", folder);
}

static enum err classes_add(struct store *s, struct import *im)
{
    const char **names = arena_array(&im->arena, im->n, sizeof *names);
    size_t n = 0;

    NEED(names);
    for (size_t i = 0; i < im->n; i++) {
        const char *name =
            im->batch[i].reason[0] ? NULL : class_of_path(&im->arena, im->batch[i].entry.path);
        bool there = !name;

        for (size_t k = 0; k < n && !there; k++)
            there = !strcmp(names[k], name);
        if (!there) names[n++] = name;
    }
    if (!n) return OK;
    TRY(project_add_classes(s, &im->arena, im->project.id, names, n, USER_IMPORT,
                            clock_now_ms()));
    return store_project_get(s, &im->arena, im->project.id, &im->project);
}

static enum err label_add(struct store *s, struct import *im, int64_t item_id,
                          const struct question *question, const char *class_name)
{
    struct label_new n = {.project_id = im->project.id,
                          .item_id = item_id,
                          .user_id = USER_IMPORT,
                          .answer = ANSWER_ACCEPT};
    struct label_result r;
    json_t *values = question->multiple ? json_pack("{s:[s]}", question->name, class_name)
                                        : json_pack("{s:s}", question->name, class_name);
    enum err e;

    NEED(values);
    n.values = values;
    uuid_new(&n.id);
    e = label_submit(s, &im->arena, &n, clock_now_ms(), &r);
    json_decref(values);
    return e;
}

static enum err item_label(struct store *s, struct import *im, const struct prepared *p)
{
    const char *class_name = im->params->labels_from == IMPORT_LABELS_OF_ONE_CLASS
                                 ? im->params->class_name
                                 : class_of_path(&im->arena, p->entry.path);
    const struct questions *q;

    TRY(project_questions(s, im->project.id, im->project.question_version, &q));
    if (class_name && class_index(&q->question[0], class_name) >= 0)
        return label_add(s, im, p->item.id, &q->question[0], class_name);
    if (class_name) unknown_folder_note(im, class_name);
    im->unlabelled++;
    return OK;
}

static enum err row_report(struct store *s, struct import *im, const struct prepared *p,
                           enum job_outcome outcome, const char *reason)
{
    struct job_row r = {.row = p->entry.row,
                        .path = p->entry.path,
                        .outcome = outcome,
                        .item_id = outcome == ROW_DUPLICATE ? p->item.id : 0,
                        .reason = reason};
    struct job *j = &im->run->claim.job;

    if (outcome == ROW_DUPLICATE)
        j->duplicate++;
    else
        j->refused++;
    return job_report(s, j->id, &r);
}

static enum err entry_commit(struct store *s, struct import *im, struct prepared *p)
{
    bool is_text = im->project.kind == PROJECT_TEXT;
    enum item_added added;

    if (p->reason[0]) return row_report(s, im, p, ROW_REFUSED, p->reason);
    p->item.project_id = im->project.id;
    p->item.job_id = im->run->claim.job.id;
    p->item.row = p->entry.row;
    p->item.meta = p->entry.meta ? json_write(&im->arena, p->entry.meta) : "{}";
    NEED(p->item.meta);
    TRY(item_add(s, &p->item, is_text ? p->entry.bytes.data : NULL,
                 is_text ? p->entry.bytes.size : 0, clock_now_ms(), &added));
    if (added == ITEM_DUPLICATE)
        return row_report(
            s, im, p, ROW_DUPLICATE,
            arena_printf(&im->arena, "the same bytes as item %lld", (long long)p->item.id));
    im->run->claim.job.imported++;
    if (im->params->labels_from == IMPORT_NO_LABELS) return OK;
    return item_label(s, im, p);
}

/* One batch: its items, its report rows and the cursor, or none of it. */
static enum err batch_task(struct store *s, void *context)
{
    struct import *im = context;
    struct job *j = &im->run->claim.job;
    const struct source_entry *last = &im->batch[im->n - 1].entry;
    enum err e;

    if (im->params->classes == IMPORT_ADD_CLASSES &&
        im->params->labels_from == IMPORT_LABELS_FROM_FOLDER)
        TRY(classes_add(s, im));
    for (size_t i = 0; i < im->n; i++)
        TRY(entry_commit(s, im, &im->batch[i]));
    TRY(cursor_write(im, last));
    j->done = im->row;
    j->what = im->project.kind == PROJECT_IMAGE ? "pictures read" : "texts read";
    e = job_progress(s, j);
    return e == ERR_CANCELLED ? OK : e; /* run_progress will hear of it */
}

static void batch_free(struct import *im)
{
    for (size_t i = 0; i < im->n; i++)
        prepared_free(&im->batch[i]);
    im->n = 0;
    arena_free(&im->arena);
}

static enum err batch_run(struct import *im)
{
    struct job *j = &im->run->claim.job;
    const struct job before = *j;
    enum err e = gather(im);

    if (!e && im->n) e = batch_prepare(im);
    if (!e && im->n) e = writer_do(im->run->writer, batch_task, im);
    if (e) { /* the batch was undone, and with it what it counted */
        j->imported = before.imported;
        j->duplicate = before.duplicate;
        j->refused = before.refused;
    }
    if (!e) e = run_progress(im->run, im->row, -1, j->what);
    batch_free(im);
    return e;
}

static enum err encode_task(struct store *s, void *context)
{
    struct import *im = context;

    return encode_queue(s, &im->arena, im->project.id, im->run->claim.job.user_id,
                        ENCODE_WHEN_DUE, ENCODE_AFTER_MS);
}

/* Also after a stop: what came in so far is to be labelled in a good order too. */
static enum err encode_later(struct import *im)
{
    enum err e;

    if (!im->run->claim.job.imported) return OK;
    e = writer_do(im->run->writer, encode_task, im);
    arena_free(&im->arena);
    return e;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static void message_write(struct import *im)
{
    const struct job *j = &im->run->claim.job;
    char *to = im->run->message;
    size_t at = 0;
    const char *notes = source_notes(im->source);

    at += (size_t)snprintf(to, RUN_MESSAGE,
                           "%lld item%s imported, %lld duplicate%s, %lld refused",
                           (long long)j->imported, plural(j->imported), (long long)j->duplicate,
                           plural(j->duplicate), (long long)j->refused);
    if (im->unlabelled)
        at += (size_t)snprintf(to + at, RUN_MESSAGE - at,
                               "; %lld without a label, because their folder is not a class of "
                               "the project",
                               (long long)im->unlabelled);
    for (int i = 0; i < im->n_unknown; i++)
        at += (size_t)snprintf(to + at, RUN_MESSAGE - at, "%s'%s'", i ? ", " : ": ",
                               im->unknown[i]);
    if (notes[0] && at < RUN_MESSAGE) snprintf(to + at, RUN_MESSAGE - at, ". %s", notes);
}

static enum err labels_check(const struct import *im)
{
    const struct questions *q;

    if (im->params->labels_from == IMPORT_NO_LABELS) return OK;
    if (im->params->class_name)
        return example_class_check(im->run->store, im->project.id, im->params->class_name);
    TRY(project_questions(im->run->store, im->project.id, im->project.question_version, &q));
    if (q->n == 1) return OK;
    return fail(
        ERR_INVALID,
        "folders can only be labels in a project that asks one question; this one asks %zu",
        q->n);
}

static enum err begin(struct import *im)
{
    struct source_params params;

    TRY(store_project_get(im->run->store, &im->run->arena, im->run->claim.job.project_id,
                          &im->project));
    TRY(labels_check(im));
    TRY(cursor_read(im));
    im->batch_max = im->project.kind == PROJECT_IMAGE ? PICTURES_AT_ONCE : TEXTS_AT_ONCE;
    im->batch = arena_array(&im->run->arena, im->batch_max, sizeof *im->batch);
    NEED(im->batch);
    params = source_params_of(im);
    return source_open(&im->source, &params);
}

enum err import_from(struct job_run *run, const struct import_params *params)
{
    struct import im = {.run = run, .params = params};
    enum err e;
    enum err later;
    char sentence[RUN_MESSAGE];

    arena_init(&im.arena, 1 * GIB);
    buf_init(&im.cursor, 64 * KIB);
    e = begin(&im);
    while (!e && !im.ended)
        e = batch_run(&im);
    if (!e) message_write(&im);
    if (e) snprintf(sentence, sizeof sentence, "%s", err_message());
    later = encode_later(&im);
    if (im.cursor.data) run->claim.job.cursor = arena_strdup(&run->arena, im.cursor.data);
    buf_free(&im.cursor);
    source_close(im.source);
    if (e) return fail(e, "%s", sentence);
    return later;
}

enum err import_run(struct job_run *run)
{
    struct import_params params;

    TRY(import_params_read(&run->arena, &params, run->claim.job.params));
    return import_from(run, &params);
}

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *where)
{
    (void)found;
    (void)type;
    (void)where;
    if (remove(path)) log_line(LOG_WARN, "cannot remove %s: %m", path);
    return 0;
}

void import_remove_upload(const char *data_folder, const char *upload)
{
    char uploads[PATH_MAX];
    size_t n = (size_t)snprintf(uploads, sizeof uploads, "%s/uploads/", data_folder);

    /* Nothing but an upload is ever removed, whatever a row says. */
    if (strncmp(upload, uploads, n) != 0 || !upload[n] || strstr(upload + n, "..")) return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): only FTW_CHDIR would touch what threads share */
    nftw(upload, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void import_forget_upload(struct job_run *run)
{
    struct import_params params;

    if (!import_params_read(&run->arena, &params, run->claim.job.params) && params.uploaded)
        import_remove_upload(run->folder, params.uploaded);
}
