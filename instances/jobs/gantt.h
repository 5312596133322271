/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt.h - a timeline as a picture: machines as bands, in each its slices where they lie on the
 * axis of memory units, on these the jobs that hold them. Restoring, saving, machines that are
 * being cut and stretches under MPS are shown apart. Below: work done a second and jobs that wait,
 * of the whole cluster.
 *
 * What is drawn is bounded: RMS_GANTT_MACHINES machines, until RMS_GANTT_EVENTS of their runs and
 * cuts have begun; which ones, and from when on, can be chosen; a line of the picture says what is
 * left out.
 */
#ifndef RMS_JOBS_GANTT_H
#define RMS_JOBS_GANTT_H

#include "instances/jobs/metrics.h"

enum { RMS_GANTT_MACHINES = 10, RMS_GANTT_EVENTS = 1500, RMS_GANTT_TEXT_MACHINES = 8 };

struct rms_gantt_view {       /* what is drawn */
  const char *solver;         /* for the title; "": nobody says */
  uint32_t first, n_machines; /* machines first .. first+n_machines-1 */
  int64_t from_us, to_us;
  size_t n_runs; /* of the timeline, that are seen */
};

/*   measured [in] a feasible timeline
 *   wanted   [in] borrowed by *view; NULL: from the first machine and arrival on
 * RMS_E_PARAM: no such machine, nothing in the window. Cost: linear in runs and cuts. */
int rms_gantt_view(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                   const struct rms_view *wanted, struct rms_gantt_view *view,
                   struct rms_error *err);

/* One self-contained SVG document. RMS_E_NOMEM. */
int rms_gantt_svg(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                  const struct rms_gantt_view *view, struct rms_text *text);

/* One line for each of the first machines: who holds it in the middle of each of `columns` parts of
 * the makespan. RMS_E_NOMEM. */
int rms_gantt_text(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                   size_t columns, struct rms_text *text);

/* The family's callback. RMS_E_UNSUPPORTED without a plan. */
int rms_jobs_draw_svg(const struct rms_instance *inst, const void *bytes, size_t n,
                      const struct rms_view *view, struct rms_text *text, struct rms_error *err);

#endif
