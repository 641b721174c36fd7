#include "jobs/check.h"

#include "jobs/check_report.h"
#include "jobs/check_shortcuts.h"
#include "jobs/quality_json.h"

#include <string.h>

/* -- alarms ----------------------------------------------------------------------------------- */

static enum err shortcut_alarms(const json_t *found, json_t *alarms)
{
    const json_t *list = json_object_get(found, "shortcuts");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i);
        json_t *alarm;

        if (!json_is_true(json_object_get(x, "rings"))) continue;
        alarm = json_pack(
            "{s:s,s:O,s:O,s:O,s:O,s:O,s:O}", "kind", "shortcut", "feature",
            json_object_get(x, "feature"), "class", json_object_get(x, "class"), "right",
            json_object_get(x, "right"), "model", json_object_get(x, "model"), "sentence",
            json_object_get(x, "sentence"), "advice", json_object_get(x, "advice"));
        TRY(quality_append(alarms, alarm));
    }
    return OK;
}

static enum err expectation_alarms(const json_t *found, json_t *alarms)
{
    const json_t *list = json_object_get(found, "expectations");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i);

        if (json_is_true(json_object_get(x, "met"))) continue;
        TRY(quality_append(alarms, json_pack("{s:s,s:O,s:O,s:O}", "kind", "expectation",
                                             "feature", json_object_get(x, "kind"), "then",
                                             json_object_get(x, "then"), "sentence",
                                             json_object_get(x, "sentence"))));
    }
    return OK;
}

static const struct {
    const char *kind, *one, *many;
} COUNTED[] = {
    {"blank",       "example is blank",                        "examples are blank"                },
    {"unread",      "example can no longer be read",           "examples can no longer be read"    },
    {"odd_sizes",   "example is of a very unusual size",       "examples are of very unusual sizes"},
    {"odd_lengths", "example is very unusually long or short",
     "examples are very unusually long or short"                                                   },
};

static enum err counted_alarms(struct check_data *d, const json_t *found, json_t *alarms)
{
    const json_t *data = json_object_get(found, "data");

    for (size_t i = 0; i < sizeof COUNTED / sizeof *COUNTED; i++) {
        const json_t *x = json_object_get(data, COUNTED[i].kind);
        const json_int_t n = json_integer_value(json_object_get(x, "n"));
        const char *sentence;

        if (!n) continue;
        sentence =
            arena_printf(&d->arena, "%lld of %zu %s: look at item %lld first", (long long)n,
                         d->n_examples, n == 1 ? COUNTED[i].one : COUNTED[i].many,
                         json_integer_value(json_array_get(json_object_get(x, "items"), 0)));
        NEED(sentence);
        TRY(quality_append(alarms, json_pack("{s:s,s:I,s:s}", "kind", COUNTED[i].kind, "n", n,
                                             "sentence", sentence)));
    }
    return OK;
}

static enum err batch_alarms(struct check_data *d, const json_t *found, json_t *alarms)
{
    const json_t *batch = json_object_get(json_object_get(found, "data"), "batch");
    const json_t *sentences = json_object_get(batch, "sentences");

    for (size_t i = 0; i < json_array_size(sentences); i++) {
        const char *text = arena_printf(&d->arena, "Of the newest %lld items: %s.",
                                        json_integer_value(json_object_get(batch, "items")),
                                        json_string_value(json_array_get(sentences, i)));

        NEED(text);
        TRY(quality_append(alarms, json_pack("{s:s,s:s}", "kind", "batch", "sentence", text)));
    }
    return OK;
}

static enum err alarms_put(struct check_data *d, json_t *found)
{
    json_t *alarms = json_array();

    TRY(quality_put(found, "alarms", alarms));
    TRY(shortcut_alarms(found, alarms));
    TRY(expectation_alarms(found, alarms));
    TRY(counted_alarms(d, found, alarms));
    return batch_alarms(d, found, alarms);
}

/* -- the look --------------------------------------------------------------------------------- */

static enum err look(struct job_run *run, struct check_data *d, json_t *found, json_t *data,
                     json_t *shortcuts, json_t *expected)
{
    const char *stop;
    size_t n_rings;

    TRY(check_report(run, d, data));
    TRY(check_shortcuts(run, d, shortcuts, &n_rings));
    TRY(check_expectations(d, n_rings, expected, &stop));
    return quality_put(found, "stop", stop ? json_string(stop) : json_null());
}

enum err check_gathered(struct job_run *run, struct check_data *d, json_t *found)
{
    json_t *data = json_object();
    json_t *shortcuts = json_array();
    json_t *expected = json_array();

    TRY(quality_put(found, "data", data));
    TRY(quality_put(found, "shortcuts", shortcuts));
    TRY(quality_put(found, "expectations", expected));
    TRY(quality_put(found, "seq", json_integer((json_int_t)d->seq)));
    TRY(look(run, d, found, data, shortcuts, expected));
    return alarms_put(d, found);
}

enum err check_examples(struct job_run *run, int64_t project_id, json_t **found)
{
    struct check_data d;
    enum err e;

    *found = json_object();
    NEED(*found);
    e = check_gather(run, project_id, &d);
    if (!e) e = check_gathered(run, &d, *found);
    check_free(&d);
    if (!e) return OK;
    json_decref(*found);
    *found = NULL;
    return e;
}

enum err check_stops(const json_t *found)
{
    const char *stop = json_string_value(json_object_get(found, "stop"));

    if (!stop) return OK;
    return fail(
        ERR_CONFLICT,
        "the examples are not as this project expects: %s, or change what is expected in "
        "the settings",
        stop);
}

enum err check_before_training(struct job_run *run, int64_t project_id, json_t **alarms)
{
    json_t *found;
    enum err e;

    *alarms = NULL;
    TRY(check_examples(run, project_id, &found));
    e = check_stops(found);
    if (!e) *alarms = json_incref(json_object_get(found, "alarms"));
    json_decref(found);
    return e;
}
