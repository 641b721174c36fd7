/* clock - the only place that asks for the time.
 *
 * Wall time is milliseconds since 1970 UTC; it may jump, so it is stored and shown but never
 * subtracted to measure. Durations come from clock_ticks_ms, which never goes back. */
#ifndef EXEMPLAR_BASE_CLOCK_H
#define EXEMPLAR_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);
int64_t clock_ticks_ms(void);

enum { CLOCK_TEXT = 25 };

/* RFC 3339 in UTC with milliseconds: "2026-11-20T17:56:57.123Z", CLOCK_TEXT bytes with the 0.
 */
void clock_format(char text[CLOCK_TEXT], int64_t at_ms);

#endif
