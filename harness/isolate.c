/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/isolate.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/frame.h"
#include "harness/helper.h"
#include "harness/limits.h"
#include "harness/nursery.h"
#include "solvers/solver.h"

struct rms_helper {
  int socket;
  pid_t pid;                   /* 0: the nursery's child */
  struct rms_nursery *nursery; /* borrowed; NULL: our own child */
  char host[256];
  struct rms_assembly inbox;
  struct rms_arena *arena; /* the job in flight, or the last one: strings of the event live there */
  struct rms_arena *previous; /* of the job before it, whose result may still be in use */
  struct rms_job job;
  bool is_busy;
  struct rms_arena *next_arena; /* of the job that waits behind it, NULL: none */
  struct rms_job next;
  struct rms_ending ending;
};

static int make_handle(struct rms_helper **result, int pair[2], struct rms_error *err)
{
  struct rms_helper *helper = calloc(1, sizeof *helper);

  if (!helper) return rms_error_set(err, RMS_E_NOMEM, "helper: out of memory");
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    free(helper);
    return rms_error_set(err, RMS_E_IO, "helper: no socket: %s", strerror(errno));
  }
  helper->socket = pair[0];
  if (gethostname(helper->host, sizeof helper->host - 1) < 0) helper->host[0] = 0;
  *result = helper;
  return RMS_OK;
}

int rms_helper_start(struct rms_helper **result, const char *log_folder, struct rms_error *err)
{
  struct rms_helper *helper;
  const long self = (long)getpid();
  int pair[2];
  const int status = make_handle(&helper, pair, err);

  if (status < 0) return status;
  fflush(NULL); /* what is buffered now must not be printed by every child again */
  helper->pid = fork();
  if (helper->pid == 0) {
    close(pair[0]);
    rms_helper_run(pair[1], log_folder, self, RMS_PACK_NONE);
  }
  const int reason = errno;
  close(pair[1]);
  if (helper->pid < 0) {
    close(pair[0]);
    free(helper);
    return rms_error_set(err, RMS_E_IO, "helper: no process: %s", strerror(reason));
  }
  *result = helper;
  return RMS_OK;
}

int rms_helper_start_in(struct rms_nursery *nursery, struct rms_helper **result,
                        const char *log_folder, struct rms_error *err)
{
  struct rms_helper *helper;
  int pair[2];
  int status = make_handle(&helper, pair, err);

  if (status < 0) return status;
  helper->nursery = nursery;
  status = rms_nursery_bear(nursery, pair[1], log_folder, err);
  close(pair[1]);
  if (status < 0) {
    close(pair[0]);
    free(helper);
    return status;
  }
  *result = helper;
  return RMS_OK;
}

int rms_helper_fd(const struct rms_helper *helper)
{
  return helper->socket;
}

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

/* The one before it has ended. */
static void take_next(struct rms_helper *helper)
{
  set_job(helper, helper->next_arena, helper->next_arena ? &helper->next : NULL);
  helper->next_arena = NULL;
}

/* The handle keeps its own copy: the caller's strings need not outlive the call. */
static int copy_job(struct rms_helper *helper, const struct rms_text *bytes, struct rms_error *err)
{
  struct rms_arena *arena = rms_arena_new();
  struct rms_job job;
  int status;

  if (!arena) return rms_error_set(err, RMS_E_NOMEM, "helper: out of memory");
  status = rms_job_parse(&job, bytes->data, bytes->length, arena, err);
  if (status < 0) {
    rms_arena_free(arena);
    return status;
  }
  helper->next_arena = arena;
  helper->next = job;
  return RMS_OK;
}

int rms_helper_submit(struct rms_helper *helper, const struct rms_job *job, struct rms_error *err)
{
  struct rms_text bytes = {0};
  struct iovec part;
  int status = RMS_OK;

  if (helper->next_arena) return rms_error_set(err, RMS_E_USAGE, "helper: a job waits already");
  if (rms_job_write(job, &bytes) < 0) {
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "helper: out of memory"));
  }
  RMS_TRY(copy_job(helper, &bytes, err));
  part = (struct iovec){bytes.data, bytes.length};
  status = rms_frame_send(helper->socket, RMS_MESSAGE_JOB, &part, 1, err);
  if (status < 0) {
    rms_arena_free(helper->next_arena);
    helper->next_arena = NULL;
    goto out;
  }
  if (!helper->is_busy) take_next(helper);
out:
  rms_text_fini(&bytes);
  return status;
}

int rms_helper_pass(struct rms_helper *helper, uint32_t edge, bool is_out, int end,
                    struct rms_error *err)
{
  const struct rms_helper_edge place = {.edge = edge, .side = is_out ? 0 : 1};

  return rms_frame_pass(helper->socket, RMS_MESSAGE_EDGE, &place, sizeof place, end, err);
}

int rms_helper_report(struct rms_helper *helper, const void *bytes, size_t n, struct rms_error *err)
{
  struct iovec part = {.iov_len = n};

  memcpy(&part.iov_base, &bytes, sizeof bytes);
  return rms_frame_send(helper->socket, RMS_MESSAGE_REPORT, &part, 1, err);
}

int rms_helper_cancel(struct rms_helper *helper)
{
  return helper->is_busy ? rms_frame_try(helper->socket, RMS_MESSAGE_CANCEL, "", 0) : RMS_OK;
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
  take_next(helper);
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

int rms_helper_receive(struct rms_helper *helper, struct rms_event *event, struct rms_error *err)
{
  struct rms_message message;
  int status;

  *event = (struct rms_event){.kind = RMS_EVENT_NONE, .log = ""};
  status = rms_frame_receive(helper->socket, &helper->inbox, &message, err);
  if (status == 0) return RMS_OK;
  if (status == RMS_E_IO) {
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
    take_next(helper);
    event->kind = RMS_EVENT_SHARE;
    return RMS_OK;
  }
  return bad_message(err);
}

static void await_end(pid_t pid)
{
  const struct timespec pause = {.tv_nsec = 1000000};
  int patience = 10000;

  while (waitpid(pid, NULL, WNOHANG) == 0) {
    if (--patience == 0) kill(pid, SIGKILL);
    nanosleep(&pause, NULL);
  }
}

void rms_helper_stop(struct rms_helper *helper)
{
  if (!helper) return;
  close(helper->socket); /* the helper sees the end, kills what runs, and exits */
  if (helper->nursery)
    rms_nursery_bury(helper->nursery);
  else
    await_end(helper->pid);
  rms_assembly_fini(&helper->inbox);
  rms_arena_free(helper->next_arena);
  rms_arena_free(helper->previous);
  rms_arena_free(helper->arena);
  free(helper);
}
