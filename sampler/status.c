#include "sampler/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = 500 };

static _Thread_local char sentence[SENTENCE_MAX];

void smp_keep_sentence(const char *format, ...)
{
    /* Arguments may point into the sentence itself ("...: %s", smp_message()). */
    char next[SENTENCE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(next, sizeof next, format, args);
    va_end(args);
    memcpy(sentence, next, sizeof next);
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

static bool part_keep_going(void *ctx, double done, const char *what)
{
    const struct smp_part *p = ctx;

    (void)what;
    return smp_report(p->whole, p->from + (p->to - p->from) * done, p->what) == SMP_OK;
}

struct smp_progress smp_part_progress(struct smp_part *part)
{
    return (struct smp_progress){.keep_going = part_keep_going, .ctx = part};
}
