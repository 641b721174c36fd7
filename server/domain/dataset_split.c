#include "domain/dataset_split.h"

#include "sampler/quality/groups.h"
#include "sampler/quality/split.h"

#include <stdlib.h>
#include <string.h>

enum { NEW = 255 /* the other data set did not have it */, LEFT_OUT = PARTS };
static const int64_t BREAK_MS = (int64_t)30 * 60 * 1000;
static const double LEAST_SHARE = 1e-6; /* of a part that is full already */

struct entry {
    int64_t item_id;
    uint64_t key; /* of its content: lasting, unlike ids */
    uint32_t class_id;
    uint8_t was, part, honest;
};

struct tie {
    uint64_t key;
    size_t index;
};

struct sitting {
    int64_t user_id, at;
    size_t index;
};

struct dataset_split {
    const struct dataset_spec *spec;
    struct entry *entries;
    struct tie *ties;
    struct sitting *sittings;
    size_t n, n_ties, n_sittings;
    size_t room, ties_room, sittings_room;
    uint32_t *group; /* (n) */
    uint64_t *keys;  /* (n) of groups, by their number: the least of their items */
    uint8_t *fixed;  /* (n) of groups: the part they stay in, or NEW */
};

/* Room for one more in a list that doubles. */
#define ROOM_FOR_ONE(list, n, room)                                                            \
    do {                                                                                       \
        if ((n) == (room)) {                                                                   \
            size_t more_room_ = 2 * (room) + 1024;                                             \
            void *more_ = realloc((list), more_room_ * sizeof *(list));                        \
            NEED(more_);                                                                       \
            (list) = more_;                                                                    \
            (room) = more_room_;                                                               \
        }                                                                                      \
    } while (0)

enum err dataset_split_open(struct dataset_split **out, const struct dataset_spec *spec)
{
    *out = calloc(1, sizeof **out);
    NEED(*out);
    (*out)->spec = spec;
    return OK;
}

void dataset_split_close(struct dataset_split *x)
{
    if (!x) return;
    free(x->entries);
    free(x->ties);
    free(x->sittings);
    free(x->group);
    free(x->keys);
    free(x->fixed);
    free(x);
}

size_t dataset_split_n(const struct dataset_split *x)
{
    return x->n;
}

int64_t dataset_split_item(const struct dataset_split *x, size_t index)
{
    return x->entries[index].item_id;
}

uint32_t dataset_split_class(const struct dataset_split *x, size_t index)
{
    return x->entries[index].class_id;
}

enum dataset_part dataset_split_part(const struct dataset_split *x, size_t index)
{
    return (enum dataset_part)x->entries[index].part;
}

static uint64_t first_bytes(const struct hash *h)
{
    uint64_t key = 0;

    for (int i = 0; i < 8; i++)
        key = key << 8 | h->bytes[i];
    return key;
}

enum err dataset_split_add(struct dataset_split *x, int64_t item_id, const struct hash *content,
                           uint32_t class_id, size_t *index)
{
    ROOM_FOR_ONE(x->entries, x->n, x->room);
    *index = x->n;
    x->entries[x->n++] =
        (struct entry){item_id, first_bytes(content), class_id, NEW, PART_TRAIN, 0};
    return OK;
}

enum err dataset_split_tie(struct dataset_split *x, size_t index, const char *kind,
                           const char *value)
{
    struct hash_state state;
    struct hash h;

    ROOM_FOR_ONE(x->ties, x->n_ties, x->ties_room);
    hash_init(&state);
    hash_add(&state, kind, strlen(kind) + 1); /* the 0 byte parts the two */
    hash_add(&state, value, strlen(value));
    hash_end(&state, &h);
    x->ties[x->n_ties++] = (struct tie){first_bytes(&h), index};
    return OK;
}

enum err dataset_split_sat(struct dataset_split *x, size_t index, int64_t user_id, int64_t at)
{
    ROOM_FOR_ONE(x->sittings, x->n_sittings, x->sittings_room);
    x->sittings[x->n_sittings++] = (struct sitting){user_id, at, index};
    return OK;
}

void dataset_split_was(struct dataset_split *x, size_t index, enum dataset_part part)
{
    x->entries[index].was = (uint8_t)part;
}

void dataset_split_honest(struct dataset_split *x, size_t index)
{
    x->entries[index].honest = 1;
    x->entries[index].was = PART_TEST;
}

bool dataset_split_is_left_out(const struct dataset_split *x, size_t index)
{
    return x->entries[index].part == LEFT_OUT;
}

static int by_key(const void *a, const void *b)
{
    const struct tie *x = a;
    const struct tie *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_time(const void *a, const void *b)
{
    const struct sitting *x = a;
    const struct sitting *y = b;

    if (x->user_id != y->user_id) return x->user_id < y->user_id ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void join_all(struct dataset_split *x, struct smp_groups *g)
{
    if (x->n_ties) qsort(x->ties, x->n_ties, sizeof *x->ties, by_key);
    for (size_t i = 1; i < x->n_ties; i++)
        if (x->ties[i].key == x->ties[i - 1].key)
            smp_groups_join(g, x->ties[i].index, x->ties[i - 1].index);
    if (x->n_sittings) qsort(x->sittings, x->n_sittings, sizeof *x->sittings, by_time);
    for (size_t i = 1; i < x->n_sittings; i++)
        if (x->sittings[i].user_id == x->sittings[i - 1].user_id &&
            x->sittings[i].at - x->sittings[i - 1].at <= BREAK_MS)
            smp_groups_join(g, x->sittings[i].index, x->sittings[i - 1].index);
}

/* What each group is known by, where it was, and how large the largest is. */
static enum err describe_groups(struct dataset_split *x, struct dataset_split_sums *sums)
{
    size_t *sizes = calloc(sums->n_groups + 1, sizeof *sizes);

    x->keys = malloc((sums->n_groups + 1) * sizeof *x->keys);
    x->fixed = malloc(sums->n_groups + 1);
    if (!sizes || !x->keys || !x->fixed) {
        free(sizes);
        return fail_nomem();
    }
    memset(x->keys, 0xff, sums->n_groups * sizeof *x->keys);
    memset(x->fixed, NEW, sums->n_groups + 1);
    for (size_t i = 0; i < x->n; i++) {
        const struct entry *e = &x->entries[i];
        const uint32_t g = x->group[i];

        if (e->key < x->keys[g]) x->keys[g] = e->key;
        if (e->was != NEW && (x->fixed[g] == NEW || e->was > x->fixed[g])) x->fixed[g] = e->was;
        if (++sizes[g] > sums->largest) sums->largest = sizes[g];
    }
    free(sizes);
    return OK;
}

static enum err groups_find(struct dataset_split *x, struct dataset_split_sums *sums)
{
    struct smp_groups g;

    x->group = malloc((x->n + 1) * sizeof *x->group);
    NEED(x->group);
    if (smp_groups_start(&g, x->n)) return fail_nomem();
    join_all(x, &g);
    sums->n_groups = smp_groups_number(&g, x->group);
    smp_groups_free(&g);
    return describe_groups(x, sums);
}

/* What is still to be placed, and the shares that bring the whole near to what was asked. */
struct rest {
    uint64_t *group;
    uint32_t *class_id, *part;
    size_t *index; /* in entries */
    size_t n;
    double share[PARTS];
    uint32_t part_of[PARTS]; /* parts with a share */
    size_t n_parts;
};

static enum err rest_new(struct rest *r, size_t n)
{
    r->group = malloc((n + 1) * sizeof *r->group);
    r->class_id = malloc((n + 1) * sizeof *r->class_id);
    r->part = malloc((n + 1) * sizeof *r->part);
    r->index = malloc((n + 1) * sizeof *r->index);
    return r->group && r->class_id && r->part && r->index ? OK : fail_nomem();
}

static void rest_free(struct rest *r)
{
    free(r->group);
    free(r->class_id);
    free(r->part);
    free(r->index);
}

static void rest_gather(struct dataset_split *x, struct rest *r,
                        struct dataset_split_sums *sums)
{
    double held[PARTS] = {0};
    double whole = 0;

    for (size_t i = 0; i < x->n; i++) {
        struct entry *e = &x->entries[i];
        const uint8_t fixed = x->fixed[x->group[i]];

        if (x->spec->honest && fixed != NEW) {
            e->part = e->honest ? PART_TEST : LEFT_OUT;
            sums->n_beside += !e->honest;
            continue;
        }
        if (fixed != NEW) {
            e->part = fixed;
            held[fixed]++;
            sums->n_moved += e->was != NEW && e->was != fixed;
            continue;
        }
        r->group[r->n] = x->keys[x->group[i]];
        r->class_id[r->n] = e->class_id;
        r->index[r->n++] = i;
    }
    for (size_t p = 0; p < PARTS; p++)
        whole += x->spec->share[p];
    for (uint32_t p = 0; p < PARTS; p++) {
        const double wanted = x->spec->share[p] / whole * (double)x->n - held[p];

        if (!(x->spec->share[p] > 0)) continue;
        r->share[r->n_parts] = wanted > LEAST_SHARE ? wanted : LEAST_SHARE;
        r->part_of[r->n_parts++] = p;
    }
}

static enum err rest_place(struct dataset_split *x, struct rest *r, size_t n_classes)
{
    const struct smp_split_in in = {.group = r->group,
                                    .class_id = r->class_id,
                                    .n = r->n,
                                    .n_classes = n_classes,
                                    .share = r->share,
                                    .n_parts = r->n_parts,
                                    .seed = (uint64_t)x->spec->seed};

    if (smp_split(&in, r->part)) return fail(ERR_INVALID, "%s", smp_message());
    for (size_t i = 0; i < r->n; i++)
        x->entries[r->index[i]].part = (uint8_t)r->part_of[r->part[i]];
    return OK;
}

enum err dataset_split_run(struct dataset_split *x, size_t n_classes,
                           struct dataset_split_sums *sums)
{
    struct rest r = {0};
    enum err e;

    *sums = (struct dataset_split_sums){0};
    TRY(groups_find(x, sums));
    e = rest_new(&r, x->n);
    if (!e) {
        rest_gather(x, &r, sums);
        e = rest_place(x, &r, n_classes);
    }
    rest_free(&r);
    return e;
}
