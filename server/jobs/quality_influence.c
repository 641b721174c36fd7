#include "jobs/quality_influence.h"

#include "domain/encoder.h"
#include "domain/smp.h"
#include "jobs/quality_json.h"
#include "sampler/quality/influence.h"
#include "store/queue.h"

#include <stdlib.h>

struct influencing {
    const struct quality_with *with;
    struct store *s;
    struct arena *a;
    int64_t project_id;
    const struct quality_data *d;
    struct encoder_latents latents;
    struct quality_answers x; /* of items with a latent, which are numbered anew */
    size_t *row;              /* (n_items) */
    uint8_t *drawn;
    uint32_t *number; /* (d->n_items) of each item, or QUALITY_NO_ANSWER */
    size_t n_items, n_drawn;
    uint32_t person[QUALITY_INFLUENCE_PEOPLE];
    size_t n_people;
};

static int by_id(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static enum err number_items(struct influencing *x)
{
    const struct quality_data *d = x->d;

    x->row = arena_array(x->a, d->n_items + 1, sizeof *x->row);
    x->drawn = arena_array(x->a, d->n_items + 1, sizeof *x->drawn);
    x->number = arena_array(x->a, d->n_items + 1, sizeof *x->number);
    if (!x->row || !x->drawn || !x->number) return fail_nomem();
    for (size_t i = 0; i < d->n_items; i++) {
        x->number[i] = QUALITY_NO_ANSWER;
        if (latents_row_of(&x->latents.latents, d->item[i], &x->row[x->n_items]))
            x->number[i] = (uint32_t)x->n_items++;
    }
    return OK;
}

static enum err mark_drawn(struct influencing *x)
{
    const struct quality_data *d = x->d;
    struct pick_origin *origins;
    size_t n;

    TRY(store_pick_origins(x->s, x->a, x->project_id, &origins, &n));
    for (size_t i = 0; i < n; i++) {
        const int64_t *found =
            bsearch(&origins[i].item_id, d->item, d->n_items, sizeof *d->item, by_id);
        const uint32_t number = found ? x->number[found - d->item] : QUALITY_NO_ANSWER;

        if (!origins[i].drawn || number == QUALITY_NO_ANSWER || x->drawn[number]) continue;
        x->drawn[number] = 1;
        x->n_drawn++;
    }
    if (x->n_drawn >= QUALITY_INFLUENCE_DRAWN) return OK;
    return fail(ERR_INVALID,
                "what a person's labels change is judged by items that were drawn at random: "
                "%zu of them are labelled so far, it takes %d",
                x->n_drawn, QUALITY_INFLUENCE_DRAWN);
}

/* The answers to items with a latent, under their new numbers. */
static enum err take_answers(struct influencing *x)
{
    size_t n = 0;

    TRY(quality_answers(x->d, 0, QUALITY_COUNTED, &x->x));
    for (size_t i = 0; i < x->x.answers.n; i++) {
        const uint32_t number = x->number[x->x.item[i]];

        if (number == QUALITY_NO_ANSWER) continue;
        x->x.item[n] = number;
        x->x.person[n] = x->x.person[i];
        x->x.answer[n++] = x->x.answer[i];
    }
    x->x.answers.n = n;
    x->x.answers.n_items = x->n_items;
    return OK;
}

/* Those with most labels; they are few, so the place of each is looked for from the end. */
static void choose_people(struct influencing *x)
{
    const struct quality_person *who = x->d->person;

    for (uint32_t p = 0; p < x->d->n_people; p++) {
        size_t at = x->n_people;

        if (who[p].is_left_out) continue;
        if (x->n_people < QUALITY_INFLUENCE_PEOPLE)
            x->n_people++;
        else if (who[x->person[--at]].n_labels >= who[p].n_labels)
            continue;
        for (; at && who[x->person[at - 1]].n_labels < who[p].n_labels; at--)
            x->person[at] = x->person[at - 1];
        x->person[at] = p;
    }
}

static enum err put(struct influencing *x, const struct smp_influence *found, json_t *body)
{
    json_t *people = json_array();

    TRY(quality_put(body, "question", json_string(x->d->question[0].q->name)));
    TRY(quality_put(body, "n_drawn", json_integer((json_int_t)x->n_drawn)));
    TRY(quality_put(body, "people", people));
    for (size_t i = 0; i < x->n_people; i++)
        TRY(quality_append(people, json_pack("{s:I,s:I,s:o,s:o,s:o,s:o}", "user",
                                             (json_int_t)x->d->person[x->person[i]].user_id,
                                             "n", (json_int_t)found[i].n, "with",
                                             quality_real(found[i].with), "without",
                                             quality_real(found[i].without), "difference",
                                             quality_real(found[i].difference), "error",
                                             quality_real(found[i].error))));
    return OK;
}

static enum err ask(struct influencing *x, json_t *body)
{
    struct smp_influence found[QUALITY_INFLUENCE_PEOPLE];
    struct smp_influence_in in = {.features = &x->latents.latents.features,
                                  .person = x->person,
                                  .seed = x->with->seed,
                                  .n_threads = x->with->n_threads,
                                  .progress = x->with->progress};

    TRY(encoder_active(x->s, x->a, x->project_id, &x->latents));
    if (!x->latents.latents.features.n)
        return fail(ERR_INVALID, "no encoder has looked at the items yet, so there is no model "
                                 "that labels could change");
    TRY(number_items(x));
    TRY(mark_drawn(x));
    TRY(take_answers(x));
    choose_people(x);
    in.row = x->row;
    in.drawn = x->drawn;
    in.answers = x->x.answers;
    in.n_people = x->n_people;
    TRY(smp_err(smp_influence(&in, found)));
    return put(x, found, body);
}

enum err quality_influence(const struct quality_with *with, struct store *s, struct arena *a,
                           int64_t project_id, const struct quality_data *d, json_t *body)
{
    struct influencing x = {.with = with, .s = s, .a = a, .project_id = project_id, .d = d};
    enum err e;

    if (d->question[0].q->multiple)
        return fail(ERR_INVALID,
                    "the question \"%s\" has several answers an item; what a person's labels "
                    "change is told for a single choice",
                    d->question[0].q->name);
    e = ask(&x, body);
    encoder_close(&x.latents);
    quality_answers_free(&x.x);
    return e;
}
