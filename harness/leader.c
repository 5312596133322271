/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/leader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/gang.h"

static int say_up(struct rms_coordinator *c, struct rms_say *message, enum rms_message_kind kind,
                  struct rms_error *err)
{
  message->kind = kind;
  return c->transport->send(c->transport->self, c->parent, message, rms_say_size(message), err);
}

/* ---- what goes up ---- */

static int send_news(struct rms_coordinator *c, struct rms_error *err)
{
  /* Who reports to rank 0 ends with it. */
  if (c->parent && rms_told_add(&c->lately, c->news.items, c->news.n) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
  const int status = say_up(c, &c->news, RMS_SAY_NEWS, err);
  c->news = (struct rms_say){0};
  c->told = c->now;
  return status;
}

int rms_leader_add_news(struct rms_coordinator *c, const struct rms_say *from,
                        struct rms_error *err)
{
  struct rms_say *news = &c->news;
  const int status = news->n + from->n > RMS_BATCH_MAX ? send_news(c, err) : RMS_OK;
  if (status) return status;
  memcpy(news->items + news->n, from->items, from->n * sizeof *news->items);
  news->n += from->n;
  news->aside += from->aside;
  news->died += from->died;
  news->wrong += from->wrong;
  news->seconds += from->seconds;
  news->newest = from->newest;
  news->objective = from->objective;
  return RMS_OK;
}

int rms_leader_pass_up(struct rms_coordinator *c, enum rms_message_kind kind,
                       const struct rms_item *items, size_t n, struct rms_error *err)
{
  struct rms_say message = {.kind = kind};
  return rms_say_items(c->transport, c->parent, &message, items, n, err);
}

int rms_leader_return_rest(struct rms_coordinator *c, struct rms_error *err)
{
  int status = rms_leader_pass_up(c, RMS_SAY_RETURN, c->queue.items, c->queue.n, err);
  rms_queue_drop(&c->queue);
  /* All leaders hear of a gang; it was given to the one to whom the rank of island 0 belongs. */
  for (size_t i = 0; i < c->gangs.n && !status; i++) {
    const struct rms_job *job = &c->sweep->jobs[c->gangs.items[i].index];
    const int rank = rms_gang_leader(job, c->transport->size);
    if (rms_hierarchy_towards(c->hierarchy, c->transport->rank, rank) >= 0)
      status = rms_leader_pass_up(c, RMS_SAY_RETURN, &c->gangs.items[i], 1, err);
  }
  rms_queue_drop(&c->gangs);
  return status;
}

int rms_leader_tell_missing(struct rms_coordinator *c, struct rms_error *err)
{
  struct rms_say message = {0};
  return say_up(c, &message, RMS_SAY_MISSING, err);
}

/* ---- requests ---- */

static uint32_t wanted_by_peers(const struct rms_coordinator *c)
{
  uint32_t sum = 0;
  for (size_t i = 0; i < c->n_peers && c->n_waiting; i++) sum += c->peers[i].wants;
  return sum;
}

/* While batches are of several jobs, a new stock is asked for when half of one is left, so that
 * nobody waits for it. Towards the end, and where jobs are long, nothing is stored here: a job that
 * waits for a rank of this group could be done by another one. */
static uint32_t wanted(const struct rms_coordinator *c)
{
  const uint32_t ranks = (uint32_t)c->hierarchy->below[c->transport->rank];
  if (c->queue.portion != 1 && 2 * c->queue.n <= c->queue.portion * (size_t)ranks) return ranks;
  return c->queue.n ? 0 : wanted_by_peers(c);
}

static int ask(struct rms_coordinator *c, bool is_idle, struct rms_error *err)
{
  struct rms_say message = {.is_idle = is_idle, .answers = c->n_answers};
  if (c->has_asked && (c->has_asked_idle || !is_idle)) return RMS_OK;
  message.ranks = wanted(c);
  if (!message.ranks) return RMS_OK;
  c->has_asked = true;
  c->has_asked_idle = is_idle;
  return say_up(c, &message, RMS_SAY_REQUEST, err);
}

/* ---- the whole ---- */

static int say_bye(struct rms_coordinator *c, struct rms_error *err)
{
  struct rms_say message = {.stop = c->has_failed,
                            .ranks = (uint32_t)(c->n_gone + c->n_gone_below)};
  const int status = rms_leader_return_rest(c, err);
  /* Who has asked is answered: leaving before would leave jobs on the way. */
  if (status || c->has_asked || c->has_said_bye) return status;
  c->has_said_bye = true;
  return say_up(c, &message, RMS_SAY_BYE, err);
}

int rms_leader_step(struct rms_coordinator *c, double news_every, double sign_every,
                    struct rms_error *err)
{
  const bool is_over = rms_coordinator_is_over(c);
  const bool is_idle =
      !c->queue.n && !c->gangs.n && c->n_idle + c->n_left + c->n_gone == c->n_peers;
  const double silence = c->now - c->told;
  int status = RMS_OK;
  if ((c->news.n && (is_idle || silence >= news_every)) || silence >= sign_every)
    status = send_news(c, err);
  if (status || (!is_over && (c->stop || c->is_closed))) return status;
  return is_over ? say_bye(c, err) : ask(c, is_idle, err);
}

/* ---- a new parent ---- */

int rms_leader_follow(struct rms_coordinator *c, int parent, struct rms_error *err)
{
  struct rms_transport *t = c->transport;
  struct rms_say hold = {.kind = RMS_SAY_HOLD, .has_more = true}, last = {0};
  struct rms_say again = {.kind = RMS_SAY_NEWS, .is_again = true, .objective = NAN};
  struct rms_item *held = NULL;
  size_t n = 0;
  int status;
  c->parent = parent;
  c->n_answers = 0;
  c->has_asked = c->has_asked_idle = c->has_said_bye = false;
  if (rms_held_of(&c->held, -1, &held, &n))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory"));
  RMS_TRY(rms_say_items(t, parent, &hold, c->queue.items, c->queue.n, err));
  RMS_TRY(rms_say_items(t, parent, &hold, held, n, err));
  RMS_TRY(rms_say_items(t, parent, &hold, c->news.items, (size_t)c->news.n, err));
  RMS_TRY(rms_say_items(t, parent, &hold, c->lately.items, c->lately.n, err));
  RMS_TRY(say_up(c, &last, RMS_SAY_HOLD, err));
  RMS_TRY(rms_say_items(t, parent, &again, c->lately.items, c->lately.n, err));
out:
  free(held);
  return status;
}
