/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/worker.h"

#include <math.h>
#include <string.h>

#include "harness/page.h"
#include "instances/family.h"
#include "solvers/solver.h"

static const double news_least = 0.2; /* seconds */
static const double news_rate = 500;  /* a second: what a coordinator may hear of all ranks */
enum {
  DEATHS_MAX = 20
}; /* of helpers in a row: something is wrong with this host, not with a job */

static int say(struct rms_worker *worker, struct rms_say *message, enum rms_message_kind kind,
               struct rms_error *err)
{
  struct rms_transport *transport = worker->schedule->transport;
  message->kind = kind;
  return transport->send(transport->self, worker->parent, message, rms_say_size(message), err);
}

static struct rms_helper *helper_of(const struct rms_worker *worker)
{
  return *worker->schedule->helper;
}

static const struct rms_job *job_of(const struct rms_worker *worker)
{
  return &worker->schedule->sweep->jobs[worker->items[0].index];
}

static void drop_first(struct rms_worker *worker)
{
  worker->is_running = false;
  worker->n_items--;
  memmove(worker->items, worker->items + 1, worker->n_items * sizeof *worker->items);
}

/* All but the job that runs. */
static int give_rest_back(struct rms_worker *worker, struct rms_error *err)
{
  const size_t kept = worker->is_running ? 1 : 0;
  struct rms_say message = {.n = worker->n_items - kept};
  if (!message.n) return RMS_OK;
  memcpy(message.items, worker->items + kept, message.n * sizeof *worker->items);
  worker->n_items = kept;
  worker->is_unwanted = worker->is_queued;
  worker->is_queued = false;
  return say(worker, &message, RMS_SAY_RETURN, err);
}

double rms_worker_sign_every(double patience)
{
  return patience / 8;
}

double rms_worker_news_every(int ranks, double patience)
{
  return fmin(fmax(news_least, ranks / news_rate), rms_worker_sign_every(patience));
}

static int send_news(struct rms_worker *worker, double now, struct rms_error *err)
{
  /* Without news it is a sign of life. */
  const double sign_every = rms_worker_sign_every(worker->schedule->rank_patience);
  if (!worker->news.n && now - worker->told < sign_every) return RMS_OK;
  /* Who reports to rank 0 ends with it. */
  if (worker->parent && rms_told_add(&worker->lately, worker->news.items, worker->news.n) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
  const int status = say(worker, &worker->news, RMS_SAY_NEWS, err);
  worker->news = (struct rms_say){0};
  worker->told = now;
  return status;
}

static void count(struct rms_worker *worker, const struct rms_item *item, const struct rms_run *run)
{
  static const enum rms_end deaths[] = {RMS_END_SIGNAL, RMS_END_TIMEOUT_CPU, RMS_END_MEMORY,
                                        RMS_END_START_FAILED, RMS_END_LOST};
  enum rms_verdict_kind verdict = RMS_VERDICT_NONE;
  struct rms_say *news = &worker->news;
  news->items[news->n++] = *item;
  news->aside += run->end == RMS_END_LOST;
  for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) news->died += run->end == deaths[i];
  if (!rms_verdict_parse(run->verdict, &verdict) && verdict < RMS_VERDICT_NONE) news->wrong++;
  news->newest = item->index;
  news->objective = run->n_objectives > 0 ? run->objective[0] : NAN;
}

/* The record of a job that took its process with it in every attempt. */
static struct rms_run run_set_aside(const struct rms_worker *worker, const struct rms_job *job,
                                    int64_t attempt)
{
  return (struct rms_run){.job = job->id,
                          .attempt = attempt,
                          .family = job->family,
                          .instance = "",
                          .reference = job->reference,
                          .group = job->group,
                          .solver = job->solver,
                          .version = job->version,
                          .params = job->params,
                          .label = job->label,
                          .proves_bounds = (job->flags & (RMS_EXACT | RMS_BOUND)) != 0,
                          .seed = job->seed,
                          .repeat = job->repeat,
                          .is_work_limited = job->limits.is_work_limited,
                          .limit_time = job->limits.time,
                          .limit_work = job->limits.work,
                          .limit_cpu = job->limits.cpu,
                          .limit_memory = job->limits.memory,
                          .end = RMS_END_LOST,
                          .end_detail = "",
                          .claim = RMS_CLAIM_NONE,
                          .verdict = rms_verdict_text(RMS_VERDICT_NONE),
                          .why = "its process or rank died in every attempt",
                          .bound = NAN,
                          .verified_bound = NAN,
                          .wall = NAN,
                          .cpu_user = NAN,
                          .cpu_system = NAN,
                          .host = "",
                          .launch = worker->launch,
                          .memory_mechanism = "",
                          .rank = worker->schedule->transport->rank,
                          .started = NAN};
}

int rms_worker_set_aside(struct rms_worker *worker, const struct rms_job *job, int64_t attempt,
                         struct rms_error *err)
{
  const struct rms_run run = run_set_aside(worker, job, attempt);
  return rms_journal_run(worker->journal, &run, err);
}

/* The attempt in flight is lost and charged to no one: the job is handed out once more, after
 * all others, unless it was lost too often. */
static int lose_attempt(struct rms_worker *worker, struct rms_error *err)
{
  const struct rms_run aside = {.end = RMS_END_LOST, .verdict = ""};
  struct rms_say message = {.n = 1, .items = {worker->items[0]}};
  struct rms_item *item = message.items;
  int status = rms_journal_lost(worker->journal, job_of(worker)->id, item->attempt, err);
  if (status) return status;
  item->attempt++;
  item->lost++;
  if (item->lost < worker->schedule->max_attempts) {
    drop_first(worker);
    return say(worker, &message, RMS_SAY_LOST, err);
  }
  status = rms_worker_set_aside(worker, job_of(worker), item->attempt - 1, err);
  if (status) return status;
  count(worker, &worker->items[0], &aside);
  drop_first(worker);
  return RMS_OK;
}

/* The helper is gone, and what it ran with it: the nursery has another. Where that fails, or
 * nothing but deaths came of it, the rank gives its other jobs back and only waits for the end. */
static int lose_helper(struct rms_worker *worker, struct rms_error *err)
{
  const struct rms_schedule *schedule = worker->schedule;
  struct rms_error why = {0};
  int status = RMS_OK;
  if (schedule->talk && helper_of(worker) && rms_helper_is_silent(helper_of(worker)))
    fprintf(schedule->talk,
            "rms: rank %d: what watches its job has been silent for %.6g s and is killed\n",
            schedule->transport->rank, schedule->rank_patience);
  rms_helper_stop(*schedule->helper);
  *schedule->helper = NULL;
  worker->is_queued = false;
  if (worker->is_running) status = lose_attempt(worker, err);
  if (status) return status;
  if (++worker->n_deaths >= DEATHS_MAX)
    rms_error_set(&why, RMS_E_IO, "its helper process died %d times in a row", worker->n_deaths);
  else if (!rms_helper_start_in(schedule->nursery, schedule->helper, schedule->log_folder,
                                schedule->rank_patience, &why))
    return RMS_OK;
  if (schedule->talk)
    fprintf(schedule->talk, "rms: rank %d does no more jobs: %s\n", schedule->transport->rank,
            why.text);
  worker->is_over = true;
  return give_rest_back(worker, err);
}

/* Begin items[0]. *is_helpless [out] the helper is gone: see lose_helper. */
static int begin_first(struct rms_worker *worker, bool *is_helpless, struct rms_error *err)
{
  const struct rms_job *job = job_of(worker);
  int status = rms_journal_start(worker->journal, job->id, (int64_t)worker->items[0].attempt, err);
  if (status) return status;
  worker->is_running = true;
  worker->begun = rms_clock();
  if (worker->is_queued) { /* it has begun by itself */
    worker->is_queued = false;
    return RMS_OK;
  }
  status = rms_helper_submit(helper_of(worker), job, err);
  *is_helpless = status == RMS_E_IO;
  return *is_helpless ? RMS_OK : status;
}

/* While one job runs, the next one goes to the helper, which then begins it without asking. */
static int queue_next(struct rms_worker *worker, bool *is_helpless, struct rms_error *err)
{
  if (!worker->is_running || worker->is_queued || worker->n_items < 2 || *is_helpless)
    return RMS_OK;
  const struct rms_job *job = &worker->schedule->sweep->jobs[worker->items[1].index];
  const int status = rms_helper_submit(helper_of(worker), job, err);
  *is_helpless = status == RMS_E_IO;
  worker->is_queued = !status;
  return *is_helpless ? RMS_OK : status;
}

/* What was given back has perhaps been begun: it ends here, with its helper. */
static void drop_unwanted(struct rms_worker *worker)
{
  if (!worker->is_unwanted || worker->is_running) return;
  rms_helper_stop(*worker->schedule->helper);
  *worker->schedule->helper = NULL;
  worker->is_unwanted = false;
}

/* Write down a result. The next job has begun by then: its processes start while the line is made.
 */
static int keep_run(struct rms_worker *worker, struct rms_event *event, struct rms_error *err)
{
  const struct rms_schedule *schedule = worker->schedule;
  const struct rms_item item = worker->items[0];
  const double took = rms_clock() - worker->begun;
  struct rms_run *run = &event->run;
  bool is_helpless = false;
  int status = RMS_OK;
  worker->n_deaths = 0;
  drop_first(worker);
  if (worker->n_items) RMS_TRY(begin_first(worker, &is_helpless, err));
  run->launch = worker->launch;
  run->rank = schedule->transport->rank;
  run->attempt = (int64_t)item.attempt;
  if (schedule->keeps_plans && event->solution)
    RMS_TRY(rms_folder_keep_plan(schedule->folder, &worker->cache, run, event->solution,
                                 event->solution_bytes, err));
  RMS_TRY(rms_journal_run(worker->journal, run, err));
  worker->news.seconds += took;
  count(worker, &item, run);
  RMS_TRY(queue_next(worker, &is_helpless, err));
  if (is_helpless) RMS_TRY(lose_helper(worker, err)); /* the event is of no use any more */
out:
  return status;
}

/* Take what the helper has to say. */
static int hear_helper(struct rms_worker *worker, bool *did, struct rms_error *err)
{
  while (worker->is_called && helper_of(worker)) {
    struct rms_event event = {.kind = RMS_EVENT_NONE};
    int status = rms_helper_receive(helper_of(worker), &event, err);
    if (status == RMS_E_NOMEM) return status;
    if (status) event.kind = RMS_EVENT_GONE; /* it talks nonsense */
    if (event.kind == RMS_EVENT_NONE) return RMS_OK;
    *did = true;
    if (event.kind == RMS_EVENT_GONE) return lose_helper(worker, err);
    if (event.kind != RMS_EVENT_RESULT || !worker->is_running) continue;
    status =
        event.run.end == RMS_END_LOST ? lose_attempt(worker, err) : keep_run(worker, &event, err);
    if (status) return status;
    drop_unwanted(worker);
  }
  return RMS_OK;
}

static int submit(struct rms_worker *worker, struct rms_error *err)
{
  bool is_helpless = false;
  int status = begin_first(worker, &is_helpless, err);
  if (!status) status = queue_next(worker, &is_helpless, err);
  return status || !is_helpless ? status : lose_helper(worker, err);
}

static int ask(struct rms_worker *worker, struct rms_error *err)
{
  struct rms_say message = {.ranks = 1, .is_idle = true, .answers = worker->n_answers};
  worker->has_asked = true;
  return say(worker, &message, RMS_SAY_REQUEST, err);
}

/* ---- a job of all ranks ---- */

static int begin_gang(struct rms_worker *worker, const struct rms_say *message,
                      struct rms_error *err)
{
  struct rms_transport *transport = worker->schedule->transport;
  const struct rms_job *job = &worker->schedule->sweep->jobs[message->items[0].index];
  const bool is_mine = rms_gang_leader(job, transport->size) == transport->rank;
  int status = RMS_OK;

  if (is_mine) {
    worker->items[0] = message->items[0];
    worker->n_items = 1;
  }
  if (worker->is_over) return give_rest_back(worker, err);
  status = rms_gang_begin(&worker->gang, transport, helper_of(worker), job,
                          (uint32_t)message->newest, err);
  if (status) return status;
  worker->is_ganging = true;
  if (!is_mine) return RMS_OK;
  worker->is_running = true;
  worker->begun = rms_clock();
  return rms_journal_start(worker->journal, job->id, worker->items[0].attempt, err);
}

static int step_gang(struct rms_worker *worker, bool *did, struct rms_error *err)
{
  struct rms_event event;
  int status = rms_gang_step(&worker->gang, did, &event, err);

  if (!status && worker->is_running && event.kind == RMS_EVENT_GONE)
    status = lose_attempt(worker, err);
  if (!status && worker->is_running && event.kind == RMS_EVENT_RESULT)
    status =
        event.run.end == RMS_END_LOST ? lose_attempt(worker, err) : keep_run(worker, &event, err);
  if (status || !worker->gang.is_over) return status;
  const bool is_helpless = worker->gang.is_helpless;
  rms_gang_fini(&worker->gang);
  worker->is_ganging = false;
  *did = true;
  return is_helpless ? lose_helper(worker, err) : RMS_OK;
}

int rms_worker_hear(struct rms_worker *worker, const struct rms_say *message, struct rms_error *err)
{
  if (message->kind == RMS_SAY_STOP) {
    worker->is_over = true;
    worker->has_asked = false;
    return rms_worker_stop(worker, message->stop, err);
  }
  const bool is_gang = message->kind == RMS_SAY_GANG && message->n == 1;
  if ((message->kind != RMS_SAY_BATCH && !is_gang) || message->n > RMS_BATCH_MAX || worker->n_items)
    return rms_error_set(err, RMS_E_INTERNAL, "a message that makes no sense");
  for (size_t i = 0; i < message->n; i++)
    if (message->items[i].index >= worker->schedule->sweep->n_jobs)
      return rms_error_set(err, RMS_E_INTERNAL, "a job that is not in the plan");
  worker->has_asked = false;
  rms_told_heard(&worker->lately, rms_clock());
  worker->n_answers++;
  if (is_gang) return begin_gang(worker, message, err);
  memcpy(worker->items, message->items, message->n * sizeof *worker->items);
  worker->n_items = message->n;
  return worker->is_over ? give_rest_back(worker, err) : RMS_OK;
}

int rms_worker_step(struct rms_worker *worker, double now, bool *did, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(worker->is_ganging ? step_gang(worker, did, err) : hear_helper(worker, did, err));
  if (worker->n_items && !worker->is_running && helper_of(worker)) {
    RMS_TRY(submit(worker, err));
    *did = true;
  }
  const bool is_idle = !worker->n_items && !worker->is_running && !worker->is_ganging;
  const double news_every = rms_worker_news_every(worker->n_peers, worker->schedule->rank_patience);
  if (is_idle || now - worker->told >= news_every) RMS_TRY(send_news(worker, now, err));
  if (is_idle && !worker->has_asked && !worker->is_over) {
    RMS_TRY(ask(worker, err));
    *did = true;
  }
  RMS_TRY(rms_journal_tick(worker->journal, err));
out:
  return status;
}

int rms_worker_stop(struct rms_worker *worker, enum rms_stop how, struct rms_error *err)
{
  worker->is_over = true;
  if (how == RMS_STOP_AT_ONCE) {
    if (worker->is_ganging) rms_gang_fini(&worker->gang);
    worker->is_ganging = false;
    rms_helper_stop(*worker->schedule->helper);
    *worker->schedule->helper = NULL;
    worker->is_running = worker->is_queued = worker->is_unwanted = false;
  }
  const int told = send_news(worker, worker->told, err);
  const int given = give_rest_back(worker, err);
  return told ? told : given;
}

int rms_worker_follow(struct rms_worker *worker, int parent, struct rms_error *err)
{
  struct rms_transport *t = worker->schedule->transport;
  const struct rms_told *lately = &worker->lately;
  struct rms_say hold = {.kind = RMS_SAY_HOLD, .has_more = true}, last = {0};
  struct rms_say again = {.kind = RMS_SAY_NEWS, .is_again = true, .objective = NAN};
  int status;
  worker->parent = parent;
  worker->n_answers = 0;
  worker->has_asked = false;
  RMS_TRY(rms_say_items(t, parent, &hold, worker->items, worker->n_items, err));
  RMS_TRY(rms_say_items(t, parent, &hold, worker->news.items, worker->news.n, err));
  RMS_TRY(rms_say_items(t, parent, &hold, lately->items, lately->n, err));
  RMS_TRY(say(worker, &last, RMS_SAY_HOLD, err));
  RMS_TRY(rms_say_items(t, parent, &again, lately->items, lately->n, err));
out:
  return status;
}

bool rms_worker_has_ended(const struct rms_worker *worker)
{
  /* Who has asked is answered: leaving before would leave jobs on the way. */
  return worker->is_over && !worker->has_asked && !worker->n_items && !worker->news.n &&
         !worker->is_ganging;
}

void rms_worker_fini(struct rms_worker *worker)
{
  if (worker->is_ganging) rms_gang_fini(&worker->gang);
  rms_told_fini(&worker->lately);
  rms_folder_forget(&worker->cache);
}
