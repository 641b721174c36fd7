/* check_smp - cmocka and two checks of the sampler's codes. The sampler stands alone, so its tests
 * do not use those of server/base. */
#ifndef EXEMPLAR_TESTS_CHECK_SMP_H
#define EXEMPLAR_TESTS_CHECK_SMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sampler/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The call succeeds; otherwise its sentence is printed. */
#define CHECK_OK(call)                                                                         \
    do {                                                                                       \
        enum smp_status check_code_ = (call);                                                  \
        if (check_code_) fail_msg("%s: code %d: %s", #call, (int)check_code_, smp_message());  \
    } while (0)

/* The call fails with this code, and its sentence holds these words. */
#define CHECK_FAILS(call, code, words)                                                         \
    do {                                                                                       \
        enum smp_status check_code_ = (call);                                                  \
        if (check_code_ != (code))                                                             \
            fail_msg("%s: got code %d (%s)", #call, (int)check_code_, smp_message());          \
        if (!strstr(smp_message(), (words)))                                                   \
            fail_msg("%s: the sentence is \"%s\"", #call, smp_message());                      \
    } while (0)

#define CHECK_NEAR(got, wanted, tolerance)                                                     \
    do {                                                                                       \
        const double check_got_ = (double)(got), check_wanted_ = (double)(wanted);             \
        if (!(fabs(check_got_ - check_wanted_) <= (double)(tolerance)))                        \
            fail_msg("%s is %.9g, not %.9g", #got, check_got_, check_wanted_);                 \
    } while (0)

#endif
