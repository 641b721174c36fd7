#include "sampler/quality/answers.h"

#include <stdlib.h>
#include <string.h>

static enum smp_status check(const struct smp_answers *in)
{
    if (in->n > SMP_ANSWERS_MAX || in->n_items > SMP_ANSWERS_MAX ||
        in->n_people > SMP_ANSWERS_MAX || in->n_classes > SMP_ANSWERS_MAX)
        return smp_fail(SMP_INVALID, "more than %u answers, items, people or classes",
                        SMP_ANSWERS_MAX);
    for (size_t i = 0; i < in->n; i++) {
        if (in->item[i] >= in->n_items)
            return smp_fail(SMP_INVALID, "answer %zu is about item %u, of %zu items", i,
                            in->item[i], in->n_items);
        if (in->person[i] >= in->n_people)
            return smp_fail(SMP_INVALID, "answer %zu is person %u's, of %zu people", i,
                            in->person[i], in->n_people);
        if (in->answer[i] >= in->n_classes)
            return smp_fail(SMP_INVALID, "answer %zu is class %u, of %zu classes", i,
                            in->answer[i], in->n_classes);
    }
    return SMP_OK;
}

/* One stable pass of a counting sort: `to` (n) <- the indices `from` by ascending key. */
static void pass(const uint32_t *key, size_t n_keys, const uint32_t *from, uint32_t *to,
                 size_t n, uint32_t *start)
{
    memset(start, 0, (n_keys + 1) * sizeof *start);
    for (size_t i = 0; i < n; i++)
        start[key[i] + 1]++;
    for (size_t k = 0; k < n_keys; k++)
        start[k + 1] += start[k];
    for (size_t i = 0; i < n; i++)
        to[start[key[from[i]]]++] = from[i];
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* `index` (2 n): its first half becomes the order. */
static void order_all(const struct smp_answers *in, enum smp_answer_order order,
                      uint32_t *index, uint32_t *start)
{
    uint32_t *a = index;
    uint32_t *b = index + in->n;

    for (size_t i = 0; i < in->n; i++)
        b[i] = (uint32_t)i;
    pass(in->answer, in->n_classes, b, a, in->n, start);
    if (order == SMP_BY_ITEM) {
        pass(in->person, in->n_people, a, b, in->n, start);
        pass(in->item, in->n_items, b, a, in->n, start);
    } else {
        pass(in->item, in->n_items, a, b, in->n, start);
        pass(in->person, in->n_people, b, a, in->n, start);
    }
}

enum smp_status smp_answers_sort(const struct smp_answers *in, enum smp_answer_order order,
                                 struct smp_sorted *out)
{
    const size_t groups = order == SMP_BY_ITEM ? in->n_items : in->n_people;
    const size_t most = larger(larger(in->n_items, in->n_people), in->n_classes);
    uint32_t *index;

    SMP_TRY(check(in));
    *out = (struct smp_sorted){.item = malloc((in->n + 1) * sizeof(uint32_t)),
                               .person = malloc((in->n + 1) * sizeof(uint32_t)),
                               .answer = malloc((in->n + 1) * sizeof(uint32_t)),
                               .start = malloc((most + 1) * sizeof(uint32_t))};
    index = calloc(2 * in->n + 1, sizeof *index);
    if (!index || !out->item || !out->person || !out->answer || !out->start) {
        free(index);
        smp_sorted_free(out);
        return smp_fail_nomem();
    }
    order_all(in, order, index, out->start);
    for (size_t i = 0; i < in->n; i++) {
        out->item[i] = in->item[index[i]];
        out->person[i] = in->person[index[i]];
        out->answer[i] = in->answer[index[i]];
    }
    /* The last pass left in each start the end of its group. */
    memmove(out->start + 1, out->start, groups * sizeof *out->start);
    out->start[0] = 0;
    free(index);
    return SMP_OK;
}

void smp_sorted_free(struct smp_sorted *sorted)
{
    free(sorted->item);
    free(sorted->person);
    free(sorted->answer);
    free(sorted->start);
    *sorted = (struct smp_sorted){0};
}

enum smp_status smp_sorted_check_once(const struct smp_sorted *s, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (s->item[i] == s->item[i - 1] && s->person[i] == s->person[i - 1])
            return smp_fail(SMP_INVALID,
                            "person %u answered item %u twice; give the current answer only",
                            s->person[i], s->item[i]);
    return SMP_OK;
}
