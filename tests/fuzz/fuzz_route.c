/* Any method and path: a route is found or it is not, and its parameters are parts of the path. */
#include "api/api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pair params[PARAMS_MAX + 1] = {0};
    const struct route *route;
    const char *allow;
    struct arena a;
    char *path;

    if (!size) return 0;
    arena_init(&a, MIB);
    path = arena_copy(&a, data + 1, size - 1);
    if (path &&
        !route_find(&a, (enum method)(data[0] % METHODS), path, &route, params, &allow)) {
        assert((route != NULL) != (allow != NULL));
        for (struct pair *p = params; p->name; p++)
            assert(strstr(path, p->value) && *p->value && !strchr(p->value, '/'));
    }
    arena_free(&a);
    return 0;
}
