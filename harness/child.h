/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.h - the process that solves: one island of one job. Foreign code starts here. */
#ifndef RMS_CHILD_H
#define RMS_CHILD_H

#include "harness/group.h"
#include "harness/limits.h"
#include "harness/page.h"

struct rms_child {
  const struct rms_job *job;
  const struct rms_instance *inst;
  struct rms_page *page;
  uint32_t island;
  int to_next, from_previous;    /* ring, -1: none */
  long parent;                   /* process id */
  const struct rms_group *group; /* to enter; NULL: none */
  enum rms_memory_way way;
};

/* Impose the limits, load the solver, open, solve, close; the result is in the page. */
_Noreturn void rms_child_run(const struct rms_child *child);

#endif
