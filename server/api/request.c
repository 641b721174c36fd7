#include "api/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *pair_find(const struct pair *p, const char *name)
{
    for (; p->name; p++)
        if (!strcmp(p->name, name)) return p->value;
    return NULL;
}

const char *req_param(const struct req *q, const char *name)
{
    return pair_find(q->params, name);
}

const char *req_query(const struct req *q, const char *name)
{
    return pair_find(q->query, name);
}

/* Decimal digits with an optional minus and nothing else. */
static bool number_read(const char *text, int64_t *value)
{
    char *end;

    if (strspn(text, "-0123456789") != strlen(text) || !*text) return false;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return !*end && !errno;
}

enum err req_id(const struct req *q, const char *name, int64_t *id)
{
    const char *text = req_param(q, name);

    if (text && number_read(text, id) && *id > 0) return OK;
    return fail(ERR_NOT_FOUND, "there is no %s '%.100s'; ids are numbers from 1", name,
                text ? text : "");
}

enum err req_query_int(const struct req *q, const char *name, int64_t none, int64_t min,
                       int64_t max, int64_t *value)
{
    const char *text = req_query(q, name);

    *value = none;
    if (!text) return OK;
    if (number_read(text, value) && *value >= min && *value <= max) return OK;
    return fail(ERR_INVALID, "%s: expected a number from %lld to %lld", name, (long long)min,
                (long long)max);
}

enum err req_query_word(const struct req *q, const char *name, const char *const *words,
                        int none, int *at)
{
    const char *text = req_query(q, name);
    char all[200] = "";

    *at = none;
    if (!text) return OK;
    for (int i = 0; words[i]; i++) {
        size_t n = strlen(all);
        if (!strcmp(words[i], text)) {
            *at = i;
            return OK;
        }
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", words[i]);
    }
    return fail(ERR_INVALID, "%s: '%.50s' is not one of %s", name, text, all);
}

/* curl calls what it sends a form when it is not told otherwise: then the first character says it. */
bool req_is_json(const struct req *q)
{
    const bool is_untold =
        !q->content_type[0] || !strncasecmp(q->content_type, "application/x-www-form-", 23);

    if (!strncasecmp(q->content_type, "application/json", 16)) return true;
    return is_untold && q->n_bytes && (q->bytes[0] == '{' || q->bytes[0] == '[');
}
