/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut.h - the policy of MISO (SoCC 2022, as its released scheduler works) and what it becomes
 * when speeds are known (oracle). Jobs wait in one queue, first come, first served. The head goes
 * to the machine with the fewest jobs (the first of equals) that can be cut for its jobs and the
 * new one; an empty machine runs it whole. Otherwise all jobs of the machine are saved, run
 * together under MPS for a phase, and their speeds on slices are predicted from what it shows; then
 * the machine is cut with as many slices as jobs in the way that the objective likes best. When a
 * job ends and nobody waits, the machine is cut anew for those that are left, with the speeds that
 * are known by then, so that no slice is idle while another job could use more. */
#ifndef RMS_JOBS_RECUT_H
#define RMS_JOBS_RECUT_H

#include "solvers/jobs/choose.h"
#include "solvers/jobs/predict.h"
#include "solvers/solver.h"

enum rms_recut_objective { RMS_RECUT_SLOWDOWN, RMS_RECUT_STP };
enum rms_recut_speeds {
  RMS_RECUT_PREDICTED, /* by a predictor, from the rows of a phase */
  RMS_RECUT_TRUE       /* true ones, with an injected error */
};

struct rms_recut_setup {
  enum rms_recut_objective objective;
  enum rms_choose_cuts cuts;
  enum rms_recut_speeds speeds;
  const char *predictor; /* name of a built-in one; borrowed during open */
  double error;          /* of true speeds: mean absolute error of the time of an iteration over the
                            largest of the sizes from three sevenths up */
  bool has_phase;        /* a new job is measured first; false: cut at once */
  bool repairs_always;   /* idle slices are repaired although jobs wait that fit nowhere */
};

/* The callbacks of a solver whose `self` this is. RMS_E_UNKNOWN: no such predictor. */
int rms_recut_open(void **self, const struct rms_instance *inst,
                   const struct rms_recut_setup *setup);
int rms_recut_solve(void *self, const struct rms_host *host);
void rms_recut_close(void *self); /* accepts NULL */

#endif
