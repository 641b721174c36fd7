#include "crowd_made.h"

#include "sampler/rng.h"

#include <assert.h>
#include <stdlib.h>

static size_t draw(struct smp_rng *rng, const double *p, size_t n)
{
    double left = smp_rng_unit(rng);
    size_t c = 0;

    while (c + 1 < n && (left -= p ? p[c] : 1 / (double)n) >= 0)
        c++;
    return c;
}

static void make_room(struct crowd *out, size_t n, size_t n_items)
{
    uint32_t *triples = malloc(3 * (n + 1) * sizeof *triples);

    out->truth = malloc((n_items + 1) * sizeof *out->truth);
    assert(triples && out->truth);
    out->answers.item = triples;
    out->answers.person = triples + n;
    out->answers.answer = triples + 2 * n;
    out->answers.n = n;
}

void crowd_make(const struct crowd_plan *plan, struct crowd *out)
{
    const size_t k = plan->n_classes;
    struct smp_rng rng;
    size_t *who = malloc(plan->overlap * sizeof *who);

    assert(who);
    make_room(out, plan->n_items * plan->overlap, plan->n_items);
    out->answers.n_items = plan->n_items;
    out->answers.n_people = plan->n_people;
    out->answers.n_classes = k;
    uint32_t *item = (uint32_t *)out->answers.item;
    smp_rng_seed(&rng, plan->seed, 0);
    for (size_t i = 0, at = 0; i < plan->n_items; i++) {
        const size_t truth = draw(&rng, plan->prior, k);
        out->truth[i] = (uint32_t)truth;
        smp_rng_subset(&rng, plan->n_people, plan->overlap, who);
        for (size_t j = 0; j < plan->overlap; j++, at++) {
            const double *row = plan->confusion + (who[j] * k + truth) * k;
            item[at] = (uint32_t)i;
            item[at + out->answers.n] = (uint32_t)who[j];
            item[at + 2 * out->answers.n] = (uint32_t)draw(&rng, row, k);
        }
    }
    free(who);
}

void crowd_free(struct crowd *crowd)
{
    free((void *)crowd->answers.item);
    free(crowd->truth);
}

void crowd_confusion(const double *right, size_t n_people, size_t n_classes, double *confusion)
{
    for (size_t j = 0; j < n_people; j++)
        for (size_t c = 0; c < n_classes; c++)
            for (size_t l = 0; l < n_classes; l++)
                confusion[(j * n_classes + c) * n_classes + l] =
                    c == l ? right[j] : (1 - right[j]) / (double)(n_classes - 1);
}

static size_t *shuffled(struct smp_rng *rng, size_t n)
{
    size_t *index = malloc((n + 1) * sizeof *index);

    assert(index);
    for (size_t i = 0; i < n; i++)
        index[i] = i;
    smp_rng_shuffle(rng, index, n);
    return index;
}

void crowd_permute(const struct smp_answers *from, uint64_t seed, struct crowd *to)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 1);
    make_room(to, from->n, 0);
    to->answers.n_items = from->n_items;
    to->answers.n_people = from->n_people;
    to->answers.n_classes = from->n_classes;
    uint32_t *item = (uint32_t *)to->answers.item;
    size_t *order = shuffled(&rng, from->n);
    size_t *items = shuffled(&rng, from->n_items);
    size_t *people = shuffled(&rng, from->n_people);
    for (size_t i = 0; i < from->n; i++) {
        item[i] = (uint32_t)items[from->item[order[i]]];
        item[i + from->n] = (uint32_t)people[from->person[order[i]]];
        item[i + 2 * from->n] = from->answer[order[i]];
    }
    free(order);
    free(items);
    free(people);
}
