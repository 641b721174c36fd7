/* bench_items - how fast items are found among many.
 *
 *     build/release/tests/bench/bench_items [items, 10000 100000 1000000]
 *
 * Makes a project of that many texts with folders and metadata, a third of them labelled by four
 * people, and searches it as the page of items does: a page of 48 and the count of all, the first
 * page and one from the middle. Prints the median and the slowest of the calls, and for what one
 * call could not finish, how many it took. */
#include "base/clock.h"
#include "check.h"
#include "store/search.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 5000, CALLS = 15, WORDS = 20000, PEOPLE = 4, PAGE = 48, COUNT_MOST = 10000 };
enum { BUDGET_US = 20000, CALLS_MAX = 4096 };

static uint64_t SEED = 42;

static uint64_t next_random(void)
{
    SEED = SEED * 6364136223846793005u + 1442695040888963407u;
    return SEED >> 33;
}

/* A word by Zipf's law, roughly: the square of an even number in [0, 1). */
static unsigned word(void)
{
    double u = (double)(next_random() % 1000000) / 1e6;
    return (unsigned)(u * u * u * WORDS);
}

static size_t text_make(char *text, int64_t i)
{
    size_t n = 0;

    for (int k = 0; k < 14; k++)
        n += (size_t)sprintf(text + n, "w%u ", word());
    if (i % 5000 == 7) n += (size_t)sprintf(text + n, "needle ");
    if (i % 2 == 0) n += (size_t)sprintf(text + n, "even ");
    return n + (size_t)sprintf(text + n, "no%lld", (long long)i);
}

static void item_make(struct world *w, int64_t i)
{
    char text[400], path[100], meta[200];
    struct item it = {
        .project_id = w->p.id, .format = "text/plain", .path = path, .meta = meta};
    size_t n = text_make(text, i);
    enum item_added added;

    hash_of(&it.hash, text, n);
    sprintf(path, "camera-%d/2026-%02d/%lld.txt", (int)(i % 12), (int)(i / 1000 % 12) + 1,
            (long long)i);
    sprintf(meta, "{\"camera\":\"%d\",\"id\":\"%lld\",\"site\":\"site %d\"}", (int)(i % 12),
            (long long)i, (int)(next_random() % 40));
    CHECK_OK(item_add(w->s, &it, text, n, NOW, &added));
}

static void label_make(struct world *w, int64_t item, int64_t seq)
{
    char values[60];
    struct label l = {.item_id = item,
                      .user_id = w->user[next_random() % PEOPLE],
                      .project_id = w->p.id,
                      .seq = seq,
                      .answer = ANSWER_ACCEPT,
                      .values = values,
                      .question_version = 1,
                      .at = NOW};

    sprintf(values, "{\"class\":\"%c\"}", "aaaaabbbbc"[next_random() % 10]);
    CHECK_OK(store_label_set(w->s, &l));
    CHECK_OK(store_item_set_state(w->s, item, item % 301 ? ITEM_LABELLED : ITEM_FLAGGED, 1));
}

static void fill(struct world *w, int64_t n)
{
    int64_t began = clock_ticks_ms();
    int64_t items_ms;

    for (int64_t i = 0; i < n; i += BATCH) {
        CHECK_OK(store_begin(w->s));
        for (int64_t k = i; k < i + BATCH && k < n; k++)
            item_make(w, k);
        CHECK_OK(store_end(w->s, OK));
    }
    items_ms = clock_ticks_ms() - began;
    began = clock_ticks_ms();
    for (int64_t i = 1; i <= n; i += 3 * (int64_t)BATCH) {
        CHECK_OK(store_begin(w->s));
        for (int64_t k = i; k < i + 3 * (int64_t)BATCH && k <= n; k += 3)
            label_make(w, k, k);
        CHECK_OK(store_end(w->s, OK));
    }
    printf("%lld items: added in %.1f us each; a third labelled in %.1f us each\n",
           (long long)n, 1e3 * (double)items_ms / (double)n,
           3e3 * (double)(clock_ticks_ms() - began) / (double)n);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One search to its end, as a browser goes on while a page is not full. */
static int search_on(struct store *s, const struct item_search *q, struct found *last,
                     double *ms, int *n_ms)
{
    struct item_search at = *q;
    int calls = 0;
    size_t n = 0;

    do {
        struct arena a;
        int64_t began = clock_ticks_us();
        arena_init(&a, 4 * MIB);
        CHECK_OK(store_search(s, &a, &at, last));
        if (*n_ms < CALLS_MAX) ms[(*n_ms)++] = (double)(clock_ticks_us() - began) / 1e3;
        arena_free(&a);
        n += last->n;
        at.after = last->next;
        calls++;
    } while (n < q->limit && last->next);
    last->n = n;
    return calls;
}

static void measure(struct store *s, const char *name, struct item_search q)
{
    static double ms[CALLS_MAX];
    struct found f = {0};
    int n_ms = 0;
    int calls = 0;

    q.limit = PAGE;
    q.budget_us = BUDGET_US;
    if (!q.after) q.count_most = COUNT_MOST;
    for (int i = 0; i < CALLS; i++)
        calls += search_on(s, &q, &f, ms, &n_ms);
    qsort(ms, (size_t)n_ms, sizeof *ms, compare);
    printf("  %-44s %3zu found, %s%6lld   %7.2f ms, slowest %7.2f, calls %.1f\n", name, f.n,
           f.is_counted ? "  " : ">=", (long long)f.count, ms[n_ms / 2], ms[n_ms - 1],
           (double)calls / CALLS);
}

static void measure_all(struct world *w, int64_t n)
{
    const struct item_search any = {.project_id = w->p.id, .state = ITEM_STATES};
    struct store *s;
    struct item_search q;

    CHECK_OK(store_open(&s, w->folder.path, STORE_READ));
#define MEASURE(name, ...)                                                                     \
    do {                                                                                       \
        q = any;                                                                               \
        __VA_ARGS__;                                                                           \
        measure(s, name, q);                                                                   \
    } while (0)
    MEASURE("every item", (void)0);
    MEASURE("open, from the middle on", q.state = ITEM_OPEN; q.after = n / 2);
    MEASURE("flagged", q.state = ITEM_FLAGGED);
    MEASURE("a rare word", q.text = "needle");
    MEASURE("a common word", q.text = "even");
    MEASURE("a common word, from the middle on", q.text = "even"; q.after = n / 2);
    MEASURE("two words", q.text = "w3 w17");
    MEASURE("a phrase", q.text = "\"w3 w17\"");
    MEASURE("words that begin so", q.text = "need*");
    MEASURE("a word that nothing has", q.text = "nowhere");
    MEASURE("folder", q.folder = "camera-3/2026-05");
    MEASURE("metadata", q.meta[0] = (struct search_meta){"site", "site 7"}; q.n_meta = 1);
    MEASURE("metadata, one item's", q.meta[0] = (struct search_meta){"id", "4711"};
            q.n_meta = 1);
    MEASURE("class", q.question = "class"; q.class_name = "c");
    MEASURE("person", q.user_id = w->user[1]);
    MEASURE("class by a person", q.question = "class"; q.class_name = "a";
            q.user_id = w->user[1]);
    MEASURE("word, folder, class and person", q.text = "even"; q.folder = "camera-4";
            q.question = "class"; q.class_name = "b"; q.user_id = w->user[2]);
    MEASURE("flagged, by class and metadata", q.state = ITEM_FLAGGED; q.question = "class";
            q.class_name = "a"; q.meta[0] = (struct search_meta){"camera", "1"}; q.n_meta = 1);
    MEASURE("two halves that never meet", q.text = "even"; q.folder = "camera-3");
    MEASURE("labelled and open halves that never meet", q.state = ITEM_OPEN;
            q.user_id = w->user[0]);
#undef MEASURE
    store_close(s);
}

int main(int argc, char **argv)
{
    static const char *const SIZES[] = {NULL, "10000", "100000", "1000000"};
    const char *const *sizes = argc > 1 ? (const char *const *)argv : SIZES;
    int n_sizes = argc > 1 ? argc : 4;

    for (int i = 1; i < n_sizes; i++) {
        struct world w;
        int64_t n = strtoll(sizes[i], NULL, 10);

        if (n < 1) return 2;
        world_new(&w, 0, 1);
        fill(&w, n);
        measure_all(&w, n);
        world_free(&w);
    }
    return 0;
}
