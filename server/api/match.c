#include "api/api.h"
#include "domain/credential.h"

#include <string.h>

static const char *const METHOD_NAMES[METHODS] = {
    [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE"};

const char *method_name(enum method m)
{
    return METHOD_NAMES[m];
}

const char *least_name(enum least l)
{
    static const char *const NAMES[] = {
        [ANYONE] = "anyone",     [CALLER] = "caller",   [ANNOTATOR] = "annotator",
        [REVIEWER] = "reviewer", [MANAGER] = "manager", [ADMIN] = "admin",
        [OPERATOR] = "operator"};
    return NAMES[l];
}

enum scope route_scope(const struct route *r)
{
    if (r->scope) return r->scope;
    return r->method == GET ? SCOPE_READ : SCOPE_MANAGE;
}

void routes_print(FILE *f)
{
    static const char *const LANES[] = {
        [READ] = "read",       [WRITE] = "write", [OUTSIDE] = "outside", [INTAKE] = "intake",
        [PREDICT] = "predict", [BATCH] = "batch", [SLOW] = "slow"};
    static const char *const BODIES[] = {
        [NONE] = "-", [JSON] = "json", [UPLOAD] = "upload", [BYTES] = "bytes"};

    for (size_t i = 0; i < ROUTES_N; i++) {
        const struct route *r = &ROUTES[i];
        fprintf(f, "%-6s %-46s %-9s %-7s %-7s %-6s %zu\n", method_name(r->method), r->pattern,
                least_name(r->least), r->least == ANYONE ? "-" : scope_name(route_scope(r)),
                LANES[r->lane], BODIES[r->body], r->body_max);
    }
}

/* One part of a path, without its slash. */
struct part {
    const char *text;
    size_t n;
};

static struct part part_of(const char *path)
{
    return (struct part){path, strcspn(path, "/")};
}

/* Takes one parameter: "{item}" and "7" become item=7. */
static enum err param_take(struct arena *a, struct part braces, struct part value,
                           struct pair *p)
{
    char *name = arena_copy(a, braces.text + 1, braces.n - 2);
    char *text = arena_copy(a, value.text, value.n);

    NEED(name);
    NEED(text);
    *p = (struct pair){name, text};
    return OK;
}

/* Whether `path` has the pattern's shape; the parameters' places are left to the caller. */
static bool fits(const char *pattern, const char *path)
{
    for (;;) {
        struct part want = part_of(pattern);
        struct part have = part_of(path);
        bool is_param = want.n > 1 && want.text[0] == '{';

        if (is_param && (have.n == 0 || have.n > SEGMENT_MAX)) return false;
        if (!is_param && (want.n != have.n || memcmp(want.text, have.text, want.n) != 0))
            return false;
        if (!want.text[want.n] || !have.text[have.n])
            return want.text[want.n] == have.text[have.n];
        pattern += want.n + 1;
        path += have.n + 1;
    }
}

static enum err params_take(struct arena *a, const char *pattern, const char *path,
                            struct pair params[PARAMS_MAX + 1])
{
    for (size_t n = 0;;) {
        struct part want = part_of(pattern);
        struct part have = part_of(path);

        if (want.n > 1 && want.text[0] == '{' && n < PARAMS_MAX)
            TRY(param_take(a, want, have, &params[n++]));
        if (!want.text[want.n]) return OK;
        pattern += want.n + 1;
        path += have.n + 1;
    }
}

enum err route_find(struct arena *a, enum method m, const char *path,
                    const struct route **route, struct pair params[PARAMS_MAX + 1],
                    const char **allow)
{
    *route = NULL;
    *allow = NULL;
    for (size_t i = 0; i < ROUTES_N; i++) {
        const struct route *r = &ROUTES[i];
        if (!fits(r->pattern, path)) continue;
        if (r->method == m) {
            *route = r;
            *allow = NULL;
            return params_take(a, r->pattern, path, params);
        }
        *allow = arena_printf(a, "%s%s%s%s", *allow ? *allow : "", *allow ? ", " : "",
                              method_name(r->method), r->method == GET ? ", HEAD" : "");
        NEED(*allow);
    }
    return *allow ? OK : fail(ERR_NOT_FOUND, "there is nothing at %.200s", path);
}
