/* simulate_plot - the curves of a replay as one SVG file: accuracy over labels, a line a strategy
 * (mean over seeds) with a band of one standard deviation.
 *
 * Labels on a logarithmic axis. Strategies differ by colour (Okabe & Ito's, which the colour-blind
 * tell apart), by dashes, and by their names beside the lines' ends in the legend; title and
 * description say in words what the picture shows. No script, nothing loaded from elsewhere. */
#ifndef EXEMPLAR_JOBS_SIMULATE_PLOT_H
#define EXEMPLAR_JOBS_SIMULATE_PLOT_H

#include "jobs/simulate.h"

/* Appends the file to `svg`. */
enum err sim_plot(struct buf *svg, const struct sim_result *r) MUST_USE;

#endif
