#include "base/json.h"
#include "jobs/import.h"

#include <string.h>

char *import_params_write(struct arena *a, const struct import_params *p)
{
    json_t *paths = json_array();
    json_t *params;
    char *text = NULL;

    for (size_t i = 0; i < p->n_paths; i++)
        if (json_array_append_new(paths, json_string(p->paths[i]))) goto out;
    params = json_pack("{s:O, s:b, s:s*, s:b, s:b, s:s?, s:s?}", "paths", paths,
                       "labels_from_folder", p->labels_from == IMPORT_LABELS_FROM_FOLDER,
                       "class", p->class_name, "add_classes", p->classes == IMPORT_ADD_CLASSES,
                       "header", p->header == IMPORT_HEADER, "text_column", p->text_column,
                       "uploaded", p->uploaded);
    if (params) text = json_write(a, params);
    json_decref(params);
out:
    json_decref(paths);
    return text;
}

static enum err paths_read(struct arena *a, struct import_params *p, const json_t *list)
{
    const char **paths;

    p->n_paths = json_array_size(list);
    if (!p->n_paths) return fail(ERR_CORRUPT, "the job names nothing to import");
    paths = arena_array(a, p->n_paths, sizeof *paths);
    NEED(paths);
    for (size_t i = 0; i < p->n_paths; i++) {
        const char *path = json_string_value(json_array_get(list, i));

        if (!path) return fail(ERR_CORRUPT, "a path of the job is not a text");
        paths[i] = arena_strdup(a, path);
        NEED(paths[i]);
    }
    p->paths = paths;
    return OK;
}

static enum err text_copy(struct arena *a, const json_t *object, const char *key,
                          const char **copy)
{
    const char *text;

    *copy = NULL;
    TRY(json_text_or(object, key, NULL, 8192, &text));
    if (!text) return OK;
    *copy = arena_strdup(a, text);
    NEED(*copy);
    return OK;
}

static enum err object_read(struct arena *a, struct import_params *p, const json_t *object)
{
    bool labels;
    bool add;
    bool header;

    TRY(paths_read(a, p, json_object_get(object, "paths")));
    TRY(json_bool_or(object, "labels_from_folder", false, &labels));
    TRY(json_bool_or(object, "add_classes", false, &add));
    TRY(json_bool_or(object, "header", true, &header));
    p->labels_from = labels ? IMPORT_LABELS_FROM_FOLDER : IMPORT_NO_LABELS;
    TRY(text_copy(a, object, "class", &p->class_name));
    if (p->class_name) p->labels_from = IMPORT_LABELS_OF_ONE_CLASS;
    p->classes = add ? IMPORT_ADD_CLASSES : IMPORT_KNOWN_CLASSES;
    p->header = header ? IMPORT_HEADER : IMPORT_NO_HEADER;
    TRY(text_copy(a, object, "text_column", &p->text_column));
    return text_copy(a, object, "uploaded", &p->uploaded);
}

enum err import_params_read(struct arena *a, struct import_params *p, const char *json)
{
    json_t *object;
    enum err e;

    *p = (struct import_params){0};
    TRY(json_read(&object, json, strlen(json)));
    e = object_read(a, p, object);
    json_decref(object);
    return e;
}
