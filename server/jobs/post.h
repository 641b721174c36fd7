/* post - takes the answers of people to those who wait for them.
 *
 *     struct post *p;
 *     TRY(post_start(&p, &(struct post_config){.data_folder = dir, .writer = w}));
 *     post_stop(p);                                 // before writer_stop
 *
 * Two threads. One looks, ten times a second and only when something was committed since, for requests
 * whose item has its answer: it ends them, writes what webhooks are to be told in the same transaction,
 * and weighs what the model's classes have earned by it (domain/desk.h). Once an hour it removes what is
 * kept no longer, and asks for yesterday's watch of each endpoint (jobs/watch.h). The other delivers: one
 * message at a time, of each webhook the most overdue, so that a slow receiver keeps back its own
 * messages most of all. What was on its way when the process died is tried again.
 *
 * Threads: start and stop from one. */
#ifndef EXEMPLAR_JOBS_POST_H
#define EXEMPLAR_JOBS_POST_H

#include "base/err.h"
#include "net/send.h"

struct post;
struct writer;
struct jobs;

struct post_config {
    const char *data_folder;
    struct writer *writer;
    struct jobs *jobs;     /* woken for the watch of a day */
    enum send_reach reach; /* SEND_ANYWHERE: whoever runs the server allows private addresses */
};

enum err post_start(struct post **out, const struct post_config *config) MUST_USE;
void post_stop(struct post *p); /* NULL is fine; gives up what is being sent, to try it again */

#endif
