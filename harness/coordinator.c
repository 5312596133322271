/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/coordinator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/gang.h"
#include "instances/family.h"

static int say(struct rms_coordinator *c, int to, struct rms_say *message,
               enum rms_message_kind kind, struct rms_error *err)
{
  message->kind = kind;
  c->peers[to].told = c->now;
  return c->transport->send(c->transport->self, to, message, rms_say_size(message), err);
}

int rms_coordinator_init(struct rms_coordinator *c, struct rms_error *err)
{
  c->peers = calloc((size_t)c->transport->size, sizeof *c->peers);
  return c->peers ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
}

void rms_coordinator_fini(struct rms_coordinator *c)
{
  for (int rank = 0; c->peers && rank < c->transport->size; rank++) free(c->peers[rank].items);
  rms_queue_fini(&c->gangs);
  rms_queue_fini(&c->queue);
  free(c->peers);
}

/* ---- what each rank has ---- */

static int keep_items(struct rms_peer *peer, const struct rms_say *message, struct rms_error *err)
{
  if (!peer->items) peer->items = calloc(RMS_BATCH_MAX, sizeof *peer->items);
  if (!peer->items || peer->n_items + message->n > RMS_BATCH_MAX)
    return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
  memcpy(peer->items + peer->n_items, message->items, message->n * sizeof *peer->items);
  peer->n_items += message->n;
  return RMS_OK;
}

static void drop_items(struct rms_peer *peer, size_t at, size_t n)
{
  peer->n_items -= n;
  memmove(peer->items + at, peer->items + at + n, (peer->n_items - at) * sizeof *peer->items);
}

/* Those that a rank names, one by one. */
static bool drop_named(struct rms_peer *peer, const struct rms_say *message)
{
  for (size_t i = 0; i < message->n; i++) {
    size_t at = 0;
    while (at < peer->n_items && peer->items[at].index != message->items[i].index) at++;
    if (at == peer->n_items) return false;
    drop_items(peer, at, 1);
  }
  return true;
}

/* ---- answers ---- */

static void set_waiting(struct rms_coordinator *c, int rank, bool is_waiting)
{
  c->n_waiting += is_waiting - c->peers[rank].is_waiting;
  c->peers[rank].is_waiting = is_waiting;
}

/* Jobs for rank `to`, or the end, or nothing yet. */
static int answer(struct rms_coordinator *c, int to, struct rms_error *err)
{
  struct rms_say message = {0};
  message.n = rms_queue_take(&c->queue, c->transport->size, message.items);
  const bool is_end =
      c->stop || (!message.n && !c->queue.outstanding && !c->gangs.n && !c->gangs.outstanding);
  if (!message.n && !is_end) return RMS_OK;
  set_waiting(c, to, false);
  const int status = message.n ? keep_items(&c->peers[to], &message, err) : RMS_OK;
  return status ? status : say(c, to, &message, message.n ? RMS_SAY_BATCH : RMS_SAY_STOP, err);
}

/* All ranks take the next job with islands together, once all of them wait for something to do. */
static int begin_gang(struct rms_coordinator *c, struct rms_error *err)
{
  struct rms_say message = {.newest = c->n_gangs + 1};
  if (!c->gangs.n || c->n_waiting < c->transport->size) return RMS_OK;
  message.n = rms_queue_take(&c->gangs, (int)c->gangs.n, message.items);
  const struct rms_job *job = &c->sweep->jobs[message.items[0].index];
  c->n_gangs++;
  int status = keep_items(&c->peers[rms_gang_leader(job, c->transport->size)], &message, err);
  for (int rank = 0; rank < c->transport->size && !status; rank++) {
    set_waiting(c, rank, false);
    status = say(c, rank, &message, RMS_SAY_GANG, err);
  }
  return status;
}

static int answer_all(struct rms_coordinator *c, struct rms_error *err)
{
  /* With thousands of ranks there is news all the time: look at them only where one may be
   * answered.
   */
  const bool has_answer = c->queue.n || !c->queue.outstanding || c->stop;
  if (!has_answer || !c->n_waiting) return RMS_OK;
  for (int rank = 0; rank < c->transport->size; rank++) {
    const int status = c->peers[rank].is_waiting ? answer(c, rank, err) : RMS_OK;
    if (status) return status;
  }
  return begin_gang(c, err);
}

static int take_request(struct rms_coordinator *c, int from, struct rms_error *err)
{
  set_waiting(c, from, true);
  const int status = answer(c, from, err);
  return status ? status : begin_gang(c, err);
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

static void tell_news(struct rms_progress *progress, const struct rms_job *job, double value)
{
  const struct rms_objective objective = rms_family_objective(job->family);
  snprintf(progress->news, sizeof progress->news, "%.60s: %s %.15g%s%s", job->label, objective.name,
           value, *objective.unit ? " " : "", objective.unit);
}

static int take_news(struct rms_coordinator *c, int from, const struct rms_say *message,
                     struct rms_error *err)
{
  struct rms_progress *progress = c->progress;
  struct rms_peer *peer = &c->peers[from];
  if (!message->done) return RMS_OK; /* a sign of life */
  if (message->newest >= c->sweep->n_jobs || message->aside > message->done ||
      message->done > peer->n_items || !rms_queue_resolve(queue_of(c), message->done))
    return senseless(err);
  drop_items(peer, 0, message->done);
  rms_queue_learn(&c->queue, message->done, message->seconds);
  const struct rms_job *job = &c->sweep->jobs[message->newest];
  progress->done += message->done;
  c->n_set_aside += message->aside;
  progress->died += message->died;
  progress->wrong += message->wrong;
  if (!isnan(message->objective)) tell_news(progress, job, message->objective);
  return answer_all(c, err);
}

static int take_back(struct rms_coordinator *c, int from, const struct rms_say *message,
                     struct rms_error *err)
{
  bool (*const take)(struct rms_queue *, const struct rms_item *, size_t) =
      message->kind == RMS_SAY_LOST ? rms_queue_postpone : rms_queue_return;
  if (message->n > RMS_BATCH_MAX || !drop_named(&c->peers[from], message) ||
      !take(queue_of(c), message->items, message->n))
    return senseless(err);
  if (c->stop) c->n_returned += drop_all(c);
  return answer_all(c, err);
}

/* A rank is missing from now on: a job that needs all ranks cannot be done by the others. */
static int do_without(struct rms_coordinator *c, struct rms_error *err)
{
  if (c->gangs.outstanding) return rms_coordinator_stop(c, RMS_STOP_AT_ONCE, err);
  if (c->stop || !c->gangs.n) return RMS_OK;
  c->n_returned += rms_queue_drop(&c->gangs);
  return answer_all(c, err);
}

/* A rank that ends because of an error (a full disk, say) ends the launch: the others share its
 * fate soon, and a half-done launch can be resumed. */
static int see_off(struct rms_coordinator *c, int from, const struct rms_say *message,
                   struct rms_error *err)
{
  struct rms_say leave = {0};
  struct rms_peer *peer = &c->peers[from];
  if (peer->has_left) return senseless(err);
  peer->has_left = true;
  set_waiting(c, from, false);
  c->n_left++;
  int status = say(c, from, &leave, RMS_SAY_LEAVE, err);
  if (!status) status = do_without(c, err);
  if (!status && message->stop && !c->has_failed) {
    c->has_failed = true;
    status = rms_coordinator_stop(c, RMS_STOP_AT_ONCE, err);
  }
  return status;
}

/* It speaks again, but others have its jobs: what it has done since is in its own records, and
 * counted by the next launch. */
static int dismiss(struct rms_coordinator *c, int from, const struct rms_say *message,
                   struct rms_error *err)
{
  struct rms_say stop = {.stop = RMS_STOP_AT_ONCE};
  if (message->kind != RMS_SAY_BYE)
    return message->kind == RMS_SAY_RETURN ? RMS_OK : say(c, from, &stop, RMS_SAY_STOP, err);
  c->peers[from].is_gone = false;
  c->n_gone--;
  return see_off(c, from, message, err);
}

int rms_coordinator_hear(struct rms_coordinator *c, int from, const struct rms_say *message,
                         struct rms_error *err)
{
  c->peers[from].heard = c->now;
  if (c->peers[from].is_gone) return dismiss(c, from, message, err);
  switch (message->kind) {
  case RMS_SAY_REQUEST: return take_request(c, from, err);
  case RMS_SAY_LOST:
  case RMS_SAY_RETURN: return take_back(c, from, message, err);
  case RMS_SAY_NEWS: return take_news(c, from, message, err);
  case RMS_SAY_BYE: return see_off(c, from, message, err);
  default: return senseless(err);
  }
}

/* The attempts of a silent rank are lost, charged to no one. */
static int give_up(struct rms_coordinator *c, int rank, struct rms_error *err)
{
  struct rms_peer *peer = &c->peers[rank];
  peer->is_gone = true;
  set_waiting(c, rank, false);
  c->n_gone++;
  for (size_t i = 0; i < peer->n_items; i++) {
    peer->items[i].attempt++;
    peer->items[i].lost++;
  }
  if (!rms_queue_postpone(queue_of(c), peer->items, peer->n_items)) return senseless(err);
  peer->n_items = 0;
  if (c->stop) c->n_returned += drop_all(c);
  const int status = do_without(c, err);
  return status ? status : answer_all(c, err);
}

int rms_coordinator_look(struct rms_coordinator *c, double now, double patience, int *gone,
                         struct rms_error *err)
{
  const bool is_first = !(c->now > 0);
  /* A pause of rank 0 itself (a laptop that slept, SIGSTOP) is nobody's silence. */
  const bool has_slept = is_first || now - c->now > patience / 4;
  *gone = -1;
  c->now = now;
  if (!has_slept && now - c->looked < patience / 16) return RMS_OK;
  for (int rank = 0; rank < c->transport->size; rank++) {
    struct rms_peer *peer = &c->peers[rank];
    if (has_slept) peer->heard = now;
    if (rank == c->transport->rank || peer->has_left || peer->is_gone) continue;
    if (now - peer->heard >= patience) {
      *gone = rank;
      return give_up(c, rank, err);
    }
    struct rms_say alive = {0};
    const int status =
        now - peer->told < patience / 4 ? RMS_OK : say(c, rank, &alive, RMS_SAY_ALIVE, err);
    if (status) return status;
  }
  c->looked = now;
  return RMS_OK;
}

int rms_coordinator_stop(struct rms_coordinator *c, enum rms_stop how, struct rms_error *err)
{
  if (c->stop >= how) return RMS_OK;
  c->stop = how;
  c->n_returned += drop_all(c);
  for (int rank = 0; rank < c->transport->size; rank++) {
    struct rms_say message = {.stop = how};
    if (c->peers[rank].has_left) continue;
    set_waiting(c, rank, false);
    const int status = say(c, rank, &message, RMS_SAY_STOP, err);
    if (status) return status;
  }
  return RMS_OK;
}

bool rms_coordinator_is_over(const struct rms_coordinator *c)
{
  return c->n_left + c->n_gone == c->transport->size;
}
