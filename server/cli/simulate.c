#include "jobs/simulate.h"

#include "base/file.h"
#include "base/pool.h"
#include "cli/cli.h"
#include "jobs/simulate_plot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUDGET_MAX = 100000, SEEDS_MAX = 100, BUDGETS_MAX = 50, STRATEGIES_MAX = 20, WORD = 40 };
static const size_t SVG_MAX = 16 * MIB;

/* -- what was asked for ----------------------------------------------------------------------- */

/* The next word of a list with commas, without spaces around it; false at its end. */
static bool word_next(const char **at, char word[WORD])
{
    const char *from = *at + strspn(*at, " ");
    size_t n = strcspn(from, ",");

    if (!**at) return false;
    *at = from + n + (from[n] == ',');
    while (n && from[n - 1] == ' ')
        n--;
    snprintf(word, WORD, "%.*s", (int)(n < WORD ? n : WORD - 1), from);
    return true;
}

static enum err strategies_read(struct cli *c, struct sim_plan *plan)
{
    const char *at = cli_value(c, "--strategy");
    enum smp_strategy *list = arena_array(&c->arena, STRATEGIES_MAX, sizeof *list);
    char word[WORD];

    NEED(list);
    if (!at) at = "auto,random";
    while (word_next(&at, word)) {
        if (plan->n_strategies == STRATEGIES_MAX)
            return cli_usage(c, "--strategy: more than %d strategies", STRATEGIES_MAX);
        if (!smp_strategy_parse(word, &list[plan->n_strategies]))
            return cli_usage(
                c, "--strategy: there is no '%s'; expected some of " SMP_STRATEGIES, word);
        for (size_t i = 0; i < plan->n_strategies; i++)
            if (list[i] == list[plan->n_strategies])
                return cli_usage(c, "--strategy: '%s' is there twice", word);
        plan->n_strategies++;
    }
    if (!plan->n_strategies) return cli_usage(c, "--strategy: expected at least one strategy");
    plan->strategies = list;
    return OK;
}

static enum err budgets_read(struct cli *c, struct sim_plan *plan)
{
    const char *at = cli_value(c, "--budgets");
    size_t *list = arena_array(&c->arena, BUDGETS_MAX, sizeof *list);
    char word[WORD];

    NEED(list);
    if (!at) at = "10,20,50,100,200,500,1000";
    while (word_next(&at, word)) {
        char *end;
        const unsigned long n = strtoul(word, &end, 10);

        if (word[0] < '0' || word[0] > '9' || *end || n < 1 || n > BUDGET_MAX)
            return cli_usage(c, "--budgets: expected numbers of labels from 1 to %d, got '%s'",
                             BUDGET_MAX, word);
        if (plan->n_budgets == BUDGETS_MAX)
            return cli_usage(c, "--budgets: more than %d of them", BUDGETS_MAX);
        if (plan->n_budgets && n <= list[plan->n_budgets - 1])
            return cli_usage(c, "--budgets: %lu does not come after %zu; they must rise", n,
                             list[plan->n_budgets - 1]);
        list[plan->n_budgets++] = n;
    }
    if (!plan->n_budgets) return cli_usage(c, "--budgets: expected at least one number");
    plan->budgets = list;
    return OK;
}

static enum err share_read(struct cli *c, const char *name, double none, double min, double max,
                           double *value)
{
    const char *text = cli_value(c, name);
    char *end;

    *value = none;
    if (!text) return OK;
    errno = 0;
    *value = strtod(text, &end);
    if (errno || end == text || *end || !(*value >= min && *value <= max))
        return cli_usage(c, "%s: expected a number from %g to %g, got '%.40s'", name, min, max,
                         text);
    return OK;
}

static enum err source_read(struct cli *c, struct sim_source *from)
{
    const char *kind = cli_value(c, "--kind");

    from->path = cli_value(c, "--dataset");
    from->test = cli_value(c, "--test");
    from->text_column = cli_value(c, "--text-column");
    from->label_column = cli_value(c, "--label-column");
    from->header = cli_value(c, "--no-header") ? SOURCE_NO_HEADER : SOURCE_HEADER;
    if (!from->path)
        return cli_usage(c,
                         "--dataset is missing: a folder of classes, an IDX pair or a table");
    if (kind && strcmp(kind, "image") != 0 && strcmp(kind, "text") != 0)
        return cli_usage(c, "--kind: expected image or text, got '%.40s'", kind);
    from->kind = !kind ? SIM_ANY : kind[0] == 'i' ? SIM_IMAGE : SIM_TEXT;
    return OK;
}

static enum err plan_read(struct cli *c, struct sim_plan *plan)
{
    int64_t seeds;
    int64_t threads;

    TRY(source_read(c, &plan->source));
    TRY(strategies_read(c, plan));
    TRY(budgets_read(c, plan));
    TRY(cli_number(c, "--seeds", 5, 1, SEEDS_MAX, &seeds));
    TRY(cli_number(c, "--threads", pool_processors(), 1, 1024, &threads));
    TRY(share_read(c, "--noise", 0, 0, 1, &plan->noise));
    TRY(share_read(c, "--imbalance", 1, 1, 10000, &plan->imbalance));
    TRY(share_read(c, "--explore", 0.1, 0, 1, &plan->explore));
    plan->n_seeds = (size_t)seeds;
    plan->threads = (int)threads;
    plan->encoder = cli_value(c, "--encoder");
    if (!plan->encoder) plan->encoder = "auto";
    return OK;
}

/* -- what is said ----------------------------------------------------------------------------- */

static bool progress_show(void *context, double done, const char *what)
{
    (void)context;
    fprintf(stderr, "\r\033[K%3.0f %% %s", 100 * done, what);
    fflush(stderr);
    return true;
}

static enum err point_print(void *context, const struct sim_point *p)
{
    struct cli *c = context;

    TRY(cli_print_json(c, json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f}", "dataset",
                                    p->dataset, "strategy", smp_strategy_name(p->strategy),
                                    "seed", (json_int_t)p->seed, "labels",
                                    (json_int_t)p->labels, "accuracy", p->accuracy, "macro_f1",
                                    p->macro_f1, "seconds", p->seconds)));
    if (fflush(stdout)) return fail(ERR_IO, "stdout: %m");
    return OK;
}

static json_t *number_or_null(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static enum err summaries_print_json(struct cli *c, const struct sim_result *r)
{
    for (size_t s = 0; s < r->n_strategies; s++) {
        const struct sim_summary *sum = &r->summary[s];

        TRY(cli_print_json(c, json_pack("{s:s, s:b, s:f, s:o, s:o}", "strategy",
                                        smp_strategy_name(sum->strategy), "summary", 1, "aulc",
                                        sum->aulc, "n_to_random_200",
                                        number_or_null(sum->to_random[0]), "n_to_random_1000",
                                        number_or_null(sum->to_random[1]))));
    }
    return OK;
}

static void ratio_print(double x)
{
    if (isnan(x))
        printf("  %8s", "-");
    else
        printf("  %8.2f", x);
}

static void table_print(const struct sim_result *r)
{
    printf("%s: %zu items to pick from (each seed nine tenths of them), %zu to test on, %zu "
           "classes\n%s\naccuracy %%, mean and standard deviation over %zu seed%s\n\n%-10s",
           r->dataset, r->n_pool, r->n_test, r->n_classes, r->encoder, r->n_seeds,
           r->n_seeds > 1 ? "s" : "", "labels");
    for (size_t b = 0; b < r->n_budgets; b++)
        printf("  %10zu", r->budgets[b]);
    printf("  %8s  %8s  %8s\n", "area", "to r@200", "r@1000");
    for (size_t s = 0; s < r->n_strategies; s++) {
        printf("%-10s", smp_strategy_name(r->summary[s].strategy));
        for (size_t b = 0; b < r->n_budgets; b++) {
            double mean;
            double deviation;

            sim_spread(r, s, b, &mean, &deviation);
            printf("  %5.1f ±%3.1f", 100 * mean, 100 * deviation);
        }
        printf("  %8.2f", 100 * r->summary[s].aulc);
        for (size_t m = 0; m < SIM_MARKS; m++)
            ratio_print(r->summary[s].to_random[m]);
        printf("\n");
    }
    printf(
        "\narea: under the curve over ln(labels). to r@N: labels needed for the accuracy that "
        "random has at N,\nas a share of N; - when it is not reached.\n");
}

static void notes_print(const struct sim_result *r, const struct sim_plan *plan)
{
    if (r->n_refused)
        fprintf(stderr, "%zu items were passed over; the first: %s\n", r->n_refused,
                r->refused);
    if (r->n_budgets < plan->n_budgets)
        fprintf(stderr,
                "budgets from %zu on were left out: a seed has only %zu items to label\n",
                plan->budgets[r->n_budgets], r->n_round);
}

static void verdicts_print(const struct sim_result *r)
{
    if (r->unlike[0]) fprintf(stderr, "%s\n", r->unlike);
    if (r->n_losing)
        fprintf(stderr,
                "auto: in %zu of %zu rounds picked labels had taught less than ones drawn at "
                "random, and half of the picks were drawn at random instead\n",
                r->n_losing, r->n_judged);
}

static enum err plot_write(const struct sim_result *r, const char *path)
{
    struct buf svg;
    enum err e;

    buf_init(&svg, SVG_MAX);
    e = sim_plot(&svg, r);
    if (!e) e = file_write(path, svg.data, svg.size);
    buf_free(&svg);
    return e;
}

static enum err result_tell(struct cli *c, const struct sim_result *r,
                            const struct sim_plan *plan)
{
    const char *plot = cli_value(c, "--plot");

    notes_print(r, plan);
    verdicts_print(r);
    if (c->json)
        TRY(summaries_print_json(c, r));
    else
        table_print(r);
    return plot ? plot_write(r, plot) : OK;
}

enum err cmd_simulate(struct cli *c)
{
    const struct smp_progress progress = {.keep_going = progress_show};
    const bool watched = isatty(STDERR_FILENO);
    struct sim_plan plan = {.context = c};
    struct sim_result r;
    enum err e;

    TRY(plan_read(c, &plan));
    if (c->json) plan.on_point = point_print;
    if (watched) plan.progress = &progress;
    e = simulate(&r, &plan);
    if (watched) fprintf(stderr, "\r\033[K");
    if (e) return e;
    e = result_tell(c, &r, &plan);
    sim_result_free(&r);
    return e;
}
