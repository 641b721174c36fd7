#include "sampler/reason.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 60 };

static const float SURE = 0.8f; /* from here on it does not waver */

/* Copies a class's name, cut before a character that does not fit. */
static void class_name(const struct smp_why *why, size_t c, char *out, size_t room)
{
    size_t n;

    if (!why->class_names || !why->class_names[c]) {
        snprintf(out, room, "class %zu", c + 1);
        return;
    }
    n = strlen(why->class_names[c]);
    if (n < NAME_MAX_BYTES) {
        snprintf(out, room, "%s", why->class_names[c]);
        return;
    }
    n = NAME_MAX_BYTES;
    while (n && ((unsigned char)why->class_names[c][n] & 0xc0) == 0x80)
        n--;
    snprintf(out, room, "%.*s…", (int)n, why->class_names[c]);
}

static int percent(float p)
{
    return (int)(100 * p + 0.5f);
}

static void best_two(const struct smp_why *why, size_t best[2])
{
    best[0] = 0;
    best[1] = why->n_classes;
    for (size_t c = 1; c < why->n_classes; c++) {
        if (why->p[c] > why->p[best[0]]) {
            best[1] = best[0];
            best[0] = c;
        } else if (best[1] == why->n_classes || why->p[c] > why->p[best[1]]) {
            best[1] = c;
        }
    }
}

/* For several answers: the class whose yes or no is least certain. */
static size_t least_certain(const struct smp_why *why)
{
    size_t worst = 0;
    float least = 2;

    for (size_t c = 0; c < why->n_classes; c++) {
        const float away = why->p[c] > 0.5f ? why->p[c] - 0.5f : 0.5f - why->p[c];
        if (away >= least) continue;
        least = away;
        worst = c;
    }
    return worst;
}

static void model_says(const struct smp_why *why, char *out, size_t room)
{
    char first[NAME_MAX_BYTES + 8];
    char second[NAME_MAX_BYTES + 8];
    size_t best[2];

    if (why->several_answers) {
        const size_t c = least_certain(why);
        class_name(why, c, first, sizeof first);
        snprintf(out, room, "The model is unsure about %s (%d %%)", first, percent(why->p[c]));
        return;
    }
    best_two(why, best);
    class_name(why, best[0], first, sizeof first);
    if (best[1] == why->n_classes || why->p[best[0]] >= SURE) {
        snprintf(out, room, "The model says %s (%d %%)", first, percent(why->p[best[0]]));
        return;
    }
    class_name(why, best[1], second, sizeof second);
    snprintf(out, room, "The model wavers between %s (%d %%) and %s (%d %%)", first,
             percent(why->p[best[0]]), second, percent(why->p[best[1]]));
}

/* The count was made on a sample of the pool: two digits of it are known at best. */
static size_t rounded(size_t n)
{
    size_t unit = 1;

    while (n / unit >= 100)
        unit *= 10;
    return (n + unit / 2) / unit * unit;
}

static void who_learns(size_t n_alike, char *out, size_t room)
{
    out[0] = 0;
    if (n_alike == 2)
        snprintf(out, room, ", and one similar item would learn from it");
    else if (n_alike > 2)
        snprintf(out, room, ", and about %zu similar items would learn from it",
                 rounded(n_alike - 1));
}

void smp_reason(const struct smp_why *why, char *out)
{
    char says[2 * NAME_MAX_BYTES + 100];
    char learns[100];

    if (why->chosen_by == SMP_RANDOM && why->configured == SMP_RANDOM) {
        snprintf(out, SMP_REASON_MAX, "Chosen at random, as this project asks.");
    } else if (why->chosen_by == SMP_RANDOM) {
        snprintf(out, SMP_REASON_MAX,
                 "Chosen at random, to keep the accuracy estimate honest.");
    } else if (why->chosen_by == SMP_MAXHERD && why->n_alike > 2) {
        snprintf(out, SMP_REASON_MAX,
                 "Typical of about %zu items around it that look like nothing labelled yet.",
                 rounded(why->n_alike - 1));
    } else if (why->chosen_by == SMP_TYPICLUST && why->n_alike > 2) {
        snprintf(out, SMP_REASON_MAX,
                 "The most typical of a group of about %zu items with few labels.",
                 rounded(why->n_alike));
    } else if (!smp_strategy_needs_model(why->chosen_by)) {
        snprintf(out, SMP_REASON_MAX, "It shows what the labels so far say least about.");
    } else {
        model_says(why, says, sizeof says);
        who_learns(why->n_alike, learns, sizeof learns);
        snprintf(out, SMP_REASON_MAX, "%s%s.", says, learns);
    }
}
