/* metrics - what the server counts about itself, in Prometheus' text form.
 *
 *     metrics_count(m, route_index, 201, elapsed_us);     // once per request, by the http layer
 *     metrics_write(m, &reply->body);                     // GET /metrics
 *
 * Counting is a few atomic additions: no lock on the way of a request.
 * Source: Prometheus text exposition format 0.0.4. Threads: any. */
#ifndef EXEMPLAR_API_METRICS_H
#define EXEMPLAR_API_METRICS_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct metrics;

/* For `n_routes` routes; one more row, at index n_routes, counts what is no route: assets and
 * refusals before a route was found. NULL when out of memory. */
struct metrics *metrics_new(size_t n_routes);
void metrics_free(struct metrics *m);

void metrics_count(struct metrics *m, size_t route, int status, int64_t elapsed_us);
void metrics_connections(struct metrics *m, int64_t change); /* +1 opened, -1 closed */
void metrics_subscribers(struct metrics *m, int64_t change);

enum err metrics_write(const struct metrics *m, struct buf *b) MUST_USE;

#endif
