#include "jobs/quality_people.h"

#include "base/clock.h"
#include "domain/smp.h"
#include "jobs/quality_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a row fared over all questions. */
struct fared {
    unsigned agrees, judged;
};

struct person_work {
    const struct quality_data *d;
    const struct quality_skill *skill;
    struct fared *fared; /* (n_rows) */
    size_t *start;       /* (n_people + 1) of each person's rows in `row` */
    uint32_t *row;       /* (n_rows) by person, then as they were given */
    double *seconds;     /* (n_rows) room */
};

static void work_free(struct person_work *w)
{
    free(w->fared);
    free(w->start);
    free(w->row);
    free(w->seconds);
}

static int earlier(const void *left, const void *right, void *context)
{
    const struct quality_row *rows = context;
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    if (rows[a].at != rows[b].at) return rows[a].at < rows[b].at ? -1 : 1;
    return a < b ? -1 : a > b;
}

static enum err work_new(struct person_work *w)
{
    const struct quality_data *d = w->d;

    w->fared = calloc(d->n_rows + 1, sizeof *w->fared);
    w->start = calloc(d->n_people + 2, sizeof *w->start);
    w->row = calloc(d->n_rows + 1, sizeof *w->row);
    w->seconds = calloc(d->n_rows + 1, sizeof *w->seconds);
    if (!w->fared || !w->start || !w->row || !w->seconds) return fail_nomem();
    for (size_t i = 0; i < d->n_rows; i++)
        w->start[d->row[i].person + 2]++;
    for (size_t p = 2; p < d->n_people + 2; p++)
        w->start[p] += w->start[p - 1];
    for (size_t i = 0; i < d->n_rows; i++)
        w->row[w->start[d->row[i].person + 1]++] = (uint32_t)i;
    for (size_t p = 0; p < d->n_people; p++)
        qsort_r(w->row + w->start[p], w->start[p + 1] - w->start[p], sizeof *w->row, earlier,
                d->row);
    return OK;
}

static enum err judge(struct person_work *w, size_t q, const uint8_t *left_out)
{
    struct quality_answers x;
    int8_t *outcome;
    enum err e;

    TRY(quality_answers(w->d, q, QUALITY_EVERYBODY, &x));
    outcome = calloc(x.answers.n + 1, sizeof *outcome);
    e = outcome ? smp_err(smp_with_others(&x.answers, left_out, outcome)) : fail_nomem();
    for (size_t i = 0; i < x.answers.n && !e; i++) {
        w->fared[x.row[i]].judged += outcome[i] != SMP_UNJUDGED;
        w->fared[x.row[i]].agrees += outcome[i] == SMP_AGREES;
    }
    free(outcome);
    quality_answers_free(&x);
    return e;
}

static enum err judge_all(struct person_work *w)
{
    uint8_t *left_out = calloc(w->d->n_people + 1, 1);
    enum err e = left_out ? OK : fail_nomem();

    for (size_t p = 0; p < w->d->n_people && !e; p++)
        left_out[p] = (uint8_t)w->d->person[p].is_left_out;
    for (size_t q = 0; q < w->d->n_questions && !e; q++)
        e = judge(w, q, left_out);
    free(left_out);
    return e;
}

/* Of the rows from..to-1 of w->row. */
static struct smp_share share_of(const struct person_work *w, size_t from, size_t to)
{
    size_t agrees = 0;
    size_t judged = 0;

    for (size_t i = from; i < to; i++) {
        agrees += w->fared[w->row[i]].agrees;
        judged += w->fared[w->row[i]].judged;
    }
    return smp_share_of(agrees, judged);
}

static struct smp_middle seconds_of(const struct person_work *w, size_t from, size_t to)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        const uint32_t ms = w->d->row[w->row[i]].elapsed_ms;
        if (ms) w->seconds[n++] = ms / 1000.0;
    }
    return smp_middle_of(w->seconds, n);
}

static json_t *time_of(int64_t at_ms)
{
    char text[CLOCK_TEXT];

    clock_format(text, at_ms);
    return json_string(text);
}

static json_t *group_row(const struct person_work *w, size_t from, size_t to,
                         const struct smp_share *others)
{
    const struct smp_middle seconds = seconds_of(w, from, to);

    return json_pack("{s:o,s:o,s:o,s:o}", "from", time_of(w->d->row[w->row[from]].at), "to",
                     time_of(w->d->row[w->row[to - 1]].at), "others", quality_share(others),
                     "seconds", quality_middle(&seconds));
}

/* Up to ten groups with as many rows each; fewer while there are not ten answers for each. */
static enum err drift(const struct person_work *w, size_t p, size_t n_judged, json_t *to)
{
    const size_t n_rows = w->start[p + 1] - w->start[p];
    const size_t most = n_judged / QUALITY_DRIFT_ANSWERS;
    const size_t n = most < QUALITY_DRIFT_GROUPS ? most : QUALITY_DRIFT_GROUPS;
    size_t yes[QUALITY_DRIFT_GROUPS];
    size_t judged[QUALITY_DRIFT_GROUPS];
    double score[QUALITY_DRIFT_GROUPS];
    json_t *groups = json_array();
    json_t *drift = json_pack("{s:o}", "groups", groups);

    TRY(quality_put(to, "drift", drift));
    for (size_t g = 0; g < n; g++) {
        const size_t from = w->start[p] + g * n_rows / n;
        const size_t end = w->start[p] + (g + 1) * n_rows / n;
        const struct smp_share others = share_of(w, from, end);

        judged[g] = others.n;
        yes[g] = others.n ? (size_t)lround(others.value * (double)others.n) : 0;
        score[g] = (double)g;
        TRY(quality_append(groups, group_row(w, from, end, &others)));
    }
    return quality_put(drift, "z",
                       n > 1 ? quality_real(smp_trend(yes, judged, score, n)) : json_null());
}

struct taken {
    size_t is, said;
    double share, error, often;
};

static int taken_more(const void *left, const void *right)
{
    const struct taken *a = left;
    const struct taken *b = right;

    return (b->often > a->often) - (b->often < a->often);
}

/* What Dawid and Skene say she takes for something else, by how often that happens; only what is
 * more than two of its errors above nothing. */
static enum err put_taken(const struct person_work *w, size_t q, size_t p, json_t *to)
{
    const struct smp_crowd *crowd = &w->skill[q].crowd;
    const size_t k = crowd->n_classes;
    struct taken *t = calloc(k * k + 1, sizeof *t);
    json_t *list = json_array();
    size_t n = 0;
    enum err e = quality_put(to, "takes", list);

    if (!t) e = fail_nomem();
    for (size_t i = 0; i < k * k && !e; i++) {
        const size_t at = p * k * k + i;

        if (i / k == i % k || crowd->confusion[at] < 2 * crowd->error[at]) continue;
        t[n++] = (struct taken){i / k, i % k, crowd->confusion[at], crowd->error[at],
                                crowd->prior[i / k] * crowd->confusion[at]};
    }
    if (!e) qsort(t, n, sizeof *t, taken_more);
    for (size_t i = 0; i < n && i < QUALITY_TAKEN_MAX && !e; i++)
        e = quality_append(list, json_pack("{s:s,s:s,s:f,s:f}", "is",
                                           w->d->question[q].q->classes[t[i].is].name, "said",
                                           w->d->question[q].q->classes[t[i].said].name,
                                           "share", t[i].share, "error", t[i].error));
    free(t);
    return e;
}

/* Her accuracy by Dawid and Skene, with the error of its parts. */
static json_t *skill_of(const struct smp_crowd *crowd, size_t p)
{
    const size_t k = crowd->n_classes;
    double squares = 0;

    for (size_t c = 0; c < k; c++)
        squares += pow(crowd->prior[c] * crowd->error[(p * k + c) * k + c], 2);
    return json_pack("{s:o,s:o}", "value", quality_real(crowd->accuracy[p]), "error",
                     quality_real(sqrt(squares)));
}

static enum err question_row(const struct person_work *w, size_t q, size_t p, json_t *list)
{
    const struct quality_skill *x = &w->skill[q];
    json_t *row =
        json_pack("{s:s,s:o,s:o}", "question", w->d->question[q].q->name, "trust",
                  quality_real(x->trust[p].trust), "rate", quality_real(x->trust[p].rate));

    TRY(quality_append(list, row));
    if (!x->crowd.n_people || w->d->person[p].is_left_out)
        return quality_put(row, "skill", json_null());
    TRY(quality_put(row, "skill", skill_of(&x->crowd, p)));
    return put_taken(w, q, p, row);
}

/* How often she had said what a reviewer decided, over all questions. */
static struct smp_share with_reviewers(const struct person_work *w, size_t p)
{
    size_t agrees = 0;
    size_t judged = 0;

    for (size_t i = w->start[p]; i < w->start[p + 1]; i++) {
        for (size_t q = 0; q < w->d->n_questions; q++) {
            const struct quality_question *x = &w->d->question[q];
            const uint32_t said = x->answer[w->row[i]];
            const uint32_t decided = x->decided[w->d->row[w->row[i]].item];

            if (said == QUALITY_NO_ANSWER || decided == QUALITY_NO_ANSWER) continue;
            judged++;
            agrees += said == decided;
        }
    }
    return smp_share_of(agrees, judged);
}

static enum err put_person(const struct person_work *w, size_t p, json_t *list)
{
    const struct quality_person *who = &w->d->person[p];
    const struct smp_share others = share_of(w, w->start[p], w->start[p + 1]);
    const struct smp_share reviewers = with_reviewers(w, p);
    const struct smp_share gold = smp_share_of(who->n_right, who->n_gold);
    const struct smp_share self = smp_share_of(who->n_agree, who->n_again);
    const struct smp_middle seconds = seconds_of(w, w->start[p], w->start[p + 1]);
    json_t *questions = json_array();
    json_t *row = json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "user", (json_int_t)who->user_id,
        "labels", (json_int_t)who->n_labels, "skips", (json_int_t)who->n_skips, "flags",
        (json_int_t)who->n_flags, "rejects", (json_int_t)who->n_rejects, "quarantined",
        who->is_left_out, "others", quality_share(&others), "reviewers",
        quality_share(&reviewers), "gold", quality_share(&gold), "self", quality_share(&self),
        "seconds", quality_middle(&seconds), "questions", questions);

    TRY(quality_append(list, row));
    for (size_t q = 0; q < w->d->n_questions; q++)
        TRY(question_row(w, q, p, questions));
    return drift(w, p, others.n, row);
}

enum err quality_people(const struct quality_data *d, const struct quality_skill *skill,
                        json_t *list)
{
    struct person_work w = {.d = d, .skill = skill};
    enum err e = work_new(&w);

    if (!e) e = judge_all(&w);
    for (size_t p = 0; p < d->n_people && !e; p++)
        e = put_person(&w, p, list);
    work_free(&w);
    return e;
}
