#include "domain/project.h"

#include "domain/audit.h"
#include "domain/ledger.h"
#include "store/decision.h"
#include "store/item.h"
#include "store/member.h"
#include "store/queue.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ACCURACY_PICKS = 200, ACCURACY_LEAST = 10, CACHED = 16, SETTLED_AT_ONCE = 100000 };

static enum err name_check(const char *name)
{
    size_t n = strlen(name);
    size_t chars = 0;

    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] < 32 || name[i] == 127)
            return fail(ERR_INVALID, "name: a project's name must not hold control characters");
        chars += ((unsigned char)name[i] & 0xc0) != 0x80; /* bytes that begin a code point */
    }
    if (!chars || chars > PROJECT_NAME_CHARS_MAX)
        return fail(ERR_INVALID, "name: expected 1 to %d characters", PROJECT_NAME_CHARS_MAX);
    if (name[0] == ' ' || name[n - 1] == ' ')
        return fail(ERR_INVALID, "name: it must not begin or end with a space");
    return OK;
}

static enum err numbers_check(int64_t overlap, double explore)
{
    if (overlap < 1 || overlap > OVERLAP_MAX)
        return fail(ERR_INVALID, "overlap: expected 1 to %d people per item", OVERLAP_MAX);
    if (!(explore >= 0 && explore <= 1))
        return fail(ERR_INVALID, "explore: expected a share between 0 and 1");
    return OK;
}

static int is_rate(double x)
{
    return x >= 0 && x <= CHECK_RATE_MAX;
}

static enum err queue_check(const struct queue_settings *x)
{
    if (x->overlap_max < 0 || x->overlap_max > OVERLAP_MAX)
        return fail(ERR_INVALID,
                    "overlap_max: expected 0 (never more than the overlap) to %d people",
                    OVERLAP_MAX);
    if (x->quota < 0 || x->quota > QUOTA_MAX)
        return fail(ERR_INVALID, "quota: expected 0 (none) to %lld answers for each person",
                    (long long)QUOTA_MAX);
    if (!is_rate(x->gold_rate))
        return fail(ERR_INVALID, "gold_rate: expected a share between 0 and %.1f",
                    CHECK_RATE_MAX);
    if (!is_rate(x->repeat_rate))
        return fail(ERR_INVALID, "repeat_rate: expected a share between 0 and %.1f",
                    CHECK_RATE_MAX);
    return OK;
}

static int same_real(double a, double b)
{
    return a <= b && a >= b;
}

static int same_queue(const struct queue_settings *a, const struct queue_settings *b)
{
    return a->overlap_max == b->overlap_max && a->quota == b->quota &&
           same_real(a->gold_rate, b->gold_rate) && same_real(a->repeat_rate, b->repeat_rate) &&
           a->feedback == b->feedback;
}

static enum err append(struct store *s, struct arena *a, const char *kind, int64_t project_id,
                       int64_t user_id, json_t *body, int64_t now_ms, int64_t *seq)
{
    struct ledger_event event = {.kind = kind, .project_id = project_id, .user_id = user_id};

    event.body = body ? json_write(a, body) : NULL;
    json_decref(body);
    NEED(event.body);
    return ledger_append(s, &event, now_ms, seq);
}

/* Its settings, as the ledger keeps them. NULL: out of memory. */
static json_t *settings(const struct project *p)
{
    const char *expected = p->expectations ? p->expectations : "{}";

    return json_pack("{s:s,s:s,s:I,s:f,s:I,s:I,s:I,s:f,s:f,s:b,s:o}", "name", p->name, "kind",
                     project_kind_name(p->kind), "overlap", (json_int_t)p->overlap, "explore",
                     p->explore, "seed", (json_int_t)p->seed, "overlap_max",
                     (json_int_t)p->queue.overlap_max, "quota", (json_int_t)p->queue.quota,
                     "gold_rate", p->queue.gold_rate, "repeat_rate", p->queue.repeat_rate,
                     "feedback", p->queue.feedback, "expectations",
                     json_loads(expected, 0, NULL));
}

static enum err append_project(struct store *s, struct arena *a, const struct project *p,
                               int64_t user_id, int64_t now_ms)
{
    int64_t seq;

    return append(s, a, "project", p->id, user_id, settings(p), now_ms, &seq);
}

static enum err append_questions(struct store *s, struct arena *a, const struct project *p,
                                 int64_t user_id, int64_t now_ms)
{
    int64_t seq = 0;
    json_t *list = NULL;
    json_t *body;

    TRY(json_read(&list, p->questions, strlen(p->questions)));
    body =
        json_pack("{s:o,s:I}", "questions", list, "version", (json_int_t)p->question_version);
    TRY(append(s, a, "questions", p->id, user_id, body, now_ms, &seq));
    return store_questions_add(s, p->id, p->question_version, seq, p->questions);
}

static enum err create(struct store *s, struct arena *a, const struct project_new *n,
                       int64_t now_ms, struct project *p)
{
    TRY(store_project_add(s, p));
    TRY(append_project(s, a, p, n->user_id, now_ms));
    TRY(append_questions(s, a, p, n->user_id, now_ms));
    if (n->user_id) TRY(store_member_set(s, p->id, n->user_id, ROLE_MANAGER));
    if (n->members == MEMBERS_EVERYBODY) TRY(store_member_add_everybody(s, p->id));
    TRY(audit_append_word(s,
                          &(struct audit_event){.action = "project.made",
                                                .user_id = n->user_id,
                                                .project_id = p->id,
                                                .subject = "project",
                                                .subject_id = p->id},
                          "kind", project_kind_name(p->kind)));
    return store_project_get(s, a, p->id, p);
}

enum err project_create(struct store *s, struct arena *a, const struct project_new *n,
                        int64_t now_ms, struct project *p)
{
    TRY(name_check(n->name));
    TRY(numbers_check(n->overlap, n->explore));
    *p = (struct project){.name = n->name,
                          .kind = n->kind,
                          .question_version = 1,
                          .questions = n->questions->body,
                          .overlap = n->overlap,
                          .explore = n->explore,
                          .seed = (int64_t)(random_u64() >> 1),
                          .created_at = now_ms};
    TRY(store_begin(s));
    return store_end(s, create(s, a, n, now_ms, p));
}

static enum err class_may_go(struct store *s, int64_t project_id, const char *question,
                             const char *class_name)
{
    int64_t n;
    int64_t n_decisions;

    TRY(store_label_count_class(s, project_id, question, class_name, &n));
    TRY(store_decision_count_class(s, project_id, question, class_name, &n_decisions));
    if (!n && n_decisions)
        return fail(
            ERR_CONFLICT,
            "questions: the class \"%s\" of \"%s\" cannot be taken away: %lld decision%s "
            "of reviewers use%s it",
            class_name, question, (long long)n_decisions, n_decisions == 1 ? "" : "s",
            n_decisions == 1 ? "s" : "");
    if (!n) return OK;
    return fail(
        ERR_CONFLICT,
        "questions: the class \"%s\" of \"%s\" cannot be taken away: %lld current label%s "
        "use%s it",
        class_name, question, (long long)n, n == 1 ? "" : "s", n == 1 ? "s" : "");
}

/* Every class that labels use must still be there, and a question that was multiple with it. */
static enum err questions_may_follow(struct store *s, int64_t project_id,
                                     const struct questions *old, const struct questions *new)
{
    for (size_t i = 0; i < old->n; i++) {
        const struct question *before = &old->question[i];
        const struct question *after = question_find(new, before->name);
        int same_form = after && after->multiple == before->multiple;
        for (size_t k = 0; k < before->n_classes; k++)
            if (!same_form || class_index(after, before->classes[k].name) < 0)
                TRY(class_may_go(s, project_id, before->name, before->classes[k].name));
    }
    return OK;
}

static enum err change_questions(struct store *s, struct arena *a, struct project *p,
                                 const struct questions *new, int64_t user_id, int64_t now_ms)
{
    struct questions *old;

    if (!strcmp(p->questions, new->body)) return OK;
    TRY(questions_parse(a, p->questions, &old));
    TRY(questions_may_follow(s, p->id, old, new));
    p->question_version++;
    p->questions = new->body;
    return append_questions(s, a, p, user_id, now_ms);
}

/* Items whose state no longer follows from their labels, since the overlap changed. */
static enum err settle_all(struct store *s, int64_t project_id)
{
    size_t n = 1;
    enum err e = OK;

    while (n && !e) {
        struct arena a;
        struct item_settled *items;
        arena_init(&a, 64 * MIB);
        e = store_item_unsettled(s, &a, project_id, SETTLED_AT_ONCE, &items, &n);
        for (size_t i = 0; i < n && !e; i++)
            e = store_item_set_state(s, items[i].id, items[i].state_due,
                                     items[i].n_answers_due);
        arena_free(&a);
    }
    return e;
}

static int is_other(const struct project *a, const struct project *b)
{
    return strcmp(a->name, b->name) != 0 || a->overlap != b->overlap ||
           !same_real(a->explore, b->explore) || !same_queue(&a->queue, &b->queue) ||
           strcmp(a->expectations, b->expectations) != 0;
}

static enum err set(const struct project_change *c, struct project *p)
{
    if (c->name) p->name = c->name;
    if (c->overlap >= 0) p->overlap = c->overlap;
    if (c->explore >= 0) p->explore = c->explore;
    if (c->queue) p->queue = *c->queue;
    if (c->expectations) p->expectations = c->expectations;
    TRY(numbers_check(p->overlap, p->explore));
    return queue_check(&p->queue);
}

/* The settings that a change made otherwise, each with its new value. NULL: out of memory. */
static json_t *changes(const struct project *was, const struct project *p)
{
    json_t *old = settings(was);
    json_t *now = settings(p);
    const char *key;
    json_t *value;

    json_object_foreach(old, key, value) if (json_equal(value, json_object_get(now, key)))
        json_object_del(now, key);
    if (now && was->question_version != p->question_version)
        json_object_set_new(now, "questions", json_integer(p->question_version));
    json_decref(old);
    return now;
}

static enum err tell_changes(struct store *s, struct arena *a, const struct project *was,
                             const struct project *p, int64_t user_id)
{
    json_t *x = changes(was, p);
    size_t n = json_object_size(x);
    struct audit_event e = {.action = "project.changed",
                            .user_id = user_id,
                            .project_id = p->id,
                            .subject = "project",
                            .subject_id = p->id,
                            .details = x ? json_write(a, x) : NULL};

    json_decref(x);
    NEED(e.details);
    return n ? audit_append(s, &e) : OK;
}

static enum err update(struct store *s, struct arena *a, int64_t project_id,
                       const struct project_change *c, int64_t now_ms, struct project *p)
{
    struct project was;

    TRY(store_project_get(s, a, project_id, p));
    was = *p;
    if (c->questions) TRY(change_questions(s, a, p, c->questions, c->user_id, now_ms));
    TRY(set(c, p));
    TRY(store_project_update(s, p));
    if (is_other(&was, p)) TRY(append_project(s, a, p, c->user_id, now_ms));
    TRY(tell_changes(s, a, &was, p, c->user_id));
    if (was.overlap != p->overlap || was.queue.overlap_max != p->queue.overlap_max)
        TRY(settle_all(s, project_id));
    return store_project_get(s, a, project_id, p);
}

enum err project_update(struct store *s, struct arena *a, int64_t project_id,
                        const struct project_change *c, int64_t now_ms, struct project *p)
{
    if (c->name) TRY(name_check(c->name));
    TRY(store_begin(s));
    return store_end(s, update(s, a, project_id, c, now_ms, p));
}

static enum err add_classes(struct store *s, struct arena *a, int64_t project_id,
                            const char *const *names, size_t n, int64_t user_id, int64_t now_ms)
{
    struct project_change c = {.overlap = -1, .explore = -1, .user_id = user_id};
    struct project p;
    struct questions *old;
    struct questions *new;

    TRY(store_project_get(s, a, project_id, &p));
    TRY(questions_parse(a, p.questions, &old));
    TRY(questions_with_classes(a, old, names, n, &new));
    c.questions = new;
    return update(s, a, project_id, &c, now_ms, &p);
}

enum err project_add_classes(struct store *s, struct arena *a, int64_t project_id,
                             const char *const *names, size_t n, int64_t user_id,
                             int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, add_classes(s, a, project_id, names, n, user_id, now_ms));
}

enum err project_find(struct store *s, struct arena *a, const char *text, struct project *p)
{
    size_t digits = strspn(text, "0123456789");
    enum err e = ERR_NOT_FOUND;

    if (digits && digits < 19 && !text[digits])
        e = store_project_get(s, a, strtoll(text, NULL, 10), p);
    return e == ERR_NOT_FOUND ? store_project_by_name(s, a, text, p) : e;
}

/* The last few question sets of a connection: parsing one for each label would cost more than
 * storing the label. A version never changes once committed; store drops this when something
 * is undone, since a version may then be made again with other content. */
struct cached {
    struct arena a;
    int64_t project_id, version;
    struct questions *q;
};
struct cache {
    struct cached entry[CACHED];
    size_t next;
};

static void drop_cache(void *kept)
{
    struct cache *c = kept;

    for (size_t i = 0; i < CACHED; i++)
        arena_free(&c->entry[i].a);
    free(c);
}

static enum err cache_of(struct store *s, struct cache **out)
{
    struct cache *c = store_slot(s, SLOT_QUESTIONS);

    if (!c) {
        c = calloc(1, sizeof *c);
        NEED(c);
        for (size_t i = 0; i < CACHED; i++)
            arena_init(&c->entry[i].a, 16 * MIB);
        store_slot_set(s, SLOT_QUESTIONS, c, drop_cache);
    }
    *out = c;
    return OK;
}

static enum err load(struct store *s, struct cached *x, int64_t project_id, int64_t version)
{
    const char *body;

    x->q = NULL;
    arena_free(&x->a);
    TRY(store_questions_get(s, &x->a, project_id, version, &body));
    TRY(questions_parse(&x->a, body, &x->q));
    x->project_id = project_id;
    x->version = version;
    return OK;
}

enum err project_questions(struct store *s, int64_t project_id, int64_t version,
                           const struct questions **q)
{
    struct cache *c = NULL;
    struct cached *x;

    TRY(cache_of(s, &c));
    assert(c);
    for (size_t i = 0; i < CACHED; i++) {
        x = &c->entry[i];
        if (!x->q || x->project_id != project_id || x->version != version) continue;
        *q = x->q;
        return OK;
    }
    x = &c->entry[c->next++ % CACHED];
    TRY(load(s, x, project_id, version));
    *q = x->q;
    return OK;
}

void wilson_interval(int64_t right, int64_t n, double *low, double *high)
{
    const double z = 1.959963984540054; /* the normal distribution's 97.5 % point */
    double size = (double)n;
    double p = (double)right / size;
    double middle = (p + z * z / (2 * size)) / (1 + z * z / size);
    double half = z / (1 + z * z / size) * sqrt(p * (1 - p) / size + z * z / (4 * size * size));

    *low = middle - half > 0 ? middle - half : 0;
    *high = middle + half < 1 ? middle + half : 1;
}

static int guess_is_right(const struct questions *q, const struct guess *g)
{
    int guessed = class_index(&q->question[0], g->guess_class);

    return guessed >= 0 && values_include(q, g->values, guessed);
}

enum err project_accuracy(struct store *s, struct arena *a, int64_t project_id,
                          struct accuracy *x)
{
    const struct questions *q;
    struct project_brief p;
    struct guess *guesses;
    size_t n;
    int64_t n_right = 0;

    *x = (struct accuracy){.n = 0};
    TRY(store_project_brief(s, project_id, &p));
    TRY(store_pick_guesses(s, a, project_id, ACCURACY_PICKS, &guesses, &n));
    TRY(project_questions(s, project_id, p.question_version, &q));
    for (size_t i = 0; i < n; i++)
        n_right += guess_is_right(q, &guesses[i]);
    x->n = (int64_t)n;
    if (n < ACCURACY_LEAST) return OK;
    x->value = (double)n_right / (double)n;
    wilson_interval(n_right, x->n, &x->low, &x->high);
    return OK;
}
