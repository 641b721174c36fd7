/* check - what every unit test includes: cmocka, and two checks that say more when they fail.
 */
#ifndef EXEMPLAR_TESTS_CHECK_H
#define EXEMPLAR_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka's fail() is a macro, and so is that of base/err.h: a test that calls the latter includes
 * this file first. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                          \
    do {                                                                                       \
        print_error(__VA_ARGS__);                                                              \
        print_error("\n");                                                                     \
        _fail(__FILE__, __LINE__);                                                             \
    } while (0)

#include "base/err.h"

#include <string.h>

/* The call succeeds; otherwise its sentence is printed. */
#define CHECK_OK(call)                                                                         \
    do {                                                                                       \
        enum err check_code_ = (call);                                                         \
        if (check_code_) fail_msg("%s: %s: %s", #call, err_name(check_code_), err_message());  \
    } while (0)

/* The call fails with this code, and its sentence holds these words. */
#define CHECK_FAILS(call, code, words)                                                         \
    do {                                                                                       \
        enum err check_code_ = (call);                                                         \
        if (check_code_ != (code))                                                             \
            fail_msg("%s: got %s (%s)", #call, err_name(check_code_), err_message());          \
        if (!strstr(err_message(), (words)))                                                   \
            fail_msg("%s: the sentence is \"%s\"", #call, err_message());                      \
    } while (0)

#endif
