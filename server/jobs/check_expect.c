#include "domain/expect.h"
#include "jobs/check_report.h"
#include "jobs/quality_json.h"

#include <string.h>

/* What was found of an expectation: how many break it, and words for the worst. */
struct outcome {
    bool is_met;
    const char *sentence;
};

static const struct check_item *example(const struct check_data *d, size_t i)
{
    return &d->item[d->example[i]];
}

static uint32_t shorter_side(const struct check_item *i)
{
    return i->width < i->height ? i->width : i->height;
}

static struct outcome sides(struct check_data *d, double least)
{
    const struct check_item *worst = NULL;
    size_t n = 0;

    for (size_t i = 0; i < d->n_examples; i++) {
        const struct check_item *x = example(d, i);

        if (shorter_side(x) >= least) continue;
        n++;
        if (!worst || shorter_side(x) < shorter_side(worst)) worst = x;
    }
    if (!worst) return (struct outcome){.is_met = true};
    return (struct outcome){
        .sentence = arena_printf(
            &d->arena,
            "%zu of %zu examples are smaller than %.0f x %.0f pixels, the smallest is item %lld "
            "with %u x %u: replace or reject them",
            n, d->n_examples, least, least, (long long)worst->id, worst->width, worst->height)};
}

static struct outcome classes(struct check_data *d, double least)
{
    const char *names = "";
    size_t n = 0;

    for (size_t k = 0; k < d->question->n_classes && names; k++) {
        if ((double)d->of_class[k] >= least) continue;
        names = arena_printf(&d->arena, "%s%s\"%s\" has %zu", names, n ? ", " : "",
                             d->question->classes[k].name, d->of_class[k]);
        n++;
    }
    if (!n) return (struct outcome){.is_met = true};
    return (struct outcome){.sentence =
                                arena_printf(&d->arena,
                                             "every class needs %.0f examples at least, "
                                             "and %s: give more of them",
                                             least, names ? names : "some have fewer")};
}

static struct outcome blanks(struct check_data *d, double most)
{
    const bool is_text = d->project.kind == PROJECT_TEXT;
    size_t n = 0;

    for (size_t i = 0; i < d->n_examples; i++)
        n += check_is_blank(d, example(d, i)) != 0;
    if (!n || (double)n <= most * (double)d->n_examples)
        return (struct outcome){.is_met = true};
    return (struct outcome){
        .sentence = arena_printf(
            &d->arena, "%zu of %zu examples are %s, and %.3g %% may be: reject them", n,
            d->n_examples, is_text ? "texts without a letter" : "pictures of one tone",
            100 * most)};
}

enum which { TOO_SHORT, TOO_LONG };

static struct outcome lengths(struct check_data *d, double limit, enum which which)
{
    const struct check_item *worst = NULL;
    size_t n = 0;

    for (size_t i = 0; i < d->n_examples; i++) {
        const struct check_item *x = example(d, i);
        const bool is_out = which == TOO_SHORT ? x->n_chars < limit : x->n_chars > limit;

        if (!is_out) continue;
        n++;
        if (!worst ||
            (which == TOO_SHORT ? x->n_chars < worst->n_chars : x->n_chars > worst->n_chars))
            worst = x;
    }
    if (!worst) return (struct outcome){.is_met = true};
    return (struct outcome){
        .sentence =
            arena_printf(&d->arena,
                         "%zu of %zu examples have %s than %.0f characters, item %lld has %u: "
                         "replace or reject them",
                         n, d->n_examples, which == TOO_SHORT ? "fewer" : "more", limit,
                         (long long)worst->id, worst->n_chars)};
}

static struct outcome shortcuts(struct check_data *d, double most, size_t n_rings)
{
    if ((double)n_rings <= most) return (struct outcome){.is_met = true};
    return (struct outcome){
        .sentence = arena_printf(
            &d->arena,
            "%zu fact%s beside the point give%s a class away, and %.0f may: see what to "
            "collect under \"shortcuts\"",
            n_rings, n_rings == 1 ? "" : "s", n_rings == 1 ? "s" : "", most)};
}

static struct outcome outcome_of(struct check_data *d, enum expect_kind k, double value,
                                 size_t n_rings)
{
    const bool is_text = d->project.kind == PROJECT_TEXT;
    const struct outcome met = {.is_met = true};

    if (k == EXPECT_SIDE_MIN) return is_text ? met : sides(d, value);
    if (k == EXPECT_CLASS_MIN) return classes(d, value);
    if (k == EXPECT_BLANK_MAX) return blanks(d, value);
    if (k == EXPECT_CHARS_MIN) return is_text ? lengths(d, value, TOO_SHORT) : met;
    if (k == EXPECT_CHARS_MAX) return is_text ? lengths(d, value, TOO_LONG) : met;
    return shortcuts(d, value, n_rings);
}

enum err check_expectations(struct check_data *d, size_t n_rings, json_t *list,
                            const char **stop)
{
    struct expectations x;

    *stop = NULL;
    TRY(expect_parse(d->project.expectations, &x));
    for (int k = 0; k < EXPECT_KINDS; k++) {
        const enum expect_kind kind = (enum expect_kind)k;
        struct outcome o;

        if (!x.then[k]) continue;
        o = outcome_of(d, kind, x.value[k], n_rings);
        if (!o.is_met) NEED(o.sentence);
        TRY(quality_append(list,
                           json_pack("{s:s,s:f,s:s,s:b,s:s?}", "kind", expect_kind_name(kind),
                                     "value", x.value[k], "then", expect_then_name(x.then[k]),
                                     "met", o.is_met, "sentence", o.sentence)));
        if (!o.is_met && x.then[k] == EXPECT_STOP && !*stop) *stop = o.sentence;
    }
    return OK;
}
