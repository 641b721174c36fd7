/* clock - the only place that asks for the time.
 *
 * Wall time is milliseconds since 1970 UTC; it may jump, so it is stored and shown but never
 * subtracted to measure. Durations come from clock_ticks_ms, which never goes back. */
#ifndef EXEMPLAR_BASE_CLOCK_H
#define EXEMPLAR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_now_ms(void);
int64_t clock_ticks_ms(void);
int64_t clock_ticks_us(void); /* the same clock, for what takes less than a millisecond */

/* The moment so many ms from now, for pthread_cond_timedwait on a condition whose clock is
 * CLOCK_MONOTONIC (pthread_condattr_setclock). */
struct timespec clock_after_ms(int64_t ms);

enum { CLOCK_TEXT = 25 };

/* RFC 3339 in UTC with milliseconds: "2026-11-20T17:56:57.123Z", CLOCK_TEXT bytes with the 0.
 */
void clock_format(char text[CLOCK_TEXT], int64_t at_ms);

#endif
