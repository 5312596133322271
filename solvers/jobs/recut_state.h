/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut_state.h - the inside of the policy of recut.h. */
#ifndef RMS_JOBS_RECUT_STATE_H
#define RMS_JOBS_RECUT_STATE_H

#include "solvers/jobs/recut.h"

enum { RMS_RECUT_CLASSES = 64 };

struct rms_recut_resident {
  uint32_t job, round; /* of the last prediction; 0: none yet */
  double speed[RMS_SLICE_SIZES];
};

struct rms_recut_machine {
  uint8_t n;
  bool is_moving, has_idle, is_listed;
  uint64_t known, good; /* by class: has it been tried since the last change, and did it fit */
  struct rms_recut_resident resident[RMS_CHOOSE_JOBS_MAX];
};

struct rms_recut {
  const struct rms_jobs *inst;
  const struct rms_cluster *cluster;
  struct rms_recut_setup setup;
  struct rms_predictor *predictor;
  const struct rms_host *host;
  struct rms_recut_machine *machines;
  uint32_t *queue; /* jobs that wait: queue[head .. tail-1] */
  size_t head, tail;
  uint32_t *changed; /* machines that may have idle slices */
  size_t n_changed;
  uint64_t class_kinds[RMS_RECUT_CLASSES]; /* sets of kinds on which jobs fit */
  int64_t class_memory[RMS_RECUT_CLASSES];
  size_t n_classes;
  uint32_t round;
  size_t n_scanned; /* jobs that found no machine and machines unchanged since */
};

/* What the objective makes of the believed or true speeds of a job, by kind; RMS_CHOOSE_NEVER where
 * it does not fit. 0, or what the simulator says of the question. */
int rms_recut_values(const struct rms_recut *r, const struct rms_sim *sim,
                     const struct rms_recut_resident *resident, double value[RMS_JOBS_KINDS_MAX]);

/* Jobs that fit the same kinds and need as much memory are alike here; -1: too many sorts. */
int rms_recut_class(struct rms_recut *r, const struct rms_sim *sim, uint32_t job);
/* Can the machine run its jobs and this one, measured first where there is a phase? Remembered for
 * each class until the machine's jobs change. */
bool rms_recut_takes(const struct rms_recut *r, const struct rms_sim *sim, uint32_t machine,
                     uint32_t job, int class);

#endif
