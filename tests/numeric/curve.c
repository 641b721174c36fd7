#include "curve.h"

#include "unit/sampler/check_smp.h"

#include "sampler/metrics.h"

static double test_accuracy(const struct curve_data *data, const struct smp_model *model)
{
    const size_t n = data->test.n;
    float *p = malloc(n * data->n_classes * sizeof *p);
    int32_t *guess = malloc(n * sizeof *guess);
    double accuracy;

    assert_true(p && guess);
    CHECK_OK(smp_model_predict(model, &data->test, 2, p));
    smp_argmax(p, n, data->n_classes, guess);
    accuracy = smp_accuracy(guess, data->truth_test, n);
    free(p);
    free(guess);
    return accuracy;
}

void curve_run(const struct curve_data *data, const struct curve_plan *plan, double *accuracy)
{
    const size_t top = plan->budgets[plan->n_budgets - 1];
    size_t *row = malloc(top * sizeof *row), n = 0;
    int32_t *y = malloc(top * sizeof *y);
    struct smp_pick *picks = malloc(top * sizeof *picks);
    struct smp_model *model = NULL;

    assert_true(row && y && picks);
    for (size_t b = 0; b < plan->n_budgets; b++) {
        struct smp_model_in fit = {
            .features = &data->pool, .labels = {.n_classes = data->n_classes}, .n_threads = 2};
        struct smp_recipe recipe;
        size_t got;

        fit.labels.row = row;
        fit.labels.y = y;
        fit.labels.n = n;
        const struct smp_question question = {.model = model, .labels = fit.labels};
        const struct smp_pick_in in = {.features = &data->pool,
                                       .question = &question,
                                       .n_questions = 1,
                                       .strategy = plan->strategy,
                                       .batch = plan->budgets[b] - n,
                                       .explore = plan->explore,
                                       .seed = plan->seed * 1000 + b,
                                       .n_threads = 2};
        CHECK_OK(smp_pick(&in, picks, &got));
        for (size_t i = 0; i < got; i++) {
            row[n] = picks[i].row;
            y[n++] = data->truth[picks[i].row];
        }
        fit.labels.n = n;
        smp_recipe_rule(&fit, &recipe);
        smp_model_free(model);
        CHECK_OK(smp_model_fit(&fit, &recipe, &model));
        accuracy[b] = test_accuracy(data, model);
    }
    smp_model_free(model);
    free(row);
    free(y);
    free(picks);
}
