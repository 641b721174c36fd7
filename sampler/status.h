/* status - the sampler's codes, its sentence, and how long work reports and is stopped.
 *
 * The sampler stands alone, so it has its own small copy of the house's rule: the function that
 * finds a fault says it once, in a sentence a person can act on; everybody above forwards the
 * code; whoever called the sampler reads smp_message().
 *
 *     if (n == 0) return smp_fail(SMP_INVALID, "an encoder needs at least one item to learn
 * from"); SMP_TRY(smp_head_fit(&in, &head));
 *
 * A caller's own mistake (NULL where none is allowed) is an assert. Threads: the sentence is
 * kept per thread. */
#ifndef SAMPLER_STATUS_H
#define SAMPLER_STATUS_H

#include <stdbool.h>

enum smp_status {
    SMP_OK,
    SMP_INVALID, /* the caller's input is wrong; the sentence says what */
    SMP_NOMEM,
    SMP_CANCELLED, /* keep_going said no */
    SMP_CORRUPT    /* a model file is not what was written */
};

#define SMP_MUST_USE __attribute__((warn_unused_result))

/* Keeps the sentence (printf rules, cut at 500 bytes). */
void smp_keep_sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Keeps the sentence and is `code`, which is not SMP_OK. A macro, so that compiler and analyser see
 * that a failure is one. */
#define smp_fail(code, ...) (smp_keep_sentence(__VA_ARGS__), (code))

/* SMP_NOMEM with its sentence. */
static inline enum smp_status smp_fail_nomem(void)
{
    return smp_fail(SMP_NOMEM, "out of memory");
}

/* The sentence of this thread's last failure; "" when there was none. Valid until the next. */
const char *smp_message(void);

/* How long work tells how far it is, and asks whether to go on. `keep_going` is called on the
 * thread that called the sampler, about ten times a second at most; `done` runs from 0 to 1 and
 * never falls; `what` is a short phrase ("learning patches"), valid during the call. Returning
 * false ends the work with SMP_CANCELLED. A NULL progress or keep_going means: never ask. */
struct smp_progress {
    bool (*keep_going)(void *ctx, double done, const char *what);
    void *ctx;
};

/* A part of some work, which tells its own 0 to 1 as `from` to `to` of the whole:
 *
 *     struct smp_part part = {whole, 0.2, 0.6, "learning patches"};
 *     const struct smp_progress progress = smp_part_progress(&part);     // while `part` lives */
struct smp_part {
    const struct smp_progress *whole; /* may be NULL */
    double from, to;
    const char *what; /* said in place of the part's own phrases */
};
struct smp_progress smp_part_progress(struct smp_part *part);

/* SMP_OK, or SMP_CANCELLED when the caller wants to stop. `progress` may be NULL. */
enum smp_status smp_report(const struct smp_progress *progress, double done,
                           const char *what) SMP_MUST_USE;

/* Forward a failure. Only while holding nothing that must be released. */
#define SMP_TRY(call)                                                                          \
    do {                                                                                       \
        enum smp_status smp_try_ = (call);                                                     \
        if (smp_try_) return smp_try_;                                                         \
    } while (0)

#endif
