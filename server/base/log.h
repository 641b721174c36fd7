/* log - one line on stderr per event that an operator should know.
 *
 *     log_line(LOG_WARN, "import of job %lld stopped: %s", id, err_message());
 *     2026-11-20T17:56:57.123Z warn import of job 7 stopped: ...
 *
 * Control characters in the text are written as \xNN, so that a file name cannot forge a line.
 * Errors are returned, not logged; only an edge logs. Never a password, token or label text.
 * Threads: any. */
#ifndef EXEMPLAR_BASE_LOG_H
#define EXEMPLAR_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* What is below `level` is not written; LOG_INFO at the start. */
void log_threshold(enum log_level level);

void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
