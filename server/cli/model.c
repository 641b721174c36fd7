#include "domain/model.h"
#include "base/clock.h"
#include "base/pool.h"
#include "cli/work.h"
#include "domain/encoder.h"
#include "domain/trace.h"
#include "formats/source.h"
#include "media/text.h"
#include "store/ledger.h"
#include "store/trait.h"
#include "store/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { AT_ONCE = 64, PAGE = 500 };

/* -- train -------------------------------------------------------------------------------------- */

struct beginning {
    struct cli *cli;
    struct model_new wanted;
    struct model model;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct beginning *x = context;

    return model_begin(s, &x->cli->arena, &x->wanted, clock_now_ms(), &x->model, &x->job);
}

static json_t *classes_json(const struct model *m)
{
    json_t *classes;

    return json_read(&classes, m->classes, strlen(m->classes)) ? NULL : classes;
}

static json_t *measured(const struct model *m, double value)
{
    return m->source == ACCURACY_NONE ? json_null() : json_real(value);
}

static json_t *interval_json(const struct model *m)
{
    if (m->source == ACCURACY_NONE) return json_null();
    return json_pack("[f, f]", m->accuracy_low, m->accuracy_high);
}

static enum err model_print(struct cli *c, struct store *s, const struct model *m,
                            const struct dataset *d, double seconds)
{
    const char *alarms;
    char hash[HASH_HEX];

    TRY(store_alarms_get(s, &c->arena, m->id, &alarms));
    hash_hex(hash, &m->hash);
    return cli_print_json(
        c, json_pack("{s:I, s:I, s:I, s:o, s:o, s:s?, s:I, s:o, s:o, s:f, s:f, s:s}", "model",
                     (json_int_t)m->id, "version", (json_int_t)m->version, "dataset",
                     (json_int_t)d->version, "accuracy", measured(m, m->accuracy), "interval",
                     interval_json(m), "source", accuracy_source_name(m->source), "taught",
                     (json_int_t)m->n_taught, "classes", classes_json(m), "alarms",
                     json_loads(alarms, 0, NULL), "seconds", seconds, "fit_seconds", m->seconds,
                     "hash", hash));
}

static enum err train(struct cli *c, struct work *w, struct beginning *x)
{
    const int64_t started = clock_ticks_ms();
    struct dataset d;
    struct project p;

    TRY(work_project(c, w->store, &p));
    x->wanted.project_id = p.id;
    TRY(writer_do(w->writer, begin_task, x));
    TRY(work_job(w, c, &x->job, JOB_NEW));
    TRY(store_model_get(w->store, &c->arena, x->model.id, &x->model));
    TRY(store_dataset_get(w->store, &c->arena, x->model.dataset_id, &d));
    fprintf(stderr, "%s\n", x->job.message ? x->job.message : "");
    return model_print(c, w->store, &x->model, &d, (double)(clock_ticks_ms() - started) / 1000);
}

enum err cmd_train(struct cli *c)
{
    struct beginning x = {.cli = c, .wanted.name = cli_value(c, "--name")};
    struct work w;
    enum err e;

    if (x.wanted.name && strlen(x.wanted.name) > MODEL_NAME_MAX)
        return cli_usage(c, "--name: at most %d bytes", MODEL_NAME_MAX);
    TRY(cli_number(c, "--seed", MODEL_SEED_OWN, 0, INT64_MAX, &x.wanted.seed));
    TRY(work_open(&w, c));
    e = train(c, &w, &x);
    work_close(&w);
    return e;
}

/* -- predict ------------------------------------------------------------------------------------ */

struct predicting {
    struct cli *cli;
    struct predictor *predictor;
    int threads;
    struct arena arena; /* of a batch */
    struct source_entry entry[AT_ONCE];
    const char *path[AT_ONCE];
    size_t n;
    size_t n_all, n_failed;
};

/* As the path was given: a file itself, below a folder or an archive what lies there. */
static const char *path_of(struct arena *a, const char *given, const char *path)
{
    const char *slash = strrchr(given, '/');
    const char *base = slash ? slash + 1 : given;
    struct stat st;

    if (!stat(given, &st) && S_ISREG(st.st_mode) && !strncmp(path, base, strlen(base)))
        return arena_printf(a, "%.*s%s", (int)(base - given), given, path);
    return arena_printf(a, "%s%s%s", given, slash && !*base ? "" : "/", path);
}

static enum err failed_print(struct predicting *x, const char *path, const char *why)
{
    x->n_failed++;
    return cli_print_json(x->cli, json_pack("{s:s, s:s}", "path", path, "error", why));
}

static enum err one_print(struct predicting *x, size_t i, const struct prediction *said)
{
    const size_t best = said->best;

    if (said->failed) return failed_print(x, x->path[i], said->sentence);
    return cli_print_json(x->cli, json_pack("{s:s, s:s, s:f, s:b}", "path", x->path[i], "class",
                                            predictor_class(x->predictor, best), "probability",
                                            (double)said->p[best], "unknown",
                                            said->is_unknown ? 1 : 0));
}

static enum err batch_answer(struct predicting *x)
{
    struct predictor_input in[AT_ONCE];
    struct prediction said[AT_ONCE];

    for (size_t i = 0; i < x->n; i++)
        in[i] = (struct predictor_input){x->entry[i].bytes.data, x->entry[i].bytes.size};
    TRY(predictor_batch(x->predictor, &x->arena, in, x->n, x->threads, said));
    for (size_t i = 0; i < x->n; i++)
        TRY(one_print(x, i, &said[i]));
    return OK;
}

static void batch_clear(struct predicting *x)
{
    for (size_t i = 0; i < x->n; i++)
        source_entry_free(&x->entry[i]);
    x->n = 0;
    arena_free(&x->arena);
}

/* A text file in place of its bytes: its text, as an import takes it. */
static enum err text_take(struct predicting *x, struct source_entry *entry)
{
    struct buf text;
    enum err e;

    if (entry->kind != SOURCE_FILE || predictor_modality(x->predictor) == SMP_IMAGES) return OK;
    buf_init(&text, SOURCE_LIMITS_DEFAULT.text_max_bytes);
    e = text_decode(&text, entry->bytes.data, entry->bytes.size);
    if (e) {
        buf_free(&text);
        return e;
    }
    buf_free(&entry->bytes);
    entry->bytes = text;
    return OK;
}

/* Keeps the entry for the batch, or tells why it cannot be read. */
static enum err entry_take(struct predicting *x, const char *given, struct source_entry *entry)
{
    const char *path = path_of(&x->arena, given, entry->path);
    enum err e;

    NEED(path);
    x->n_all++;
    if (entry->kind == SOURCE_REFUSED)
        e = failed_print(x, path, entry->reason);
    else if (text_take(x, entry))
        e = failed_print(x, path, err_message());
    else {
        x->path[x->n] = path;
        x->entry[x->n++] = *entry;
        return OK;
    }
    source_entry_free(entry);
    return e;
}

static enum err source_answer(struct predicting *x, struct source *source, const char *given)
{
    struct source_entry entry;
    enum err e;

    do {
        e = source_next(source, &entry);
        if (!e && entry.kind != SOURCE_END) e = entry_take(x, given, &entry);
        if (e || (x->n < AT_ONCE && entry.kind != SOURCE_END)) continue;
        e = batch_answer(x);
        batch_clear(x);
    } while (!e && entry.kind != SOURCE_END);
    batch_clear(x);
    return e;
}

static enum err path_answer(struct predicting *x, const char *const *path)
{
    const bool is_pictures = predictor_modality(x->predictor) == SMP_IMAGES;
    const struct source_params params = {.paths = path,
                                         .n_paths = 1,
                                         .want = is_pictures ? SOURCE_PICTURES : SOURCE_TEXTS,
                                         .text_column = cli_value(x->cli, "--text-column"),
                                         .limits = SOURCE_LIMITS_DEFAULT};
    struct source *source;
    enum err e;

    TRY(source_open(&source, &params));
    e = source_answer(x, source, *path);
    source_close(source);
    return e;
}

static enum err predict(struct predicting *x)
{
    struct cli *c = x->cli;

    for (size_t i = 0; i < c->n_words; i++)
        TRY(path_answer(x, &c->word[i]));
    if (!x->n_failed) return OK;
    return fail(ERR_INVALID, "%zu of %zu items could not be read; their lines say why",
                x->n_failed, x->n_all);
}

static enum err version_get(struct cli *c, const char *named, struct store *s, struct model *m)
{
    if (!named)
        return cli_usage(c, "--model is missing: an id, or project/number as in shoes/3");
    return model_named(s, &c->arena, named, m);
}

enum err cmd_predict(struct cli *c)
{
    struct predicting x = {.cli = c};
    struct model m;
    struct store *s;
    int64_t threads;
    enum err e;

    TRY(cli_number(c, "--threads", pool_processors(), 1, 1024, &threads));
    x.threads = (int)threads;
    TRY(store_open(&s, c->data, STORE_READ));
    e = version_get(c, cli_value(c, "--model"), s, &m);
    if (!e) e = model_open(s, &m, &x.predictor);
    store_close(s);
    if (e) return e;
    arena_init(&x.arena, 1 * GIB);
    e = predict(&x);
    arena_free(&x.arena);
    predictor_drop(x.predictor);
    return e;
}

/* -- trace -------------------------------------------------------------------------------------- */

static json_t *forward_datasets(const struct label_trace *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_datasets; i++)
        json_array_append_new(list, json_integer((json_int_t)t->datasets[i].version));
    return list;
}

static json_t *forward_models(const struct label_trace *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_models; i++)
        json_array_append_new(list, json_pack("{s:I, s:I, s:b}", "model",
                                              (json_int_t)t->models[i].model.id, "version",
                                              (json_int_t)t->models[i].model.version, "taught",
                                              t->models[i].taught));
    return list;
}

static enum err trace_forward(struct cli *c, struct store *s, const struct uuid *id)
{
    char text[UUID_TEXT];
    struct ledger_row event;
    struct label_trace t;

    uuid_write(text, id);
    TRY(store_ledger_by_client(s, &c->arena, id, &event));
    if (!event.seq) return fail(ERR_NOT_FOUND, "there is no label %s", text);
    TRY(trace_label(s, &c->arena, event.project_id, id, &t));
    return cli_print_json(
        c, json_pack("{s:s, s:I, s:I, s:I, s:I, s:s?, s:o, s:o}", "label", text, "project",
                     (json_int_t)event.project_id, "item", (json_int_t)event.item_id, "user",
                     (json_int_t)event.user_id, "seq", (json_int_t)event.seq, "answer",
                     t.answer, "datasets", forward_datasets(&t), "models", forward_models(&t)));
}

static enum err head_print(struct cli *c, struct store *s, const struct model *m,
                           struct dataset *d)
{
    char hash[HASH_HEX];
    char content[HASH_HEX];
    struct encoder e;

    TRY(model_is_trained(m));
    TRY(store_dataset_get(s, &c->arena, m->dataset_id, d));
    TRY(store_encoder_get(s, &c->arena, m->encoder_id, &e));
    hash_hex(hash, &m->hash);
    hash_hex(content, &d->hash);
    return cli_print_json(
        c, json_pack("{s:I, s:I, s:I, s:s, s:I, s:s, s:s, s:I, s:s, s:s}", "model",
                     (json_int_t)m->id, "project", (json_int_t)m->project_id, "version",
                     (json_int_t)m->version, "hash", hash, "dataset", (json_int_t)d->version,
                     "dataset_hash", content, "encoder", encoder_title(&c->arena, &e), "seed",
                     (json_int_t)m->seed, "program", m->program, "recipe", m->recipe));
}

static enum err label_print(struct cli *c, struct store *s, const struct dataset *d,
                            const struct traced *t)
{
    char id[UUID_TEXT];
    struct dataset_item i;

    uuid_write(id, &t->id);
    TRY(store_dataset_item_find(s, &c->arena, d->id, t->item_id, &i));
    return cli_print_json(c, json_pack("{s:s, s:I, s:I, s:I, s:s?, s:b}", "label", id, "item",
                                       (json_int_t)t->item_id, "user", (json_int_t)t->user_id,
                                       "seq", (json_int_t)t->seq, "answer", t->answer, "taught",
                                       i.part == PART_TRAIN));
}

static enum err trace_back(struct cli *c, struct store *s, const char *named)
{
    struct trace_ask ask = {.limit = PAGE};
    struct traced *list;
    struct dataset d;
    struct model m;
    size_t n;

    TRY(model_named(s, &c->arena, named, &m));
    TRY(head_print(c, s, &m, &d));
    ask.project_id = m.project_id;
    ask.seq = d.ledger_seq;
    ask.dataset_id = d.id;
    do {
        TRY(trace_labels(s, &c->arena, &ask, &list, &n, &ask.after));
        for (size_t i = 0; i < n; i++)
            TRY(label_print(c, s, &d, &list[i]));
    } while (ask.after);
    return OK;
}

enum err cmd_trace(struct cli *c)
{
    struct store *s;
    struct uuid id;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = uuid_read(&id, c->word[0]) ? trace_back(c, s, c->word[0]) : trace_forward(c, s, &id);
    store_close(s);
    return e;
}
