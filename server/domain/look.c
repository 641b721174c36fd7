#include "domain/look.h"

#include "domain/answer.h"
#include "domain/review.h"
#include "store/project.h"

#include <inttypes.h>
#include <string.h>

static const double GROWTH = 1.25; /* as recipes are chosen again */
enum { PAGE = 50 };

int look_is_kept(const struct look_kept *kept, size_t n, enum look_kind kind,
                 const char *question, const struct look_item *item)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (kept[mid].item_id < item->item_id)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < n && kept[low].item_id == item->item_id; low++)
        if (kept[low].kind == kind && kept[low].seq == item->seq &&
            !strcmp(kept[low].question, question))
            return 1;
    return 0;
}

static enum err publish(struct store *s, struct look *l, struct look_entry *entries, size_t n)
{
    TRY(store_look_add(s, l));
    TRY(store_look_remove_others(s, l->project_id, l->id));
    for (size_t i = 0; i < n; i++) {
        entries[i].look_id = l->id;
        entries[i].rank = (int64_t)i + 1;
        TRY(store_look_entry_add(s, &entries[i]));
    }
    return OK;
}

enum err look_publish(struct store *s, struct look *l, struct look_entry *entries, size_t n)
{
    TRY(store_begin(s));
    return store_end(s, publish(s, l, entries, n));
}

enum err look_is_due(struct store *s, int64_t project_id, int *due)
{
    struct project_counts counts;
    struct look last;

    TRY(store_project_counts(s, project_id, &counts));
    TRY(store_look_last(s, project_id, &last));
    *due = counts.labelled >= LOOK_LABELS_MIN &&
           (double)counts.labelled >= GROWTH * (double)last.n_labels;
    return OK;
}

/* Is every item's answer still made of the event that the entry saw? *stale: an item of which it is
 * not; 0 when all are. */
static enum err stale_find(struct answers *now, struct arena *a, const struct look_entry *e,
                           int64_t *stale)
{
    struct item_answer answer;

    *stale = 0;
    for (size_t i = 0; i < e->n_items && !*stale; i++) {
        TRY(answers_of_item(now, a, e->items[i].item_id, &answer));
        if (!answer.item_id || answer.seq != e->items[i].seq) *stale = e->items[i].item_id;
    }
    return OK;
}

static enum err fresh_gather(struct store *s, struct arena *a, struct answers *now,
                             int64_t look_id, int64_t after, size_t limit,
                             struct look_entry *list, size_t *n)
{
    struct look_entry *some;
    size_t n_some = PAGE;

    while (*n < limit && n_some == PAGE) {
        TRY(store_look_waiting(s, a, look_id, after, PAGE, &some, &n_some));
        for (size_t i = 0; i < n_some && *n < limit; i++) {
            int64_t stale;

            TRY(stale_find(now, a, &some[i], &stale));
            if (!stale) list[(*n)++] = some[i];
            after = some[i].rank;
        }
    }
    return OK;
}

enum err look_waiting(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                      size_t limit, struct look *last, struct look_entry **entries, size_t *n)
{
    const struct answers_ask ask = {.project_id = project_id};
    struct answers *now;
    enum err e;

    *n = 0;
    *entries = arena_array(a, limit + 1, sizeof **entries);
    NEED(*entries);
    TRY(store_look_last(s, project_id, last));
    if (!last->id) return OK;
    TRY(answers_open(s, &ask, &now));
    e = fresh_gather(s, a, now, last->id, after, limit, *entries, n);
    answers_close(now);
    return e;
}

/* -- what a reviewer said --------------------------------------------------------------------- */

/* The entry, and whether it is as asked for already. */
static enum err entry_open(struct store *s, struct arena *a, const struct look_said *x,
                           enum look_outcome asked, struct look_entry *e)
{
    TRY(store_look_entry_get(s, a, x->entry_id, e));
    if (e->project_id != x->project_id)
        return fail(ERR_NOT_FOUND,
                    "there is no entry %" PRId64 " of a second look in project %" PRId64,
                    x->entry_id, x->project_id);
    if (e->outcome == LOOK_WAITS || e->outcome == asked || asked == LOOK_WAITS) return OK;
    return fail(ERR_CONFLICT, "this was %s already; undo that first if it was wrong",
                look_outcome_name(e->outcome));
}

static enum err fresh_check(struct store *s, struct arena *a, const struct look_entry *e)
{
    const struct answers_ask ask = {.project_id = e->project_id};
    struct answers *now;
    int64_t stale;
    enum err code;

    TRY(answers_open(s, &ask, &now));
    code = stale_find(now, a, e, &stale);
    answers_close(now);
    if (code || !stale) return code;
    return fail(ERR_CONFLICT,
                "item %" PRId64 " was answered anew since this was found; look at it again",
                stale);
}

static enum err close_entry(struct store *s, struct look_entry *e, enum look_outcome outcome,
                            int64_t user_id, int64_t now_ms)
{
    e->outcome = outcome;
    e->user_id = outcome == LOOK_WAITS ? 0 : user_id;
    e->at = outcome == LOOK_WAITS ? 0 : now_ms;
    return store_look_entry_close(s, e);
}

static struct look_kept kept_of(const struct look_entry *e, size_t i, int64_t user_id,
                                int64_t now_ms)
{
    return (struct look_kept){.project_id = e->project_id,
                              .item_id = e->items[i].item_id,
                              .kind = e->kind,
                              .question = e->question,
                              .seq = e->items[i].seq,
                              .user_id = user_id,
                              .at = now_ms};
}

static enum err keep(struct store *s, struct arena *a, const struct look_said *x,
                     int64_t now_ms, struct look_entry *e)
{
    TRY(entry_open(s, a, x, LOOK_KEPT, e));
    if (e->outcome == LOOK_KEPT) return OK;
    TRY(fresh_check(s, a, e));
    for (size_t i = 0; i < e->n_items; i++) {
        const struct look_kept k = kept_of(e, i, x->user_id, now_ms);

        TRY(store_look_keep(s, &k));
    }
    return close_entry(s, e, LOOK_KEPT, x->user_id, now_ms);
}

enum err look_keep(struct store *s, struct arena *a, const struct look_said *x, int64_t now_ms,
                   struct look_entry *e)
{
    TRY(store_begin(s));
    return store_end(s, keep(s, a, x, now_ms, e));
}

/* An id for each item of the entry, from the client's: the same again for a retry. */
static struct uuid id_for(const struct look_said *x, int64_t item_id)
{
    struct hash_state state;
    struct hash h;
    struct uuid id;

    hash_init(&state);
    hash_add(&state, x->id.bytes, sizeof x->id.bytes);
    hash_add(&state, &item_id, sizeof item_id);
    hash_end(&state, &h);
    memcpy(id.bytes, h.bytes, sizeof id.bytes);
    return id;
}

/* What the item's answer is with `value` for the entry's question. To be json_decref()ed. */
static enum err values_with(struct store *s, struct arena *a, const struct look_entry *e,
                            int64_t item_id, const json_t *value, json_t **values)
{
    const struct answers_ask ask = {.project_id = e->project_id};
    struct item_answer answer;
    struct answers *now;
    enum err code;

    TRY(answers_open(s, &ask, &now));
    code = answers_of_item(now, a, item_id, &answer);
    answers_close(now);
    if (code) return code;
    TRY(json_read(values, answer.values, strlen(answer.values)));
    if (!json_object_set_new(*values, e->question, json_deep_copy(value))) return OK;
    json_decref(*values);
    return fail_nomem();
}

static enum err fix_item(struct store *s, struct arena *a, const struct look_said *x,
                         const struct look_entry *e, int64_t item_id, const json_t *value,
                         int64_t now_ms)
{
    struct decide_new n = {.id = id_for(x, item_id),
                           .project_id = e->project_id,
                           .item_id = item_id,
                           .user_id = x->user_id,
                           .what = DECIDE_ANSWER,
                           .answer = ANSWER_ACCEPT,
                           .replaces = DECIDE_ANY,
                           .note = "after a second look"};
    struct label_result r;
    json_t *values;
    enum err code;

    TRY(values_with(s, a, e, item_id, value, &values));
    n.values = values;
    code = review_decide(s, a, &n, now_ms, &r);
    json_decref(values);
    return code;
}

static enum err fix(struct store *s, struct arena *a, const struct look_said *x,
                    const json_t *value, int64_t now_ms, struct look_entry *e)
{
    TRY(entry_open(s, a, x, LOOK_FIXED, e));
    if (e->outcome == LOOK_FIXED) return OK;
    TRY(fresh_check(s, a, e));
    for (size_t i = 0; i < e->n_items; i++)
        TRY(fix_item(s, a, x, e, e->items[i].item_id, value, now_ms));
    return close_entry(s, e, LOOK_FIXED, x->user_id, now_ms);
}

enum err look_fix(struct store *s, struct arena *a, const struct look_said *x,
                  const json_t *value, int64_t now_ms, struct look_entry *e)
{
    TRY(store_begin(s));
    return store_end(s, fix(s, a, x, value, now_ms, e));
}

/* What stood before the fix was a decision too, or people's labels. */
static enum err unfix_item(struct store *s, struct arena *a, const struct look_said *x,
                           const struct look_entry *e, const struct look_item *item,
                           int64_t now_ms)
{
    struct decide_new n = {.id = id_for(x, item->item_id),
                           .project_id = e->project_id,
                           .item_id = item->item_id,
                           .user_id = x->user_id,
                           .what = DECIDE_WITHDRAW,
                           .replaces = DECIDE_ANY,
                           .note = "a second look was undone"};
    struct decision before;
    struct label_result r;

    TRY(store_decision_get(s, a, item->item_id, item->seq, &before));
    if (before.seq) {
        n.what = DECIDE_RESTORE;
        n.of = before.seq;
    }
    return review_decide(s, a, &n, now_ms, &r);
}

static enum err undo(struct store *s, struct arena *a, const struct look_said *x,
                     int64_t now_ms, struct look_entry *e)
{
    TRY(entry_open(s, a, x, LOOK_WAITS, e));
    for (size_t i = 0; i < e->n_items && e->outcome == LOOK_KEPT; i++) {
        const struct look_kept k = kept_of(e, i, x->user_id, now_ms);

        TRY(store_look_unkeep(s, &k));
    }
    for (size_t i = 0; i < e->n_items && e->outcome == LOOK_FIXED; i++)
        TRY(unfix_item(s, a, x, e, &e->items[i], now_ms));
    return close_entry(s, e, LOOK_WAITS, 0, 0);
}

enum err look_undo(struct store *s, struct arena *a, const struct look_said *x, int64_t now_ms,
                   struct look_entry *e)
{
    TRY(store_begin(s));
    return store_end(s, undo(s, a, x, now_ms, e));
}
