#include "domain/neighbours.h"

#include "domain/encoder.h"
#include "domain/smp.h"
#include "sampler/near/top.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 500, ARENA_MIB = 256 };
static const unsigned TEACHING = 1U << PART_TRAIN | 1U << PART_VALIDATION;

struct neighbours {
    atomic_int holders;
    size_t n, room, d;
    float *z; /* (n, d) */
    int64_t *item;
    uint32_t *class; /* (n) of `name` */
    char **name;     /* (n_names) */
    size_t n_names;
};

struct neighbours *neighbours_hold(struct neighbours *x)
{
    atomic_fetch_add(&x->holders, 1);
    return x;
}

void neighbours_drop(struct neighbours *x)
{
    if (!x || atomic_fetch_sub(&x->holders, 1) > 1) return;
    for (size_t i = 0; i < x->n_names; i++)
        free(x->name[i]);
    free(x->name);
    free(x->z);
    free(x->item);
    free(x->class);
    free(x);
}

static enum err name_add(struct neighbours *x, const char *name, uint32_t *class)
{
    char **more;

    for (*class = 0; *class < x->n_names; (*class)++)
        if (!strcmp(x->name[*class], name)) return OK;
    more = realloc(x->name, (x->n_names + 1) * sizeof(char *));
    NEED(more);
    x->name = more;
    x->name[x->n_names] = strdup(name);
    NEED(x->name[x->n_names]);
    x->n_names++;
    return OK;
}

/* Of the examples the newest are kept: the list is by item, and a full one begins anew at its front. */
static enum err example_add(struct neighbours *x, const struct latents *l,
                            const struct dataset_item *i, const char *question, size_t *seen)
{
    const size_t at = *seen % x->room;
    json_t *values;
    const char *name;
    size_t row;
    enum err e = OK;

    if (!latents_row_of(l, i->item_id, &row)) return OK;
    TRY(json_read(&values, i->values, strlen(i->values)));
    name = json_string_value(json_object_get(values, question));
    if (name) {
        e = name_add(x, name, &x->class[at]);
        x->item[at] = i->item_id;
        memcpy(x->z + at * x->d, l->features.part[0] + row * x->d, x->d * sizeof *x->z);
        (*seen)++;
        if (x->n < x->room) x->n++;
    }
    json_decref(values);
    return e;
}

static enum err examples_read(struct store *s, struct arena *a, const struct model *m,
                              const struct latents *l, struct neighbours *x)
{
    struct dataset_item *list;
    int64_t after = 0;
    size_t seen = 0;
    size_t n = 1;

    while (n) {
        arena_free(a);
        TRY(store_dataset_items(s, a, m->dataset_id, TEACHING, after, PAGE, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(example_add(x, l, &list[i], m->question, &seen));
        if (n) after = list[n - 1].item_id;
    }
    return OK;
}

static enum err room_make(struct neighbours *x, const struct latents *l, int64_t n_taught)
{
    x->d = l->features.d[0];
    x->room = n_taught < NEIGHBOURS_MAX ? (size_t)n_taught + 1 : NEIGHBOURS_MAX;
    x->z = calloc(x->room * x->d + 1, sizeof *x->z);
    x->item = calloc(x->room, sizeof *x->item);
    x->class = calloc(x->room, sizeof *x->class);
    NEED(x->z);
    NEED(x->item);
    NEED(x->class);
    return OK;
}

static enum err open_mapped(struct store *s, struct arena *a, const struct model *m,
                            struct neighbours *x)
{
    struct encoder_latents l;
    struct encoder encoder;
    enum err e;

    TRY(store_encoder_get(s, a, m->encoder_id, &encoder));
    TRY(encoder_open(s, a, encoder.id, encoder.n_rows, &l));
    e = room_make(x, &l.latents, m->n_taught);
    if (!e && l.latents.features.n) e = examples_read(s, a, m, &l.latents, x);
    encoder_close(&l);
    return e;
}

enum err neighbours_open(struct store *s, const struct model *m, struct neighbours **out)
{
    struct neighbours *x;
    struct arena a;
    enum err e;

    *out = NULL;
    TRY(model_is_trained(m));
    x = calloc(1, sizeof *x);
    NEED(x);
    atomic_init(&x->holders, 1);
    arena_init(&a, ARENA_MIB * MIB);
    e = open_mapped(s, &a, m, x);
    arena_free(&a);
    if (e)
        neighbours_drop(x);
    else
        *out = x;
    return e;
}

enum err neighbours_find(const struct neighbours *x, const float *z, size_t k,
                         struct neighbour *found, size_t *n)
{
    struct smp_near near[NEIGHBOURS_FOUND_MAX];
    const struct smp_top_in in = {.x = x->z,
                                  .n = x->n,
                                  .d = x->d,
                                  .queries = z,
                                  .n_queries = 1,
                                  .k = k,
                                  .measure = SMP_NEAR_SQUARE,
                                  .n_threads = 1};

    *n = 0;
    if (!k || k > NEIGHBOURS_FOUND_MAX)
        return fail(ERR_INVALID, "%zu neighbours: from 1 to %d", k, NEIGHBOURS_FOUND_MAX);
    if (!x->n) return OK;
    TRY(smp_err(smp_top(&in, near)));
    for (; *n < k && *n < x->n; (*n)++)
        found[*n] = (struct neighbour){x->item[near[*n].row], x->name[x->class[near[*n].row]],
                                       sqrt((double)near[*n].value)};
    return OK;
}
