/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin says of itself, read in a child: even dlopen runs foreign code. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/frame.h"
#include "harness/isolate.h"
#include "harness/limits.h"
#include "harness/pack.h"
#include "harness/reap.h"
#include "solvers/params.h"
#include "solvers/registry.h"

enum { DESCRIBE_SECONDS = 10, MESSAGE_DESCRIPTION = 1, MESSAGE_REFUSAL = 2, STRING_MAX = 65536 };

static void pack_params(struct rms_text *bytes, const struct rms_param *params)
{
  const size_t n = rms_params_count(params);

  rms_pack_u64(bytes, n);
  for (size_t i = 0; i < n; i++) {
    rms_pack_u64(bytes, (uint64_t)params[i].type);
    rms_pack_string(bytes, params[i].name);
    rms_pack_string(bytes, params[i].dflt);
    rms_pack_string(bytes, params[i].range);
    rms_pack_string(bytes, params[i].scale);
    rms_pack_string(bytes, params[i].when);
    rms_pack_string(bytes, params[i].unit);
    rms_pack_string(bytes, params[i].doc);
  }
}

static void pack_solver(struct rms_text *bytes, const struct rms_solver *solver)
{
  rms_pack_u64(bytes, solver->flags);
  rms_pack_string(bytes, solver->name);
  rms_pack_string(bytes, solver->version);
  rms_pack_string(bytes, solver->doc);
  rms_pack_string(bytes, solver->citation);
  rms_pack_string(bytes, solver->family);
  pack_params(bytes, solver->params);
}

_Noreturn static void describe(int socket, const char *path, long parent)
{
  const struct rms_limits limits = {.time = DESCRIBE_SECONDS, .work = UINT64_MAX};
  const int high = fcntl(socket, F_DUPFD, 10);
  const int null = open("/dev/null", O_RDWR);
  struct rms_text bytes = {0};
  struct rms_error err = {0};
  const struct rms_solver *solver;
  void *handle;
  struct iovec part;
  uint32_t type = MESSAGE_DESCRIPTION;

  if (!rms_die_with(parent) || high < 0) _exit(0);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  if (rms_limits_impose(&limits, &high, 1, &err) < 0 ||
      rms_solver_load(path, &solver, &handle, &err) < 0) {
    type = MESSAGE_REFUSAL;
    rms_pack_u64(&bytes, (uint64_t)-err.status);
    rms_pack_string(&bytes, err.text);
  } else {
    pack_solver(&bytes, solver);
  }
  part = (struct iovec){bytes.data, bytes.length};
  if (!bytes.failed) rms_frame_send(high, type, &part, 1, NULL);
  _exit(0);
}

static struct rms_param *unpack_params(struct rms_unpack *in)
{
  const uint64_t n = rms_unpack_u64(in);
  struct rms_param *params;

  if (n > RMS_PARAMS_MAX) in->failed = true;
  if (in->failed) return NULL;
  params = rms_arena_alloc(in->arena, (size_t)n + 1, sizeof *params);
  if (!params) in->failed = in->is_out_of_memory = true;
  for (size_t i = 0; i < n && !in->failed; i++) {
    const uint64_t type = rms_unpack_u64(in);

    params[i].type = type <= RMS_P_STRING ? (enum rms_param_type)type : RMS_P_STRING;
    params[i].name = rms_unpack_string(in, STRING_MAX);
    params[i].dflt = rms_unpack_string(in, STRING_MAX);
    params[i].range = rms_unpack_string(in, STRING_MAX);
    params[i].scale = rms_unpack_string(in, STRING_MAX);
    params[i].when = rms_unpack_string(in, STRING_MAX);
    params[i].unit = rms_unpack_string(in, STRING_MAX);
    params[i].doc = rms_unpack_string(in, STRING_MAX);
  }
  return params;
}

static int unpack_solver(struct rms_unpack *in, const struct rms_solver **result,
                         struct rms_error *err)
{
  struct rms_solver *solver = rms_arena_alloc(in->arena, 1, sizeof *solver);
  int status;

  if (!solver) return rms_error_set(err, RMS_E_NOMEM, "plugin: out of memory");
  solver->abi = RMS_SOLVER_ABI;
  solver->size = sizeof *solver;
  solver->flags = (uint32_t)rms_unpack_u64(in);
  solver->name = rms_unpack_string(in, STRING_MAX);
  solver->version = rms_unpack_string(in, STRING_MAX);
  solver->doc = rms_unpack_string(in, STRING_MAX);
  solver->citation = rms_unpack_string(in, STRING_MAX);
  solver->family = rms_unpack_string(in, STRING_MAX);
  solver->params = unpack_params(in);
  status = rms_unpack_end(in, "plugin's description", err);
  if (status < 0) return status;
  if (!solver->name || !solver->version || !solver->family) {
    return rms_error_set(err, RMS_E_FORMAT, "plugin: name, version or family is missing");
  }
  status = rms_params_check(solver->params, err);
  if (status == RMS_OK) *result = solver;
  return status;
}

/* Wait for the description or for the child's end, whichever comes first. */
static int await_description(int socket, struct rms_assembly *inbox, struct rms_message *message,
                             struct rms_error *err)
{
  const double end = rms_clock() + DESCRIBE_SECONDS;

  for (;;) {
    struct pollfd wait = {.fd = socket, .events = POLLIN};
    const int status = rms_frame_receive(socket, inbox, message, err);

    if (status) return status;
    if (rms_clock() > end) return rms_error_set(err, RMS_E_IO, "does not answer");
    poll(&wait, 1, 100);
  }
}

static int understand(const struct rms_message *message, const struct rms_solver **result,
                      struct rms_arena *arena, struct rms_error *err)
{
  struct rms_unpack in = {.bytes = message->bytes, .left = message->n, .arena = arena};
  const char *text;
  uint64_t code;

  if (message->type == MESSAGE_DESCRIPTION) return unpack_solver(&in, result, err);
  code = rms_unpack_u64(&in);
  text = rms_unpack_string(&in, STRING_MAX);
  return rms_error_set(err, code >= 1 && code <= 100 ? -(int)code : RMS_E_FORMAT, "%s",
                       text ? text : "no reason given");
}

int rms_plugin_describe(const struct rms_solver **result, const char *path, struct rms_arena *arena,
                        struct rms_error *err)
{
  struct rms_assembly inbox = {0};
  struct rms_message message;
  const long self = (long)getpid();
  int status, pair[2], wait_status = 0;
  pid_t pid;

  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    return rms_error_set(err, RMS_E_IO, "%s: no socket: %s", path, strerror(errno));
  }
  fflush(NULL);
  pid = fork();
  if (pid == 0) describe(pair[1], path, self);
  close(pair[1]);
  status = pid > 0 ? await_description(pair[0], &inbox, &message, err)
                   : rms_error_set(err, RMS_E_IO, "no process: %s", strerror(errno));
  if (status > 0) status = understand(&message, result, arena, err);
  if (pid > 0) {
    rms_kill(pid);
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
  }
  if (status == RMS_E_IO && pid > 0 && WIFSIGNALED(wait_status) &&
      WTERMSIG(wait_status) != SIGKILL) {
    rms_error_set(err, RMS_E_IO, "died of signal %d while it was loaded", WTERMSIG(wait_status));
  }
  if (status < 0 && err && !strstr(err->text, path)) rms_error_where(err, "%s", path);
  rms_assembly_fini(&inbox);
  close(pair[0]);
  return status;
}
