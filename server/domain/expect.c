#include "domain/expect.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    double max;
    bool is_whole;
} KINDS[EXPECT_KINDS] = {
    [EXPECT_SIDE_MIN] = {"side_min",      100000,  true },
    [EXPECT_CLASS_MIN] = {"class_min",     1000000, true },
    [EXPECT_BLANK_MAX] = {"blank_max",     1,       false},
    [EXPECT_CHARS_MIN] = {"chars_min",     1000000, true },
    [EXPECT_CHARS_MAX] = {"chars_max",     1000000, true },
    [EXPECT_SHORTCUTS_MAX] = {"shortcuts_max", 1000,    true },
};
static const char *const THEN[] = {
    [EXPECT_NOTHING] = "nothing", [EXPECT_FLAG] = "flag", [EXPECT_STOP] = "stop"};

const char *expect_kind_name(enum expect_kind k)
{
    return KINDS[k].name;
}

const char *expect_then_name(enum expect_then t)
{
    return THEN[t];
}

static enum err one_read(const json_t *body, enum expect_kind k, struct expectations *x)
{
    const json_t *one = json_object_get(body, KINDS[k].name);
    const char *then;
    enum err e;

    if (!one || json_is_null(one)) return OK;
    e = json_only(one, "value", "then", NULL);
    if (!e && !json_is_number(json_object_get(one, "value")))
        e = fail(ERR_INVALID, "value: expected a number");
    if (!e) e = json_number_or(one, "value", 0, 0, KINDS[k].max, &x->value[k]);
    if (!e && KINDS[k].is_whole && x->value[k] > floor(x->value[k]))
        e = fail(ERR_INVALID, "value: expected a whole number");
    if (!e) e = json_text_or(one, "then", THEN[EXPECT_FLAG], 10, &then);
    if (e) return fail_in(e, "expectations: %s", KINDS[k].name);
    x->then[k] = strcmp(then, THEN[EXPECT_STOP]) ? EXPECT_FLAG : EXPECT_STOP;
    if (x->then[k] == EXPECT_FLAG && strcmp(then, THEN[EXPECT_FLAG]) != 0)
        return fail(ERR_INVALID, "expectations: %s: then: expected flag or stop, got \"%s\"",
                    KINDS[k].name, then);
    return OK;
}

static enum err all_read(const json_t *body, struct expectations *x)
{
    *x = (struct expectations){.value = {0}};
    if (json_only(body, KINDS[0].name, KINDS[1].name, KINDS[2].name, KINDS[3].name,
                  KINDS[4].name, KINDS[5].name, NULL))
        return fail_in(ERR_INVALID, "expectations");
    for (int k = 0; k < EXPECT_KINDS; k++)
        TRY(one_read(body, (enum expect_kind)k, x));
    if (x->then[EXPECT_CHARS_MIN] && x->then[EXPECT_CHARS_MAX] &&
        x->value[EXPECT_CHARS_MIN] > x->value[EXPECT_CHARS_MAX])
        return fail(ERR_INVALID, "expectations: chars_min is more than chars_max");
    return OK;
}

static json_t *one_write(const struct expectations *x, int k)
{
    return json_pack("{s:o,s:s}", "value",
                     KINDS[k].is_whole ? json_integer((json_int_t)x->value[k])
                                       : json_real(x->value[k]),
                     "then", THEN[x->then[k]]);
}

enum err expect_read(struct arena *a, const json_t *body, const char **text)
{
    struct expectations x;
    json_t *all;

    TRY(all_read(body, &x));
    all = json_object();
    for (int k = 0; all && k < EXPECT_KINDS; k++)
        if (x.then[k]) json_object_set_new(all, KINDS[k].name, one_write(&x, k));
    *text = all ? json_write(a, all) : NULL;
    json_decref(all);
    NEED(*text);
    return OK;
}

enum err expect_parse(const char *text, struct expectations *x)
{
    json_t *body;
    enum err e;

    *x = (struct expectations){.value = {0}};
    if (!text) return OK;
    TRY(json_read(&body, text, strlen(text)));
    e = all_read(body, x);
    json_decref(body);
    return e;
}
