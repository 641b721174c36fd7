/* err - a code to branch on, a sentence to read.
 *
 * Every function that can fail returns `enum err`. The one that finds the fault says it in a
 * sentence, once; everybody above forwards the code, and one of three edges (the reply to a
 * request, the job row, main) reads the sentence.
 *
 *     if (class_id > n) return fail(ERR_INVALID, "class %d is not in project %d", class_id, p);
 *     ...
 *     TRY(label_submit(s, &l));              // forwards code and sentence
 *     ...
 *     reply_problem(r, e, err_message());    // an edge
 *
 * A caller's own mistake (NULL where none is allowed, a negative size) is an assert, never a
 * code. Threads: the sentence is kept per thread. */
#ifndef EXEMPLAR_BASE_ERR_H
#define EXEMPLAR_BASE_ERR_H

#include <assert.h>

enum err {
    OK,
    ERR_INVALID, /* the caller's input is wrong; the sentence says what and where */
    ERR_NOT_FOUND,
    ERR_CONFLICT,     /* true of the input, but not of the present state */
    ERR_DENIED,       /* known, but not allowed */
    ERR_UNAUTHORISED, /* not known: sign in first */
    ERR_TOO_LARGE,    /* beyond a named limit; the sentence holds its value */
    ERR_BUSY,         /* try again later */
    ERR_IO,
    ERR_NOMEM,
    ERR_CORRUPT, /* what is stored is not what was written */
    ERR_CANCELLED,
    ERR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* fail(code, format, ...) keeps the sentence (printf rules, cut at 1,000 bytes) and is `code`,
 * which is not OK and is evaluated once, after the sentence. A macro, so that whoever reads one
 * file alone, as a compiler and an analyser do, sees that what follows a failure is not OK. */
#define fail(code, ...) (err_keep(__VA_ARGS__), err_not_ok(code))

/* fail_in(code, where_format, ...) puts "where: " before the kept sentence and is `code`. For
 * adding a file or a row to what a lower layer found. */
#define fail_in(code, ...) (err_keep_where(__VA_ARGS__), err_not_ok(code))

/* The steps of the two above; nobody else calls them. */
void err_keep(const char *format, ...) __attribute__((format(printf, 1, 2)));
void err_keep_where(const char *where_format, ...) __attribute__((format(printf, 1, 2)));
MUST_USE static inline enum err err_not_ok(enum err code)
{
    assert(code != OK);
    return code;
}

/* ERR_NOMEM with its sentence. */
MUST_USE static inline enum err fail_nomem(void)
{
    return fail(ERR_NOMEM, "out of memory");
}

/* The sentence of this thread's last fail(); "" when there was none. Valid until the next. */
const char *err_message(void);

/* A stable lower-case word for scripts: "invalid", "not_found", ... */
const char *err_name(enum err code);

/* Forward a failure. Only while holding nothing that must be released. */
#define TRY(call)                                                                              \
    do {                                                                                       \
        enum err try_code_ = (call);                                                           \
        if (try_code_) return try_code_;                                                       \
    } while (0)

/* Forward the failure of an allocation that returned NULL. */
#define NEED(pointer)                                                                          \
    do {                                                                                       \
        if (!(pointer)) return fail_nomem();                                                   \
    } while (0)

#endif
