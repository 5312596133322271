/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/coordinator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int say(struct rms_coordinator *c, int to, struct rms_say *message,
               enum rms_message_kind kind, struct rms_error *err)
{
  message->kind = kind;
  return c->transport->send(c->transport->self, to, message, sizeof *message, err);
}

int rms_coordinator_init(struct rms_coordinator *c, struct rms_error *err)
{
  const size_t n = (size_t)c->transport->size;
  c->is_waiting = calloc(n, sizeof *c->is_waiting);
  c->has_left = calloc(n, sizeof *c->has_left);
  if (!c->is_waiting || !c->has_left)
    return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
  return RMS_OK;
}

void rms_coordinator_fini(struct rms_coordinator *c)
{
  rms_queue_fini(&c->gangs);
  rms_queue_fini(&c->queue);
  free(c->has_left);
  free(c->is_waiting);
}

/* Jobs for rank `to`, or the end, or nothing yet. */
static int answer(struct rms_coordinator *c, int to, struct rms_error *err)
{
  struct rms_say message = {0};
  message.n = rms_queue_take(&c->queue, c->transport->size, message.items);
  const bool is_end = c->is_stopping ||
                      (!message.n && !c->queue.outstanding && !c->gangs.n && !c->gangs.outstanding);
  if (!message.n && !is_end) return RMS_OK;
  c->is_waiting[to] = false;
  return say(c, to, &message, message.n ? RMS_SAY_BATCH : RMS_SAY_STOP, err);
}

static bool is_everybody_waiting(const struct rms_coordinator *c)
{
  for (int rank = 0; rank < c->transport->size; rank++)
    if (!c->is_waiting[rank]) return false;
  return true;
}

/* All ranks take the next job with islands together, once all of them wait for something to do. */
static int begin_gang(struct rms_coordinator *c, struct rms_error *err)
{
  struct rms_say message = {.newest = c->n_gangs + 1};
  int status = RMS_OK;
  if (!c->gangs.n || !is_everybody_waiting(c)) return RMS_OK;
  message.n = rms_queue_take(&c->gangs, (int)c->gangs.n, message.items);
  c->n_gangs++;
  for (int rank = 0; rank < c->transport->size && !status; rank++) {
    c->is_waiting[rank] = false;
    status = say(c, rank, &message, RMS_SAY_GANG, err);
  }
  return status;
}

static int answer_all(struct rms_coordinator *c, struct rms_error *err)
{
  for (int rank = 0; rank < c->transport->size; rank++) {
    const int status = c->is_waiting[rank] ? answer(c, rank, err) : RMS_OK;
    if (status) return status;
  }
  return begin_gang(c, err);
}

/* What is out now: while a gang is, nothing else is. */
static struct rms_queue *queue_of(struct rms_coordinator *c)
{
  return c->gangs.outstanding ? &c->gangs : &c->queue;
}

static size_t drop_all(struct rms_coordinator *c)
{
  return rms_queue_drop(&c->queue) + rms_queue_drop(&c->gangs);
}

static int senseless(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_INTERNAL, "a message that makes no sense");
}

static int take_news(struct rms_coordinator *c, const struct rms_say *message,
                     struct rms_error *err)
{
  struct rms_progress *progress = c->progress;
  if (message->newest >= c->sweep->n_jobs || message->aside > message->done ||
      !rms_queue_resolve(queue_of(c), message->done))
    return senseless(err);
  const struct rms_job *job = &c->sweep->jobs[message->newest];
  progress->done += message->done;
  c->n_set_aside += message->aside;
  progress->died += message->died;
  progress->wrong += message->wrong;
  if (!isnan(message->objective))
    snprintf(progress->news, sizeof progress->news, "%.60s: %.15g", job->label, message->objective);
  return answer_all(c, err);
}

static int take_back(struct rms_coordinator *c, const struct rms_say *message,
                     struct rms_error *err)
{
  bool (*const take)(struct rms_queue *, const struct rms_item *, size_t) =
      message->kind == RMS_SAY_LOST ? rms_queue_postpone : rms_queue_return;
  if (message->n > RMS_BATCH_MAX || !take(queue_of(c), message->items, message->n))
    return senseless(err);
  if (c->is_stopping) c->n_returned += drop_all(c);
  return answer_all(c, err);
}

/* A rank that ends because of an error (a full disk, say) ends the launch: the others share its
 * fate soon, and a half-done launch can be resumed. */
static int see_off(struct rms_coordinator *c, int from, const struct rms_say *message,
                   struct rms_error *err)
{
  struct rms_say leave = {0};
  if (c->has_left[from]) return senseless(err);
  c->has_left[from] = true;
  c->is_waiting[from] = false;
  c->n_left++;
  int status = say(c, from, &leave, RMS_SAY_LEAVE, err);
  /* A job that needs all ranks cannot be done by the others. */
  if (!status && c->gangs.outstanding) status = rms_coordinator_stop(c, err);
  if (!status && !c->is_stopping && c->gangs.n) {
    c->n_returned += rms_queue_drop(&c->gangs);
    status = answer_all(c, err);
  }
  if (!status && message->is_urgent && !c->has_failed) {
    c->has_failed = true;
    status = rms_coordinator_stop(c, err);
  }
  return status;
}

int rms_coordinator_hear(struct rms_coordinator *c, int from, const struct rms_say *message,
                         struct rms_error *err)
{
  switch (message->kind) {
  case RMS_SAY_REQUEST: c->is_waiting[from] = true; return answer_all(c, err);
  case RMS_SAY_LOST:
  case RMS_SAY_RETURN: return take_back(c, message, err);
  case RMS_SAY_NEWS: return take_news(c, message, err);
  case RMS_SAY_BYE: return see_off(c, from, message, err);
  default: return senseless(err);
  }
}

int rms_coordinator_stop(struct rms_coordinator *c, struct rms_error *err)
{
  if (c->is_stopping) return RMS_OK;
  c->is_stopping = true;
  c->n_returned += drop_all(c);
  for (int rank = 0; rank < c->transport->size; rank++) {
    struct rms_say message = {.is_urgent = 1};
    if (c->has_left[rank]) continue;
    c->is_waiting[rank] = false;
    const int status = say(c, rank, &message, RMS_SAY_STOP, err);
    if (status) return status;
  }
  return RMS_OK;
}

bool rms_coordinator_is_over(const struct rms_coordinator *c)
{
  return c->n_left == c->transport->size;
}
