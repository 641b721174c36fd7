#include "domain/trace.h"

#include "base/json.h"
#include "store/item.h"

#include <string.h>

static enum err read_body(struct arena *a, const struct ledger_row *r, const char **answer,
                          const char **values, int64_t *pick_id)
{
    const char *said;
    json_t *body;

    TRY(json_read(&body, r->body, r->n_body));
    said = json_string_value(json_object_get(body, "answer"));
    *answer = said ? arena_strdup(a, said) : NULL;
    *values = json_write(a, json_object_get(body, "values"));
    *pick_id = json_integer_value(json_object_get(body, "pick"));
    json_decref(body);
    NEED(*values);
    return OK;
}

struct ending {
    const struct ledger_row *label;
    int64_t until_seq;
};

/* Events come as they happened: the first one on the same item and person behind the label. */
static enum err find_end(void *context, const struct ledger_row *r)
{
    struct ending *x = context;

    if (!x->until_seq && r->user_id == x->label->user_id && r->seq > x->label->seq)
        x->until_seq = r->seq;
    return OK;
}

static enum err until(struct store *s, struct label_trace *t)
{
    struct item_walk walk = {.project_id = t->event.project_id,
                             .after = t->event.item_id - 1,
                             .last = t->event.item_id};
    struct ending x = {.label = &t->event};

    TRY(store_label_walk_events(s, &walk, INT64_MAX, find_end, &x));
    t->until_seq = x.until_seq;
    return OK;
}

static enum err datasets_of(struct store *s, struct arena *a, struct label_trace *t)
{
    const int64_t end = t->until_seq ? t->until_seq : INT64_MAX;
    struct dataset *all;
    size_t n;

    TRY(store_dataset_of_item(s, a, t->event.project_id, t->event.item_id, &all, &n));
    t->datasets = all;
    for (size_t i = 0; i < n; i++)
        if (all[i].ledger_seq >= t->event.seq && all[i].ledger_seq < end)
            all[t->n_datasets++] = all[i];
    return OK;
}

static enum err add_models(struct store *s, struct arena *a, struct label_trace *t,
                           const struct dataset *d, size_t *room)
{
    struct dataset_item i;
    struct model *list;
    size_t n;

    TRY(store_model_of_dataset(s, a, d->id, &list, &n));
    if (!n) return OK;
    TRY(store_dataset_item_find(s, a, d->id, t->event.item_id, &i));
    if (t->n_models + n > *room) {
        const size_t more_room = 2 * (*room + n);
        struct label_model *more = arena_array(a, more_room, sizeof *more);

        NEED(more);
        if (t->n_models) memcpy(more, t->models, t->n_models * sizeof *more);
        t->models = more;
        *room = more_room;
    }
    for (size_t k = 0; k < n; k++)
        t->models[t->n_models++] = (struct label_model){list[k], i.part == PART_TRAIN};
    return OK;
}

static enum err models_of(struct store *s, struct arena *a, struct label_trace *t)
{
    size_t room = 0;

    for (size_t i = 0; i < t->n_datasets; i++)
        TRY(add_models(s, a, t, &t->datasets[i], &room));
    return OK;
}

enum err trace_label(struct store *s, struct arena *a, int64_t project_id,
                     const struct uuid *id, struct label_trace *t)
{
    char text[UUID_TEXT];

    *t = (struct label_trace){.answer = NULL};
    TRY(store_ledger_by_client(s, a, id, &t->event));
    if (!t->event.seq || t->event.project_id != project_id ||
        strcmp(t->event.kind, "label") != 0) {
        uuid_write(text, id);
        return fail(ERR_NOT_FOUND, "there is no label %s in this project", text);
    }
    TRY(read_body(a, &t->event, &t->answer, &t->values, &t->pick_id));
    TRY(until(s, t));
    TRY(datasets_of(s, a, t));
    TRY(models_of(s, a, t));
    const struct round_span span = {.project_id = project_id,
                                    .from = t->event.seq,
                                    .until = t->until_seq ? t->until_seq : INT64_MAX,
                                    .limit = TRACE_ROUNDS};

    return store_round_taught(s, a, &span, &t->rounds, &t->n_rounds, &t->n_rounds_all);
}

/* A page of labels, while it is walked. */
struct page {
    struct store *s;
    struct arena *a;
    const struct trace_ask *ask;
    struct item_walk walk;
    int64_t item_id; /* at hand; 0: none yet */
    bool wanted;
    size_t n_items;
    struct traced *list;
    size_t begin, n, room; /* labels of the item at hand start at `begin` */
};

static enum err is_in_dataset(struct page *p, int64_t item_id)
{
    struct dataset_item i;

    p->wanted = true;
    if (!p->ask->dataset_id) return OK;
    TRY(store_dataset_item_find(p->s, p->a, p->ask->dataset_id, item_id, &i));
    p->wanted = i.item_id != 0;
    return OK;
}

static enum err turn_to(struct page *p, int64_t item_id)
{
    if (item_id == p->item_id) return OK;
    p->n_items += p->n > p->begin;
    p->begin = p->n;
    if (p->n_items == p->ask->limit) {
        p->walk.done = 1;
        return OK;
    }
    p->item_id = item_id;
    return is_in_dataset(p, item_id);
}

/* What this person said of the item before no longer counts. */
static void forget_earlier(struct page *p, int64_t user_id)
{
    size_t i = p->begin;

    while (i < p->n && p->list[i].user_id != user_id)
        i++;
    if (i == p->n) return;
    memmove(&p->list[i], &p->list[i + 1], (p->n - i - 1) * sizeof *p->list);
    p->n--;
}

static enum err room_for_one(struct page *p)
{
    const size_t room = 2 * p->room + 64;
    struct traced *more;

    if (p->n < p->room) return OK;
    more = arena_array(p->a, room, sizeof *more);
    NEED(more);
    if (p->n) memcpy(more, p->list, p->n * sizeof *more);
    p->list = more;
    p->room = room;
    return OK;
}

static enum err add_event(void *context, const struct ledger_row *r)
{
    struct page *p = context;
    struct traced t = {.seq = r->seq,
                       .at = r->at,
                       .item_id = r->item_id,
                       .user_id = r->user_id,
                       .id = r->client_id};
    int64_t unused;

    TRY(turn_to(p, r->item_id));
    if (p->walk.done || !p->wanted) return OK;
    forget_earlier(p, r->user_id);
    if (strcmp(r->kind, "label") != 0) return OK;
    TRY(read_body(p->a, r, &t.answer, &t.values, &unused));
    TRY(room_for_one(p));
    p->list[p->n++] = t;
    return OK;
}

enum err trace_labels(struct store *s, struct arena *a, const struct trace_ask *ask,
                      struct traced **list, size_t *n, int64_t *next)
{
    struct page p = {.s = s, .a = a, .ask = ask};
    int64_t first;

    TRY(store_item_span(s, ask->project_id, &first, &p.walk.last));
    p.walk.project_id = ask->project_id;
    p.walk.after = ask->after > first - 1 ? ask->after : first - 1;
    TRY(store_label_walk_events(s, &p.walk, ask->seq, add_event, &p));
    *list = p.list;
    *n = p.n;
    *next = p.walk.done && p.n ? p.item_id : 0;
    return OK;
}
