#include "jobs/quality_question.h"

#include "domain/smp.h"
#include "jobs/quality_json.h"
#include "sampler/quality/agreement.h"
#include "sampler/quality/sets.h"

#include <stdlib.h>
#include <string.h>

/* One question while it is measured. */
struct measuring {
    const struct quality_with *with;
    const struct quality_data *d;
    const struct quality_question *q;
    struct quality_answers x;
    struct smp_agreement_in in;
    double *distance; /* of sets, or NULL */
    struct quality_skill *skill;
    json_t *to;
};

void quality_skill_free(struct quality_skill *k)
{
    free(k->trust);
    smp_crowd_free(&k->crowd);
    *k = (struct quality_skill){.trust = NULL};
}

/* The table of distances between sets; without one when there are too many of them. */
static enum err sets_scale(struct measuring *m)
{
    const size_t n = m->q->n_answers_max;
    const size_t k = m->q->q->n_classes;

    if (!n || n > SMP_SCALE_CLASSES_MAX) return OK;
    m->distance = calloc(n * n, sizeof *m->distance);
    NEED(m->distance);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            m->distance[a * n + b] = smp_masi(m->q->set + a * k, m->q->set + b * k, k);
    m->in.scale = SMP_DISTANCE;
    m->in.distance = m->distance;
    return OK;
}

static json_t *class_row(const char *name, size_t n, const struct smp_estimate *positive,
                         const struct smp_estimate *fleiss, const struct smp_estimate *alpha)
{
    return json_pack("{s:s,s:I,s:o,s:o,s:o}", "class", name, "n", (json_int_t)n, "positive",
                     quality_estimate(positive), "fleiss", quality_estimate(fleiss), "alpha",
                     quality_estimate(alpha));
}

/* Every class of a single choice, against all others. */
static enum err single_classes(struct measuring *m, const struct smp_class_agreement *classes)
{
    json_t *list = json_array();
    enum err e = quality_put(m->to, "classes", list);

    for (size_t k = 0; k < m->q->q->n_classes && !e; k++)
        e = quality_append(list, class_row(m->q->q->classes[k].name, classes[k].n_answers,
                                           &classes[k].positive, &classes[k].fleiss,
                                           &classes[k].alpha));
    return e;
}

/* One class of a multiple choice: did they choose it, or not? */
static enum err yes_or_no(struct measuring *m, size_t k, uint32_t *answer, json_t *list)
{
    struct smp_class_agreement classes[2];
    struct smp_agreement all;
    struct smp_agreement_in in = {.answers = m->x.answers, .bootstrap = m->in.bootstrap};

    for (size_t i = 0; i < m->x.answers.n; i++)
        answer[i] = m->q->set[m->x.answer[i] * m->q->q->n_classes + k];
    in.answers.answer = answer;
    in.answers.n_classes = 2;
    TRY(smp_err(smp_agreement(&in, &all, classes)));
    return quality_append(list, class_row(m->q->q->classes[k].name, classes[1].n_answers,
                                          &classes[1].positive, &classes[1].fleiss,
                                          &classes[1].alpha));
}

static enum err multiple_classes(struct measuring *m)
{
    uint32_t *answer = calloc(m->x.answers.n + 1, sizeof *answer);
    json_t *list = json_array();
    enum err e = answer ? OK : fail_nomem();

    if (quality_put(m->to, "classes", list)) e = fail_nomem();
    for (size_t k = 0;
         m->q->q->n_classes <= QUALITY_CLASSES_MAX && k < m->q->q->n_classes && !e; k++)
        e = yes_or_no(m, k, answer, list);
    free(answer);
    return e;
}

static enum err put_agreement(struct measuring *m, const struct smp_agreement *all)
{
    TRY(quality_put(m->to, "n_items", json_integer((json_int_t)all->n_items)));
    TRY(quality_put(m->to, "n_answers", json_integer((json_int_t)all->n_answers)));
    TRY(quality_put(m->to, "percent", quality_estimate(&all->percent)));
    TRY(quality_put(m->to, "fleiss", quality_estimate(&all->fleiss)));
    TRY(quality_put(m->to, "alpha", quality_estimate(&all->alpha)));
    return quality_put(m->to, "scale", json_string(m->distance ? "masi" : "nominal"));
}

static enum err agreement(struct measuring *m)
{
    struct smp_class_agreement *classes = calloc(m->x.answers.n_classes + 1, sizeof *classes);
    struct smp_agreement all;
    enum err e = classes ? OK : fail_nomem();

    if (!e) e = smp_err(smp_agreement(&m->in, &all, m->q->q->multiple ? NULL : classes));
    if (!e) e = put_agreement(m, &all);
    if (!e) e = m->q->q->multiple ? multiple_classes(m) : single_classes(m, classes);
    free(classes);
    return e;
}

static int more_in_common(const void *left, const void *right)
{
    const struct smp_pair *a = left;
    const struct smp_pair *b = right;

    if (a->n_items != b->n_items) return a->n_items < b->n_items ? 1 : -1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : 1;
}

static enum err put_pairs(struct measuring *m, struct smp_pair *pairs, size_t n)
{
    const size_t kept = n < QUALITY_PAIRS_MAX ? n : QUALITY_PAIRS_MAX;
    json_t *list = json_array();

    TRY(quality_put(m->to, "pairs", list));
    TRY(quality_put(m->to, "n_pairs", json_integer((json_int_t)n)));
    if (n) qsort(pairs, n, sizeof *pairs, more_in_common);
    for (size_t i = 0; i < kept; i++)
        TRY(quality_append(list, json_pack("{s:I,s:I,s:I,s:o,s:o}", "a",
                                           (json_int_t)m->d->person[pairs[i].a].user_id, "b",
                                           (json_int_t)m->d->person[pairs[i].b].user_id, "n",
                                           (json_int_t)pairs[i].n_items, "percent",
                                           quality_estimate(&pairs[i].percent), "kappa",
                                           quality_estimate(&pairs[i].kappa))));
    return OK;
}

static enum err pairs(struct measuring *m)
{
    struct smp_pair *found = NULL;
    size_t n = 0;
    enum err e = smp_err(smp_agreement_pairs(&m->in, QUALITY_PAIR_ITEMS, &found, &n));

    if (!e) e = put_pairs(m, found, n);
    free(found);
    return e;
}

struct confused {
    uint32_t a, b; /* a < b */
    size_t n;      /* pairs of answers to the same item */
};

static int confused_more(const void *left, const void *right)
{
    const struct confused *a = left;
    const struct confused *b = right;

    if (a->n != b->n) return a->n < b->n ? 1 : -1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

/* Answers lie by item: how often two of an item say different classes. */
static void count_confused(const struct quality_answers *x, size_t k, size_t *table)
{
    size_t start = 0;

    for (size_t i = 0; i < x->answers.n; i++) {
        if (x->item[i] != x->item[start]) start = i;
        for (size_t j = start; j < i; j++) {
            const uint32_t a = x->answer[i] < x->answer[j] ? x->answer[i] : x->answer[j];
            const uint32_t b = x->answer[i] < x->answer[j] ? x->answer[j] : x->answer[i];

            if (a != b) table[a * k + b]++;
        }
    }
}

static enum err put_confused(struct measuring *m, const size_t *table, struct confused *c)
{
    const size_t k = m->q->q->n_classes;
    json_t *list = json_array();
    size_t n = 0;

    TRY(quality_put(m->to, "confused", list));
    for (size_t i = 0; i < k * k; i++)
        if (table[i])
            c[n++] = (struct confused){(uint32_t)(i / k), (uint32_t)(i % k), table[i]};
    qsort(c, n, sizeof *c, confused_more);
    for (size_t i = 0; i < n && i < QUALITY_CONFUSED_MAX; i++)
        TRY(quality_append(list,
                           json_pack("{s:s,s:s,s:I}", "a", m->q->q->classes[c[i].a].name, "b",
                                     m->q->q->classes[c[i].b].name, "n", (json_int_t)c[i].n)));
    return OK;
}

static enum err confused(struct measuring *m)
{
    const size_t k = m->q->q->n_classes;
    size_t *table = calloc(k * k, sizeof *table);
    struct confused *c = calloc(k * k, sizeof *c);
    enum err e = table && c ? OK : fail_nomem();

    if (!e) {
        count_confused(&m->x, k, table);
        e = put_confused(m, table, c);
    }
    free(table);
    free(c);
    return e;
}

/* Three ways to one answer, item by item. */
struct votes {
    struct smp_vote *majority, *trusted;
    double *trust;
    int32_t *crowd, *known;
};

static enum err put_consensus(struct measuring *m, const struct votes *v)
{
    size_t n[5] = {0}; /* items, of several people, tied, and those where the others differ */

    for (size_t i = 0; i < m->d->n_items; i++) {
        const struct smp_vote *vote = &v->majority[i];
        const int is_clear = vote->n_tied == 1;

        n[0] += vote->n > 0;
        n[1] += vote->n > 1;
        n[2] += vote->n_tied > 1;
        n[3] += is_clear && v->trusted[i].winner != vote->winner;
        n[4] += is_clear && m->skill->crowd.n_people && v->crowd[i] != vote->winner;
    }
    return quality_put(
        m->to, "consensus",
        json_pack("{s:I,s:I,s:I,s:I,s:o}", "n_items", (json_int_t)n[0], "n_several",
                  (json_int_t)n[1], "n_tied", (json_int_t)n[2], "n_trust_differs",
                  (json_int_t)n[3], "n_dawid_skene_differs",
                  m->skill->crowd.n_people ? json_integer((json_int_t)n[4]) : json_null()));
}

static int fits_crowd(const struct measuring *m)
{
    const size_t k = m->x.answers.n_classes;

    return !m->q->q->multiple && m->x.answers.n && k > 1 &&
           m->d->n_people <= SMP_CROWD_CELLS_MAX / k / k;
}

static enum err vote(struct measuring *m, struct votes *v)
{
    const struct smp_crowd_in crowd = {.answers = m->x.answers,
                                       .known = v->known,
                                       .smoothing = 1,
                                       .n_threads = m->with->n_threads,
                                       .progress = m->with->progress};

    for (size_t i = 0; i < m->d->n_items; i++)
        v->known[i] = m->q->gold[i] != QUALITY_NO_ANSWER      ? (int32_t)m->q->gold[i]
                      : m->q->decided[i] != QUALITY_NO_ANSWER ? (int32_t)m->q->decided[i]
                                                              : -1;
    TRY(smp_err(smp_vote(&m->x.answers, NULL, v->majority)));
    TRY(smp_err(smp_trust(&m->x.answers, m->skill->trust)));
    for (size_t p = 0; p < m->d->n_people; p++)
        v->trust[p] = m->skill->trust[p].trust;
    TRY(smp_err(smp_vote(&m->x.answers, v->trust, v->trusted)));
    if (fits_crowd(m)) {
        TRY(smp_err(smp_crowd_fit(&crowd, &m->skill->crowd)));
        smp_crowd_winners(&m->skill->crowd, v->crowd);
    }
    return put_consensus(m, v);
}

static enum err consensus(struct measuring *m)
{
    struct votes v = {.majority = calloc(m->d->n_items + 1, sizeof *v.majority),
                      .trusted = calloc(m->d->n_items + 1, sizeof *v.trusted),
                      .trust = calloc(m->d->n_people + 1, sizeof *v.trust),
                      .crowd = calloc(m->d->n_items + 1, sizeof *v.crowd),
                      .known = calloc(m->d->n_items + 1, sizeof *v.known)};
    enum err e = OK;

    m->skill->trust = calloc(m->d->n_people + 1, sizeof *m->skill->trust);
    if (!v.majority || !v.trusted || !v.trust || !v.crowd || !v.known || !m->skill->trust)
        e = fail_nomem();
    if (!e) e = vote(m, &v);
    free(v.majority);
    free(v.trusted);
    free(v.trust);
    free(v.crowd);
    free(v.known);
    return e;
}

static enum err measure_choice(struct measuring *m)
{
    if (m->q->q->multiple) TRY(sets_scale(m));
    TRY(agreement(m));
    TRY(pairs(m));
    if (!m->q->q->multiple) TRY(confused(m));
    return consensus(m);
}

/* Where other types of question get their measures: shapes and spans by sampler/quality/alpha.h. */
static enum err measure(struct measuring *m)
{
    return measure_choice(m);
}

enum err quality_question(const struct quality_with *with, const struct quality_data *d,
                          size_t q, struct quality_skill *skill, json_t *list)
{
    struct measuring m = {.with = with, .d = d, .q = &d->question[q], .skill = skill};
    enum err e;

    *skill = (struct quality_skill){.trust = NULL};
    m.to = json_pack("{s:s,s:s,s:b}", "question", m.q->q->name, "type", "choice", "multiple",
                     m.q->q->multiple);
    TRY(quality_append(list, m.to));
    TRY(quality_answers(d, q, QUALITY_COUNTED, &m.x));
    m.in = (struct smp_agreement_in){
        .answers = m.x.answers,
        .bootstrap = {.rounds = QUALITY_ROUNDS,
                      .seed = with->seed + q,
                      .n_threads = with->n_threads,
                      .progress = with->progress}
    };
    e = measure(&m);
    free(m.distance);
    quality_answers_free(&m.x);
    return e;
}
