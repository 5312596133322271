/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waiting.h - waiting jobs, and sets of machines: what most policies keep. */
#ifndef RMS_SOLVERS_JOBS_WAITING_H
#define RMS_SOLVERS_JOBS_WAITING_H

#include "instances/jobs/simulate.h"

enum { RMS_WAITING_GROUPS = 64 };

/* Jobs by number (the order of arrival), in groups of those that fit the same kinds: the first one
 * that fits is found without looking at the others. */
struct rms_waiting {       /* zero-initialise; free with rms_waiting_fini */
  uint32_t *next, *before; /* by job; RMS_JOB_NONE: none */
  size_t capacity, before_capacity, n;
  size_t n_groups;
  struct {
    uint64_t fits; /* bit k: kind k */
    uint32_t first, last;
  } group[RMS_WAITING_GROUPS];
};

void rms_waiting_fini(struct rms_waiting *queue);
/* Add a job that is not queued, in the order of numbers (O(1) for the last one to arrive). Groups
 * beyond the last are merged into it, with what all of them fit. RMS_E_NOMEM. */
int rms_waiting_add(struct rms_waiting *queue, const struct rms_sim *sim, uint32_t job);
void rms_waiting_remove(struct rms_waiting *queue, uint32_t job);
/* The earliest job; the earliest that fits one of these kinds; RMS_JOB_NONE: none. O(groups). */
uint32_t rms_waiting_first(const struct rms_waiting *queue);
uint32_t rms_waiting_first_fit(const struct rms_waiting *queue, uint64_t kinds);
uint64_t rms_waiting_kinds(const struct rms_sim *sim, uint32_t job); /* bit k: fits kind k */

/* A set of machines, lowest first. */
struct rms_machine_set {
  uint64_t *words;
  size_t n_words;
};
int rms_machine_set_init(struct rms_machine_set *set, size_t n_machines); /* empty; RMS_E_NOMEM */
void rms_machine_set_fini(struct rms_machine_set *set);
void rms_machine_set_put(struct rms_machine_set *set, uint32_t machine, bool is_in);
bool rms_machine_set_has(const struct rms_machine_set *set, uint32_t machine);
/* The lowest one >= from; RMS_JOB_NONE: none. Cost: O(machines / 64). */
uint32_t rms_machine_set_next(const struct rms_machine_set *set, uint32_t from);

#endif
