#include "domain/example.h"

#include "domain/project.h"
#include "domain/review.h"
#include "store/item.h"

#include <string.h>

const char *example_outcome_name(enum example_outcome o)
{
    static const char *const NAMES[] = {[EXAMPLE_ADDED] = "added",
                                        [EXAMPLE_CORRECTED] = "corrected",
                                        [EXAMPLE_KNOWN] = "known"};
    return NAMES[o];
}

void example_id(struct uuid *id, const struct uuid *request, const struct hash *item_hash)
{
    struct hash_state state;
    struct hash h;

    hash_init(&state);
    hash_add(&state, request->bytes, sizeof request->bytes);
    hash_add(&state, item_hash->bytes, sizeof item_hash->bytes);
    hash_end(&state, &h);
    memcpy(id->bytes, h.bytes, sizeof id->bytes);
    id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0f) | 0x80); /* version 8: of one's own making */
    id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3f) | 0x80);
}

/* The only question, which must have the class. */
static enum err question_of(struct store *s, int64_t project_id, const char *class_name,
                            const struct questions **q)
{
    struct project_brief p;

    TRY(store_project_brief(s, project_id, &p));
    TRY(project_questions(s, project_id, p.question_version, q));
    if ((*q)->n != 1)
        return fail(ERR_INVALID,
                    "examples can only be given to a project that asks one question; this one "
                    "asks %zu",
                    (*q)->n);
    if (class_index(&(*q)->question[0], class_name) >= 0) return OK;
    return fail(ERR_INVALID,
                "class: there is no class '%s' in this project; add it to its classes first",
                class_name);
}

enum err example_class_check(struct store *s, int64_t project_id, const char *class_name)
{
    const struct questions *q;

    return question_of(s, project_id, class_name, &q);
}

/* What is said of the item now, when everybody who answered says just this: its ledger number, else 0. */
static enum err said_already(struct store *s, struct arena *a, const struct item_brief *i,
                             const char *values, int64_t *seq)
{
    struct decision d;
    struct label *labels;
    size_t n;

    *seq = 0;
    if (i->decided) {
        TRY(store_decision_find(s, a, i->id, &d));
        if (d.answer == ANSWER_ACCEPT && !strcmp(d.values, values)) *seq = d.seq;
        return OK;
    }
    TRY(store_label_of_item(s, a, i->id, &labels, &n));
    for (size_t k = 0; k < n; k++) {
        if (labels[k].answer != ANSWER_ACCEPT || strcmp(labels[k].values, values) != 0) {
            *seq = 0;
            return OK;
        }
        *seq = labels[k].seq;
    }
    return OK;
}

static enum err decide(struct store *s, struct arena *a, const struct example_new *n,
                       const json_t *values, int64_t now_ms, struct label_result *r)
{
    const struct decide_new d = {.id = n->id,
                                 .project_id = n->project_id,
                                 .item_id = n->item_id,
                                 .user_id = n->user_id,
                                 .what = DECIDE_ANSWER,
                                 .answer = ANSWER_ACCEPT,
                                 .values = values,
                                 .replaces = DECIDE_ANY,
                                 .note = "brought again as an example of this class"};

    return review_decide(s, a, &d, now_ms, r);
}

static enum err label(struct store *s, struct arena *a, const struct example_new *n,
                      const json_t *values, int64_t now_ms, struct label_result *r)
{
    const struct label_new l = {.id = n->id,
                                .project_id = n->project_id,
                                .item_id = n->item_id,
                                .user_id = n->user_id,
                                .answer = ANSWER_ACCEPT,
                                .values = values,
                                .elapsed_ms = n->elapsed_ms,
                                .given = LABEL_EXAMPLE};

    return label_submit(s, a, &l, now_ms, r);
}

/* The same request again, by what it did the first time. */
static enum err repeat(struct store *s, struct arena *a, const struct example_new *n,
                       const struct ledger_row *old, const json_t *values,
                       struct example_given *g)
{
    struct label_result r;

    if (!strcmp(old->kind, "decide"))
        TRY(decide(s, a, n, values, old->at, &r));
    else
        TRY(label(s, a, n, values, old->at, &r));
    *g = (struct example_given){EXAMPLE_KNOWN, r.seq};
    return OK;
}

static enum err give(struct store *s, struct arena *a, const struct example_new *n,
                     const json_t *values, int64_t now_ms, struct example_given *g)
{
    struct item_brief i;
    struct label_result r;
    enum err e;
    const char *canonical = json_write(a, values);

    NEED(canonical);
    TRY(store_item_brief(s, n->item_id, &i));
    TRY(said_already(s, a, &i, canonical, &g->seq));
    g->outcome = EXAMPLE_KNOWN;
    if (g->seq) return OK;
    g->outcome = i.n_answers || i.decided ? EXAMPLE_CORRECTED : EXAMPLE_ADDED;
    e = i.decided ? ERR_CONFLICT : label(s, a, n, values, now_ms, &r);
    if (e == ERR_CONFLICT) e = decide(s, a, n, values, now_ms, &r);
    if (!e) g->seq = r.seq;
    return e;
}

enum err example_give(struct store *s, struct arena *a, const struct example_new *n,
                      int64_t now_ms, struct example_given *g)
{
    const struct questions *q;
    struct ledger_row old;
    json_t *values;
    enum err e;

    TRY(question_of(s, n->project_id, n->class_name, &q));
    values = q->question[0].multiple ? json_pack("{s:[s]}", q->question[0].name, n->class_name)
                                     : json_pack("{s:s}", q->question[0].name, n->class_name);
    NEED(values);
    e = store_ledger_by_client(s, a, &n->id, &old);
    if (!e) e = old.seq ? repeat(s, a, n, &old, values, g) : give(s, a, n, values, now_ms, g);
    json_decref(values);
    return e;
}
