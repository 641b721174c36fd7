#include "domain/recipe.h"

#include "store/queue.h"
#include "store/recipe.h"

#include <math.h>
#include <string.h>

/* Parts are named in a sentence until they make up so much, at most three of them. */
static const double MAINLY = 0.66;
enum { NAMED_MAX = 3 };

/* -- as JSON ---------------------------------------------------------------------------------- */

static json_t *members_json(const struct smp_recipe *r)
{
    json_t *list = json_array();

    for (size_t m = 0; m < r->n_members && list; m++) {
        const struct smp_member *from = &r->member[m];
        json_t *member =
            json_pack("{s:s, s:I, s:f}", "kind", smp_member_kind_name(from->kind), "part",
                      (json_int_t)from->part, "weight", (double)from->weight);
        if (member && !json_array_append_new(list, member)) continue;
        json_decref(list);
        list = NULL;
    }
    return list;
}

static json_t *recipe_json(const struct smp_recipe *r)
{
    if (!r->n_members) return json_null();
    return json_pack("{s:f, s:o, s:I, s:f}", "accuracy", (double)r->accuracy, "members",
                     members_json(r), "n_labels", (json_int_t)r->n_labels, "temperature",
                     (double)r->temperature);
}

static enum err text_of(struct arena *a, json_t *json, const char **text)
{
    NEED(json);
    *text = json_write(a, json);
    json_decref(json);
    NEED(*text);
    return OK;
}

static enum err member_read(const json_t *from, struct smp_member *m)
{
    const char *kind;
    double weight;
    int64_t part;

    TRY(json_text(from, "kind", 1, 20, &kind));
    TRY(json_int(from, "part", 0, SMP_PARTS_MAX - 1, &part));
    TRY(json_number_or(from, "weight", 0, 0, 1, &weight));
    for (int k = 0; k < SMP_MEMBER_KINDS; k++) {
        if (strcmp(kind, smp_member_kind_name((enum smp_member_kind)k)) != 0) continue;
        *m = (struct smp_member){(uint32_t)part, (enum smp_member_kind)k, (float)weight};
        return OK;
    }
    return fail(ERR_CORRUPT, "a recipe names '%s', a kind of member that is not known", kind);
}

static enum err recipe_read(const json_t *from, struct smp_recipe *r)
{
    const json_t *members = json_object_get(from, "members");
    double accuracy;
    double temperature;
    int64_t n_labels;

    *r = (struct smp_recipe){.n_members = 0};
    if (json_is_null(from)) return OK;
    if (!json_is_array(members) || json_array_size(members) > SMP_MEMBERS_MAX)
        return fail(ERR_CORRUPT, "a recipe has no list of at most %d members", SMP_MEMBERS_MAX);
    TRY(json_number_or(from, "accuracy", 0, 0, 1, &accuracy));
    TRY(json_number_or(from, "temperature", 1, 0, 1e9, &temperature));
    TRY(json_int_or(from, "n_labels", 0, 0, INT64_MAX, &n_labels));
    for (size_t i = 0; i < json_array_size(members); i++)
        TRY(member_read(json_array_get(members, i), &r->member[r->n_members++]));
    r->accuracy = (float)accuracy;
    r->temperature = (float)temperature;
    r->n_labels = (size_t)n_labels;
    return OK;
}

enum err recipe_write(struct arena *a, const struct smp_recipe *r, const char **text)
{
    return text_of(a, recipe_json(r), text);
}

enum err recipe_parse(const char *text, struct smp_recipe *r)
{
    json_t *body;
    enum err e;

    TRY(json_read(&body, text, strlen(text)));
    e = recipe_read(body, r);
    json_decref(body);
    return e;
}

enum err recipes_write(struct arena *a, const struct smp_recipe *list, size_t n,
                       const char **text)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n && all; i++) {
        json_t *one = recipe_json(&list[i]);
        if (one && !json_array_append_new(all, one)) continue;
        json_decref(all);
        all = NULL;
    }
    return text_of(a, all, text);
}

enum err recipes_read(const char *text, struct smp_recipe *list, size_t max, size_t *n)
{
    json_t *all;
    enum err e = OK;

    TRY(json_read(&all, text, strlen(text)));
    *n = json_array_size(all);
    if (!json_is_array(all) || *n > max)
        e = fail(ERR_CORRUPT, "the recipes of a round are no list of at most %zu", max);
    for (size_t i = 0; i < *n && !e; i++)
        e = recipe_read(json_array_get(all, i), &list[i]);
    json_decref(all);
    return e;
}

/* -- the one in use --------------------------------------------------------------------------- */

enum err recipe_keep(struct store *s, struct arena *a, const struct recipe_chosen *c,
                     int64_t now_ms)
{
    struct recipe_row row = {.project_id = c->project_id,
                             .encoder_id = c->encoder_id,
                             .question = c->question,
                             .ledger_seq = c->ledger_seq,
                             .n_labels = (int64_t)c->n_labels,
                             .accuracy = (double)c->recipe.accuracy,
                             .created_at = now_ms};

    TRY(text_of(a, recipe_json(&c->recipe), &row.body));
    TRY(store_begin(s));
    return store_end(s, store_recipe_add(s, &row));
}

enum err recipe_find(struct store *s, struct arena *a, int64_t project_id, int64_t encoder_id,
                     const char *question, struct recipe_chosen *c)
{
    struct recipe_row row;
    json_t *body;
    enum err e;

    *c = (struct recipe_chosen){.project_id = project_id, .encoder_id = encoder_id};
    TRY(store_recipe_last(s, a, project_id, encoder_id, question, &row));
    c->question = question;
    if (!row.id) return OK;
    c->ledger_seq = row.ledger_seq;
    c->n_labels = (size_t)row.n_labels;
    TRY(json_read(&body, row.body, strlen(row.body)));
    e = recipe_read(body, &c->recipe);
    json_decref(body);
    return e;
}

/* -- for people ------------------------------------------------------------------------------- */

size_t recipe_shares(const struct encoder *e, const struct smp_recipe *r,
                     struct recipe_share shares[SMP_PARTS_MAX])
{
    static const struct encoder_part LATENT = {.name = "latent", .sees = "the latent"};
    size_t n = 0;

    for (size_t p = 0; p < (e->n_parts ? e->n_parts : 1); p++) {
        struct recipe_share share = {.part = e->n_parts ? &e->part[p] : &LATENT};
        size_t at = n;

        for (size_t m = 0; m < r->n_members; m++)
            if (r->member[m].part == p) share.weight += (double)r->member[m].weight;
        if (share.weight <= 0) continue;
        for (; at && shares[at - 1].weight < share.weight; at--)
            shares[at] = shares[at - 1];
        shares[at] = share;
        n++;
    }
    return n;
}

static int percent(double share)
{
    return (int)lround(100 * share);
}

const char *recipe_reads(struct arena *a, const struct encoder *e, const struct smp_recipe *r)
{
    struct recipe_share shares[SMP_PARTS_MAX];
    const size_t n = recipe_shares(e, r, shares);
    const char *text = "";

    for (size_t i = 0; i < n && text; i++)
        text = arena_printf(a, "%s%s%s %d %%", text, i ? ", " : "", shares[i].part->sees,
                            percent(shares[i].weight));
    return text;
}

/* ", " or " and " before the i-th of n. */
static const char *joint(size_t i, size_t n)
{
    if (!i) return "";
    return i + 1 < n ? ", " : " and ";
}

static const char *why_chosen(struct arena *a, const struct recipe_share *shares, size_t n)
{
    const char *text = "Your classes differ mainly by ";
    double sum = 0;
    size_t named = 0;

    if (n == 1) return arena_printf(a, "Your classes differ by %s.", shares[0].part->sees);
    while (named < n && named < NAMED_MAX && sum < MAINLY)
        sum += shares[named++].weight;
    for (size_t i = 0; i < named && text; i++)
        text = arena_printf(a, "%s%s%s (%d %%)", text, joint(i, named), shares[i].part->sees,
                            percent(shares[i].weight));
    return text ? arena_printf(a, "%s.", text) : NULL;
}

static const char *why_by_rule(struct arena *a, const struct recipe_share *shares, size_t n)
{
    const char *text = "";

    for (size_t i = 0; i < n && text; i++)
        text = arena_printf(a, "%s%s%s", text, joint(i, n), shares[i].part->sees);
    if (!text) return NULL;
    return arena_printf(a,
                        n > 1
                            ? "Too early to tell what your classes differ by: the model reads "
                              "%s alike, until there are about ten labels a class."
                            : "The model reads %s.",
                        text);
}

const char *recipe_why(struct arena *a, const struct encoder *e, const struct smp_recipe *r)
{
    struct recipe_share shares[SMP_PARTS_MAX];
    const size_t n = recipe_shares(e, r, shares);

    if (!n) return "There is no model yet: it needs labels of two classes.";
    return r->n_labels ? why_chosen(a, shares, n) : why_by_rule(a, shares, n);
}

static void held_out(const struct smp_recipe *r, struct accuracy *x)
{
    *x = (struct accuracy){.n = 0};
    if (!r->n_labels || r->accuracy <= 0) return;
    x->n = (int64_t)r->n_labels;
    x->value = (double)r->accuracy;
    wilson_interval(llround(x->value * (double)x->n), x->n, &x->low, &x->high);
}

static enum err status_fill(struct store *s, struct arena *a, const struct round *r,
                            struct model_status *x)
{
    struct smp_recipe *recipes = arena_array(a, QUESTIONS_MAX, sizeof *recipes);
    struct model_question *list = arena_array(a, QUESTIONS_MAX, sizeof *list);
    struct project_brief p;
    const struct questions *q;

    NEED(recipes);
    NEED(list);
    TRY(recipes_read(r->recipes, recipes, QUESTIONS_MAX, &x->n_questions));
    TRY(store_encoder_get(s, a, r->encoder_id, &x->encoder));
    TRY(store_project_brief(s, r->project_id, &p));
    TRY(project_questions(s, r->project_id, p.question_version, &q));
    if (x->n_questions > q->n) x->n_questions = q->n;
    for (size_t i = 0; i < x->n_questions; i++) {
        list[i].question = arena_strdup(a, q->question[i].name);
        NEED(list[i].question);
        list[i].recipe = recipes[i];
        held_out(&recipes[i], &list[i].held_out);
    }
    x->question = list;
    x->model = r->model;
    return OK;
}

enum err model_status(struct store *s, struct arena *a, int64_t project_id,
                      struct model_status *x)
{
    struct round r;

    *x = (struct model_status){.model = NULL};
    TRY(store_round_last(s, a, project_id, &r));
    return r.id && r.model && r.recipes ? status_fill(s, a, &r, x) : OK;
}
