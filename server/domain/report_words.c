/* The account in sentences. Figures stand in them as counts of a hundred, which people read better than
 * percentages of probabilities (Gigerenzer & Hoffrage, Psychological Review 102, 1995). */
#include "domain/report_inside.h"

#include <math.h>
#include <string.h>

enum { ENOUGH = 10, CALIBRATION_MIN = 50, NAMED_SLICES = 3 };

const char *report_hundred(struct arena *a, size_t part, size_t whole)
{
    const struct smp_interval x = smp_wilson(part, whole, 0.95);

    return arena_printf(a, "%.0f (between %.0f and %.0f)",
                        100 * (double)part / (double)(whole ? whole : 1), 100 * x.low,
                        100 * x.high);
}

/* The class that class k is most often taken for; k itself when it never is. */
static size_t mistaken_for(const struct report_making *m, size_t k)
{
    const size_t n = m->in->n_classes;
    size_t most = k;
    size_t count = 0;

    for (size_t other = 0; other < n; other++) {
        if (other == k || m->table[k * n + other] <= count) continue;
        most = other;
        count = m->table[k * n + other];
    }
    return most;
}

static const char *precision_words(const struct report_making *m, size_t k)
{
    const struct smp_class_figures *f = &m->figures[k];
    const char *noun = m->in->noun;
    const char *name = m->in->classes[k];

    if (!f->n_guess) return arena_printf(m->a, "It called none of the %s %s.", noun, name);
    if (f->n_guess < ENOUGH)
        return arena_printf(m->a,
                            "It called %zu of the %s %s, and %zu of them were: too few to "
                            "say more.",
                            f->n_guess, noun, name, f->n_right);
    return arena_printf(m->a, "Of 100 %s it calls %s, about %s are.", noun, name,
                        report_hundred(m->a, f->n_right, f->n_guess));
}

static const char *recall_words(const struct report_making *m, size_t k)
{
    const struct smp_class_figures *f = &m->figures[k];
    const size_t other = mistaken_for(m, k);
    const char *taken = "";

    if (!f->n_truth)
        return arena_printf(m->a, "None of the %s were %s.", m->in->noun, m->in->classes[k]);
    if (other != k && m->table[k * m->in->n_classes + other] > 1)
        taken = arena_printf(m->a, "; it takes them for %s most often (%zu of %zu)",
                             m->in->classes[other], m->table[k * m->in->n_classes + other],
                             f->n_truth);
    if (!taken) return NULL;
    if (f->n_truth < ENOUGH)
        return arena_printf(m->a, "It found %zu of the %zu that are %s%s.", f->n_right,
                            f->n_truth, m->in->classes[k], taken);
    return arena_printf(m->a, "Of 100 that are %s it finds about %s%s.", m->in->classes[k],
                        report_hundred(m->a, f->n_right, f->n_truth), taken);
}

const char *report_class_words(const struct report_making *m, size_t k)
{
    const char *early = "";
    const char *precision = precision_words(m, k);
    const char *recall = recall_words(m, k);

    if (!precision || !recall) return NULL;
    if (m->in->taught[k] < REPORT_EARLY)
        early = arena_printf(m->a, " Only %zu examples taught it: too early to tell.",
                             m->in->taught[k]);
    return early ? arena_printf(m->a, "%s %s%s", precision, recall, early) : NULL;
}

static enum err say(json_t *list, const char *sentence)
{
    NEED(sentence);
    return report_append(list, json_string(sentence));
}

static enum err say_accuracy(const struct report_making *m, json_t *list)
{
    const struct report_in *in = m->in;

    if (!in->n)
        return say(list,
                   "Nothing could be measured yet: there are too few labels that it was not "
                   "taught on.");
    TRY(say(list, arena_printf(m->a, "Of 100 %s it has not seen, it names about %s rightly.",
                               in->noun, report_hundred(m->a, m->n_right, in->n))));
    if (in->source == REPORT_HONEST)
        return say(list, arena_printf(m->a,
                                      "Measured on %zu %s that were drawn at random and never "
                                      "teach a model.",
                                      in->n, in->noun));
    return say(list, arena_printf(m->a,
                                  "Measured on your own %zu examples, each judged by a model "
                                  "that had not seen it; material from elsewhere may do "
                                  "worse.",
                                  in->n));
}

static enum err say_confused(const struct report_making *m, json_t *list)
{
    const size_t k = m->in->n_classes;
    size_t worst = 0;
    size_t most = 0;

    for (size_t i = 0; i < k * k; i++) {
        if (i / k == i % k || m->table[i] <= most) continue;
        worst = i;
        most = m->table[i];
    }
    if (most < 2) return OK;
    return say(list,
               arena_printf(m->a, "Its most frequent mistake: it takes %s for %s (%zu of %zu).",
                            m->in->classes[worst / k], m->in->classes[worst % k], most,
                            m->figures[worst / k].n_truth));
}

static enum err say_unknown(const struct report_making *m, json_t *list)
{
    const json_t *unknown = json_object_get(m->to, "unknown");
    const json_int_t n = json_integer_value(json_object_get(unknown, "n"));
    const json_int_t wrong = json_integer_value(json_object_get(unknown, "wrong"));

    if (!n) return OK;
    return say(list, arena_printf(m->a,
                                  "Of %zu it said \"none of these\" to %lld, %lld of which it "
                                  "would have named wrongly.",
                                  m->in->n, (long long)n, (long long)wrong));
}

static enum err say_calibration(const struct report_making *m, json_t *list)
{
    const struct smp_calibration *c = &m->calibration;
    const char *verdict = "and its percentages can be taken at their word";

    if (c->n < CALIBRATION_MIN) return OK;
    if (c->z > 3) verdict = "so it is too sure of itself";
    if (c->z < -3) verdict = "so it is better than it says";
    return say(list,
               arena_printf(m->a, "On average it says %.0f %% and is right in %.0f %%, %s.",
                            100 * c->sure, 100 * c->right, verdict));
}

static enum err say_slices(const struct report_making *m, json_t *list)
{
    const json_t *slices = json_object_get(m->to, "slices");

    for (size_t i = 0; i < json_array_size(slices) && i < NAMED_SLICES; i++) {
        const json_t *x = json_array_get(slices, i);
        const json_t *there = json_object_get(json_object_get(x, "accuracy"), "value");
        const json_t *else_ = json_object_get(json_object_get(x, "elsewhere"), "value");
        if (!json_is_true(json_object_get(x, "worse"))) break;
        TRY(say(list,
                arena_printf(m->a,
                             "It does worse where %s is %s: %.0f of 100 right there, "
                             "%.0f elsewhere.",
                             json_string_value(json_object_get(x, "key")),
                             json_string_value(json_object_get(x, "value")),
                             100 * json_number_value(there), 100 * json_number_value(else_))));
    }
    return OK;
}

/* "Too early to tell for hat and boot: fewer than 10 examples each." */
static enum err say_early(const struct report_making *m, json_t *list)
{
    const char *names = "";
    size_t n = 0;

    for (size_t k = 0; k < m->in->n_classes && names; k++) {
        if (m->in->taught[k] >= REPORT_EARLY) continue;
        if (n < 5)
            names = arena_printf(m->a, "%s%s%s", names, n ? ", " : "", m->in->classes[k]);
        n++;
    }
    if (!n) return OK;
    NEED(names);
    return say(list,
               arena_printf(m->a, "Too early to tell for %s%s: fewer than %d examples of %s.",
                            names, n > 5 ? " and others" : "", REPORT_EARLY,
                            n > 1 ? "each" : "it"));
}

/* Classes that are found, or meant, less than half of the time: for whoever relies on the model. */
static enum err say_weak(const struct report_making *m, json_t *list)
{
    for (size_t k = 0; k < m->in->n_classes; k++) {
        const struct smp_class_figures *f = &m->figures[k];
        if (f->n_truth >= ENOUGH && 2 * f->n_right < f->n_truth)
            TRY(say(list, arena_printf(m->a,
                                       "It misses more than half of %s: of 100 it finds about "
                                       "%s.",
                                       m->in->classes[k],
                                       report_hundred(m->a, f->n_right, f->n_truth))));
        if (f->n_guess >= ENOUGH && 2 * f->n_right < f->n_guess)
            TRY(say(list, arena_printf(m->a,
                                       "More than half of what it calls %s is something else: "
                                       "of 100 about %s are right.",
                                       m->in->classes[k],
                                       report_hundred(m->a, f->n_right, f->n_guess))));
    }
    return OK;
}

static enum err say_limits(const struct report_making *m, json_t *list)
{
    if (m->in->source == REPORT_EXAMPLES)
        TRY(say(
            list,
            "Its accuracy was measured on its own examples, not on material drawn at random: "
            "elsewhere it may do worse."));
    TRY(say_early(m, list));
    TRY(say_weak(m, list));
    TRY(say_slices(m, list));
    if (m->calibration.n >= CALIBRATION_MIN && fabs(m->calibration.z) > 3)
        TRY(say_calibration(m, list));
    return OK;
}

enum err report_sentences(struct report_making *m)
{
    static enum err (*const SAY[])(const struct report_making *, json_t *) = {
        say_accuracy, say_confused, say_slices, say_calibration, say_unknown, say_early};
    json_t *list = json_array();
    json_t *limits = json_array();

    TRY(report_put(m->to, "sentences", list));
    TRY(report_put(m->to, "limits", limits));
    for (size_t i = 0; i < sizeof SAY / sizeof SAY[0]; i++)
        TRY(SAY[i](m, list));
    return say_limits(m, limits);
}
