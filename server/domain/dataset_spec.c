/* What a data set is to hold, read and filled in. The fields: dataset.h. */
#include "domain/dataset.h"

#include "domain/question.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 500 };

static enum err read_classes(struct arena *a, const json_t *query, struct dataset_spec *spec)
{
    const json_t *list = json_object_get(query, "classes");

    if (!list || json_is_null(list)) return OK;
    if (!json_is_array(list) || json_array_size(list) > CLASSES_MAX)
        return fail(ERR_INVALID, "query.classes: expected a list of up to %d classes",
                    CLASSES_MAX);
    spec->classes = arena_array(a, json_array_size(list) + 1, sizeof *spec->classes);
    NEED(spec->classes);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name) return fail(ERR_INVALID, "query.classes: expected texts");
        spec->classes[i] = arena_strdup(a, name);
        NEED(spec->classes[i]);
    }
    spec->n_classes = json_array_size(list);
    return OK;
}

static enum err read_meta(struct arena *a, json_t *query, struct dataset_spec *spec)
{
    json_t *meta = json_object_get(query, "meta");
    const char *key;
    json_t *value;

    if (!meta || json_is_null(meta)) return OK;
    if (!json_is_object(meta) || json_object_size(meta) > DATASET_KEYS_MAX)
        return fail(ERR_INVALID, "query.meta: expected an object of up to %d texts",
                    DATASET_KEYS_MAX);
    json_object_foreach(meta, key, value)
    {
        if (!json_is_string(value))
            return fail(ERR_INVALID, "query.meta.%.80s: expected a text", key);
        spec->meta_key[spec->n_meta] = arena_strdup(a, key);
        spec->meta_value[spec->n_meta] = arena_strdup(a, json_string_value(value));
        NEED(spec->meta_key[spec->n_meta]);
        NEED(spec->meta_value[spec->n_meta]);
        spec->n_meta++;
    }
    return OK;
}

static enum err read_query(struct arena *a, json_t *query, struct dataset_spec *spec)
{
    const char *folder = "";

    spec->folder = "";
    spec->people_min = 1;
    if (!query) return OK;
    TRY(json_only(query, "classes", "folder", "meta", "people_min", "support_min", NULL));
    TRY(read_classes(a, query, spec));
    TRY(json_text_or(query, "folder", "", TEXT_MAX, &folder));
    TRY(read_meta(a, query, spec));
    TRY(json_int_or(query, "people_min", 1, 1, 1000, &spec->people_min));
    TRY(json_number_or(query, "support_min", 0, 0, 1, &spec->support_min));
    spec->folder = arena_strdup(a, folder);
    NEED(spec->folder);
    return OK;
}

static enum err read_together(struct arena *a, const json_t *split, struct dataset_spec *spec)
{
    static const struct {
        const char *name;
        unsigned bit;
    } KINDS[] = {
        {"duplicates", TOGETHER_DUPLICATES},
        {"folder",     TOGETHER_FOLDER    },
        {"session",    TOGETHER_SESSION   },
    };
    const json_t *list = json_object_get(split, "keep_together");

    if (list && !json_is_null(list) && !json_is_array(list))
        return fail(ERR_INVALID, "split.keep_together: expected a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        unsigned bit = 0;
        for (size_t k = 0; name && k < sizeof KINDS / sizeof *KINDS; k++)
            if (!strcmp(name, KINDS[k].name)) bit = KINDS[k].bit;
        spec->together |= bit;
        if (bit) continue;
        if (!name || strncmp(name, "meta:", 5) != 0 || !name[5])
            return fail(
                ERR_INVALID,
                "split.keep_together: expected duplicates, folder, session or meta:KEY");
        if (spec->n_together == DATASET_KEYS_MAX)
            return fail(ERR_INVALID, "split.keep_together: at most %d keys", DATASET_KEYS_MAX);
        spec->together_key[spec->n_together] = arena_strdup(a, name + 5);
        NEED(spec->together_key[spec->n_together]);
        spec->n_together++;
    }
    return OK;
}

static enum err read_honest(const json_t *split, struct dataset_spec *spec)
{
    const json_t *honest = json_object_get(split, "honest");
    const char *part = json_string_value(honest);

    if (!honest || json_is_null(honest)) return OK;
    if (!part || strcmp(part, "test") != 0)
        return fail(ERR_INVALID,
                    "split.honest: expected \"test\", the part that honest items go to");
    if (spec->like)
        return fail(ERR_INVALID, "split.like: honest items are the test part as it is; leave "
                                 "one of the two out");
    spec->honest = 1;
    return OK;
}

static enum err read_shares(const json_t *split, struct dataset_spec *spec)
{
    static const double SHARES[2][PARTS] = {
        {0.8, 0.1, 0.1},
        {1,   0,   0  }
    };
    const double *shares = SHARES[spec->honest];

    memcpy(spec->share, shares, sizeof SHARES[0]);
    for (int p = 0; split && p < PARTS; p++)
        TRY(json_number_or(split, dataset_part_name((enum dataset_part)p), shares[p], 0, 1,
                           &spec->share[p]));
    if (spec->honest && spec->share[PART_TEST] > 0)
        return fail(
            ERR_INVALID,
            "split.test: the test part is the honest items, and has no share of others");
    return OK;
}

static enum err read_split(struct arena *a, const json_t *split, struct dataset_spec *spec)
{
    spec->seed = 1;
    if (!split) return read_shares(NULL, spec);
    TRY(json_only(split, "train", "validation", "test", "keep_together", "like", "honest",
                  "seed", NULL));
    TRY(json_int_or(split, "like", 0, 0, INT64_MAX, &spec->like));
    TRY(read_honest(split, spec));
    TRY(read_shares(split, spec));
    if (!(spec->share[0] + spec->share[1] + spec->share[2] > 0))
        return fail(ERR_INVALID,
                    "split: one of train, validation and test must be more than 0");
    TRY(read_together(a, split, spec));
    return json_int_or(split, "seed", 1, 0, INT64_MAX, &spec->seed);
}

static json_t *query_json(const struct dataset_spec *spec)
{
    json_t *classes = json_array();
    json_t *meta = json_object();

    for (size_t i = 0; i < spec->n_classes; i++)
        json_array_append_new(classes, json_string(spec->classes[i]));
    for (size_t i = 0; i < spec->n_meta; i++)
        json_object_set_new(meta, spec->meta_key[i], json_string(spec->meta_value[i]));
    return json_pack("{s:o, s:s, s:o, s:I, s:f}", "classes", classes, "folder", spec->folder,
                     "meta", meta, "people_min", (json_int_t)spec->people_min, "support_min",
                     spec->support_min);
}

/* "honest" is there when it is asked for: specs from before it read and write as they did. */
static json_t *split_json(const struct dataset_spec *spec)
{
    json_t *together = json_array();
    json_t *split;

    if (spec->together & TOGETHER_DUPLICATES)
        json_array_append_new(together, json_string("duplicates"));
    if (spec->together & TOGETHER_FOLDER)
        json_array_append_new(together, json_string("folder"));
    if (spec->together & TOGETHER_SESSION)
        json_array_append_new(together, json_string("session"));
    for (size_t i = 0; i < spec->n_together; i++)
        json_array_append_new(together, json_sprintf("meta:%s", spec->together_key[i]));
    split = json_pack("{s:f, s:f, s:f, s:o, s:I, s:I}", "train", spec->share[PART_TRAIN],
                      "validation", spec->share[PART_VALIDATION], "test",
                      spec->share[PART_TEST], "keep_together", together, "like",
                      (json_int_t)spec->like, "seed", (json_int_t)spec->seed);
    if (split && spec->honest) json_object_set_new(split, "honest", json_string("test"));
    return split;
}

static enum err field(const json_t *body, const char *key, json_t **object)
{
    *object = json_object_get(body, key);
    if (json_is_null(*object)) *object = NULL;
    if (*object && !json_is_object(*object))
        return fail(ERR_INVALID, "%s: expected an object", key);
    return OK;
}

enum err dataset_spec_read(struct arena *a, const json_t *body, struct dataset_spec *spec)
{
    json_t *query;
    json_t *split;
    json_t *whole;

    *spec = (struct dataset_spec){0};
    TRY(field(body, "query", &query));
    TRY(field(body, "split", &split));
    TRY(read_query(a, query, spec));
    TRY(read_split(a, split, spec));
    whole = json_pack("{s:o, s:o}", "query", query_json(spec), "split", split_json(spec));
    spec->body = whole ? json_write(a, whole) : NULL;
    json_decref(whole);
    NEED(spec->body);
    return OK;
}
