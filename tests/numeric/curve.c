#include "curve.h"

#include "unit/sampler/check_smp.h"

#include "sampler/metrics.h"

static double test_accuracy(const struct curve_data *data, const struct smp_head *head)
{
    float *p = malloc(data->n_test * data->n_classes * sizeof *p);
    int32_t *guess = malloc(data->n_test * sizeof *guess);
    double accuracy;

    assert_true(p && guess);
    CHECK_OK(smp_head_predict(head, data->z_test, data->n_test, 2, p));
    smp_argmax(p, data->n_test, data->n_classes, guess);
    accuracy = smp_accuracy(guess, data->truth_test, data->n_test);
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
    struct smp_head *head = NULL;

    assert_true(row && y && picks);
    for (size_t b = 0; b < plan->n_budgets; b++) {
        const struct smp_labels before = {
            .row = row, .y = y, .n = n, .n_classes = data->n_classes};
        const struct smp_pick_in in = {.z = data->z,
                                       .n = data->n,
                                       .d = data->d,
                                       .labels = before,
                                       .head = head,
                                       .strategy = plan->strategy,
                                       .batch = plan->budgets[b] - n,
                                       .explore = plan->explore,
                                       .seed = plan->seed * 1000 + b,
                                       .n_threads = 2};
        struct smp_head_in fit = {.z = data->z, .n = data->n, .d = data->d, .n_threads = 2};
        size_t got;

        CHECK_OK(smp_pick(&in, picks, &got));
        for (size_t i = 0; i < got; i++) {
            row[n] = picks[i].row;
            y[n++] = data->truth[picks[i].row];
        }
        smp_head_free(head);
        fit.labels =
            (struct smp_labels){.row = row, .y = y, .n = n, .n_classes = data->n_classes};
        CHECK_OK(smp_head_fit(&fit, &head));
        accuracy[b] = test_accuracy(data, head);
    }
    smp_head_free(head);
    free(row);
    free(y);
    free(picks);
}
