/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/schedule.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "harness/coordinator.h"
#include "harness/leader.h"
#include "harness/order.h"
#include "harness/provenance.h"
#include "harness/worker.h"

static const double patience = 15; /* seconds for the ranks of a killed launch to vanish */

struct launch {
  const struct rms_schedule *schedule;
  struct rms_transport *transport;
  struct rms_schedule_result *result;
  char name[RMS_LAUNCH_TEXT];
  struct rms_locks locks;
  struct rms_journal *journal;
  struct rms_conditions conditions; /* of the machine, at the beginning */
  struct rms_worker worker;
  struct rms_progress progress;
  struct rms_hierarchy hierarchy;
  struct rms_coordinator coordinator; /* of rank 0 and of leaders */
  bool is_leading;                    /* it is in use */
  int parent;                         /* the rank that this one reports to; -1: this is rank 0 */
  bool is_first_child;                /* of those who report there: speaks for them */
  double *expected;                   /* s of each job */
  bool has_started, may_leave;
  bool has_signal;      /* perhaps */
  enum rms_stop stop;   /* asked for by a signal */
  double deadline;      /* of winding down; of the end */
  double late;          /* when those who report here should have left; 0: no hurry */
  double looked, heard; /* when this rank looked for messages, and had one of its parent, last */
  struct rms_error failure; /* of this rank's share; the launch ends in order all the same */
};

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill_set(sigset_t *set)
{
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
  sigemptyset(set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(set, numbers[i]);
}

int rms_signals_open(void)
{
  sigset_t set;
  fill_set(&set);
  if (sigprocmask(SIG_BLOCK, &set, NULL)) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void rms_signals_close(int signals)
{
  sigset_t set;
  if (signals < 0) return;
  close(signals);
  fill_set(&set);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* What the signals that have come ask for; DONE: nothing. */
static enum rms_stop read_signals(const struct launch *launch)
{
  struct signalfd_siginfo signal;
  enum rms_stop stop = RMS_STOP_DONE;
  while (launch->has_signal && launch->schedule->signals >= 0 &&
         read(launch->schedule->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
    const enum rms_stop wanted = signal.ssi_signo == SIGUSR1 ? RMS_STOP_SOON : RMS_STOP_AT_ONCE;
    if (wanted > stop) stop = wanted;
  }
  return stop;
}

static int say_to(struct launch *launch, int to, struct rms_say *message,
                  enum rms_message_kind kind, struct rms_error *err)
{
  message->kind = kind;
  return launch->transport->send(launch->transport->self, to, message, rms_say_size(message), err);
}

static int say_to_group(struct launch *launch, struct rms_say *message, enum rms_message_kind kind,
                        struct rms_error *err)
{
  const int own = launch->transport->rank;
  int status = RMS_OK;
  for (int rank = own; !status && (rank = rms_hierarchy_next(&launch->hierarchy, own, rank)) >= 0;)
    status = say_to(launch, rank, message, kind, err);
  return status;
}

/* ---- what is to be done (rank 0)
 * ------------------------------------------------------------------ */

static const struct rms_unfinished *find_unfinished(const struct rms_records *records,
                                                    struct rms_hash job)
{
  size_t lo = 0, hi = records->n_unfinished;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = rms_hash_compare(job, records->unfinished[mid].job);
    if (!order) return &records->unfinished[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}

static int fill_queue(struct launch *launch, const struct rms_records *records,
                      struct rms_error *err)
{
  int status = RMS_OK;
  size_t n = 0, n_gangs = 0;
  const struct rms_schedule *schedule = launch->schedule;
  const struct rms_sweep *sweep = schedule->sweep;
  struct rms_item *items = calloc(sweep->n_jobs ? sweep->n_jobs : 1, sizeof *items);
  struct rms_item *gangs = calloc(sweep->n_jobs ? sweep->n_jobs : 1, sizeof *gangs);
  if (!items || !gangs) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "plan: out of memory"));
  for (size_t i = 0; i < sweep->n_jobs; i++) {
    const struct rms_job *job = &sweep->jobs[i];
    const struct rms_unfinished *before = find_unfinished(records, job->id);
    if (rms_records_find(records, job->id)) {
      launch->result->n_before++;
    } else if (before && before->lost >= schedule->max_attempts) {
      RMS_TRY(rms_worker_set_aside(&launch->worker, job, before->attempts, err));
      launch->result->n_set_aside++;
      launch->result->n_before++;
    } else {
      const bool is_gang = job->islands > 1 && launch->transport->size > 1;
      *(is_gang ? &gangs[n_gangs++] : &items[n++]) =
          (struct rms_item){.index = i,
                            .attempt = before ? (uint32_t)before->attempts + 1 : 1,
                            .lost = before ? (uint32_t)before->lost : 0};
    }
  }
  launch->result->n_left = n + n_gangs;
  launch->expected = calloc(sweep->n_jobs + 1, sizeof *launch->expected);
  if (!launch->expected) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "plan: out of memory"));
  RMS_TRY(rms_order_expect(sweep, records, items, n, launch->expected, err));
  RMS_TRY(rms_order_expect(sweep, records, gangs, n_gangs, launch->expected, err));
  RMS_TRY(rms_order_longest(sweep, launch->expected, items, n, err));
  RMS_TRY(rms_order_longest(sweep, launch->expected, gangs, n_gangs, err));
  if (schedule->max_jobs && n > schedule->max_jobs) n = schedule->max_jobs;
  if (schedule->max_jobs && n_gangs > schedule->max_jobs - n) n_gangs = schedule->max_jobs - n;
  if (rms_queue_fill(&launch->coordinator.queue, items, n) < 0 ||
      rms_queue_fill(&launch->coordinator.gangs, gangs, n_gangs) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "plan: out of memory"));
  launch->coordinator.queue.expected = launch->expected;
out:
  free(gangs);
  free(items);
  return status;
}

static void begin_progress(struct launch *launch)
{
  const struct rms_schedule *schedule = launch->schedule;
  launch->progress = (struct rms_progress){.stream = schedule->talk,
                                           .is_live = schedule->is_live,
                                           .columns = schedule->columns,
                                           .total = schedule->sweep->n_jobs,
                                           .before = launch->result->n_before,
                                           .started = now()};
  launch->progress.shown = schedule->is_live ? 0 : launch->progress.started;
  if (!schedule->talk) return;
  fprintf(schedule->talk, "rms: %s: %zu jobs, %zu done before, %zu to do, %d rank%s\n",
          schedule->sweep->name, schedule->sweep->n_jobs, launch->result->n_before,
          launch->coordinator.queue.n + launch->coordinator.gangs.n, launch->transport->size,
          launch->transport->size == 1 ? "" : "s");
}

/* ---- begin --------------------------------------------------------------------------------------
 */

static int locate(struct launch *launch, int **nodes, struct rms_error *err)
{
  if (launch->transport->size <= launch->schedule->group) return RMS_OK;
  *nodes = calloc((size_t)launch->transport->size, sizeof **nodes);
  if (!*nodes) return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
  return launch->transport->locate(launch->transport->self, *nodes, err);
}

/* Who reports to whom; the same on all ranks. */
static int arrange(struct launch *launch, struct rms_error *err)
{
  const int own = launch->transport->rank, size = launch->transport->size;
  struct rms_hierarchy *h = &launch->hierarchy;
  int *nodes = NULL;
  int status = locate(launch, &nodes, err);
  if (!status) status = rms_hierarchy_init(h, size, launch->schedule->group, nodes, err);
  free(nodes);
  if (status) return status;
  launch->parent = h->parent[own];
  launch->is_leading = !own || h->below[own] > 1;
  launch->is_first_child = own && rms_hierarchy_next(h, launch->parent, -1) == own;
  launch->worker.parent = launch->is_leading ? own : launch->parent;
  for (int rank = -1; (rank = rms_hierarchy_next(h, own ? launch->parent : 0, rank)) >= 0;)
    launch->worker.n_peers++;
  if (!launch->is_leading) return RMS_OK;
  launch->coordinator = (struct rms_coordinator){.sweep = launch->schedule->sweep,
                                                 .transport = launch->transport,
                                                 .progress = &launch->progress,
                                                 .hierarchy = h,
                                                 .parent = launch->parent};
  return rms_coordinator_init(&launch->coordinator, err);
}

static int open_journal(struct launch *launch, struct rms_error *err)
{
  const struct rms_schedule *schedule = launch->schedule;
  struct rms_text line = {0};
  const struct rms_provenance provenance = {.launch = launch->name,
                                            .rank = launch->transport->rank,
                                            .ranks = launch->transport->size,
                                            .transport = launch->transport->name,
                                            .transport_version = launch->transport->version,
                                            .sweep = schedule->sweep,
                                            .packing = schedule->packing,
                                            .conditions = &launch->conditions,
                                            .argc = schedule->argc,
                                            .argv = schedule->argv};
  rms_conditions_read(&launch->conditions, "");
  int status = rms_provenance_write(&provenance, &line);
  if (status)
    rms_error_set(err, status, "launch line: out of memory");
  else
    status = rms_journal_open(&launch->journal, schedule->folder, launch->name,
                              launch->transport->rank, line.data, err);
  rms_text_fini(&line);
  launch->worker.journal = launch->journal;
  return status;
}

static int begin_first(struct launch *launch, struct rms_error *err)
{
  int status;
  const struct rms_schedule *schedule = launch->schedule;
  struct rms_records *records = NULL;
  struct rms_say message = {0};
  RMS_TRY(rms_folder_make(schedule->folder, schedule->sweep, err));
  RMS_TRY(rms_locks_take(&launch->locks, schedule->folder, patience, schedule->signals,
                         schedule->talk, err));
  RMS_TRY(rms_folder_check(schedule->folder, schedule->sweep, err));
  rms_launch_name(launch->name);
  RMS_TRY(rms_records_load_brief(&records, schedule->folder, err));
  RMS_TRY(open_journal(launch, err));
  RMS_TRY(fill_queue(launch, records, err));
  snprintf(message.text, sizeof message.text, "%s", launch->name);
  RMS_TRY(say_to_group(launch, &message, RMS_SAY_START, err));
  launch->has_started = true;
  begin_progress(launch);
out:
  rms_records_free(records);
  return status;
}

/* The other ranks wait for the name of the launch and pass it on; a signal waits until they may
 * leave in order. */
static int begin_other(struct launch *launch, struct rms_error *err)
{
  struct rms_say message;
  size_t n = 0;
  int from = 0, got = 0;
  while (!(got = launch->transport->receive(launch->transport->self, &from, &message, &n, err))) {
    const struct timespec pause = {.tv_nsec = 2000000};
    nanosleep(&pause, NULL);
  }
  if (got > 0) got = say_to_group(launch, &message, (enum rms_message_kind)message.kind, err);
  if (got < 0) return got;
  if (message.kind != RMS_SAY_START) {
    launch->may_leave = true;
    return RMS_E_IO; /* rank 0 has said why */
  }
  launch->has_started = true;
  snprintf(launch->name, sizeof launch->name, "%.47s", message.text);
  const int status = rms_locks_share(&launch->locks, launch->schedule->folder, err);
  return status ? status : open_journal(launch, err);
}

/* ---- the loop
 * ------------------------------------------------------------------------------------- */

/* This rank's share has failed: it gives back what it has and says good-bye; the rest goes in
 * order. */
static int fail_share(struct launch *launch, const struct rms_error *why, struct rms_error *err)
{
  if (!launch->failure.status) launch->failure = *why;
  return rms_worker_stop(&launch->worker, RMS_STOP_AT_ONCE, err);
}

/* The parent hangs, the one above it says. */
static int follow(struct launch *launch, int parent, struct rms_error *err)
{
  struct rms_say message = {.stop = launch->failure.status != RMS_OK};
  launch->parent = parent;
  launch->heard = launch->looked;
  if (launch->is_leading) return rms_leader_follow(&launch->coordinator, parent, err);
  const int status = rms_worker_follow(&launch->worker, parent, err);
  if (status || !launch->worker.has_said_bye) return status;
  return say_to(launch, parent, &message, RMS_SAY_BYE, err);
}

static int hear_one(struct launch *launch, int from, const struct rms_say *message,
                    struct rms_error *err)
{
  if (message->kind == RMS_SAY_ADOPT) return follow(launch, from, err);
  if (message->kind > RMS_SAY_ADOPT)
    return launch->is_leading ? rms_coordinator_hear(&launch->coordinator, from, message, err)
                              : rms_error_set(err, RMS_E_INTERNAL, "a message that makes no sense");
  if (from != launch->worker.parent && from != launch->parent)
    return RMS_OK; /* from one that hung, and has been given up */
  if (launch->is_leading && from != launch->transport->rank)
    return rms_coordinator_obey(&launch->coordinator, message, err);
  if (message->kind == RMS_SAY_LEAVE) launch->may_leave = true;
  if (message->kind == RMS_SAY_LEAVE || message->kind == RMS_SAY_ALIVE) return RMS_OK;
  return rms_worker_hear(&launch->worker, message, err);
}

static int hear_all(struct launch *launch, bool *did, struct rms_error *err)
{
  struct rms_say message;
  size_t n = 0;
  int from = 0, got;
  while ((got = launch->transport->receive(launch->transport->self, &from, &message, &n, err)) ==
         1) {
    *did = true;
    if (from == launch->parent) launch->heard = launch->looked;
    if (!rms_say_is_whole(&message, n))
      return rms_error_set(err, RMS_E_INTERNAL, "a message of %zu bytes", n);
    const int status = hear_one(launch, from, &message, err);
    if (status) return status;
  }
  return got;
}

static void say_stopping(struct launch *launch)
{
  const struct rms_schedule *schedule = launch->schedule;
  rms_progress_leave(&launch->progress);
  if (!schedule->talk || launch->transport->rank) return;
  if (launch->stop == RMS_STOP_AT_ONCE)
    fprintf(schedule->talk,
            "rms: stopping: jobs that run are dropped and charged to no one; all ends within %d s, "
            "what is finished is safe\n",
            RMS_STOP_SECONDS);
  else
    fprintf(schedule->talk,
            "rms: warned: no more jobs are begun, those that run have %.6g s to end\n",
            schedule->wind_down);
}

/* A warning (SIGUSR1) turns into an order when the time for winding down is over. */
static int obey_signal(struct launch *launch, struct rms_error *err)
{
  enum rms_stop stop = read_signals(launch);
  if (launch->stop == RMS_STOP_SOON && now() >= launch->deadline) stop = RMS_STOP_AT_ONCE;
  if (stop <= launch->stop) return RMS_OK;
  launch->stop = stop;
  launch->deadline =
      now() + (stop == RMS_STOP_SOON ? launch->schedule->wind_down : RMS_STOP_SECONDS);
  if (stop == RMS_STOP_AT_ONCE && !launch->transport->rank) launch->late = launch->deadline;
  launch->result->was_stopped = true;
  say_stopping(launch);
  return launch->transport->rank ? rms_worker_stop(&launch->worker, stop, err)
                                 : rms_coordinator_stop(&launch->coordinator, stop, err);
}

/* A leader gives the last ones of its group up a little earlier than it would be itself. */
static int lead(struct launch *launch, struct rms_error *err)
{
  struct rms_coordinator *c = &launch->coordinator;
  const double silence = launch->schedule->rank_patience;
  if (!launch->is_leading || launch->parent < 0) return RMS_OK;
  if (c->stop == RMS_STOP_AT_ONCE && !(launch->late > 0))
    launch->late = now() + RMS_STOP_SECONDS - 1;
  return rms_leader_step(c, rms_worker_news_every(launch->worker.n_peers, silence),
                         rms_worker_sign_every(silence), err);
}

/* Rank 0 and leaders keep an eye on the others; when all should be over, without patience. */
static int look_around(struct launch *launch, struct rms_error *err)
{
  int gone;
  const double moment = now();
  const bool is_late = launch->late > 0 && moment >= launch->late;
  const double limit = is_late ? 0 : launch->schedule->rank_patience;
  if (!launch->is_leading) return RMS_OK;
  const int status = rms_coordinator_look(&launch->coordinator, moment, limit, &gone, err);
  if (gone < 0) return status;
  rms_progress_leave(&launch->progress);
  if (launch->schedule->talk && is_late)
    fprintf(launch->schedule->talk, "rms: rank %d has not ended within %d s and is killed\n", gone,
            RMS_STOP_SECONDS);
  else if (launch->schedule->talk)
    fprintf(launch->schedule->talk,
            "rms: rank %d has been silent for %.6g s: its jobs are done by the others\n", gone,
            limit);
  return status;
}

/* Every rank keeps an eye on the one that it reports to: who waits for one that hangs waits for
 * ever. A pause of this rank itself is nobody's silence. With more patience than that one has: all
 * hangs on rank 0, and a leader that hangs is replaced before. */
static int look_up(struct launch *launch, struct rms_error *err)
{
  const double limit = 3 * launch->schedule->rank_patience, moment = now();
  if (moment - launch->looked > limit / 4) launch->heard = moment;
  launch->looked = moment;
  if (!launch->transport->rank || moment - launch->heard < limit) return RMS_OK;
  launch->result->n_gone = 1;
  if (!launch->is_first_child) return RMS_E_IO; /* another one says it */
  return rms_error_set(err, RMS_E_IO,
                       "rank %d has been silent for %.6g s: the launch ends here; what is finished "
                       "is safe, the same command goes on",
                       launch->parent, limit);
}

/* What the machine did meanwhile; a failure costs that, not the end. */
static void add_closing(struct launch *launch)
{
  struct rms_text text = {0};
  if (launch->journal &&
      !rms_provenance_write_end(launch->name, launch->transport->rank, &launch->conditions, &text))
    rms_journal_add_closing(launch->journal, text.data);
  rms_text_fini(&text);
}

static int say_bye(struct launch *launch, struct rms_error *err)
{
  struct rms_error why = {0};
  struct rms_say message = {0};
  add_closing(launch);
  const int status = rms_journal_close(launch->journal, &why);
  launch->journal = launch->worker.journal = NULL;
  if (status && !launch->failure.status) launch->failure = why;
  launch->worker.has_said_bye = true;
  message.stop = launch->failure.status != RMS_OK;
  return say_to(launch, launch->worker.parent, &message, RMS_SAY_BYE, err);
}

static int step(struct launch *launch, bool *did, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(obey_signal(launch, err));
  RMS_TRY(look_around(launch, err));
  RMS_TRY(look_up(launch, err));
  RMS_TRY(hear_all(launch, did, err));
  RMS_TRY(lead(launch, err));
  if (!launch->worker.has_said_bye && !launch->failure.status) {
    struct rms_error why = {0};
    if (rms_worker_step(&launch->worker, now(), did, &why) < 0)
      RMS_TRY(fail_share(launch, &why, err));
  }
  if (!launch->worker.has_said_bye && rms_worker_has_ended(&launch->worker)) {
    RMS_TRY(say_bye(launch, err));
    *did = true;
  }
  if (!launch->transport->rank) rms_progress_show(&launch->progress, now());
out:
  return status;
}

/* Milliseconds. Every look is a wake-up that a solver beside pays for. */
static int longest_rest(const struct launch *launch)
{
  const struct rms_transport *transport = launch->transport;
  const bool expects = launch->worker.has_asked || launch->worker.is_over ||
                       transport->is_busy(transport->self) ||
                       (launch->is_leading && rms_coordinator_expects(&launch->coordinator));
  return expects ? transport->wait_ms : transport->lull_ms;
}

/* Sleep until the helper or a signal has something, or it is time to look for messages again. */
static void rest(struct launch *launch, int *timeout_ms, bool did)
{
  if (launch->worker.is_ganging) {
    rms_gang_rest(&launch->worker.gang, did, launch->schedule->signals, 1);
    launch->worker.is_called = launch->has_signal = true;
    return;
  }
  const struct rms_helper *helper = *launch->schedule->helper;
  struct pollfd wait[] = {{.fd = helper ? rms_helper_fd(helper) : -1, .events = POLLIN},
                          {.fd = launch->schedule->signals, .events = POLLIN}};
  const int longest = longest_rest(launch);
  /* Only who waits for an answer looks more often at first. */
  const bool is_waiting = launch->worker.has_asked || launch->worker.is_over;
  *timeout_ms = did ? 0 : *timeout_ms ? 2 * *timeout_ms : is_waiting ? 1 : longest;
  if (*timeout_ms > longest) *timeout_ms = longest;
  const bool is_silent = *timeout_ms && !poll(wait, 2, *timeout_ms);
  /* Who is silent is looked at as well: perhaps for too long. */
  launch->worker.is_called = wait[0].revents || is_silent;
  launch->has_signal = wait[1].revents;
}

static bool is_over(const struct launch *launch)
{
  if (!launch->may_leave || !launch->is_leading) return launch->may_leave;
  return launch->parent < 0 ? rms_coordinator_is_over(&launch->coordinator)
                            : launch->coordinator.may_leave;
}

static int loop(struct launch *launch, struct rms_error *err)
{
  int timeout_ms = 0;
  while (!is_over(launch)) {
    bool did = false;
    const int status = step(launch, &did, err);
    if (status) return status;
    if (!is_over(launch)) rest(launch, &timeout_ms, did);
  }
  return RMS_OK;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static int begin(struct launch *launch, struct rms_error *err)
{
  const bool is_first = !launch->transport->rank;
  int status = arrange(launch, err);
  if (!status) status = is_first ? begin_first(launch, err) : begin_other(launch, err);
  if (!status || !launch->has_started) return status;
  /* The launch is on for the others: this rank takes part in its end only. */
  launch->failure = err ? *err : (struct rms_error){.status = status};
  launch->worker.is_over = true;
  return RMS_OK;
}

static int work(struct launch *launch, struct rms_error *err)
{
  int status = begin(launch, err);
  if (status) {
    struct rms_say message = {0};
    if (!launch->transport->rank) (void)say_to_group(launch, &message, RMS_SAY_LEAVE, NULL);
    return status;
  }
  status = loop(launch, err);
  rms_progress_leave(&launch->progress);
  launch->result->n_done = launch->progress.done;
  launch->result->n_set_aside += launch->coordinator.n_set_aside;
  if (launch->parent < 0)
    launch->result->n_gone += (int)(launch->coordinator.n_gone + launch->coordinator.n_gone_below);
  launch->result->n_left -= launch->progress.done < launch->result->n_left ? launch->progress.done
                                                                           : launch->result->n_left;
  if (!status && launch->failure.status)
    status = rms_error_set(err, launch->failure.status, "%s", launch->failure.text);
  else if (!status && launch->parent < 0 && launch->coordinator.has_failed)
    status = rms_error_set(err, RMS_E_IO, "a rank could not go on (see above)");
  return status;
}

int rms_schedule_run(const struct rms_schedule *schedule, struct rms_schedule_result *result,
                     struct rms_error *err)
{
  struct rms_error why = {0}, ignored = {0};
  struct launch launch = {.schedule = schedule,
                          .transport = schedule->transport,
                          .result = result,
                          .locks = RMS_NO_LOCKS,
                          .worker = {.schedule = schedule, .is_called = true},
                          .has_signal = true};
  launch.worker.launch = launch.name;
  *result = (struct rms_schedule_result){0};
  int status = work(&launch, &why);
  /* Who is gone will not come to the end of all. */
  if (!result->n_gone) {
    const int ended = launch.transport->finish(launch.transport->self, status ? &ignored : &why);
    if (!status) status = ended;
  }
  rms_worker_fini(&launch.worker);
  (void)rms_journal_close(launch.journal, NULL);
  rms_coordinator_fini(&launch.coordinator);
  rms_hierarchy_fini(&launch.hierarchy);
  free(launch.expected);
  rms_locks_release(&launch.locks);
  if (status && err) *err = why;
  return status;
}
