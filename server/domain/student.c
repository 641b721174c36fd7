#include "domain/student.h"

#include "base/file.h"
#include "domain/smp.h"
#include "sampler/bytes.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 256 * 1024 * 1024, TEXT_MAX = 64 * 1024, IS_NET = 0, IS_GRAMS = 1 };

void student_path(char *path, size_t size, const char *data_folder, int64_t model_id)
{
    snprintf(path, size, "%s/models/student-%" PRId64 ".bin", data_folder, model_id);
}

/* -- writing ---------------------------------------------------------------------------------- */

static void put_text(struct smp_writer *w, const char *text)
{
    const size_t n = strlen(text);

    smp_put_u32(w, (uint32_t)n);
    smp_put_bytes(w, text, n);
}

enum err student_write(const char *data_folder, const struct model *m, const struct student *st)
{
    char path[PATH_MAX];
    struct smp_writer w;
    uint8_t *bytes;
    size_t n;
    enum err e;

    smp_writer_start(&w, SMP_CONTENT_STUDENT);
    smp_put_bytes(&w, m->hash.bytes, sizeof m->hash.bytes);
    smp_put_u32(&w, (uint32_t)st->n_classes);
    for (size_t c = 0; c < st->n_classes; c++)
        put_text(&w, st->classes[c]);
    for (size_t i = 0; i < STUDENT_WEIGHTS; i++)
        put_text(&w, st->facts[i]);
    smp_put_u32(&w, st->net ? IS_NET : IS_GRAMS);
    if (st->net)
        smp_conv_put(st->net, &w);
    else
        smp_grams_put(st->grams, &w);
    TRY(smp_err(smp_writer_finish(&w, &bytes, &n)));
    student_path(path, sizeof path, data_folder, m->id);
    e = file_write(path, bytes, n);
    free(bytes);
    return e;
}

/* -- reading ---------------------------------------------------------------------------------- */

static const char *take_text(struct smp_reader *r, struct arena *a)
{
    const size_t n = smp_take_u32(r);
    char *text = n <= TEXT_MAX && !r->failed ? arena_alloc(a, n + 1) : NULL;

    if (!text) r->failed = true;
    if (text) smp_take_bytes(r, text, n);
    return text;
}

static void take_texts(struct smp_reader *r, struct arena *a, struct student *st)
{
    st->n_classes = smp_take_u32(r);
    if (st->n_classes > SMP_GRAMS_CLASSES_MAX + SMP_CONV_OUT_MAX) r->failed = true;
    st->classes = arena_array(a, r->failed ? 1 : st->n_classes + 1, sizeof *st->classes);
    if (!st->classes) r->failed = true;
    for (size_t c = 0; c < st->n_classes && !r->failed; c++)
        st->classes[c] = take_text(r, a);
    for (size_t i = 0; i < STUDENT_WEIGHTS && !r->failed; i++)
        st->facts[i] = take_text(r, a);
}

static enum err take_model(struct smp_reader *r, struct student *st)
{
    const uint32_t kind = smp_take_u32(r);

    if (r->failed || kind > IS_GRAMS) return fail(ERR_CORRUPT, "it is not what was written");
    if (kind == IS_NET)
        TRY(smp_err(smp_conv_take(r, &st->net)));
    else
        TRY(smp_err(smp_grams_take(r, &st->grams)));
    return smp_err(smp_reader_finish(r));
}

static enum err take(const struct buf *b, struct arena *a, const struct model *m,
                     struct student *st)
{
    enum smp_content content;
    struct smp_reader r;
    struct hash of;

    TRY(smp_err(smp_reader_start(&r, (const uint8_t *)b->data, b->size, &content)));
    smp_take_bytes(&r, of.bytes, sizeof of.bytes);
    if (content != SMP_CONTENT_STUDENT || r.failed || !hash_equal(&of, &m->hash))
        return fail(ERR_CORRUPT, "it was not taught by this version");
    take_texts(&r, a, st);
    return take_model(&r, st);
}

enum err student_open(const char *data_folder, struct arena *a, const struct model *m,
                      struct student *st)
{
    char path[PATH_MAX];
    struct buf b;
    enum err e;

    *st = (struct student){0};
    student_path(path, sizeof path, data_folder, m->id);
    if (!file_exists(path))
        return fail(ERR_NOT_FOUND, "version %" PRId64 " has no small model yet", m->version);
    buf_init(&b, MAX_BYTES);
    e = file_read(&b, path);
    if (!e && take(&b, a, m, st)) e = fail_in(ERR_CORRUPT, "%s", path);
    if (e) student_close(st);
    buf_free(&b);
    return e;
}

void student_close(struct student *st)
{
    smp_conv_free(st->net);
    smp_grams_free(st->grams);
    st->net = NULL;
    st->grams = NULL;
}
