#include "domain/question.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { QUESTION_NAME_BYTES_MAX = 100, DESCRIPTION_BYTES_MAX = 2000 };

/* Twenty colours that stay apart from each other and readable on light and dark, by Sasha
 * Trubetskoy's list of simple distinct colours (2017), the palest left out. */
static const char *const PALETTE[] = {"#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4",
                                      "#0aa5a5", "#f032e6", "#7a9e00", "#d8708f", "#008080",
                                      "#9a6bd8", "#9a6324", "#b59b00", "#800000", "#2f9e77",
                                      "#808000", "#c7743b", "#000075", "#808080", "#5c6bc0"};

/* Keys that are given out, in this order. The page's own are not among them: s skip, f flag,
 * r reject, u and z undo, i why, ? help. */
static const char KEYS[] = "123456789abcdeghjklmnopqtvwxy";
static const char OWN_KEYS[] = "sfruzi?";

const struct question *question_find(const struct questions *q, const char *name)
{
    for (size_t i = 0; i < q->n; i++)
        if (!strcmp(q->question[i].name, name)) return &q->question[i];
    return NULL;
}

int class_index(const struct question *q, const char *name)
{
    for (size_t i = 0; i < q->n_classes; i++)
        if (!strcmp(q->classes[i].name, name)) return (int)i;
    return -1;
}

static enum err name_check(const char *what, const char *name)
{
    size_t n = strlen(name);

    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127)
            return fail(ERR_INVALID, "%s: a name must not hold control characters", what);
    if (isspace((unsigned char)name[0]) || isspace((unsigned char)name[n - 1]))
        return fail(ERR_INVALID, "%s: \"%s\" begins or ends with a space", what, name);
    return OK;
}

static enum err color_check(const char *color)
{
    size_t n = strspn(color + (color[0] == '#'), "0123456789abcdefABCDEF");

    if (color[0] == '#' && n == 6 && !color[7]) return OK;
    return fail(ERR_INVALID, "color: expected #rrggbb, got \"%.20s\"", color);
}

static enum err key_check(const char *key)
{
    if (!key[0]) return OK;
    if (key[1] || !(isdigit((unsigned char)key[0]) || islower((unsigned char)key[0])))
        return fail(ERR_INVALID, "key: expected one digit or small letter, got \"%.20s\"", key);
    if (strchr(OWN_KEYS, key[0]))
        return fail(ERR_INVALID,
                    "key: \"%s\" is taken by the labelling page (s f r u z i are its own)",
                    key);
    return OK;
}

/* What a class may hold beside its name. Texts move into the arena: the JSON will go. */
static enum err class_fields(struct arena *a, const json_t *value, struct class *c)
{
    const char *color;
    const char *key;
    const char *description;

    TRY(json_only(value, "name", "color", "key", "description", (char *)NULL));
    TRY(json_text_or(value, "color", "", 7, &color));
    TRY(json_text_or(value, "key", "", 8, &key));
    TRY(json_text_or(value, "description", "", DESCRIPTION_BYTES_MAX, &description));
    if (color[0]) TRY(color_check(color));
    TRY(key_check(key));
    c->color = arena_strdup(a, color);
    c->key = arena_strdup(a, key);
    c->description = arena_strdup(a, description);
    return OK;
}

static enum err class_read(struct arena *a, const json_t *value, struct class *c)
{
    const char *name;

    *c = (struct class){.color = "", .key = "", .description = ""};
    if (json_is_string(value)) {
        name = json_string_value(value);
        if (!name[0] || strlen(name) > CLASS_NAME_BYTES_MAX)
            return fail(ERR_INVALID, "a class name has 1 to %d bytes", CLASS_NAME_BYTES_MAX);
    } else {
        TRY(json_text(value, "name", 1, CLASS_NAME_BYTES_MAX, &name));
        TRY(class_fields(a, value, c));
    }
    TRY(name_check("classes", name));
    c->name = arena_strdup(a, name);
    NEED(c->name && c->color && c->key && c->description ? c : NULL);
    return OK;
}

static enum err classes_read(struct arena *a, const json_t *list, struct question *q)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || !n || n > CLASSES_MAX)
        return fail(ERR_INVALID, "question \"%s\": classes: expected a list of 1 to %d",
                    q->name, CLASSES_MAX);
    q->classes = arena_array(a, n, sizeof *q->classes);
    NEED(q->classes);
    for (size_t i = 0; i < n; i++) {
        enum err e = class_read(a, json_array_get(list, i), &q->classes[i]);
        if (e) return fail_in(e, "question \"%s\", class %zu", q->name, i + 1);
        if (class_index(q, q->classes[i].name) >= 0)
            return fail(ERR_INVALID, "question \"%s\": the class \"%s\" is there twice",
                        q->name, q->classes[i].name);
        q->n_classes++;
    }
    return OK;
}

static enum err question_read(struct arena *a, const json_t *value, const char *name_default,
                              struct question *q)
{
    const char *name;
    const char *type;
    bool multiple;

    *q = (struct question){.n_classes = 0};
    TRY(json_only(value, "name", "type", "multiple", "classes", (char *)NULL));
    TRY(json_text_or(value, "name", name_default, QUESTION_NAME_BYTES_MAX, &name));
    TRY(json_text_or(value, "type", "choice", 40, &type));
    TRY(json_bool_or(value, "multiple", false, &multiple));
    if (!name || !name[0])
        return fail(ERR_INVALID, "name: expected 1 to %d bytes", QUESTION_NAME_BYTES_MAX);
    TRY(name_check("name", name));
    if (strcmp(type, "choice") != 0)
        return fail(ERR_INVALID,
                    "question \"%s\": type \"%s\" is not known; this version asks "
                    "questions of type choice",
                    name, type);
    q->name = arena_strdup(a, name);
    NEED(q->name);
    q->multiple = multiple;
    return classes_read(a, json_object_get(value, "classes"), q);
}

/* A key belongs to one class of the whole project: the page shows all its questions at once. */
static enum err keys_taken(const struct questions *q, char taken[128])
{
    memset(taken, 0, 128);
    for (size_t i = 0; i < q->n; i++) {
        for (size_t k = 0; k < q->question[i].n_classes; k++) {
            unsigned char key = (unsigned char)q->question[i].classes[k].key[0];
            if (key && taken[key & 127])
                return fail(ERR_INVALID, "key: \"%c\" is given to two classes", key);
            taken[key & 127] = 1;
        }
    }
    return OK;
}

static enum err fill_in(struct arena *a, struct questions *q)
{
    char taken[128];
    size_t color = 0;
    const char *next = KEYS;

    TRY(keys_taken(q, taken));
    for (size_t i = 0; i < q->n; i++) {
        for (size_t k = 0; k < q->question[i].n_classes; k++, color++) {
            struct class *c = &q->question[i].classes[k];
            if (!c->color[0]) c->color = PALETTE[color % (sizeof PALETTE / sizeof *PALETTE)];
            while (*next && taken[(unsigned char)*next])
                next++;
            if (c->key[0] || !*next) continue;
            c->key = arena_printf(a, "%c", *next++);
            NEED(c->key);
        }
    }
    return OK;
}

static json_t *question_json(const struct question *q)
{
    json_t *classes = json_array();

    for (size_t i = 0; i < q->n_classes; i++) {
        const struct class *c = &q->classes[i];
        json_array_append_new(classes,
                              json_pack("{s:s,s:s,s:s,s:s}", "name", c->name, "color", c->color,
                                        "key", c->key, "description", c->description));
    }
    return json_pack("{s:s,s:s,s:b,s:o}", "name", q->name, "type", "choice", "multiple",
                     q->multiple, "classes", classes);
}

static enum err write_body(struct arena *a, struct questions *q)
{
    json_t *list = json_array();

    for (size_t i = 0; i < q->n; i++)
        json_array_append_new(list, question_json(&q->question[i]));
    q->body = list ? json_write(a, list) : NULL;
    json_decref(list);
    NEED(q->body);
    return OK;
}

enum err questions_read(struct arena *a, const json_t *list, struct questions **out)
{
    size_t n = json_array_size(list);
    struct questions *q = ARENA_NEW(a, struct questions);

    NEED(q);
    if (!json_is_array(list) || !n || n > QUESTIONS_MAX)
        return fail(ERR_INVALID, "questions: expected a list of 1 to %d", QUESTIONS_MAX);
    q->question = arena_array(a, n, sizeof *q->question);
    NEED(q->question);
    for (size_t i = 0; i < n; i++) {
        enum err e =
            question_read(a, json_array_get(list, i), n == 1 ? "class" : NULL, &q->question[i]);
        if (e) return fail_in(e, "questions[%zu]", i);
        if (question_find(q, q->question[i].name))
            return fail(ERR_INVALID, "questions: the name \"%s\" is there twice",
                        q->question[i].name);
        q->n++;
    }
    TRY(fill_in(a, q));
    TRY(write_body(a, q));
    *out = q;
    return OK;
}

enum err questions_parse(struct arena *a, const char *body, struct questions **q)
{
    json_t *list;
    enum err e;

    TRY(json_read(&list, body, strlen(body)));
    e = questions_read(a, list, q);
    json_decref(list);
    return e ? fail_in(ERR_CORRUPT, "a stored question set") : OK;
}

enum err questions_from_classes(struct arena *a, const char *const *names, size_t n,
                                struct questions **q)
{
    json_t *classes = json_array();
    json_t *list;
    enum err e;

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(classes, json_string(names[i]))) {
            json_decref(classes);
            return fail(ERR_INVALID, "class %zu is not valid UTF-8", i + 1);
        }
    list = json_pack("[{s:o}]", "classes", classes);
    NEED(list);
    e = questions_read(a, list, q);
    json_decref(list);
    return e;
}

enum err questions_with_classes(struct arena *a, const struct questions *old,
                                const char *const *names, size_t n, struct questions **q)
{
    json_t *list;
    json_t *classes;
    enum err e = OK;

    TRY(json_read(&list, old->body, strlen(old->body)));
    classes = json_object_get(json_array_get(list, 0), "classes");
    for (size_t i = 0; i < n && !e; i++) {
        int repeated = class_index(&old->question[0], names[i]) >= 0;
        for (size_t k = 0; k < i && !repeated; k++)
            repeated = !strcmp(names[k], names[i]);
        if (!repeated && json_array_append_new(classes, json_string(names[i])))
            e = fail(ERR_INVALID, "class %zu is not valid UTF-8", i + 1);
    }
    if (!e) e = questions_read(a, list, q);
    json_decref(list);
    return e;
}

static enum err unknown_class(const struct question *q, const json_t *value)
{
    return fail(ERR_INVALID, "values: \"%.200s\" is no class of the question \"%s\"",
                json_is_string(value) ? json_string_value(value) : "(not a text)", q->name);
}

static int index_of(const struct question *q, const json_t *value)
{
    return json_is_string(value) ? class_index(q, json_string_value(value)) : -1;
}

static enum err single_check(const struct question *q, const json_t *value)
{
    if (!json_is_string(value))
        return fail(ERR_INVALID,
                    "values: \"%s\" is a single choice: expected one class as a text", q->name);
    return index_of(q, value) < 0 ? unknown_class(q, value) : OK;
}

/* Fills `sorted`, an empty list, with the chosen classes in the order of the question. */
static enum err multiple_check(const struct question *q, const json_t *value, json_t *sorted)
{
    char chosen[CLASSES_MAX] = {0};
    size_t n = json_array_size(value);

    if (!json_is_array(value))
        return fail(ERR_INVALID,
                    "values: \"%s\" is a multiple choice: expected a list of classes", q->name);
    for (size_t i = 0; i < n; i++) {
        int k = index_of(q, json_array_get(value, i));
        if (k < 0) return unknown_class(q, json_array_get(value, i));
        if (chosen[k])
            return fail(ERR_INVALID, "values: \"%s\" holds the class \"%s\" twice", q->name,
                        q->classes[k].name);
        chosen[k] = 1;
    }
    for (size_t k = 0; k < q->n_classes; k++)
        if (chosen[k] && json_array_append_new(sorted, json_string(q->classes[k].name)))
            return fail_nomem();
    return OK;
}

static enum err value_check(const struct question *q, const json_t *value, json_t *canonical)
{
    json_t *sorted;
    enum err e;

    if (!q->multiple) {
        TRY(single_check(q, value));
        return json_object_set_new(canonical, q->name, json_string(json_string_value(value)))
                   ? fail_nomem()
                   : OK;
    }
    sorted = json_array();
    e = multiple_check(q, value, sorted);
    if (e)
        json_decref(sorted);
    else if (json_object_set_new(canonical, q->name, sorted))
        e = fail_nomem();
    return e;
}

static enum err all_names_known(const struct questions *q, const json_t *values)
{
    void *at = json_object_iter((json_t *)values);

    for (; at; at = json_object_iter_next((json_t *)values, at))
        if (!question_find(q, json_object_iter_key(at)))
            return fail(ERR_INVALID, "values: there is no question \"%.100s\"",
                        json_object_iter_key(at));
    return OK;
}

static enum err values_read(const struct questions *q, const json_t *values, enum answer answer,
                            json_t *canonical)
{
    if (values && !json_is_object(values))
        return fail(ERR_INVALID, "values: expected an object such as {\"%s\":\"%s\"}",
                    q->question[0].name, q->question[0].classes[0].name);
    TRY(all_names_known(q, values));
    for (size_t i = 0; i < q->n; i++) {
        const json_t *value = json_object_get(values, q->question[i].name);
        if (value)
            TRY(value_check(&q->question[i], value, canonical));
        else if (answer == ANSWER_ACCEPT)
            return fail(ERR_INVALID, "values: the question \"%s\" is not answered",
                        q->question[i].name);
    }
    return OK;
}

enum err values_check(struct arena *a, const struct questions *q, const json_t *values,
                      enum answer answer, const char **canonical)
{
    json_t *object = json_object();
    enum err e;

    NEED(object);
    e = values_read(q, values, answer, object);
    if (!e) *canonical = json_write(a, object);
    json_decref(object);
    if (!e) NEED(*canonical);
    return e;
}

int values_marks(const struct question *q, const json_t *values, uint8_t *mark)
{
    const json_t *value = json_object_get(values, q->name);
    int k;

    memset(mark, 0, q->n_classes);
    if (!q->multiple) {
        /* a question that allowed several answers once */
        if (json_is_array(value)) value = json_array_get(value, 0);
        k = index_of(q, value);
        if (k >= 0) mark[k] = 1;
        return k >= 0;
    }
    if (json_is_string(value)) { /* or one only */
        k = index_of(q, value);
        if (k >= 0) mark[k] = 1;
        return k >= 0;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        k = index_of(q, json_array_get(value, i));
        if (k >= 0) mark[k] = 1;
    }
    return json_is_array(value);
}

int values_include(const struct questions *q, const char *values, int k)
{
    uint8_t mark[CLASSES_MAX];
    json_t *object;
    int yes;

    if (json_read(&object, values, strlen(values))) return 0;
    yes = values_marks(&q->question[0], object, mark) && mark[k];
    json_decref(object);
    return yes;
}

int values_class(const struct questions *q, const char *values)
{
    const struct question *first = &q->question[0];
    const json_t *value;
    json_t *object;
    int k;

    if (json_read(&object, values, strlen(values))) return -1;
    value = json_object_get(object, first->name);
    if (json_is_array(value)) value = json_array_get(value, 0);
    k = index_of(first, value);
    json_decref(object);
    return k;
}
