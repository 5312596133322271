/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/base/status.h"

static void put_behind(struct rms_queue *queue, const struct rms_item *items, size_t n)
{
  memmove(queue->items + n, queue->items, queue->n * sizeof *items);
  for (size_t i = 0; i < n; i++) queue->items[n - 1 - i] = items[i];
  queue->n += n;
}

int rms_queue_fill(struct rms_queue *queue, const struct rms_item *items, size_t n)
{
  if (rms_grow(&queue->items, &queue->capacity, n, sizeof *items) < 0) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) queue->items[i] = items[n - 1 - i];
  queue->n = n;
  return RMS_OK;
}

int rms_queue_add(struct rms_queue *queue, const struct rms_item *items, size_t n)
{
  if (rms_grow(&queue->items, &queue->capacity, queue->n + n, sizeof *items) < 0)
    return RMS_E_NOMEM;
  put_behind(queue, items, n);
  return RMS_OK;
}

void rms_queue_fini(struct rms_queue *queue)
{
  free(queue->items);
  *queue = (struct rms_queue){0};
}

/* Seconds' worth of a batch; jobs in one where nothing is known. */
static const double worth = 2, unknown_max = 64;

static double expected_of(const struct rms_queue *queue, const struct rms_item *item)
{
  const double expected = queue->expected ? queue->expected[item->index] : NAN;
  if (expected >= 0) return expected;
  return queue->mean > 0 ? queue->mean : worth / unknown_max;
}

void rms_queue_learn(struct rms_queue *queue, size_t n, double seconds)
{
  const double weight = 0.25; /* of the news */
  const double mean = n ? seconds / (double)n : NAN;
  if (!(mean > 0 && isfinite(mean))) return;
  queue->mean = queue->mean > 0 ? (1 - weight) * queue->mean + weight * mean : mean;
}

size_t rms_queue_take(struct rms_queue *queue, int ranks, struct rms_item batch[RMS_BATCH_MAX])
{
  size_t n = queue->portion ? queue->portion : queue->n / (4 * (size_t)(ranks > 0 ? ranks : 1));
  if (n > queue->n) n = queue->n;
  if (n > RMS_BATCH_MAX) n = RMS_BATCH_MAX;
  if (n < 1) n = queue->n ? 1 : 0;
  double sum = 0;
  size_t taken = 0;
  while (taken < n && (!taken || sum < worth)) {
    batch[taken] = queue->items[--queue->n];
    sum += expected_of(queue, &batch[taken++]);
  }
  queue->outstanding += taken;
  return taken;
}

bool rms_queue_resolve(struct rms_queue *queue, size_t n)
{
  if (n > queue->outstanding) return false;
  queue->outstanding -= n;
  return true;
}

bool rms_queue_return(struct rms_queue *queue, const struct rms_item *items, size_t n)
{
  /* What was taken leaves room for itself: no allocation, so giving back cannot fail. */
  if (n > queue->outstanding || queue->n + n > queue->capacity) return false;
  for (size_t i = n; i > 0; i--) queue->items[queue->n++] = items[i - 1];
  queue->outstanding -= n;
  return true;
}

bool rms_queue_postpone(struct rms_queue *queue, const struct rms_item *items, size_t n)
{
  if (n > queue->outstanding || queue->n + n > queue->capacity) return false;
  put_behind(queue, items, n);
  queue->outstanding -= n;
  return true;
}

size_t rms_queue_drop(struct rms_queue *queue)
{
  const size_t n = queue->n;
  queue->n = 0;
  return n;
}
