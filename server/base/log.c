#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 2000 };

static atomic_int threshold = LOG_INFO;

void log_threshold(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

static void escape(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 5 < room; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            n += (size_t)snprintf(out + n, room - n, "\\x%02x", c);
        else
            out[n++] = (char)c;
    }
    out[n] = '\0';
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const NAMES[] = {"debug", "info", "warn", "error"};
    char text[LINE_MAX_BYTES];
    char line[LINE_MAX_BYTES];
    char at[CLOCK_TEXT];
    va_list args;

    if ((int)level < atomic_load(&threshold)) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    escape(line, sizeof line, text);
    clock_format(at, clock_now_ms());
    fprintf(stderr, "%s %s %s\n", at, NAMES[level], line);
}
