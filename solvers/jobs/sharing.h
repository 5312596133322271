/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sharing.h - questions of policies that let jobs share machines: what fits together, what a
 * measuring phase shows, how predicted speeds carry over to a machine's own slices. */
#ifndef RMS_JOBS_SHARING_H
#define RMS_JOBS_SHARING_H

#include "solvers/jobs/choose.h"
#include "solvers/jobs/predict.h"

/* Speeds of the five sizes of a seven-slice machine carried over to a part of a machine by linear
 * interpolation over parts 1/7, 2/7, 3/7, 4/7, 1. */
double rms_sharing_speed(const double speed[RMS_SLICE_SIZES], double part);

/* The machine as one slice, idle. */
struct rms_arrangement rms_sharing_whole(const struct rms_cluster *cluster, uint32_t machine);

/* Part of its machine's compute that a kind has, of its memory where there is no compute. */
double rms_sharing_part(const struct rms_cluster *cluster, size_t kind);

/* Can the jobs run together under MPS through a phase: number, memory, levels? */
bool rms_sharing_can_measure(const struct rms_sim *sim, uint32_t machine, const uint32_t *jobs,
                             size_t n);

/* Is there a cut with a suitable slice for each of the jobs? */
bool rms_sharing_can_cut(const struct rms_sim *sim, uint32_t machine, const uint32_t *jobs,
                         size_t n);

/* What a phase showed of a job as a predictor takes it: times at 100 %, 50 % and 14 % of the
 * threads (the nearest levels of the phase), 1e-4 of the largest. */
struct rms_mps_row rms_sharing_row(const struct rms_cluster *cluster,
                                   const struct rms_job_sample *sample);

#endif
