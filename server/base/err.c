#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = 1000 };

static _Thread_local char sentence[SENTENCE_MAX];

enum err fail(enum err code, const char *format, ...)
{
    /* Arguments may point into the sentence itself ("...: %s", err_message()). */
    char next[SENTENCE_MAX];
    va_list args;

    assert(code != OK);
    va_start(args, format);
    vsnprintf(next, sizeof next, format, args);
    va_end(args);
    memcpy(sentence, next, sizeof next);
    return code;
}

enum err fail_in(enum err code, const char *where_format, ...)
{
    char where[SENTENCE_MAX];
    va_list args;

    assert(code != OK);
    va_start(args, where_format);
    vsnprintf(where, sizeof where, where_format, args);
    va_end(args);
    return fail(code, "%s: %s", where, sentence);
}

enum err fail_nomem(void)
{
    return fail(ERR_NOMEM, "out of memory");
}

const char *err_message(void)
{
    return sentence;
}

const char *err_name(enum err code)
{
    static const char *const NAMES[ERR_COUNT] = {
        [OK] = "ok",
        [ERR_INVALID] = "invalid",
        [ERR_NOT_FOUND] = "not_found",
        [ERR_CONFLICT] = "conflict",
        [ERR_DENIED] = "denied",
        [ERR_UNAUTHORISED] = "unauthorised",
        [ERR_TOO_LARGE] = "too_large",
        [ERR_BUSY] = "busy",
        [ERR_IO] = "io",
        [ERR_NOMEM] = "nomem",
        [ERR_CORRUPT] = "corrupt",
        [ERR_CANCELLED] = "cancelled",
    };
    assert(code < ERR_COUNT);
    return NAMES[code];
}
