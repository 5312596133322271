/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_parts.c - the bound by shortest remaining work, mixed with each job's time alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/bound_fluid.h"

enum { POLL_EVERY = 4096 };

/* ---- shortest remaining processing time ---- */

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Classes of equally many jobs by what they pay. */
static int classify(struct rms_fluid_task *tasks, size_t n)
{
  double limit[RMS_BOUND_CLASSES - 1];
  double *paid = malloc(n * sizeof *paid);
  if (!paid) return RMS_E_NOMEM;
  for (size_t j = 0; j < n; j++) paid[j] = tasks[j].paid;
  qsort(paid, n, sizeof *paid, by_value);
  for (size_t c = 0; c + 1 < RMS_BOUND_CLASSES; c++)
    limit[c] = paid[n * (c + 1) / RMS_BOUND_CLASSES];
  free(paid);
  for (size_t j = 0; j < n; j++) {
    tasks[j].class = 0;
    while (tasks[j].class < RMS_BOUND_CLASSES - 1 && tasks[j].paid >= limit[tasks[j].class])
      tasks[j].class ++;
  }
  return RMS_OK;
}

static void sift(struct rms_bound_waiting *heap, size_t n, size_t at)
{
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= n) return;
    if (child + 1 < n && heap[child + 1].left < heap[child].left) child++;
    if (heap[at].left <= heap[child].left) return;
    const struct rms_bound_waiting swap = heap[at];
    heap[at] = heap[child];
    heap[child] = swap;
    at = child;
  }
}

static void push(struct rms_bound_waiting *heap, size_t n, double left, size_t task)
{
  size_t at = n;
  while (at > 0 && heap[(at - 1) / 2].left > left) {
    heap[at] = heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  heap[at] = (struct rms_bound_waiting){.left = left, .task = task};
}

/* Mean completion time proved by these parts; a positive number: the host says stop. */
static int evaluate(struct rms_bound_fluid *b, const double alpha[RMS_BOUND_CLASSES], double *mean)
{
  const size_t n = b->inst->n_jobs;
  size_t n_heap = 0;
  double now = 0, sum = 0;
  for (size_t j = 0; j < n || n_heap > 0;) {
    const double next = j < n ? b->fluid.tasks[j].arrival : INFINITY;
    if (n_heap > 0 && now + b->heap[0].left <= next) {
      now += b->heap[0].left;
      sum += now - b->fluid.tasks[b->heap[0].task].arrival;
      b->heap[0] = b->heap[--n_heap];
      sift(b->heap, n_heap, 0);
      continue;
    }
    if (n_heap > 0) b->heap[0].left -= next - now;
    now = next;
    const double part = alpha[b->fluid.tasks[j].class];
    push(b->heap, n_heap++, part * b->fluid.tasks[j].paid, j);
    sum += (1 - part) * b->fluid.tasks[j].alone;
    j++;
    if (++b->work % POLL_EVERY == 0 && b->host->should_stop(b->host->ctx, b->work))
      return RMS_STOPPED;
  }
  *mean = sum / (double)n * (1 - RMS_BOUND_SAFETY);
  return b->host->should_stop(b->host->ctx, b->work) ? RMS_STOPPED : 0;
}

/* ---- better parts ---- */

/* Take the parts if they prove more. */
static int try_parts(struct rms_bound_fluid *b, const double trial[RMS_BOUND_CLASSES],
                     double alpha[RMS_BOUND_CLASSES], bool *is_better)
{
  double mean = 0;
  const int status = evaluate(b, trial, &mean);
  *is_better = status == 0 && mean > b->best;
  if (!*is_better) return status;
  memmove(alpha, trial, RMS_BOUND_CLASSES * sizeof *alpha);
  return rms_bound_tell(b, mean);
}

static int climb(struct rms_bound_fluid *b, double alpha[RMS_BOUND_CLASSES])
{
  double trial[RMS_BOUND_CLASSES], step = 0.25;
  for (int64_t pass = 0; pass < b->passes && step > 0.01; pass++) {
    bool has_gained = false;
    for (int c = 0; c < RMS_BOUND_CLASSES; c++)
      for (int sign = -1; sign <= 1; sign += 2) {
        bool is_better;
        memcpy(trial, alpha, sizeof trial);
        trial[c] = fmin(1, fmax(0, trial[c] + sign * step));
        if (trial[c] == alpha[c]) continue;
        const int status = try_parts(b, trial, alpha, &is_better);
        if (status) return status;
        has_gained = has_gained || is_better;
      }
    if (!has_gained) step /= 2;
  }
  return 0;
}

int rms_bound_search_parts(struct rms_bound_fluid *b)
{
  double alpha[RMS_BOUND_CLASSES] = {0};
  const int classified = classify(b->fluid.tasks, b->inst->n_jobs);
  if (classified) return classified;
  for (int tenth = 0; tenth <= 10; tenth++) {
    double trial[RMS_BOUND_CLASSES];
    bool is_better;
    for (int c = 0; c < RMS_BOUND_CLASSES; c++) trial[c] = tenth / 10.0;
    const int status = try_parts(b, trial, alpha, &is_better);
    if (status) return status;
  }
  return climb(b, alpha);
}
