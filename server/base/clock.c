#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_ticks_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_ticks_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

struct timespec clock_after_ms(int64_t ms)
{
    int64_t at_us = clock_ticks_us() + ms * 1000;
    return (struct timespec){.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};
}

void clock_format(char text[CLOCK_TEXT], int64_t at_ms)
{
    int64_t ms = at_ms % 1000;
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;
    char date[64];

    if (ms < 0) {
        ms += 1000;
        seconds -= 1;
    }
    if (!gmtime_r(&seconds, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) {
        memcpy(text, "0000-00-00T00:00:00.000Z", CLOCK_TEXT);
        return;
    }
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, CLOCK_TEXT, "%.19s.%03dZ", date, (int)ms);
}
