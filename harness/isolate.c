/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's handle of a helper: start, hand over, stop. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/isolate_parts.h"
#include "harness/reap.h"

static int make_handle(struct rms_helper **result, int pair[2], struct rms_error *err)
{
  struct rms_helper *helper = calloc(1, sizeof *helper);

  if (!helper) return rms_error_set(err, RMS_E_NOMEM, "helper: out of memory");
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    free(helper);
    return rms_error_set(err, RMS_E_IO, "helper: no socket: %s", strerror(errno));
  }
  helper->socket = pair[0];
  helper->patience = INFINITY;
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
                        const char *log_folder, double patience, struct rms_error *err)
{
  const double least = 4 * RMS_SIGN_SECONDS;
  struct rms_helper *helper;
  int pair[2];
  int status = make_handle(&helper, pair, err);

  if (status < 0) return status;
  helper->nursery = nursery;
  helper->patience = patience > 0 ? fmax(patience, least) : INFINITY;
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
  if (!helper->is_busy) rms_helper_take_next(helper);
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

void rms_helper_stop(struct rms_helper *helper)
{
  const int patience_ms = 10000;

  if (!helper) return;
  close(helper->socket); /* the helper sees the end, kills what runs, and exits */
  if (helper->nursery)
    rms_nursery_bury(helper->nursery, rms_helper_is_silent(helper));
  else
    rms_reap_child(helper->pid, patience_ms);
  rms_assembly_fini(&helper->inbox);
  rms_arena_free(helper->next_arena);
  rms_arena_free(helper->previous);
  rms_arena_free(helper->arena);
  free(helper);
}
