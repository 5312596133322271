/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a helper says: the result of a job as a run, its progress, its end. */
#include <math.h>
#include <string.h>

#include "harness/isolate_parts.h"
#include "harness/limits.h"
#include "instances/family.h"
#include "solvers/solver.h"

/* The job in flight is now `job`, whose strings are in the arena; NULL: there is none. */
static void set_job(struct rms_helper *helper, struct rms_arena *arena, const struct rms_job *job)
{
  helper->is_busy = job != NULL;
  if (!job) return;
  rms_arena_free(helper->previous);
  helper->previous = helper->arena;
  helper->arena = arena;
  helper->job = *job;
}

void rms_helper_take_next(struct rms_helper *helper)
{
  set_job(helper, helper->next_arena, helper->next_arena ? &helper->next : NULL);
  helper->next_arena = NULL;
}

static int bad_message(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_INTERNAL, "helper: a message that makes no sense");
}

static int judge_ending(struct rms_ending *ending, size_t rest, struct rms_error *err)
{
  if (ending->end >= RMS_END_COUNT || ending->claim >= RMS_CLAIM_COUNT ||
      ending->verdict >= RMS_VERDICT_COUNT || ending->n_trace > RMS_TRACE_MAX ||
      ending->solution_bytes > RMS_SOLUTION_MAX || ending->log_bytes > RMS_LOG_KEPT ||
      ending->n_trace * sizeof(struct rms_trace_point) + ending->solution_bytes +
              ending->log_bytes !=
          rest) {
    return bad_message(err);
  }
  ending->end_detail[sizeof ending->end_detail - 1] = 0;
  ending->cpus[sizeof ending->cpus - 1] = 0;
  ending->why[sizeof ending->why - 1] = 0;
  ending->instance[sizeof ending->instance - 1] = 0;
  return RMS_OK;
}

static void fill_run(const struct rms_helper *helper, struct rms_run *run)
{
  const struct rms_job *job = &helper->job;
  const struct rms_ending *ending = &helper->ending;
  const struct rms_family *family = rms_family_find(job->family);

  *run = (struct rms_run){
      .job = job->id,
      .instance_hash = job->instance_key,
      .solution = ending->solution,
      .family = job->family,
      .instance = ending->instance,
      .reference = job->reference,
      .group = job->group ? job->group : "",
      .solver = job->solver,
      .version = job->version ? job->version : "",
      .params = job->params ? job->params : "",
      .label = job->label ? job->label : job->solver,
      .proves_bounds = (job->flags & (RMS_EXACT | RMS_BOUND)) != 0,
      .seed = job->seed,
      .repeat = job->repeat,
      .is_work_limited = job->limits.is_work_limited,
      .limit_time = job->limits.time,
      .limit_work = job->limits.work,
      .limit_cpu = rms_limit_cpu(&job->limits),
      .limit_memory = job->limits.memory,
      .limit_processes = job->limits.processes,
      .end = (enum rms_end)ending->end,
      .end_detail = ending->end_detail,
      .claim = (enum rms_claim_kind)ending->claim,
      .verdict = rms_verdict_text((enum rms_verdict_kind)ending->verdict),
      .why = ending->why,
      .n_objectives = ending->n_objectives,
      .objective_step = family ? family->objective_step : 0,
      .bound = ending->bound,
      .verified_bound = ending->verified_bound,
      .metrics = ending->metrics,
      .work = ending->work,
      .evaluations = ending->evaluations,
      .n_trace = (size_t)ending->n_trace,
      .wall = ending->wall,
      .cpu_user = ending->cpu_user,
      .cpu_system = ending->cpu_system,
      .peak_memory = ending->peak_memory,
      .host = helper->host,
      .cpus = ending->cpus,
      .memory_mechanism = rms_memory_text((enum rms_memory_way)ending->memory_way),
      .started = ending->started,
  };
  memcpy(run->objective, ending->objective, sizeof run->objective);
}

/* The log as one string without control characters that would upset a terminal. */
static const char *copy_log(struct rms_helper *helper, const char *bytes, size_t n)
{
  char *log = rms_arena_copy(helper->arena, bytes, n);

  for (size_t i = 0; log && i < n; i++) {
    if ((unsigned char)log[i] < ' ' && log[i] != '\n' && log[i] != '\t') log[i] = '?';
  }
  return log ? log : "";
}

static int take_ending(struct rms_helper *helper, const struct rms_message *message,
                       struct rms_event *event, struct rms_error *err)
{
  const char *bytes = message->bytes;
  struct rms_ending *ending = &helper->ending;
  struct rms_trace_point *trace;
  size_t trace_bytes;
  int status;

  if (!helper->is_busy || message->n < sizeof *ending) return bad_message(err);
  memcpy(ending, bytes, sizeof *ending);
  bytes += sizeof *ending;
  status = judge_ending(ending, message->n - sizeof *ending, err);
  if (status < 0) return status;
  trace_bytes = (size_t)ending->n_trace * sizeof *trace;
  trace = rms_arena_alloc(helper->arena, (size_t)ending->n_trace, sizeof *trace);
  if (!trace) return rms_error_set(err, RMS_E_NOMEM, "helper: out of memory");
  if (trace_bytes) memcpy(trace, bytes, trace_bytes);
  bytes += trace_bytes;
  fill_run(helper, &event->run);
  event->run.trace = trace;
  if (ending->solution_bytes) event->solution = bytes;
  event->solution_bytes = (size_t)ending->solution_bytes;
  event->log = copy_log(helper, bytes + ending->solution_bytes, (size_t)ending->log_bytes);
  event->kind = RMS_EVENT_RESULT;
  rms_helper_take_next(helper);
  return RMS_OK;
}

static int take_progress(const struct rms_message *message, struct rms_event *event,
                         struct rms_error *err)
{
  if (message->n != sizeof event->point) return bad_message(err);
  memcpy(&event->point, message->bytes, sizeof event->point);
  event->kind = RMS_EVENT_PROGRESS;
  return RMS_OK;
}

/* A pause of this process itself is nobody's silence. */
static void count_silence(struct rms_helper *helper, bool has_spoken)
{
  const double longest = 1, now = rms_clock();

  helper->silence += fmin(now - helper->listened, longest);
  helper->listened = now;
  if (has_spoken || !helper->is_busy) helper->silence = 0;
}

bool rms_helper_is_silent(const struct rms_helper *helper)
{
  return helper->silence > helper->patience;
}

int rms_helper_receive(struct rms_helper *helper, struct rms_event *event, struct rms_error *err)
{
  struct rms_message message;
  int status;

  *event = (struct rms_event){.kind = RMS_EVENT_NONE, .log = ""};
  do {
    status = rms_frame_receive(helper->socket, &helper->inbox, &message, err);
    count_silence(helper, status != 0);
  } while (status == 1 && message.type == RMS_MESSAGE_ALIVE);
  if (status == 0 && !rms_helper_is_silent(helper)) return RMS_OK;
  if (status == 0 || status == RMS_E_IO) {
    event->kind = RMS_EVENT_GONE;
    helper->is_busy = false;
    return RMS_OK;
  }
  if (status < 0) return status;
  if (message.type == RMS_MESSAGE_ENDING) return take_ending(helper, &message, event, err);
  if (message.type == RMS_MESSAGE_PROGRESS) return take_progress(&message, event, err);
  if (message.type == RMS_MESSAGE_REPORT && helper->is_busy) {
    *event = (struct rms_event){
        .kind = RMS_EVENT_REPORT, .report = message.bytes, .report_bytes = message.n, .log = ""};
    return RMS_OK;
  }
  if (message.type == RMS_MESSAGE_SHARE && helper->is_busy) {
    rms_helper_take_next(helper);
    event->kind = RMS_EVENT_SHARE;
    return RMS_OK;
  }
  return bad_message(err);
}
