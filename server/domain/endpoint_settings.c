#include "domain/endpoint.h"

#include <ctype.h>
#include <string.h>

enum {
    PER_MINUTE_MAX = 10000000,
    DAYS_MAX = 366,
    LABELS_MAX = 10000000,
    WORD_BYTES_MAX = 1000
};

static const char DEFAULTS[] = "{}";

/* A site as browsers name it in frame-ancestors: scheme, host and perhaps port, nothing that could end
 * the header's word and begin another. */
static bool is_site(const char *text)
{
    const size_t scheme = !strncmp(text, "https://", 8)  ? 8
                          : !strncmp(text, "http://", 7) ? 7
                                                         : 0;
    const char *host = text + scheme;

    if (!scheme || !*host || strlen(host) > 200) return false;
    for (const char *c = host; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(".-:*", *c)) return false;
    return true;
}

static enum err frames_read(struct arena *a, const json_t *list, struct endpoint_settings *x)
{
    if (!list || json_is_null(list)) return OK;
    if (!json_is_array(list)) return fail(ERR_INVALID, "frame_ancestors: expected a list");
    if (json_array_size(list) > ENDPOINT_FRAMES_MAX)
        return fail(ERR_INVALID, "frame_ancestors: at most %d sites", ENDPOINT_FRAMES_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (!text || !is_site(text))
            return fail(ERR_INVALID,
                        "frame_ancestors: expected sites such as \"https://example.org\"");
        x->frames[x->n_frames] = arena_strdup(a, text);
        NEED(x->frames[x->n_frames++]);
    }
    return OK;
}

static enum err share_read(const json_t *value, const char *what, double *share)
{
    *share = json_number_value(value);
    if (json_is_number(value) && *share >= 0 && *share <= 1) return OK;
    return fail(ERR_INVALID, "floors: %.100s: expected a share from 0 to 1", what);
}

static enum err floor_add(struct arena *a, struct floor *f, const char *key, const char *value,
                          const json_t *share)
{
    TRY(share_read(share, value, &f->least));
    f->key = key ? arena_strdup(a, key) : NULL;
    f->value = arena_strdup(a, value);
    return (key && !f->key) || !f->value ? fail_nomem() : OK;
}

static enum err slice_read(struct arena *a, const json_t *slice, struct floor *f)
{
    const char *key;
    const char *value;

    if (!json_is_object(slice))
        return fail(ERR_INVALID, "floors.slices: expected {\"key\",\"value\",\"floor\"}");
    TRY(json_only(slice, "key", "value", "floor", NULL));
    TRY(json_text(slice, "key", 1, WORD_BYTES_MAX, &key));
    TRY(json_text(slice, "value", 1, WORD_BYTES_MAX, &value));
    return floor_add(a, f, key, value, json_object_get(slice, "floor"));
}

static enum err floors_check(const json_t *floors)
{
    const json_t *slices = json_object_get(floors, "slices");
    const json_t *classes = json_object_get(floors, "classes");

    if (!json_is_object(floors)) return fail(ERR_INVALID, "floors: expected an object");
    TRY(json_only(floors, "classes", "slices", NULL));
    if ((classes && !json_is_object(classes)) || (slices && !json_is_array(slices)))
        return fail(ERR_INVALID, "floors: classes is an object and slices a list");
    if (json_object_size(classes) + json_array_size(slices) > ENDPOINT_FLOORS_MAX)
        return fail(ERR_INVALID, "floors: at most %d", ENDPOINT_FLOORS_MAX);
    return OK;
}

static enum err floors_read(struct arena *a, const json_t *floors, struct endpoint_settings *x)
{
    const json_t *slices = json_object_get(floors, "slices");
    json_t *classes = json_object_get(floors, "classes");
    const size_t n = json_object_size(classes) + json_array_size(slices);
    struct floor *all;
    const char *name;
    json_t *share;

    if (floors && !json_is_null(floors)) TRY(floors_check(floors));
    x->floors = all = arena_array(a, n + 1, sizeof *all);
    NEED(all);
    json_object_foreach(classes, name, share)
        TRY(floor_add(a, &all[x->n_floors++], NULL, name, share));
    for (size_t i = 0; i < json_array_size(slices); i++)
        TRY(slice_read(a, json_array_get(slices, i), &all[x->n_floors++]));
    return OK;
}

static enum err retrain_read(const json_t *retrain, struct endpoint_settings *x)
{
    if (!retrain || json_is_null(retrain)) return OK;
    if (!json_is_object(retrain)) return fail(ERR_INVALID, "retrain: expected an object");
    TRY(json_only(retrain, "days", "labels", "publish", NULL));
    TRY(json_int_or(retrain, "days", 0, 0, DAYS_MAX, &x->retrain_days));
    TRY(json_int_or(retrain, "labels", 0, 0, LABELS_MAX, &x->retrain_labels));
    return json_bool_or(retrain, "publish", false, &x->retrain_publishes);
}

static json_t *floors_json(const struct endpoint_settings *x)
{
    json_t *classes = json_object();
    json_t *slices = json_array();

    for (size_t i = 0; i < x->n_floors; i++) {
        const struct floor *f = &x->floors[i];

        if (!f->key)
            json_object_set_new(classes, f->value, json_real(f->least));
        else
            json_array_append_new(slices, json_pack("{s:s, s:s, s:f}", "key", f->key, "value",
                                                    f->value, "floor", f->least));
    }
    return json_pack("{s:o, s:o}", "classes", classes, "slices", slices);
}

static enum err body_write(struct arena *a, struct endpoint_settings *x)
{
    json_t *frames = json_array();
    json_t *body;

    for (size_t i = 0; i < x->n_frames; i++)
        json_array_append_new(frames, json_string(x->frames[i]));
    body = json_pack("{s:b, s:o, s:I, s:f, s:o, s:{s:I, s:I, s:b}}", "public", x->is_public,
                     "frame_ancestors", frames, "per_minute", (json_int_t)x->per_minute,
                     "margin", x->margin, "floors", floors_json(x), "retrain", "days",
                     (json_int_t)x->retrain_days, "labels", (json_int_t)x->retrain_labels,
                     "publish", x->retrain_publishes);
    x->body = body ? json_write(a, body) : NULL;
    json_decref(body);
    NEED(x->body);
    return OK;
}

static enum err fields_read(struct arena *a, const json_t *body, struct endpoint_settings *x)
{
    *x = (struct endpoint_settings){0};
    TRY(json_only(body, "public", "frame_ancestors", "per_minute", "margin", "floors",
                  "retrain", NULL));
    TRY(json_bool_or(body, "public", false, &x->is_public));
    TRY(frames_read(a, json_object_get(body, "frame_ancestors"), x));
    TRY(json_int_or(body, "per_minute", ENDPOINT_PER_MINUTE, 1, PER_MINUTE_MAX,
                    &x->per_minute));
    TRY(json_number_or(body, "margin", 0.05, 0, 0.5, &x->margin));
    TRY(floors_read(a, json_object_get(body, "floors"), x));
    TRY(retrain_read(json_object_get(body, "retrain"), x));
    return body_write(a, x);
}

enum err endpoint_settings_read(struct arena *a, const char *body, const json_t *change,
                                struct endpoint_settings *out)
{
    json_t *fields;
    enum err e = OK;

    TRY(json_read(&fields, body ? body : DEFAULTS, strlen(body ? body : DEFAULTS)));
    if (change && !json_is_object(change))
        e = fail(ERR_INVALID, "settings: expected an object");
    else if (change && json_object_update(fields, (json_t *)change))
        e = fail_nomem();
    if (!e) e = fields_read(a, fields, out);
    json_decref(fields);
    return e;
}
