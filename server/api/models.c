#include "api/encode.h"
#include "api/handlers.h"
#include "api/live.h"
#include "base/clock.h"
#include "domain/encoder.h"
#include "domain/model.h"
#include "domain/recipe.h"

#include <string.h>

enum { PAGE = 50, PAGE_MAX = 500, TEXT_MAX = 1024 * 1024 };

static enum err model_of(struct req *q, struct model *m)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    return model_find(q->store, q->arena, project, req_param(q, "model"), m);
}

static void encode_accuracy(struct out *o, const struct model *m)
{
    if (m->source == ACCURACY_NONE) {
        out_null(o, "accuracy");
        return;
    }
    out_object(o, "accuracy");
    out_number(o, "value", m->accuracy);
    out_number(o, "low", m->accuracy_low);
    out_number(o, "high", m->accuracy_high);
    out_int(o, "n", m->accuracy_n);
    out_text(o, "source", accuracy_source_name(m->source));
    out_end(o);
}

/* What it was made of, into an object that is open; null before it is trained. */
static enum err encode_parents(struct out *o, struct req *q, const struct model *m)
{
    struct encoder e = {.id = 0};
    struct smp_recipe recipe;
    struct dataset d;

    TRY(store_dataset_get(q->store, q->arena, m->dataset_id, &d));
    if (m->encoder_id) TRY(store_encoder_get(q->store, q->arena, m->encoder_id, &e));
    out_int(o, "dataset", d.version);
    out_int(o, "ledger_seq", d.ledger_seq);
    out_text(o, "encoder", e.id ? encoder_title(q->arena, &e) : NULL);
    out_json(o, "recipe", m->recipe);
    if (!e.id || !m->recipe) {
        out_null(o, "reads");
        return OK;
    }
    TRY(recipe_parse(m->recipe, &recipe));
    out_text(o, "reads", recipe_reads(q->arena, &e, &recipe));
    return OK;
}

/* The members of Model, into an object that is open. */
static enum err encode_model(struct out *o, struct req *q, const struct model *m)
{
    char hash[HASH_HEX];

    hash_hex(hash, &m->hash);
    out_int(o, "id", m->version);
    out_text(o, "name", m->name);
    out_text(o, "state", model_state_name(m->state));
    out_text(o, "why", m->why);
    out_text(o, "question", m->question);
    out_json(o, "classes", m->classes);
    out_int(o, "taught", m->n_taught);
    encode_accuracy(o, m);
    out_text(o, "words", model_accuracy_sentence(q->arena, m));
    TRY(encode_parents(o, q, m));
    out_int(o, "seed", m->seed);
    out_int(o, "threads", m->threads);
    out_text(o, "program", m->program);
    out_text(o, "hash", m->state == MODEL_TRAINED ? hash : NULL);
    out_int(o, "bytes", m->n_bytes);
    out_number(o, "seconds", m->seconds);
    TRY(encode_person_of(o, "user", q->store, q->arena, m->user_id));
    out_int(o, "job", m->job_id);
    out_time(o, "created_at", m->created_at);
    out_time(o, "trained_at", m->trained_at);
    return OK;
}

enum err models_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct model *all;
    struct project p;
    int64_t project;
    int64_t before;
    int64_t limit;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &before));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(store_project_get(q->store, q->arena, project, &p));
    TRY(store_model_list(q->store, q->arena, project, before, (size_t)limit, &all, &n));
    out_object(&o, NULL);
    out_list(&o, "models");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        TRY(encode_model(&o, q, &all[i]));
        out_end(&o);
    }
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit && all[n - 1].version > 1 ? all[n - 1].version : 0);
    out_end(&o);
    return out_done(&o);
}

enum err models_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct model m;

    TRY(model_of(q, &m));
    out_object(&o, NULL);
    TRY(encode_model(&o, q, &m));
    out_end(&o);
    return out_done(&o);
}

enum err models_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct model_new n = {.user_id = q->user.id};
    struct model m;
    struct job j;

    TRY(req_id(q, "project", &n.project_id));
    TRY(json_only(q->body, "name", "seed", NULL));
    TRY(json_text_or(q->body, "name", "", MODEL_NAME_MAX, &n.name));
    TRY(json_int_or(q->body, "seed", MODEL_SEED_OWN, 0, INT64_MAX, &n.seed));
    TRY(model_begin(q->store, q->arena, &n, clock_now_ms(), &m, &j));
    r->status = 202;
    r->after = after_job;
    out_object(&o, NULL);
    out_object(&o, "model");
    TRY(encode_model(&o, q, &m));
    out_end(&o);
    encode_job(&o, "job", &j);
    out_end(&o);
    return out_done(&o);
}

/* Of {"text"}, which `json` keeps, or of a body that is a picture itself. */
static enum err input_read(const struct req *q, json_t **json, struct predictor_input *in)
{
    const char *text;

    *in = (struct predictor_input){q->bytes, q->n_bytes};
    if (q->n_parts) *in = (struct predictor_input){q->parts[0].bytes, q->parts[0].n};
    if (q->n_parts > 1)
        return fail(ERR_INVALID, "%zu files were sent: send one at a time", q->n_parts);
    if (!in->n) return fail(ERR_INVALID, "the body is empty: send a picture, or {\"text\"}");
    if (!req_is_json(q)) return OK;
    TRY(json_read(json, q->bytes, q->n_bytes));
    TRY(json_only(*json, "text", NULL));
    TRY(json_text(*json, "text", 1, TEXT_MAX, &text));
    *in = (struct predictor_input){text, strlen(text)};
    return OK;
}

static enum err encode_prediction(struct reply *r, const struct model *m,
                                  const struct predictor *p, const struct prediction *x)
{
    struct out o = out_to(&r->body);

    out_object(&o, NULL);
    out_int(&o, "model", m->version);
    out_text(&o, "class", predictor_class(p, x->best));
    out_number(&o, "probability", (double)x->p[x->best]);
    out_bool(&o, "unknown", x->is_unknown);
    out_number(&o, "distance", x->distance);
    out_list(&o, "probabilities");
    for (size_t c = 0; c < predictor_classes(p); c++) {
        out_object(&o, NULL);
        out_text(&o, "class", predictor_class(p, c));
        out_number(&o, "probability", (double)x->p[c]);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err models_predict(struct req *q, struct reply *r)
{
    struct predictor_input in;
    struct prediction x;
    struct predictor *p;
    struct model m;
    json_t *json = NULL;
    enum err e;

    TRY(model_of(q, &m));
    TRY(model_is_trained(&m));
    TRY(lives_hold(q->service->lives, q->store, m.id, &p));
    e = input_read(q, &json, &in);
    if (!e)
        e = json ? predictor_text(p, q->arena, in.bytes, in.n, &x)
                 : predictor_image(p, q->arena, in.bytes, in.n, &x);
    if (!e) e = encode_prediction(r, &m, p, &x);
    json_decref(json);
    predictor_drop(p);
    return e;
}
