#include "api/desk.h"
#include "api/handlers.h"
#include "api/live.h"
#include "api/rate.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "domain/endpoint.h"
#include "jobs/seen.h"
#include "store/model.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* A picture may be this large as bytes; what it may be as pixels is media/image.h's to say. */
enum { INPUT_BYTES_MAX = 32 * 1024 * 1024, SLICE = 32 };

/* One request on its way to its answers. */
struct asking {
    struct req *q;
    struct endpoint endpoint;
    struct endpoint_settings settings;
    struct desk_settings people;
    struct desk_case *cases; /* (n) where people stand behind it */
    int64_t wait_s;
    struct model model;
    struct predictor *predictor;
    struct predictor_input *in;
    struct prediction *said;
    struct uuid *ids;
    size_t n;
    json_t *json; /* what the inputs point into, when they came as JSON */
    bool wants_all;
    int64_t us;
};

static enum err room_make(struct asking *x, size_t n)
{
    if (!n)
        return fail(ERR_INVALID, "the body is empty: send a picture, {\"text\"}, or a list");
    if (n > PREDICT_BATCH_MAX)
        return fail(ERR_TOO_LARGE, "%zu inputs are more than the limit of %d for one request",
                    n, PREDICT_BATCH_MAX);
    x->n = n;
    x->in = arena_array(x->q->arena, n, sizeof *x->in);
    x->said = arena_array(x->q->arena, n, sizeof *x->said);
    x->ids = arena_array(x->q->arena, n, sizeof *x->ids);
    return x->in && x->said && x->ids ? OK : fail_nomem();
}

static enum err input_set(struct asking *x, size_t i, const void *bytes, size_t n)
{
    if (!n) return fail(ERR_INVALID, "input %zu is empty", i + 1);
    if (n > INPUT_BYTES_MAX)
        return fail(ERR_TOO_LARGE, "input %zu of %zu bytes is larger than the limit of %d",
                    i + 1, n, INPUT_BYTES_MAX);
    x->in[i] = (struct predictor_input){bytes, n};
    return OK;
}

/* "..." or {"text":"..."}. */
static enum err text_read(struct asking *x, size_t i, const json_t *value)
{
    const json_t *text = json_is_object(value) ? json_object_get(value, "text") : value;

    if (json_is_object(value)) TRY(json_only(value, "text", NULL));
    if (!json_is_string(text))
        return fail(ERR_INVALID, "input %zu: expected a text or {\"text\"}", i + 1);
    return input_set(x, i, json_string_value(text), json_string_length(text));
}

static enum err json_inputs(struct asking *x)
{
    const json_t *all;

    TRY(json_read(&x->json, x->q->bytes, x->q->n_bytes));
    all = x->json;
    if (!json_is_array(all) && !json_is_object(all))
        return fail(ERR_INVALID, "expected {\"text\"} or a list of texts");
    TRY(room_make(x, json_is_array(all) ? json_array_size(all) : 1));
    for (size_t i = 0; i < x->n; i++)
        TRY(text_read(x, i, json_is_array(all) ? json_array_get(all, i) : all));
    return OK;
}

static enum err part_inputs(struct asking *x)
{
    TRY(room_make(x, x->q->n_parts));
    for (size_t i = 0; i < x->n; i++)
        TRY(input_set(x, i, x->q->parts[i].bytes, x->q->parts[i].n));
    return OK;
}

/* What is neither JSON nor in parts is the input itself, whatever type a client gave it. */
static enum err inputs_read(struct asking *x)
{
    const struct req *q = x->q;

    if (req_is_json(q)) return json_inputs(x);
    if (!strncasecmp(q->content_type, "multipart/form-data", 19)) return part_inputs(x);
    TRY(room_make(x, q->n_bytes ? 1 : 0));
    return input_set(x, 0, q->bytes, q->n_bytes);
}

static enum err limit_keep(struct asking *x, struct reply *r)
{
    const struct req *q = x->q;
    const struct service *service = q->service;
    const uint64_t key =
        rates_key(service->rates, x->endpoint.id, q->token.id, q->address ? q->address : "");
    const unsigned wait_s =
        rates_take(service->rates, key, x->settings.per_minute, (int64_t)x->n);

    if (!wait_s) return OK;
    lives_count(service->lives, &(struct endpoint_day){.endpoint_id = x->endpoint.id,
                                                       .model_id = x->endpoint.live_id,
                                                       .n_limited = 1});
    r->status = 429;
    r->retry_after_s = wait_s;
    return fail(ERR_BUSY,
                "the limit of %" PRId64
                " predictions a minute for one %s is used up; try again "
                "in %u seconds",
                x->settings.per_minute, q->token.id ? "token" : "caller", wait_s);
}

/* One alone goes its own way, many in slices, of which each stops when the client could not be
 * answered any more. */
static enum err answer(struct asking *x)
{
    struct arena *a = x->q->arena;
    const struct predictor *p = x->predictor;

    if (x->n == 1 && predictor_modality(p) == SMP_IMAGES)
        return predictor_image(p, a, x->in[0].bytes, x->in[0].n, &x->said[0]);
    if (x->n == 1) return predictor_text(p, a, x->in[0].bytes, x->in[0].n, &x->said[0]);
    for (size_t i = 0; i < x->n; i += SLICE) {
        const size_t n = x->n - i < SLICE ? x->n - i : SLICE;

        TRY(predictor_batch(p, a, x->in + i, n, 1, x->said + i));
    }
    return OK;
}

static void encode_all(struct out *o, const struct predictor *p, const struct prediction *x)
{
    out_list(o, "probabilities");
    for (size_t k = 0; k < predictor_classes(p); k++) {
        out_object(o, NULL);
        out_text(o, "class", predictor_class(p, k));
        out_number(o, "probability", (double)x->p[k]);
        out_end(o);
    }
    out_end(o);
}

static void encode_prediction(struct out *o, const struct asking *x, size_t i)
{
    const struct prediction *said = &x->said[i];
    char id[UUID_TEXT];

    uuid_write(id, &x->ids[i]);
    out_object(o, NULL);
    out_text(o, "id", id);
    if (said->failed) {
        out_text(o, "error", said->sentence);
    } else if (x->cases && !desk_is_models(&x->cases[i])) {
        desk_encode(o, &x->endpoint, &x->cases[i].asked);
    } else {
        out_text(o, "class", predictor_class(x->predictor, said->best));
        out_number(o, "probability", (double)said->p[said->best]);
        out_bool(o, "unknown", said->is_unknown);
        if (x->wants_all) encode_all(o, x->predictor, said);
    }
    out_id(o, "model", x->model.version);
    out_end(o);
}

static void shadow_ask(const struct asking *x, size_t i)
{
    lives_shadow(x->q->service->lives,
                 &(struct shadow_ask){.endpoint_id = x->endpoint.id,
                                      .live_id = x->model.id,
                                      .shadow_id = x->endpoint.shadow_id,
                                      .bytes = x->in[i].bytes,
                                      .n = x->in[i].n,
                                      .answer = lives_answer(x->predictor, &x->said[i])});
}

static void sample(const struct asking *x, size_t i)
{
    const struct prediction *said = &x->said[i];

    seen_note(x->q->service->seen,
              &(struct seen){.endpoint_id = x->endpoint.id,
                             .model_id = x->model.id,
                             .class_name = predictor_class(x->predictor, said->best),
                             .probability = (double)said->p[said->best],
                             .unknown = said->is_unknown,
                             .item_id = x->cases ? x->cases[i].asked.item_id : 0,
                             .latent = said->features.part[0],
                             .d = said->features.d[0]});
}

/* Where every answer that was given is handed on, once it is known: to the counters, to the shadow
 * version, to the sample of the day. */
static void hand_on(const struct asking *x)
{
    struct endpoint_day d = {
        .endpoint_id = x->endpoint.id, .model_id = x->model.id, .n_requests = 1, .us = x->us};

    for (size_t i = 0; i < x->n; i++) {
        if (x->said[i].failed) continue;
        d.n_predictions++;
        d.n_unknown += x->said[i].is_unknown;
        if (x->endpoint.shadow_id) shadow_ask(x, i);
        sample(x, i);
    }
    lives_count(x->q->service->lives, &d);
}

/* What the model says of an input, for deciding whether people are asked too. */
static struct desk_guess guess_of(const struct asking *x, size_t i)
{
    const struct prediction *said = &x->said[i];

    if (!x->predictor) return (struct desk_guess){0};
    return (struct desk_guess){x->model.id, predictor_class(x->predictor, said->best),
                               (double)said->p[said->best], said->is_unknown};
}

/* Those that the model is not sure of go to people, and a share of the others to be checked. */
static enum err people_ask(struct asking *x)
{
    struct req *q = x->q;

    if (!x->people.on) return OK;
    x->cases = arena_array(q->arena, x->n, sizeof *x->cases);
    NEED(x->cases);
    for (size_t i = 0; i < x->n; i++) {
        x->cases[i] = (struct desk_case){.bytes = x->in[i].bytes, .n = x->in[i].n};
        if (x->said[i].failed) continue;
        x->cases[i].guess = guess_of(x, i);
        TRY(desk_consider(q, &x->endpoint, &x->people, &x->cases[i]));
    }
    return desk_take(q, &x->endpoint, x->cases, x->n);
}

static enum err encode_answers(struct reply *r, const struct asking *x)
{
    struct out o = out_to(&r->body);

    out_object(&o, NULL);
    out_list(&o, "predictions");
    for (size_t i = 0; i < x->n; i++)
        encode_prediction(&o, x, i);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

static enum err encode_again(struct req *q, struct reply *r, void *context)
{
    (void)q;
    return encode_answers(r, context);
}

static enum err endpoint_read(struct asking *x)
{
    struct req *q = x->q;

    TRY(store_endpoint_by_name(q->store, q->arena, req_param(q, "name"), &x->endpoint));
    TRY(endpoint_settings_read(q->arena, x->endpoint.settings, NULL, &x->settings));
    TRY(desk_settings_of(q->store, q->arena, x->endpoint.id, &x->people));
    return desk_wait_s(q, &x->people, &x->wait_s);
}

/* Nothing when nothing is live: then people are. */
static enum err model_ask(struct asking *x)
{
    struct req *q = x->q;
    int64_t begun_us;

    memset(x->said, 0, x->n * sizeof *x->said);
    if (!x->endpoint.live_id) return OK;
    TRY(store_model_get(q->store, q->arena, x->endpoint.live_id, &x->model));
    TRY(lives_hold(q->service->lives, q->store, x->model.id, &x->predictor));
    begun_us = clock_ticks_us();
    TRY(answer(x));
    x->us = clock_ticks_us() - begun_us;
    return OK;
}

static enum err ask(struct asking *x, struct reply *r)
{
    struct req *q = x->q;

    TRY(endpoint_read(x));
    TRY(inputs_read(x));
    if (!x->endpoint.live_id && !x->people.on)
        return fail(ERR_CONFLICT, "no version is published at \"%s\" yet", x->endpoint.name);
    TRY(limit_keep(x, r));
    for (size_t i = 0; i < x->n; i++)
        uuid_new(&x->ids[i]);
    TRY(model_ask(x));
    TRY(people_ask(x));
    TRY(encode_answers(r, x));
    if (x->predictor) hand_on(x);
    return x->cases ? desk_wait(q, r,
                                &(struct desk_waiting){&x->endpoint, x->cases, x->n, x->wait_s,
                                                       encode_again, x})
                    : OK;
}

enum err endpoints_predict(struct req *q, struct reply *r)
{
    static const char *const WORDS[] = {"0", "1", NULL};
    struct asking *x = arena_alloc(q->arena, sizeof *x);
    int all;
    enum err e;

    NEED(x);
    *x = (struct asking){
        .q = q}; /* in the arena: a caller who waits for people outlasts this call */
    e = req_query_word(q, "probabilities", WORDS, 0, &all);
    x->wants_all = all == 1;
    if (!e) e = ask(x, r);
    predictor_drop(x->predictor);
    x->predictor = NULL;
    json_decref(x->json);
    x->json = NULL;
    return e;
}
