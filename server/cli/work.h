/* work - what a command that writes or runs jobs holds open: a store to read, the one writer.
 *
 *     struct work w;
 *     TRY(work_open(&w, c));
 *     e = writer_do(w.writer, task, &context);
 *     work_close(&w);
 *
 * Works beside a running server: every commit of either is whole. */
#ifndef EXEMPLAR_CLI_WORK_H
#define EXEMPLAR_CLI_WORK_H

#include "cli/cli.h"
#include "domain/audit.h"
#include "jobs/run.h"
#include "store/project.h"

struct work {
    struct store *store;
    struct writer *writer;
};

enum err work_open(struct work *w, struct cli *c) MUST_USE;
void work_close(struct work *w);

/* One row of the audit log, for a command that otherwise only reads the folder. */
enum err work_tell(const char *data_folder, const struct audit_event *event) MUST_USE;

/* The project that --project names. */
enum err work_project(struct cli *c, struct store *s, struct project *p) MUST_USE;

/* Adds the job (or finds the same one, queued or left by a process that died), does it here with
 * a progress bar, and gives it as it ended. While another process does it, watches that one. An
 * interrupt (SIGINT, SIGTERM) leaves it queued where it stands, and is ERR_CANCELLED. */
enum err work_job(struct work *w, struct cli *c, struct job *j,
                  enum job_adding adding) MUST_USE;

/* All of an export into the file, under another name until it is whole, or to stdout for "-".
 * In export.c. */
struct export;
enum err cli_export_write(struct cli *c, struct export *x, const char *out) MUST_USE;

#endif
