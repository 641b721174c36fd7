#include "jobs/simulate_data.h"

#include "base/file.h"
#include "jobs/simulate_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* folder/name when there is such a thing, else NULL; in the arena. */
static const char *inside(struct arena *a, const char *folder, const char *name)
{
    const char *path = arena_printf(a, "%s/%s", folder, name);

    return path && file_exists(path) ? path : NULL;
}

/* What `path` means by itself, and which test set belongs to it. */
static void places_find(struct sim_data *d, const char **pool, const char **test)
{
    struct arena *a = &d->arena;
    const char *idx = inside(a, *pool, "train-images-idx3-ubyte.gz");
    const char *train = inside(a, *pool, "train");

    if (train && sim_is_folder(train)) {
        if (!*test) *test = inside(a, *pool, "test");
        *pool = train;
        return;
    }
    if (idx) *pool = idx;
    if (!*test && !sim_is_folder(*pool) && sim_is_idx(*pool) &&
        !strncmp(sim_last_part(*pool), "train", 5)) {
        const char *other = arena_printf(a, "%.*st10k%s", (int)(sim_last_part(*pool) - *pool),
                                         *pool, sim_last_part(*pool) + 5);

        if (other && file_exists(other)) *test = other;
    }
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

/* Classes in the order of their names, whatever order the items came in. */
static enum err classes_sort(struct sim_data *d)
{
    const char **sorted = arena_array(&d->arena, d->n_classes + 1, sizeof *sorted);

    NEED(sorted);
    memcpy(sorted, d->class_name, d->n_classes * sizeof *sorted);
    qsort(sorted, d->n_classes, sizeof *sorted, by_name);
    for (size_t i = 0; i < d->n_items; i++) {
        const char *name = d->class_name[d->item[i].class];
        const char *const *at = bsearch(&name, sorted, d->n_classes, sizeof *sorted, by_name);

        d->item[i].class = (int32_t)(at - (const char *const *)sorted);
    }
    d->class_name = sorted;
    return OK;
}

/* The pool first, then the test set, each in the order it came. */
static enum err sides_part(struct sim_data *d)
{
    struct sim_item *parted = malloc((d->n_items + 1) * sizeof *parted);
    size_t at = 0;

    NEED(parted);
    for (int test = 0; test <= 1; test++) {
        for (size_t i = 0; i < d->n_items; i++)
            if (d->item[i].is_test == (test == 1)) parted[at++] = d->item[i];
        if (!test) d->n_pool = at;
    }
    d->n_test = at - d->n_pool;
    free(d->item);
    d->item = parted;
    return OK;
}

static enum err enough_check(const struct sim_data *d)
{
    char why[SIM_NOTE + 60] = "";

    if (d->n_refused)
        snprintf(why, sizeof why, "; %zu were passed over (%s)", d->n_refused, d->refused);
    if (d->n_classes < 2)
        return fail(
            ERR_INVALID,
            "%s: a replay needs items of at least two classes, found %zu items of %zu%s",
            d->name, d->n_items, d->n_classes, why);
    if (!d->n_pool || !d->n_test)
        return fail(ERR_INVALID, "%s: %zu items to pick from and %zu to test on are too few%s",
                    d->name, d->n_pool, d->n_test, why);
    return OK;
}

static const char *name_of(struct arena *a, const char *path)
{
    size_t n = strlen(path);
    size_t from;

    while (n > 1 && path[n - 1] == '/')
        n--;
    for (from = n; from && path[from - 1] != '/';)
        from--;
    return arena_printf(a, "%.*s", (int)(n - from), path + from);
}

static enum err read_all(struct sim_data *d, const struct sim_source *from)
{
    const char *pool = from->path;
    const char *test = from->test;

    d->kind = from->kind;
    d->name = name_of(&d->arena, from->path);
    d->class_name = arena_array(&d->arena, SIM_CLASSES_MAX, sizeof *d->class_name);
    NEED(d->name);
    NEED(d->class_name);
    places_find(d, &pool, &test);
    TRY(sim_source_read(d, from, pool, test ? SIM_TO_POOL : SIM_TO_BOTH));
    if (test) TRY(sim_source_read(d, from, test, SIM_TO_TEST));
    TRY(classes_sort(d));
    TRY(sides_part(d));
    return enough_check(d);
}

enum err sim_data_read(struct sim_data *d, const struct sim_source *from)
{
    enum err e;

    *d = (struct sim_data){0};
    arena_init(&d->arena, 8 * GIB);
    e = read_all(d, from);
    if (e) sim_data_free(d);
    return e;
}

void sim_data_free(struct sim_data *d)
{
    free(d->item);
    idx_free(&d->idx[0]);
    idx_free(&d->idx[1]);
    arena_free(&d->arena);
    *d = (struct sim_data){0};
}
