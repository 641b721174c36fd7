#include "sampler/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 500 };

static _Thread_local char sentence[SENTENCE_MAX];

enum smp_status smp_fail(enum smp_status code, const char *format, ...)
{
    va_list args;

    assert(code != SMP_OK);
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return code;
}

enum smp_status smp_fail_nomem(void)
{
    return smp_fail(SMP_NOMEM, "out of memory");
}

const char *smp_message(void)
{
    return sentence;
}

enum smp_status smp_report(const struct smp_progress *progress, double done, const char *what)
{
    if (!progress || !progress->keep_going) return SMP_OK;
    if (progress->keep_going(progress->ctx, done, what)) return SMP_OK;
    return smp_fail(SMP_CANCELLED, "stopped while %s", what);
}
