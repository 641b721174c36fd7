#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = 1000 };

static _Thread_local char sentence[SENTENCE_MAX];

void err_keep(const char *format, ...)
{
    /* Arguments may point into the sentence itself ("...: %s", err_message()). */
    char next[SENTENCE_MAX];
    int number = errno; /* fail(errno == ENOENT ? ..., "%m") asks again for it afterwards */
    va_list args;

    va_start(args, format);
    vsnprintf(next, sizeof next, format, args);
    va_end(args);
    errno = number;
    memcpy(sentence, next, sizeof next);
}

void err_keep_where(const char *where_format, ...)
{
    char where[SENTENCE_MAX];
    va_list args;

    va_start(args, where_format);
    vsnprintf(where, sizeof where, where_format, args);
    va_end(args);
    err_keep("%s: %s", where, sentence);
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
