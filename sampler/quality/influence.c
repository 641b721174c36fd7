#include "sampler/quality/influence.h"

#include "sampler/model/model.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

enum { NEVER = SMP_INFLUENCE_FOLDS, STREAM_ITEMS = 0x696e666c };
#define NOBODY UINT32_MAX

struct asking {
    const struct smp_influence_in *in;
    struct smp_sorted sorted; /* the answers by item */
    size_t *item;             /* (n) those looked at; the drawn ones first */
    uint8_t *fold;            /* (n) in which each judges, or NEVER */
    size_t n;
    uint32_t *votes; /* (n_classes) room */
    int32_t *all,
        *others; /* (n) what everybody, or everybody else, says; -1: tied or nothing */
    int32_t *guess, *guess_all; /* (n) what the models say */
    size_t *row, *asked;        /* (n) room for a model's rows, and whom it is asked about */
    int32_t *y;                 /* (n) room */
    float *p;                   /* (n, n_classes) room */
    size_t n_fits, fitted;
};

static void asking_free(struct asking *x)
{
    smp_sorted_free(&x->sorted);
    free(x->item);
    free(x->fold);
    free(x->votes);
    free(x->all);
    free(x->others);
    free(x->guess);
    free(x->guess_all);
    free(x->row);
    free(x->asked);
    free(x->y);
    free(x->p);
}

static enum smp_status asking_new(struct asking *x)
{
    const size_t n = x->in->answers.n_items + 1;
    const size_t kept = n < SMP_INFLUENCE_ITEMS ? n : SMP_INFLUENCE_ITEMS;
    const size_t k = x->in->answers.n_classes + 1;

    x->item = calloc(n, sizeof *x->item);
    x->fold = calloc(kept, sizeof *x->fold);
    x->votes = calloc(k, sizeof *x->votes);
    x->all = calloc(kept, sizeof *x->all);
    x->others = calloc(kept, sizeof *x->others);
    x->guess = calloc(kept, sizeof *x->guess);
    x->guess_all = calloc(kept, sizeof *x->guess_all);
    x->row = calloc(kept, sizeof *x->row);
    x->asked = calloc(kept, sizeof *x->asked);
    x->y = calloc(kept, sizeof *x->y);
    x->p = calloc(kept * k, sizeof *x->p);
    if (!x->item || !x->fold || !x->votes || !x->all || !x->others || !x->guess ||
        !x->guess_all || !x->row || !x->asked || !x->y || !x->p)
        return smp_fail_nomem();
    return smp_answers_sort(&x->in->answers, SMP_BY_ITEM, &x->sorted);
}

/* The drawn ones shuffled, then the others; as many as are looked at of each. */
static void choose_items(struct asking *x)
{
    const size_t n_items = x->in->answers.n_items;
    struct smp_rng rng;
    size_t n_drawn = 0;
    size_t kept;

    for (size_t i = 0; i < n_items; i++)
        if (x->in->drawn[i]) x->item[n_drawn++] = i;
    kept = n_drawn;
    for (size_t i = 0; i < n_items; i++)
        if (!x->in->drawn[i]) x->item[kept++] = i;
    smp_rng_seed(&rng, x->in->seed, STREAM_ITEMS);
    smp_rng_shuffle(&rng, x->item, n_drawn);
    smp_rng_shuffle(&rng, x->item + n_drawn, n_items - n_drawn);
    kept = n_drawn < SMP_INFLUENCE_DRAWN ? n_drawn : SMP_INFLUENCE_DRAWN;
    for (size_t i = n_drawn; i < n_items && kept < SMP_INFLUENCE_ITEMS; i++)
        x->item[kept++] = x->item[i];
    x->n = kept;
    for (size_t i = 0; i < kept; i++)
        x->fold[i] =
            x->in->drawn[x->item[i]] ? (uint8_t)(i % SMP_INFLUENCE_FOLDS) : (uint8_t)NEVER;
}

/* What most say of an item, whoever `left_out` is aside; -1 when tied, or nobody is left. */
static int32_t majority(struct asking *x, size_t item, uint32_t left_out)
{
    const uint32_t *answer = x->sorted.answer;
    const uint32_t end = x->sorted.start[item + 1];
    int32_t best = -1;
    uint32_t most = 0;
    int tied = 0;

    for (uint32_t i = x->sorted.start[item]; i < end; i++)
        if (x->sorted.person[i] != left_out) x->votes[answer[i]]++;
    for (uint32_t i = x->sorted.start[item]; i < end; i++) {
        const uint32_t votes = x->votes[answer[i]];

        x->votes[answer[i]] = 0; /* each class is looked at once, and leaves the room clean */
        if (!votes || votes < most) continue;
        tied = votes == most;
        most = votes;
        best = (int32_t)answer[i];
    }
    return tied ? -1 : best;
}

static void majorities(struct asking *x, uint32_t left_out, int32_t *says)
{
    for (size_t i = 0; i < x->n; i++)
        says[i] = majority(x, x->item[i], left_out);
}

/* The most probable class of each row of p (n, k). */
static void take_guesses(const struct asking *x, size_t n, int32_t *guess)
{
    const size_t k = x->in->answers.n_classes;

    for (size_t i = 0; i < n; i++) {
        const float *p = x->p + i * k;
        size_t best = 0;

        for (size_t c = 1; c < k; c++)
            if (p[c] > p[best]) best = c;
        guess[x->asked[i]] = (int32_t)best;
    }
}

/* Teaches a model by what is said outside the fold, and asks it about the fold. */
static enum smp_status teach_and_ask(struct asking *x, unsigned fold, const int32_t *says,
                                     int32_t *guess)
{
    struct smp_model_in in = {
        .features = x->in->features, .seed = x->in->seed, .n_threads = x->in->n_threads};
    struct smp_recipe recipe;
    struct smp_model *model;
    size_t n_taught = 0;
    size_t n_asked = 0;
    enum smp_status e;

    SMP_TRY(smp_report(x->in->progress, (double)x->fitted++ / (double)x->n_fits,
                       "teaching models without one person"));
    for (size_t i = 0; i < x->n; i++) {
        if (x->fold[i] == fold) x->asked[n_asked++] = i;
        if (x->fold[i] == fold || says[i] < 0) continue;
        x->row[n_taught] = x->in->row[x->item[i]];
        x->y[n_taught++] = says[i];
    }
    for (size_t i = 0; i < n_asked; i++)
        guess[x->asked[i]] = -1;
    if (!n_taught || !n_asked) return SMP_OK; /* nobody else: nothing is guessed right */
    in.labels = (struct smp_labels){
        .row = x->row, .y = x->y, .n = n_taught, .n_classes = x->in->answers.n_classes};
    smp_recipe_rule(&in, &recipe);
    SMP_TRY(smp_model_fit(&in, &recipe, &model));
    for (size_t i = 0; i < n_asked; i++)
        x->row[i] = x->in->row[x->item[x->asked[i]]];
    e = smp_model_predict_rows(model, in.features, x->row, n_asked, in.n_threads, x->p);
    if (!e) take_guesses(x, n_asked, guess);
    smp_model_free(model);
    return e;
}

static enum smp_status ask_all_folds(struct asking *x, const int32_t *says, int32_t *guess)
{
    for (unsigned fold = 0; fold < SMP_INFLUENCE_FOLDS; fold++)
        SMP_TRY(teach_and_ask(x, fold, says, guess));
    return SMP_OK;
}

/* Over the drawn items of which the others say something. */
static void compare(const struct asking *x, struct smp_influence *to)
{
    double n = 0;
    double with = 0;
    double without = 0;
    double squares = 0;

    for (size_t i = 0; i < x->n; i++) {
        const double a = x->guess_all[i] == x->others[i];
        const double b = x->guess[i] == x->others[i];

        if (x->fold[i] == NEVER || x->others[i] < 0) continue;
        n++;
        with += a;
        without += b;
        squares += (a - b) * (a - b);
    }
    to->n = (size_t)n;
    to->with = with / n;
    to->without = without / n;
    to->difference = to->with - to->without;
    to->error = sqrt((squares / n - to->difference * to->difference) / (n - 1));
}

static enum smp_status ask_about_all(struct asking *x, struct smp_influence *found)
{
    choose_items(x);
    x->n_fits = (x->in->n_people + 1) * SMP_INFLUENCE_FOLDS;
    majorities(x, NOBODY, x->all);
    SMP_TRY(ask_all_folds(x, x->all, x->guess_all));
    for (size_t i = 0; i < x->in->n_people; i++) {
        majorities(x, x->in->person[i], x->others);
        SMP_TRY(ask_all_folds(x, x->others, x->guess));
        compare(x, &found[i]);
    }
    return SMP_OK;
}

enum smp_status smp_influence(const struct smp_influence_in *in, struct smp_influence *found)
{
    struct asking x = {.in = in};
    enum smp_status e = asking_new(&x);

    if (!e) e = ask_about_all(&x, found);
    asking_free(&x);
    return e;
}
