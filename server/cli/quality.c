#include "jobs/quality.h"

#include "cli/work.h"
#include "store/quality.h"

#include <stdio.h>
#include <string.h>

/* "0.812 (0.790 to 0.834)", or "-" where it is not defined. */
static const char *figure(struct cli *c, const json_t *object, const char *key)
{
    const json_t *x = json_object_get(object, key);
    const json_t *value = json_object_get(x, "value");
    const char *text;

    if (!json_is_number(value)) return "-";
    text = arena_printf(&c->arena, "%.3f (%.3f to %.3f)", json_number_value(value),
                        json_number_value(json_object_get(x, "low")),
                        json_number_value(json_object_get(x, "high")));
    return text ? text : "-";
}

static long long count(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void question_print(struct cli *c, const json_t *q)
{
    const json_t *consensus = json_object_get(q, "consensus");
    const json_t *classes = json_object_get(q, "classes");

    printf("%s: %lld items answered by several, %lld tied\n",
           json_string_value(json_object_get(q, "question")), count(q, "n_items"),
           count(consensus, "n_tied"));
    printf("  percent %s   Fleiss %s   alpha %s\n", figure(c, q, "percent"),
           figure(c, q, "fleiss"), figure(c, q, "alpha"));
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *x = json_array_get(classes, i);

        printf("  %-24s %8lld answers   positive %s   alpha %s\n",
               json_string_value(json_object_get(x, "class")), count(x, "n"),
               figure(c, x, "positive"), figure(c, x, "alpha"));
    }
}

static const char *name_of(const struct project_person *people, size_t n, int64_t user_id)
{
    for (size_t i = 0; i < n; i++)
        if (people[i].user_id == user_id && people[i].name) return people[i].name;
    return "(erased)";
}

static void person_print(struct cli *c, const json_t *x, const char *name)
{
    const json_t *z = json_object_get(json_object_get(x, "drift"), "z");

    printf("%-24s %8lld labels   as others %s   seconds %s", name, count(x, "labels"),
           figure(c, x, "others"), figure(c, x, "seconds"));
    if (json_is_number(z)) printf("   drift z %.1f", json_number_value(z));
    printf("%s\n", json_is_true(json_object_get(x, "quarantined")) ? "   in quarantine" : "");
}

static void influence_print(const json_t *x, const char *name)
{
    const json_t *difference = json_object_get(x, "difference");

    if (!json_is_number(difference)) {
        printf("%-24s cannot be told\n", name);
        return;
    }
    printf(
        "%-24s with %.3f   without %.3f   difference %+.3f, standard error %.3f, on %lld items\n",
        name, json_number_value(json_object_get(x, "with")),
        json_number_value(json_object_get(x, "without")), json_number_value(difference),
        json_number_value(json_object_get(x, "error")), count(x, "n"));
}

static void body_print(struct cli *c, const json_t *body, const struct project_person *people,
                       size_t n, enum quality_measure m)
{
    const json_t *questions = json_object_get(body, "questions");
    const json_t *rows = json_object_get(body, "people");

    for (size_t i = 0; i < json_array_size(questions); i++)
        question_print(c, json_array_get(questions, i));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *x = json_array_get(rows, i);
        const char *name = name_of(people, n, count(x, "user"));

        if (m == QUALITY_AGREEMENT)
            person_print(c, x, name);
        else
            influence_print(x, name);
    }
}

static enum err result_print(struct cli *c, struct store *s, const struct quality_result *r,
                             enum quality_measure m)
{
    struct project_person *people;
    json_t *body;
    size_t n;

    TRY(store_project_people(s, &c->arena, r->project_id, &people, &n));
    TRY(json_read(&body, r->body, strlen(r->body)));
    if (c->json) return cli_print_json(c, body);
    body_print(c, body, people, n, m);
    json_decref(body);
    return OK;
}

static enum err quality(struct work *w, struct cli *c)
{
    const enum quality_measure m =
        cli_value(c, "--influence") ? QUALITY_INFLUENCE : QUALITY_AGREEMENT;
    struct job j = {.kind = "quality", .total = -1};
    struct quality_result r;
    struct project p;

    TRY(work_project(c, w->store, &p));
    j.project_id = p.id;
    j.params = quality_params_write(&c->arena, m);
    NEED(j.params);
    TRY(work_job(w, c, &j, JOB_MERGE));
    fprintf(stderr, "%s\n", j.message ? j.message : "");
    TRY(store_quality_get(w->store, &c->arena, p.id, quality_measure_name(m), &r));
    return r.project_id ? result_print(c, w->store, &r, m) : OK;
}

enum err cmd_quality(struct cli *c)
{
    struct work w;
    enum err e;

    TRY(work_open(&w, c));
    e = quality(&w, c);
    work_close(&w);
    return e;
}
