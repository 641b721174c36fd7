#include "jobs/take_measure.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/honest.h"
#include "domain/smp.h"
#include "formats/media_file.h"
#include "formats/source.h"
#include "jobs/canonical.h"
#include "media/image.h"
#include "sampler/eval/interval.h"
#include "sampler/take/area.h"
#include "sampler/take/round8.h"
#include "store/item.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- blocks ----------------------------------------------------------------------------------- */

enum err take_block_open(struct take_block *b, struct job_run *run,
                         const struct predictor *teacher)
{
    *b = (struct take_block){.run = run, .teacher = teacher};
    arena_init(&b->arena, GIB);
    if (predictor_modality(teacher) != SMP_IMAGES) return OK;
    b->spec = smp_encoder_image_spec(encoder_weights(predictor_encoder(teacher)));
    b->each = smp_image_bytes(&b->spec);
    b->pixels = malloc(TAKE_AT_ONCE * b->each);
    NEED(b->pixels);
    return OK;
}

void take_block_close(struct take_block *b)
{
    if (!b->teacher) return;
    free(b->pixels);
    arena_free(&b->arena);
    *b = (struct take_block){0};
}

static enum err read_pictures(struct take_block *b, const struct taker *list)
{
    struct canonical_task *tasks = arena_array(&b->arena, b->n, sizeof *tasks);

    NEED(tasks);
    for (size_t i = 0; i < b->n; i++) {
        tasks[i].item_id = list[b->first + i].item_id;
        tasks[i].hash = list[b->first + i].hash;
    }
    TRY(canonical_read(b->pixels, &b->spec, tasks, b->n, b->run->folder, b->run->threads));
    return predictor_pixels(b->teacher, &b->arena, b->pixels, b->n, b->run->threads, b->said);
}

static enum err read_texts(struct take_block *b, const struct taker *list)
{
    for (size_t i = 0; i < b->n; i++) {
        const char *text;
        TRY(store_item_text(b->run->store, &b->arena, list[b->first + i].item_id, &text,
                            &b->text[i].n));
        b->text[i].bytes = text;
    }
    TRY(predictor_batch(b->teacher, &b->arena, b->text, b->n, b->run->threads, b->said));
    for (size_t i = 0; i < b->n; i++)
        if (b->said[i].failed)
            return fail(b->said[i].failed, "item %" PRId64 ": %s", list[b->first + i].item_id,
                        b->said[i].sentence);
    return OK;
}

enum err take_block_read(struct take_block *b, const struct taker *list, size_t n, size_t i)
{
    enum err e;

    if (i >= b->first && i < b->first + b->n) return OK;
    arena_free(&b->arena);
    b->first = i;
    b->n = n - i < TAKE_AT_ONCE ? n - i : TAKE_AT_ONCE;
    e = b->pixels ? read_pictures(b, list) : read_texts(b, list);
    if (e) b->n = 0;
    return e;
}

/* -- what the small model says ---------------------------------------------------------------- */

/* The small model as it is taken away: with its weights as bytes, and as they are. */
struct pair {
    const struct smp_conv *net[STUDENT_WEIGHTS];
    const struct smp_grams *grams[STUDENT_WEIGHTS];
    struct smp_conv *rounded_net;
    struct smp_grams *rounded_grams;
};

static enum err pair_open(const struct student *st, struct pair *p)
{
    *p = (struct pair){0};
    if (st->net) TRY(smp_err(smp_conv_changed(st->net, smp_round8, &p->rounded_net)));
    if (st->grams) TRY(smp_err(smp_grams_rounded(st->grams, &p->rounded_grams)));
    p->net[STUDENT_INT8] = p->rounded_net;
    p->net[STUDENT_F32] = st->net;
    p->grams[STUDENT_INT8] = p->rounded_grams;
    p->grams[STUDENT_F32] = st->grams;
    return OK;
}

static void pair_close(struct pair *p)
{
    smp_conv_free(p->rounded_net);
    smp_grams_free(p->rounded_grams);
}

static size_t best_of(const float *scores, size_t n)
{
    size_t best = 0;

    for (size_t c = 1; c < n; c++)
        if (scores[c] > scores[best]) best = c;
    return best;
}

/* The whole picture, as others decode it: every pixel, three channels. */
static enum err picture_read(const struct take_exam *x, const struct taker *item,
                             struct image *im)
{
    char path[PATH_MAX];
    struct buf bytes;
    enum err e;

    media_file_path(path, x->run->folder, &item->hash, MEDIA_ORIGINAL);
    buf_init(&bytes, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    e = file_read(&bytes, path);
    if (!e) e = image_decode(im, bytes.data, bytes.size, NULL, 0);
    buf_free(&bytes);
    return e ? fail_in(e, "item %" PRId64, item->item_id) : OK;
}

static enum err three_channels(struct image *im)
{
    const size_t n = (size_t)im->width * im->height;
    uint8_t *rgb;

    if (im->channels == 3) return OK;
    rgb = malloc(3 * n + 1);
    NEED(rgb);
    for (size_t i = 0; i < n; i++)
        memset(rgb + 3 * i, im->pixels[i], 3);
    free(im->pixels);
    im->pixels = rgb;
    im->channels = 3;
    return OK;
}

static enum err ask_picture(const struct take_exam *x, const struct pair *p,
                            const struct taker *item, size_t best[STUDENT_WEIGHTS])
{
    const struct smp_conv_spec spec = smp_conv_spec_of(x->student->net);
    float *seen = calloc((size_t)spec.height * spec.width * spec.channels, sizeof *seen);
    float *scores = calloc(x->student->n_classes, sizeof *scores);
    struct image im = {0};
    enum err e = seen && scores ? picture_read(x, item, &im) : fail_nomem();

    if (!e) e = three_channels(&im);
    if (!e)
        smp_area(&(struct smp_picture){im.pixels, im.height, im.width}, spec.height, spec.width,
                 spec.channels, seen);
    for (size_t w = 0; w < STUDENT_WEIGHTS && !e; w++) {
        e = smp_err(smp_conv_read_floats(p->net[w], spec.n_layers - 1, seen, 1, 1, scores));
        best[w] = best_of(scores, x->student->n_classes);
    }
    image_free(&im);
    free(seen);
    free(scores);
    return e;
}

static enum err ask_text(const struct take_exam *x, const struct pair *p,
                         const struct taker *item, size_t best[STUDENT_WEIGHTS])
{
    float *scores = calloc(x->student->n_classes, sizeof *scores);
    struct arena a;
    const char *text;
    size_t n = 0;
    enum err e;

    arena_init(&a, 256 * MIB);
    e = scores ? store_item_text(x->run->store, &a, item->item_id, &text, &n) : fail_nomem();
    for (size_t w = 0; w < STUDENT_WEIGHTS && !e; w++) {
        e = smp_err(smp_grams_scores(p->grams[w], text, n, scores));
        best[w] = best_of(scores, x->student->n_classes);
    }
    arena_free(&a);
    free(scores);
    return e;
}

static enum err ask(const struct take_exam *x, const struct pair *p, const struct taker *item,
                    size_t best[STUDENT_WEIGHTS])
{
    return x->student->net ? ask_picture(x, p, item, best) : ask_text(x, p, item, best);
}

/* -- how often it is right -------------------------------------------------------------------- */

struct marks {
    size_t right[STUDENT_WEIGHTS], n;
    size_t same[STUDENT_WEIGHTS], n_held;
};

static enum err use_task(struct store *s, void *context)
{
    const struct take_exam *x = context;
    struct dataset_use use;
    char reason[100];

    snprintf(reason, sizeof reason, "the small model of version %" PRId64 " was measured on it",
             x->model->version);
    return dataset_open_test(s, x->model->dataset_id, x->model->user_id, reason, clock_now_ms(),
                             &use);
}

static enum err mark_honest(const struct take_exam *x, const struct pair *p, struct marks *m)
{
    const struct lesson_part *honest = &x->lesson->honest;
    struct take_exam copy = *x;

    if (honest->n < HONEST_ENOUGH) return OK;
    TRY(writer_do(x->run->writer, use_task, &copy));
    for (size_t i = 0; i < honest->n; i++) {
        struct item_brief brief;
        size_t best[STUDENT_WEIGHTS];
        TRY(store_item_brief(x->run->store, honest->item[i], &brief));
        TRY(ask(x, p, &(struct taker){brief.id, brief.hash}, best));
        for (size_t w = 0; w < STUDENT_WEIGHTS; w++)
            m->right[w] += honest->y[i] == (int32_t)best[w];
        TRY(run_progress(x->run, 90 + (int64_t)(10 * i / honest->n), 100, "measuring"));
    }
    m->n = honest->n;
    return OK;
}

static enum err mark_held(const struct take_exam *x, const struct pair *p, struct marks *m)
{
    x->block->n = 0; /* it was of another list */
    for (size_t i = 0; i < x->n_held; i++) {
        size_t best[STUDENT_WEIGHTS];
        TRY(take_block_read(x->block, x->held, x->n_held, i));
        TRY(ask(x, p, &x->held[i], best));
        for (size_t w = 0; w < STUDENT_WEIGHTS; w++)
            m->same[w] += x->block->said[i - x->block->first].best == best[w];
        TRY(run_progress(x->run, 80 + (int64_t)(10 * i / x->n_held), 100, "comparing"));
    }
    m->n_held = x->n_held;
    return OK;
}

/* -- in words --------------------------------------------------------------------------------- */

static int of_100(double share)
{
    return (int)lround(100 * share);
}

static const char *sentence_of(const struct take_exam *x, const struct marks *m, size_t w,
                               const struct smp_interval *between)
{
    const char *what = x->student->net ? "pictures" : "texts";
    const char *agrees = "";

    if (m->n_held)
        agrees =
            arena_printf(x->arena,
                         " On %zu %s it had not seen it says what the full version says of "
                         "%d in 100.",
                         m->n_held, what, of_100((double)m->same[w] / (double)m->n_held));
    if (!agrees) return NULL;
    if (!m->n)
        return arena_printf(x->arena,
                            "How often this small model is right is not known: %zu items drawn "
                            "at random are labelled, and %d are needed.%s",
                            x->lesson->honest.n, HONEST_ENOUGH, agrees);
    return arena_printf(x->arena,
                        "Of 100 %s this small model is right about %d (between %d and %d), "
                        "measured on %zu drawn at random.%s",
                        what, of_100((double)m->right[w] / (double)m->n), of_100(between->low),
                        of_100(between->high), m->n, agrees);
}

static enum err facts_of(const struct take_exam *x, const struct marks *m, size_t w,
                         const char **facts)
{
    const struct smp_interval between = smp_wilson(m->right[w], m->n, 0.95);
    const char *sentence = sentence_of(x, m, w, &between);
    json_t *o = json_pack("{s:s?,s:I,s:I}", "sentence", sentence, "version",
                          (json_int_t)x->model->version, "taught_on", (json_int_t)x->n_taught);

    NEED(sentence);
    NEED(o);
    if (m->n)
        json_object_update_new(o, json_pack("{s:f,s:[f,f],s:I,s:s}", "accuracy",
                                            (double)m->right[w] / (double)m->n, "interval",
                                            between.low, between.high, "n", (json_int_t)m->n,
                                            "source", "honest"));
    if (m->n_held)
        json_object_set_new(o, "agreement",
                            json_pack("{s:f,s:I}", "share",
                                      (double)m->same[w] / (double)m->n_held, "n",
                                      (json_int_t)m->n_held));
    *facts = json_write(x->arena, o);
    json_decref(o);
    NEED(*facts);
    return OK;
}

enum err take_measure(const struct take_exam *x, const char *facts[STUDENT_WEIGHTS])
{
    struct marks m = {0};
    struct pair p;
    enum err e = pair_open(x->student, &p);

    if (!e) e = mark_held(x, &p, &m);
    if (!e) e = mark_honest(x, &p, &m);
    for (size_t w = 0; w < STUDENT_WEIGHTS && !e; w++)
        e = facts_of(x, &m, w, &facts[w]);
    pair_close(&p);
    return e;
}
