/* Any JSON body, to every route of the write lane that takes one, against a database with a
 * project in it: the first byte chooses the route. Each answer is undone. */
#include "api/api.h"
#include "base/clock.h"
#include "domain/project.h"
#include "store/store.h"

#include <assert.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct store *store;
static struct user admin;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static void end(void)
{
    char folder[300];

    snprintf(folder, sizeof folder, "%s", store_folder(store));
    store_close(store);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void begin(void)
{
    static const char *const CLASSES[] = {"a", "b"};
    static char folder[] = "/tmp/exemplar-fuzz-XXXXXX";
    struct project_new n = {.name = "p", .kind = PROJECT_TEXT, .overlap = 1, .explore = 0.1};
    struct questions *q;
    struct project p;
    struct arena a;

    if (store) return;
    arena_init(&a, MIB);
    if (!mkdtemp(folder) || hash_start() || store_open(&store, folder, STORE_WRITE) ||
        user_add(store, &a, "admin", ROLE_ADMIN, "x", clock_now_ms(), &admin) ||
        questions_from_classes(&a, CLASSES, 2, &q))
        abort();
    n.questions = q;
    if (project_create(store, &a, &n, clock_now_ms(), &p)) abort();
    arena_free(&a);
    admin.name = "admin";
    atexit(end);
}

static const struct route *route_chosen(uint8_t byte)
{
    for (size_t i = 0;; i++) {
        const struct route *r = &ROUTES[i % ROUTES_N];
        if (r->lane == WRITE && r->body == JSON && !byte--) return r;
    }
}

/* Something for every parameter of the route's path, as a request that got so far has. */
static void params_give(struct req *q)
{
    const char *at = q->route->pattern;

    for (size_t i = 0; (at = strchr(at, '{')); i++) {
        const char *name = arena_printf(q->arena, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        if (!name) abort();
        q->params[i] =
            (struct pair){name, !strcmp(name, "label")  ? "8c7ee2f4-5d3f-4c7b-9d6e-1a2b3c4d5e6f"
                                : !strcmp(name, "user") ? "2"
                                                        : "1"};
        at++;
    }
}

static enum err run(struct req *q, struct reply *r)
{
    enum err e;

    if (store_begin(store)) return OK;
    e = api_run(q, r);
    if (!e) assert(r->status >= 200 && r->status < 300);
    return store_end(store, fail(ERR_CANCELLED, "undone: %d", (int)e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply r;
    struct arena a;
    struct req q = {.arena = &a, .user = {.id = 0}};
    json_t *body;

    begin();
    if (size < 2 || json_read(&body, (const char *)data + 1, size - 1)) return 0;
    arena_init(&a, 16 * MIB);
    reply_init(&r);
    q.user = admin;
    q.store = store;
    q.body = body;
    q.route = route_chosen(data[0]);
    params_give(&q);
    if (json_is_object(body) && run(&q, &r) == OK) abort();
    reply_clear(&r);
    json_decref(body);
    arena_free(&a);
    return 0;
}
