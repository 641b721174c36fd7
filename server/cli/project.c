#include "domain/project.h"
#include "base/clock.h"
#include "cli/work.h"
#include "domain/encoder.h"
#include "domain/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err project_json(struct cli *c, struct store *s, const struct project *p,
                             json_t **object)
{
    struct project_counts n;
    json_t *questions;
    char at[CLOCK_TEXT];

    (void)c;
    TRY(store_project_counts(s, p->id, &n));
    TRY(json_read(&questions, p->questions, strlen(p->questions)));
    clock_format(at, p->created_at);
    *object =
        json_pack("{s:I, s:s, s:s, s:o, s:I, s:I, s:f, s:s, s:{s:I, s:I, s:I, s:I, s:I, s:I}}",
                  "id", (json_int_t)p->id, "name", p->name, "kind", project_kind_name(p->kind),
                  "questions", questions, "question_version", (json_int_t)p->question_version,
                  "overlap", (json_int_t)p->overlap, "explore", p->explore, "created_at", at,
                  "counts", "items", (json_int_t)n.items, "open", (json_int_t)n.open,
                  "labelled", (json_int_t)n.labelled, "flagged", (json_int_t)n.flagged,
                  "rejected", (json_int_t)n.rejected, "labels", (json_int_t)n.labels);
    NEED(*object);
    return OK;
}

static enum err project_print(struct cli *c, struct store *s, const struct project *p)
{
    json_t *object;

    TRY(project_json(c, s, p, &object));
    return cli_print_json(c, object);
}

struct creation {
    struct cli *cli;
    struct project_new wanted;
    struct project made;
};

static enum err create_task(struct store *s, void *context)
{
    struct creation *x = context;

    return project_create(s, &x->cli->arena, &x->wanted, clock_now_ms(), &x->made);
}

/* "a,b, c" as the one question named "class". */
static enum err questions_make(struct cli *c, struct questions **q)
{
    const char *classes = cli_value(c, "--classes");
    json_t *list = json_array();
    json_t *all;
    enum err e;

    while (*classes) {
        size_t n = strcspn(classes, ",");
        size_t lead = strspn(classes, " ");
        size_t end = n;

        while (end > lead && classes[end - 1] == ' ')
            end--;
        if (lead < end) json_array_append_new(list, json_stringn(classes + lead, end - lead));
        classes += n + (classes[n] == ',');
    }
    all = json_pack("[{s:s, s:s, s:b, s:o}]", "name", "class", "type", "choice", "multiple",
                    cli_value(c, "--multiple") != NULL, "classes", list);
    NEED(all);
    e = questions_read(&c->arena, all, q);
    json_decref(all);
    return e;
}

static enum err explore_read(struct cli *c, double *explore)
{
    const char *text = cli_value(c, "--explore");
    char *end;

    *explore = 0.1;
    if (!text) return OK;
    *explore = strtod(text, &end);
    if (*end || end == text || !(*explore >= 0 && *explore <= 1))
        return cli_usage(c, "--explore: expected a number from 0 to 1, got '%.40s'", text);
    return OK;
}

enum err cmd_project_create(struct cli *c)
{
    struct creation x = {.cli = c, .wanted.name = c->word[0]};
    struct questions *questions;
    struct work w;
    enum err e;

    if (!cli_value(c, "--kind")) return cli_usage(c, "--kind is missing: image or text");
    if (!cli_value(c, "--classes")) return cli_usage(c, "--classes is missing: a,b,c");
    if (project_kind_read(&x.wanted.kind, cli_value(c, "--kind")))
        return cli_usage(c, "--kind: %s", err_message());
    TRY(cli_number(c, "--overlap", 1, 1, OVERLAP_MAX, &x.wanted.overlap));
    TRY(explore_read(c, &x.wanted.explore));
    TRY(questions_make(c, &questions));
    x.wanted.questions = questions;
    TRY(work_open(&w, c));
    e = writer_do(w.writer, create_task, &x);
    if (!e) e = project_print(c, w.store, &x.made);
    work_close(&w);
    return e;
}

enum err cmd_project_list(struct cli *c)
{
    struct store *s;
    struct project *projects;
    size_t n;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = store_project_list(s, &c->arena, &projects, &n);
    for (size_t i = 0; !e && i < n; i++)
        e = project_print(c, s, &projects[i]);
    store_close(s);
    return e;
}

/* What ranks the items, and what each question's classes differ by; null without a model. */
static enum err model_json(struct cli *c, struct store *s, int64_t project_id, json_t **model)
{
    struct model_status m;
    json_t *list;

    *model = json_null();
    TRY(model_status(s, &c->arena, project_id, &m));
    if (!m.model) return OK;
    list = json_array();
    for (size_t i = 0; i < m.n_questions; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:b, s:s*}", "question", m.question[i].question, "chosen",
                            m.question[i].recipe.n_labels > 0, "why",
                            recipe_why(&c->arena, &m.encoder, &m.question[i].recipe)));
    *model = json_pack("{s:s, s:s*, s:o}", "name", m.model, "encoder",
                       encoder_title(&c->arena, &m.encoder), "questions", list);
    NEED(*model);
    return OK;
}

static enum err show(struct cli *c, struct store *s)
{
    struct project p;
    struct latents_status latents;
    struct accuracy accuracy;
    json_t *object;
    json_t *model;

    TRY(project_find(s, &c->arena, c->word[0], &p));
    TRY(encoder_status(s, &c->arena, p.id, &latents));
    TRY(project_accuracy(s, &c->arena, p.id, &accuracy));
    TRY(model_json(c, s, p.id, &model));
    TRY(project_json(c, s, &p, &object));
    json_object_set_new(object, "latents",
                        json_pack("{s:s?, s:I, s:s}", "encoder", latents.encoder,
                                  "items_encoded", (json_int_t)latents.items_encoded, "state",
                                  latents_state_name(latents.state)));
    if (accuracy.n >= 10)
        json_object_set_new(object, "accuracy",
                            json_pack("{s:f, s:f, s:f, s:I}", "value", accuracy.value, "low",
                                      accuracy.low, "high", accuracy.high, "n",
                                      (json_int_t)accuracy.n));
    json_object_set_new(object, "model", model);
    return cli_print_json(c, object);
}

enum err cmd_project_show(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = show(c, s);
    store_close(s);
    return e;
}
