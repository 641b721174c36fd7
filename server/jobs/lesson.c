#include "jobs/lesson.h"

#include "domain/group.h"
#include "domain/question.h"
#include "domain/smp.h"
#include "sampler/bytes.h"
#include "sampler/quality/groups.h"
#include "store/item.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 2000 };

struct reading {
    struct store *s;
    struct arena *a;
    struct lesson *l;
    struct questions *questions;
    struct group_list groups;
    struct tie *ties; /* (taught.n + honest.n, twice at most) */
    size_t n_ties;
};

/* Items with an equal key are one thing. */
struct tie {
    uint64_t key;
    size_t index; /* taught ones, then honest ones */
};

static enum err part_make(struct arena *a, size_t n, struct lesson_part *p)
{
    p->item = arena_array(a, n + 1, sizeof *p->item);
    p->row = arena_array(a, n + 1, sizeof *p->row);
    p->y = arena_array(a, n + 1, sizeof *p->y);
    p->group = arena_array(a, n + 1, sizeof *p->group);
    return p->item && p->row && p->y && p->group ? OK : fail_nomem();
}

static void take(struct reading *r, const struct dataset_item *i)
{
    struct lesson_part *to = i->part == PART_TEST ? &r->l->honest : &r->l->taught;
    const int class_at = values_class(r->questions, i->values);
    size_t row;

    if (i->part == PART_VALIDATION || class_at < 0) return;
    if (!latents_row_of(&r->l->latents.latents, i->item_id, &row)) {
        r->l->n_missing++;
        return;
    }
    to->item[to->n] = i->item_id;
    to->row[to->n] = row;
    to->y[to->n++] = class_at;
}

static enum err items_read(struct reading *r)
{
    const size_t n_items = (size_t)r->l->dataset.n_items;
    struct dataset_item *list;
    struct arena page;
    int64_t after = 0;
    size_t n;
    enum err e;

    TRY(part_make(r->a, n_items, &r->l->taught));
    TRY(part_make(r->a, n_items, &r->l->honest));
    arena_init(&page, 256 * MIB);
    do {
        arena_free(&page);
        e = store_dataset_items(r->s, &page, r->l->dataset.id, ALL_PARTS, after, PAGE, &list,
                                &n);
        for (size_t i = 0; i < n && !e; i++)
            take(r, &list[i]);
        if (n) after = list[n - 1].item_id;
    } while (n && !e);
    arena_free(&page);
    return e;
}

/* From the question's classes to those that have an example. */
static enum err classes_keep(struct reading *r)
{
    const struct question *q = &r->questions->question[0];
    struct lesson *l = r->l;
    size_t *n_of = arena_array(r->a, q->n_classes + 1, sizeof *n_of);
    int32_t *to = arena_array(r->a, q->n_classes + 1, sizeof *to);

    l->classes = arena_array(r->a, q->n_classes + 1, sizeof *l->classes);
    l->n_of_class = arena_array(r->a, q->n_classes + 1, sizeof *l->n_of_class);
    if (!n_of || !to || !l->classes || !l->n_of_class) return fail_nomem();
    for (size_t i = 0; i < l->taught.n; i++)
        n_of[l->taught.y[i]]++;
    for (size_t k = 0; k < q->n_classes; k++) {
        to[k] = n_of[k] ? (int32_t)l->n_classes : LESSON_NO_CLASS;
        if (!n_of[k]) continue;
        l->n_of_class[l->n_classes] = n_of[k];
        l->classes[l->n_classes++] = q->classes[k].name;
    }
    for (size_t i = 0; i < l->taught.n; i++)
        l->taught.y[i] = to[l->taught.y[i]];
    for (size_t i = 0; i < l->honest.n; i++)
        l->honest.y[i] = to[l->honest.y[i]];
    return OK;
}

static void tie(struct reading *r, size_t index, char kind, const void *value, size_t n)
{
    r->ties[r->n_ties++] = (struct tie){smp_fnv_more(smp_fnv(&kind, 1), value, n), index};
}

static enum err tie_item(struct reading *r, struct arena *a, size_t index, int64_t item_id)
{
    const int64_t group = group_key(&r->groups, item_id);
    struct item i;
    json_t *meta;
    const char *burst;

    if (group != item_id) tie(r, index, 'd', &group, sizeof group);
    TRY(store_item_get(r->s, a, item_id, &i));
    TRY(json_read(&meta, i.meta, strlen(i.meta)));
    burst = json_string_value(json_object_get(meta, MODEL_BURST));
    if (burst) tie(r, index, 'b', burst, strlen(burst));
    json_decref(meta);
    return OK;
}

static enum err ties_gather(struct reading *r)
{
    const struct lesson_part *const parts[] = {&r->l->taught, &r->l->honest};
    struct arena page;
    size_t index = 0;
    enum err e = OK;

    arena_init(&page, 64 * MIB);
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p]->n && !e; i++, index++) {
            e = tie_item(r, &page, index, parts[p]->item[i]);
            if (index % PAGE == 0) arena_free(&page);
        }
    arena_free(&page);
    return e;
}

static int by_key(const void *a, const void *b)
{
    const struct tie *x = a;
    const struct tie *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static enum err groups_number(struct reading *r)
{
    struct lesson *l = r->l;
    struct smp_groups g;

    TRY(smp_err(smp_groups_start(&g, l->taught.n + l->honest.n)));
    if (r->n_ties) qsort(r->ties, r->n_ties, sizeof *r->ties, by_key);
    for (size_t i = 1; i < r->n_ties; i++)
        if (r->ties[i].key == r->ties[i - 1].key)
            smp_groups_join(&g, r->ties[i].index, r->ties[i - 1].index);
    for (size_t i = 0; i < l->taught.n; i++)
        l->taught.group[i] = smp_groups_find(&g, i);
    for (size_t i = 0; i < l->honest.n; i++)
        l->honest.group[i] = smp_groups_find(&g, l->taught.n + i);
    smp_groups_free(&g);
    return OK;
}

static enum err groups_find(struct reading *r)
{
    const size_t n = r->l->taught.n + r->l->honest.n;

    TRY(group_read(r->s, r->a, r->l->dataset.project_id, &r->groups));
    r->ties = arena_array(r->a, 2 * n + 1, sizeof *r->ties);
    NEED(r->ties);
    TRY(ties_gather(r));
    return groups_number(r);
}

enum err lesson_read(struct store *s, struct arena *a, const struct model *m, struct lesson *l)
{
    struct reading r = {.s = s, .a = a, .l = l};
    const char *questions;
    int64_t version;

    *l = (struct lesson){.n_classes = 0};
    TRY(store_dataset_get(s, a, m->dataset_id, &l->dataset));
    if (l->dataset.state != DATASET_FROZEN)
        return fail(ERR_CONFLICT, "data set %" PRId64 " is not frozen", l->dataset.version);
    TRY(store_questions_as_of(s, a, l->dataset.project_id, l->dataset.ledger_seq, &version,
                              &questions));
    TRY(questions_parse(a, questions, &r.questions));
    TRY(m->encoder_id ? encoder_whole(s, a, m->encoder_id, &l->latents)
                      : encoder_active(s, a, l->dataset.project_id, &l->latents));
    TRY(items_read(&r));
    TRY(classes_keep(&r));
    return groups_find(&r);
}

void lesson_close(struct lesson *l)
{
    encoder_close(&l->latents);
    l->latents = (struct encoder_latents){.encoder = {.id = 0}};
}
