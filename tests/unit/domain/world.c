#include "unit/domain/world.h"

#include "check.h"
#include "domain/ledger.h"
#include "domain/user.h"

#include <stdio.h>
#include <string.h>

static void add_people(struct world *w)
{
    for (int i = 0; i < 20; i++) {
        struct user u;
        char name[40];
        snprintf(name, sizeof name, "person %d", i);
        CHECK_OK(user_add(w->s, &w->a, name, ROLE_ANNOTATOR, NULL, NOW, &u));
        w->user[i] = u.id;
    }
}

void world_add_items(struct world *w, int64_t n)
{
    CHECK_OK(store_begin(w->s));
    for (int64_t k = 0; k < n; k++) {
        char text[60];
        enum item_added added;
        struct item i = {.project_id = w->p.id, .format = "text/plain", .path = "made"};
        snprintf(text, sizeof text, "text number %lld", (long long)(w->n_items + k));
        hash_of(&i.hash, text, strlen(text));
        CHECK_OK(item_add(w->s, &i, text, strlen(text), NOW, &added));
        assert_int_equal(added, ITEM_ADDED);
        if (!w->first) w->first = i.id;
    }
    CHECK_OK(store_end(w->s, OK));
    w->n_items += n;
}

void world_new(struct world *w, int64_t n_items, int64_t overlap)
{
    static const char *const CLASSES[] = {"a", "b", "c"};
    struct project_new n = {
        .name = "Made", .kind = PROJECT_TEXT, .overlap = overlap, .explore = 0.1};
    struct questions *q;

    memset(w, 0, sizeof *w);
    folder_new(&w->folder);
    arena_init(&w->a, 512 * MIB);
    CHECK_OK(store_open(&w->s, w->folder.path, STORE_WRITE));
    add_people(w);
    CHECK_OK(questions_from_classes(&w->a, CLASSES, 3, &q));
    n.questions = q;
    CHECK_OK(project_create(w->s, &w->a, &n, NOW, &w->p));
    world_add_items(w, n_items);
}

void world_free(struct world *w)
{
    store_close(w->s);
    arena_free(&w->a);
    folder_remove(&w->folder);
}

/* The JSON of values is made once per class and never freed: five small objects. */
static const json_t *values_of(const char *class_name)
{
    static json_t *made[5];
    int k;

    if (!class_name) return NULL;
    k = class_name[0] - 'a';
    assert_in_range(k, 0, 4);
    if (!made[k]) made[k] = json_pack("{s:s}", "class", class_name);
    return made[k];
}

struct label_new world_label(struct world *w, int64_t item, int64_t user, enum answer answer,
                             const char *class_name)
{
    struct label_new n = {.project_id = w->p.id,
                          .item_id = item,
                          .user_id = user,
                          .answer = answer,
                          .values = values_of(class_name),
                          .elapsed_ms = 1234};

    uuid_new(&n.id);
    return n;
}

enum err world_try(struct world *w, const struct label_new *n)
{
    struct label_result r;
    return label_submit(w->s, &w->a, n, NOW, &r);
}

int64_t world_submit(struct world *w, int64_t item, int64_t user, enum answer answer,
                     const char *class_name)
{
    struct label_new n = world_label(w, item, user, answer, class_name);
    struct label_result r;

    CHECK_OK(label_submit(w->s, &w->a, &n, NOW, &r));
    assert_int_equal(r.repeated, 0);
    return r.seq;
}

struct item world_item(struct world *w, int64_t item)
{
    struct item i;

    CHECK_OK(store_item_get(w->s, &w->a, item, &i));
    return i;
}

struct project_counts world_counts(struct world *w)
{
    struct project_counts c;

    CHECK_OK(store_project_counts(w->s, w->p.id, &c));
    return c;
}

struct lease world_lease(struct world *w, int64_t user, int64_t now_ms)
{
    struct queue_ask ask = {.project_id = w->p.id, .user_id = user, .n = 1};
    struct queue_given given;

    CHECK_OK(queue_lease(w->s, &w->a, &ask, now_ms, &given));
    return given.n ? given.leases[0].lease : (struct lease){.id = 0};
}

void world_round(struct world *w, const int64_t *items, size_t n)
{
    struct round r = {.project_id = w->p.id, .strategy = "maxherd", .seed = 7, .batch = 100};
    struct pick picks[500];

    assert_true(n <= 500);
    CHECK_OK(store_ledger_last(w->s, &r.ledger_seq, &(struct hash){{0}}));
    for (size_t i = 0; i < n; i++)
        picks[i] = (struct pick){.item_id = items[i],
                                 .strategy = "maxherd",
                                 .has_score = 1,
                                 .score = 1.0 / (double)(i + 1),
                                 .pool_size = w->n_items,
                                 .propensity = 1,
                                 .seed = 7,
                                 .reason = "It stands for many others."};
    CHECK_OK(queue_publish_round(w->s, &r, picks, n, NOW));
}

static void note_problem(void *context, int64_t seq, const char *sentence)
{
    char *first = context;

    (void)seq;
    if (first && !first[0]) snprintf(first, 400, "%s", sentence);
}

int64_t world_verify(struct world *w, char *first)
{
    struct ledger_report report = {.problem = note_problem, .context = first};
    struct ledger_sums sums;

    if (first) first[0] = '\0';
    CHECK_OK(ledger_verify(w->s, &report, &sums));
    return sums.n_problems;
}
