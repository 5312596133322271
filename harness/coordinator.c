/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/coordinator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/gang.h"
#include "harness/leader.h"
#include "instances/base/memory.h"
#include "instances/family.h"

/* Of one answer: a leader of many asks again before they run out, and others are heard between. */
enum { LETTERS_MAX = 64 };

static int senseless(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_INTERNAL, "a message that makes no sense");
}

static int no_room(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
}

static bool is_root(const struct rms_coordinator *c)
{
  return c->parent < 0;
}

static int say(struct rms_coordinator *c, struct rms_peer *to, struct rms_say *message,
               enum rms_message_kind kind, struct rms_error *err)
{
  message->kind = kind;
  to->told = c->now;
  to->n_answers += kind == RMS_SAY_BATCH || kind == RMS_SAY_GANG;
  return c->transport->send(c->transport->self, to->rank, message, rms_say_size(message), err);
}

static int say_stop(struct rms_coordinator *c, struct rms_peer *to, enum rms_stop how,
                    struct rms_error *err)
{
  struct rms_say stop = {.stop = how, .is_deserted = to->is_deserted};
  return say(c, to, &stop, RMS_SAY_STOP, err);
}

/* ---- peers ---- */

/* Where a rank stands among the peers, or would. */
static size_t place_of(const struct rms_coordinator *c, int rank)
{
  size_t lo = 0, hi = c->n_peers;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (c->peers[mid].rank < rank)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

static struct rms_peer *peer_of(const struct rms_coordinator *c, int rank)
{
  const size_t at = place_of(c, rank);
  return at < c->n_peers && c->peers[at].rank == rank ? &c->peers[at] : NULL;
}

static int add_peer(struct rms_coordinator *c, int rank, int orphan_of, struct rms_error *err)
{
  const size_t at = place_of(c, rank);
  if (rms_grow(&c->peers, &c->capacity, c->n_peers + 1, sizeof *c->peers) < 0) return no_room(err);
  memmove(c->peers + at + 1, c->peers + at, (c->n_peers++ - at) * sizeof *c->peers);
  c->peers[at] =
      (struct rms_peer){.rank = rank, .heard = c->now, .told = c->now, .orphan_of = orphan_of};
  return RMS_OK;
}

int rms_coordinator_init(struct rms_coordinator *c, struct rms_error *err)
{
  const int own = c->transport->rank;
  int status = add_peer(c, own, -1, err);
  for (int rank = -1; !status && (rank = rms_hierarchy_next(c->hierarchy, own, rank)) >= 0;)
    status = add_peer(c, rank, -1, err);
  c->is_closed = is_root(c);
  return status;
}

void rms_coordinator_fini(struct rms_coordinator *c)
{
  rms_told_fini(&c->lately);
  rms_held_fini(&c->held);
  rms_queue_fini(&c->gangs);
  rms_queue_fini(&c->queue);
  free(c->peers);
}

static int keep_items(struct rms_coordinator *c, struct rms_peer *peer,
                      const struct rms_say *message, struct rms_error *err)
{
  peer->n_items += message->n;
  for (size_t i = 0; i < message->n; i++)
    if (rms_held_put(&c->held, &message->items[i], peer->rank)) return no_room(err);
  return RMS_OK;
}

static bool drop_items(struct rms_coordinator *c, struct rms_peer *peer,
                       const struct rms_say *message)
{
  peer->n_items -= message->n;
  for (size_t i = 0; i < message->n; i++)
    if (!rms_held_take(&c->held, message->items[i].index, peer->rank)) return false;
  return true;
}

/* ---- answers ---- */

static void set_waiting(struct rms_coordinator *c, struct rms_peer *peer, uint32_t wants,
                        bool is_idle)
{
  c->n_waiting += (size_t)(wants > 0) - (peer->wants > 0);
  c->n_idle += (size_t)is_idle - peer->is_idle;
  peer->wants = wants;
  peer->is_idle = is_idle;
}

static int send_batch(struct rms_coordinator *c, struct rms_peer *to, struct rms_say *message,
                      bool has_more, struct rms_error *err)
{
  const int status = keep_items(c, to, message, err);
  message->has_more = has_more;
  return status ? status : say(c, to, message, RMS_SAY_BATCH, err);
}

/* A batch for each rank that wants one; a leader has them together, in as few letters as hold them.
 */
static int hand_out(struct rms_coordinator *c, struct rms_peer *to, uint32_t wants,
                    struct rms_error *err)
{
  struct rms_say message = {0};
  struct rms_item batch[RMS_BATCH_MAX];
  int letters = 1;
  for (; wants && c->queue.n; wants--) {
    if (letters == LETTERS_MAX && message.n + message.portion > RMS_BATCH_MAX) break;
    const size_t n = rms_queue_take(&c->queue, c->hierarchy->below[c->transport->rank], batch);
    if (message.n + n > RMS_BATCH_MAX) {
      const int status = send_batch(c, to, &message, true, err);
      if (status) return status;
      message.n = 0;
      letters++;
    }
    memcpy(message.items + message.n, batch, n * sizeof *batch);
    message.n += n;
    message.portion = (uint32_t)n;
  }
  return send_batch(c, to, &message, false, err);
}

/* No job is left or on its way back. */
static bool is_end(const struct rms_coordinator *c)
{
  return c->stop || (c->is_closed && !c->queue.n && !c->queue.outstanding && !c->gangs.n &&
                     !c->gangs.outstanding);
}

/* Jobs, or the end, or nothing yet. */
static int answer(struct rms_coordinator *c, struct rms_peer *to, struct rms_error *err)
{
  const uint32_t wants = to->wants;
  if (!c->queue.n && !is_end(c)) return RMS_OK;
  set_waiting(c, to, 0, false);
  return c->queue.n ? hand_out(c, to, wants, err) : say_stop(c, to, RMS_STOP_DONE, err);
}

/* All ranks take the next job with islands together, once all of them wait for something to do. */
static int begin_gang(struct rms_coordinator *c, struct rms_error *err)
{
  struct rms_say message = {.newest = c->n_gangs + 1};
  if (!c->gangs.n || c->gangs.outstanding || c->queue.n || c->queue.outstanding ||
      c->n_idle < c->n_peers)
    return RMS_OK;
  message.n = rms_queue_take(&c->gangs, (int)c->gangs.n, message.items);
  const struct rms_job *job = &c->sweep->jobs[message.items[0].index];
  const int below = rms_hierarchy_towards(c->hierarchy, c->transport->rank,
                                          rms_gang_leader(job, c->transport->size));
  c->n_gangs++;
  int status = RMS_OK;
  if (below >= 0)
    status = keep_items(c, peer_of(c, below), &message, err);
  else
    rms_queue_resolve(&c->gangs, 1); /* its result is another leader's business */
  for (size_t i = 0; i < c->n_peers && !status; i++) {
    set_waiting(c, &c->peers[i], 0, false);
    status = say(c, &c->peers[i], &message, RMS_SAY_GANG, err);
  }
  return status;
}

static int answer_all(struct rms_coordinator *c, struct rms_error *err)
{
  /* There is news all the time: look at them only where one may be answered. */
  const bool has_answer = c->n_waiting && (c->queue.n || is_end(c));
  for (size_t i = 0; has_answer && i < c->n_peers; i++) {
    const int status = c->peers[i].wants ? answer(c, &c->peers[i], err) : RMS_OK;
    if (status) return status;
  }
  return begin_gang(c, err);
}

static int take_request(struct rms_coordinator *c, struct rms_peer *from,
                        const struct rms_say *message, struct rms_error *err)
{
  /* An answer is on its way: a leader will say what it wants then. */
  if (message->answers != from->n_answers) return RMS_OK;
  set_waiting(c, from, message->ranks, message->is_idle);
  const int status = answer(c, from, err);
  return status ? status : begin_gang(c, err);
}

/* ---- what comes back ---- */

/* What is out now: while a gang is, nothing else is. */
static struct rms_queue *queue_of(struct rms_coordinator *c)
{
  return c->gangs.outstanding ? &c->gangs : &c->queue;
}

static void drop_all(struct rms_coordinator *c)
{
  rms_queue_drop(&c->queue);
  rms_queue_drop(&c->gangs);
}

/* Jobs that a peer no longer has: to be done by others. */
static int put_back(struct rms_coordinator *c, enum rms_message_kind kind,
                    const struct rms_item *items, size_t n, struct rms_error *err)
{
  bool (*const take)(struct rms_queue *, const struct rms_item *, size_t) =
      kind == RMS_SAY_LOST ? rms_queue_postpone : rms_queue_return;
  if (!is_root(c))
    return rms_queue_resolve(queue_of(c), n) ? rms_leader_pass_up(c, kind, items, n, err)
                                             : senseless(err);
  if (!take(queue_of(c), items, n)) return senseless(err);
  if (c->stop) drop_all(c);
  return answer_all(c, err);
}

static int take_back(struct rms_coordinator *c, struct rms_peer *from,
                     const struct rms_say *message, struct rms_error *err)
{
  if (!drop_items(c, from, message)) return senseless(err);
  return put_back(c, (enum rms_message_kind)message->kind, message->items, message->n, err);
}

static void tell_news(struct rms_progress *progress, const struct rms_job *job, double value)
{
  const struct rms_objective objective = rms_family_objective(job->family);
  snprintf(progress->news, sizeof progress->news, "%.60s: %s %.15g%s%s", job->label, objective.name,
           value, *objective.unit ? " " : "", objective.unit);
}

static void count_news(struct rms_coordinator *c, const struct rms_say *message)
{
  c->progress->done += message->n;
  c->progress->died += message->died;
  c->progress->wrong += message->wrong;
  c->n_set_aside += message->aside;
  if (!isnan(message->objective))
    tell_news(c->progress, &c->sweep->jobs[message->newest], message->objective);
}

static bool is_sound(const struct rms_coordinator *c, const struct rms_say *news)
{
  return news->newest < c->sweep->n_jobs && news->aside <= news->n;
}

/* Of news that were perhaps told before, keep what was not. */
static void forget_known(const struct rms_coordinator *c, const struct rms_peer *from,
                         struct rms_say *news)
{
  size_t n = 0;
  for (size_t i = 0; i < news->n; i++)
    if (rms_held_has(&c->held, news->items[i].index, from->rank)) news->items[n++] = news->items[i];
  news->n = n;
}

static int take_news(struct rms_coordinator *c, struct rms_peer *from,
                     const struct rms_say *message, struct rms_error *err)
{
  struct rms_say news;
  int status = RMS_OK;
  if (!message->n) return RMS_OK; /* a sign of life */
  if (message->is_again) {
    memcpy(&news, message, rms_say_size(message));
    forget_known(c, from, &news);
    message = &news;
  }
  if (!is_sound(c, message) || !drop_items(c, from, message) ||
      !rms_queue_resolve(queue_of(c), message->n))
    return senseless(err);
  rms_queue_learn(&c->queue, message->n, message->seconds);
  if (is_root(c))
    count_news(c, message);
  else
    status = rms_leader_add_news(c, message, err);
  return status ? status : answer_all(c, err);
}

/* ---- ranks that leave ---- */

/* A rank is missing from now on: a job that needs all ranks cannot be done by the others. */
static int do_without(struct rms_coordinator *c, struct rms_error *err)
{
  if (!is_root(c)) return c->stop || c->is_closed ? RMS_OK : rms_leader_tell_missing(c, err);
  if (c->gangs.outstanding) return rms_coordinator_stop(c, RMS_STOP_AT_ONCE, err);
  if (c->stop || !c->gangs.n) return RMS_OK;
  rms_queue_drop(&c->gangs);
  return answer_all(c, err);
}

/* A rank that ends because of an error (a full disk, say) ends the launch: the others share its
 * fate soon, and a half-done launch can be resumed. */
static int see_off(struct rms_coordinator *c, struct rms_peer *from, const struct rms_say *message,
                   struct rms_error *err)
{
  struct rms_say leave = {0};
  from->has_left = true;
  set_waiting(c, from, 0, false);
  c->n_left++;
  c->n_gone_below += message->ranks;
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
static int dismiss(struct rms_coordinator *c, struct rms_peer *from, const struct rms_say *message,
                   struct rms_error *err)
{
  if (message->kind != RMS_SAY_BYE)
    return message->kind == RMS_SAY_RETURN ? RMS_OK : say_stop(c, from, RMS_STOP_AT_ONCE, err);
  from->is_gone = false;
  c->n_gone--;
  return see_off(c, from, message, err);
}

/* ---- ranks that hang ---- */

/* The attempts of a silent rank are lost, charged to no one. */
static int lose_items(struct rms_coordinator *c, int rank, struct rms_error *err)
{
  struct rms_item *items = NULL;
  size_t n = 0;
  if (rms_held_of(&c->held, rank, &items, &n)) return no_room(err);
  for (size_t i = 0; i < n; i++) {
    rms_held_take(&c->held, items[i].index, rank);
    items[i].attempt++;
    items[i].lost++;
  }
  const int status = n ? put_back(c, RMS_SAY_LOST, items, n, err) : RMS_OK;
  free(items);
  return status;
}

/* It has said what it has, or never will. When all have, what its leader had besides is lost. */
static int hear_orphan(struct rms_coordinator *c, struct rms_peer *orphan, struct rms_error *err)
{
  struct rms_peer *leader = orphan->orphan_of < 0 ? NULL : peer_of(c, orphan->orphan_of);
  orphan->orphan_of = -1;
  if (!leader || --leader->n_unheard) return RMS_OK;
  return lose_items(c, leader->rank, err);
}

static int take_hold(struct rms_coordinator *c, struct rms_peer *from,
                     const struct rms_say *message, struct rms_error *err)
{
  /* What the leader has passed on is known and no longer held. */
  for (size_t i = 0; i < message->n; i++)
    from->n_items += rms_held_move(&c->held, message->items[i].index, from->orphan_of, from->rank);
  return message->has_more ? RMS_OK : hear_orphan(c, from, err);
}

/* Who reported to a leader that hangs reports here from now on. */
static int adopt_orphans(struct rms_coordinator *c, int leader, struct rms_error *err)
{
  int status = RMS_OK;
  for (int rank = -1; !status && (rank = rms_hierarchy_next(c->hierarchy, leader, rank)) >= 0;) {
    struct rms_say adopt = {0};
    c->hierarchy->parent[rank] = c->transport->rank;
    status = add_peer(c, rank, leader, err);
    if (status) break;
    status = say(c, peer_of(c, rank), &adopt, RMS_SAY_ADOPT, err);
    peer_of(c, leader)->n_unheard++;
    peer_of(c, leader)->is_deserted = true;
  }
  return status;
}

static int give_up(struct rms_coordinator *c, int rank, struct rms_error *err)
{
  struct rms_peer *peer = peer_of(c, rank);
  peer->is_gone = true;
  set_waiting(c, peer, 0, false);
  c->n_gone++;
  int status = hear_orphan(c, peer, err);
  /* At the end of a launch nobody needs a new leader: who cannot leave in order is killed. */
  if (!status && !c->stop) status = adopt_orphans(c, rank, err);
  if (!status && !peer_of(c, rank)->n_unheard) status = lose_items(c, rank, err);
  if (!status) status = do_without(c, err);
  return status ? status : answer_all(c, err);
}

int rms_coordinator_look(struct rms_coordinator *c, double now, double patience, int *gone,
                         struct rms_error *err)
{
  const bool is_first = !(c->now > 0);
  /* A pause of this rank itself (a laptop that slept, SIGSTOP) is nobody's silence. */
  const bool has_slept = is_first || now - c->now > patience / 4;
  *gone = -1;
  c->now = now;
  if (!has_slept && now - c->looked < patience / 16) return RMS_OK;
  for (size_t i = 0; i < c->n_peers; i++) {
    struct rms_peer *peer = &c->peers[i];
    if (has_slept) peer->heard = now;
    if (peer->rank == c->transport->rank || peer->has_left || peer->is_gone) continue;
    if (now - peer->heard >= patience) {
      *gone = peer->rank;
      return give_up(c, peer->rank, err);
    }
    struct rms_say alive = {0};
    const int status =
        now - peer->told < patience / 4 ? RMS_OK : say(c, peer, &alive, RMS_SAY_ALIVE, err);
    if (status) return status;
  }
  c->looked = now;
  return RMS_OK;
}

/* ---- the whole ---- */

int rms_coordinator_hear(struct rms_coordinator *c, int from, const struct rms_say *message,
                         struct rms_error *err)
{
  struct rms_peer *peer = peer_of(c, from);
  if (!peer || peer->has_left) return RMS_OK; /* it reports to somebody else now */
  peer->heard = c->now;
  if (peer->is_gone) return dismiss(c, peer, message, err);
  switch (message->kind) {
  case RMS_SAY_REQUEST: return take_request(c, peer, message, err);
  case RMS_SAY_LOST:
  case RMS_SAY_RETURN: return take_back(c, peer, message, err);
  case RMS_SAY_NEWS: return take_news(c, peer, message, err);
  case RMS_SAY_HOLD: return take_hold(c, peer, message, err);
  case RMS_SAY_MISSING: return do_without(c, err);
  case RMS_SAY_BYE: return see_off(c, peer, message, err);
  default: return senseless(err);
  }
}

int rms_coordinator_stop(struct rms_coordinator *c, enum rms_stop how, struct rms_error *err)
{
  int status = RMS_OK;
  if (c->stop >= how) return RMS_OK;
  c->stop = how;
  if (!is_root(c)) status = rms_leader_return_rest(c, err);
  drop_all(c);
  for (size_t i = 0; i < c->n_peers && !status; i++) {
    if (c->peers[i].has_left) continue;
    set_waiting(c, &c->peers[i], 0, false);
    status = say_stop(c, &c->peers[i], how, err);
  }
  return status;
}

static int take_batch(struct rms_coordinator *c, const struct rms_say *message,
                      struct rms_error *err)
{
  for (size_t i = 0; i < message->n; i++)
    if (message->items[i].index >= c->sweep->n_jobs)
      return rms_error_set(err, RMS_E_INTERNAL, "a job that is not in the plan");
  c->n_answers++;
  rms_told_heard(&c->lately, c->now);
  if (!message->has_more) c->has_asked = c->has_asked_idle = false;
  const bool is_gang = message->kind == RMS_SAY_GANG;
  if (is_gang) c->n_gangs = message->newest - 1;
  if (!is_gang) c->queue.portion = message->portion;
  if (rms_queue_add(is_gang ? &c->gangs : &c->queue, message->items, message->n) < 0)
    return no_room(err);
  return c->stop ? rms_leader_return_rest(c, err) : answer_all(c, err);
}

/* Others look after those who reported here. */
static void forget_peers(struct rms_coordinator *c)
{
  for (size_t i = 0; i < c->n_peers; i++) {
    struct rms_peer *peer = &c->peers[i];
    if (peer->rank == c->transport->rank || peer->has_left) continue;
    set_waiting(c, peer, 0, false);
    c->n_gone -= peer->is_gone;
    peer->is_gone = false;
    peer->has_left = true;
    c->n_left++;
  }
}

int rms_coordinator_obey(struct rms_coordinator *c, const struct rms_say *message,
                         struct rms_error *err)
{
  switch (message->kind) {
  case RMS_SAY_BATCH:
  case RMS_SAY_GANG: return take_batch(c, message, err);
  case RMS_SAY_STOP:
    c->is_closed = true;
    c->has_asked = c->has_asked_idle = false;
    if (message->is_deserted) forget_peers(c);
    return message->stop == RMS_STOP_DONE
               ? answer_all(c, err)
               : rms_coordinator_stop(c, (enum rms_stop)message->stop, err);
  case RMS_SAY_LEAVE: c->may_leave = true; return RMS_OK;
  case RMS_SAY_ALIVE: return RMS_OK;
  default: return senseless(err);
  }
}

bool rms_coordinator_expects(const struct rms_coordinator *c)
{
  const double soon = 0.3; /* s; news are that old at most, in a launch without leaders */
  if (c->stop || c->has_asked || !(c->queue.mean > 0)) return true;
  for (size_t i = 0; i < c->n_peers; i++) {
    const struct rms_peer *peer = &c->peers[i];
    if (peer->rank == c->transport->rank || peer->has_left || peer->is_gone || peer->wants)
      continue;
    if (c->hierarchy->below[peer->rank] > 1 || peer->n_items <= 1 ||
        (double)peer->n_items * c->queue.mean <= soon)
      return true;
  }
  return false;
}

bool rms_coordinator_is_over(const struct rms_coordinator *c)
{
  return c->n_left + c->n_gone == c->n_peers;
}
