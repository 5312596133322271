/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy.h - from a policy to a solver: run the simulator with it, report the timeline. */
#ifndef RMS_SOLVERS_JOBS_POLICY_H
#define RMS_SOLVERS_JOBS_POLICY_H

#include "instances/jobs/simulate.h"
#include "solvers/solver.h"

/* supports() of every policy that can run any job on a slice. */
int rms_policy_supports(const struct rms_instance *inst);

/* Simulate and report the one timeline, with its mean completion time and makespan. The work unit
 * is the event. Returns an outcome (RMS_FEASIBLE, RMS_STOPPED; RMS_INFEASIBLE when a job runs
 * nowhere) or a negative status; what the simulator says of a wrong order goes to host->log. */
int rms_policy_solve(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                     const struct rms_host *host);

/* The two halves, for solvers that simulate several times. simulate: as rms_simulate, stopped by
 * the host, `work` added to what the host is told; *work is increased by the events. */
int rms_policy_simulate(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                        const struct rms_host *host, uint64_t *work, struct rms_timeline *timeline);
/* 0, RMS_STOPPED when the host says stop, or RMS_E_NOMEM. */
int rms_policy_report(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                      const struct rms_host *host, uint64_t work);

/* Mean completion time and makespan of a finished timeline, seconds. Cost: linear. RMS_E_NOMEM. */
int rms_policy_objectives(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                          double *mean_jct, double *makespan);

#endif
