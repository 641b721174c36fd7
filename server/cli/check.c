#include "cli/work.h"
#include "store/trait.h"

#include <stdio.h>
#include <string.h>

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));

    return found ? found : "";
}

static void alarms_print(const json_t *found)
{
    const json_t *alarms = json_object_get(found, "alarms");

    if (!json_array_size(alarms)) printf("No alarm.\n");
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *x = json_array_get(alarms, i);

        printf("%-11s  %s", text(x, "kind"), text(x, "sentence"));
        if (*text(x, "advice")) printf(" %s", text(x, "advice"));
        printf("\n");
    }
}

static void advice_print(const json_t *found)
{
    const json_t *list = json_object_get(found, "advice");

    for (size_t i = 0; i < json_array_size(list); i++)
        printf("next: %s\n", text(json_array_get(list, i), "sentence"));
}

static void classes_print(const json_t *data)
{
    const json_t *classes = json_object_get(data, "classes");

    printf(
        "%lld examples of %lld items:", json_integer_value(json_object_get(data, "examples")),
        json_integer_value(json_object_get(data, "items")));
    for (size_t i = 0; i < json_array_size(classes); i++)
        printf("%s %s %lld", i ? "," : "", text(json_array_get(classes, i), "class"),
               json_integer_value(json_object_get(json_array_get(classes, i), "n")));
    printf("\n");
}

static enum err result_print(struct cli *c, const struct advice_row *x)
{
    json_t *found;

    TRY(json_read(&found, x->body, strlen(x->body)));
    if (c->json) return cli_print_json(c, found);
    classes_print(json_object_get(found, "data"));
    alarms_print(found);
    advice_print(found);
    json_decref(found);
    return OK;
}

static enum err check(struct work *w, struct cli *c)
{
    struct job j = {.kind = "advise", .params = "{}", .total = -1};
    struct advice_row x;
    struct project p;

    TRY(work_project(c, w->store, &p));
    j.project_id = p.id;
    TRY(work_job(w, c, &j, JOB_MERGE));
    fprintf(stderr, "%s\n", j.message ? j.message : "");
    TRY(store_advice_get(w->store, &c->arena, p.id, &x));
    return x.project_id ? result_print(c, &x) : OK;
}

enum err cmd_check(struct cli *c)
{
    struct work w;
    enum err e;

    TRY(work_open(&w, c));
    e = check(&w, c);
    work_close(&w);
    return e;
}
