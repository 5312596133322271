/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin says of itself, asked in a child process: even dlopen runs foreign code, which may
 * crash, hang or print. Child: load, write the description as one JSON object into a pipe. Parent:
 * read with a limit of size and time, parse, copy into the arena. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/isolate.h"
#include "harness/limits.h"
#include "harness/reap.h"
#include "instances/base/json.h"
#include "solvers/params.h"
#include "solvers/registry.h"

enum { SECONDS_MAX = 10, BYTES_MAX = 1 << 20 };

/* ---- child ---- */

static void add_field(struct rms_text *text, const char *name, const char *value)
{
  rms_text_printf(text, ",\"%s\":", name);
  rms_text_json(text, value);
}

static void describe(struct rms_text *text, const struct rms_solver *solver)
{
  rms_text_printf(text, "{\"flags\":%u", (unsigned)solver->flags);
  add_field(text, "name", solver->name);
  add_field(text, "version", solver->version);
  add_field(text, "doc", solver->doc);
  add_field(text, "citation", solver->citation);
  add_field(text, "family", solver->family);
  rms_text_add(text, ",\"params\":[");
  for (size_t i = 0, n = rms_params_count(solver->params); i < n; i++) {
    const struct rms_param *param = &solver->params[i];
    rms_text_printf(text, "%s{\"type\":%d", i ? "," : "", (int)param->type);
    add_field(text, "name", param->name);
    add_field(text, "default", param->dflt);
    add_field(text, "range", param->range);
    add_field(text, "scale", param->scale);
    add_field(text, "when", param->when);
    add_field(text, "unit", param->unit);
    add_field(text, "doc", param->doc);
    rms_text_add(text, "}");
  }
  rms_text_add(text, "]}\n");
}

static void write_all(int fd, const char *bytes, size_t n)
{
  while (n > 0) {
    ssize_t done = write(fd, bytes, n);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return; /* the parent sees an unfinished text */
    bytes += done;
    n -= (size_t)done;
  }
}

/* What the plugin prints is caught in a file: it must not mix with our own output. */
static void catch_output(int output)
{
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  close(STDIN_FILENO);
  open("/dev/null", O_RDONLY);
}

static void child(const char *path, int fd, int output, long parent)
{
  const struct rms_solver *solver = NULL;
  void *handle = NULL;
  struct rms_error err = {0};
  struct rms_text text = {0};

  setpgid(0, 0);
  if (!rms_die_with(parent)) _exit(1);
  catch_output(output);
  if (rms_solver_load(path, &solver, &handle, &err) < 0) {
    rms_text_printf(&text, "{\"status\":%d,\"error\":", err.status);
    rms_text_json(&text, err.text);
    rms_text_add(&text, "}\n");
  } else {
    describe(&text, solver);
  }
  fflush(NULL);
  if (!text.failed) write_all(fd, text.data, text.length);
  _exit(0); /* no destructors of foreign code */
}

/* ---- parent ---- */

/* Read up to the end, the limit, or the deadline. *in_time tells. */
static int read_all(int fd, struct rms_text *text, bool *in_time)
{
  const double deadline = rms_clock() + SECONDS_MAX;
  char buffer[4096];
  *in_time = false;
  for (double left; (left = deadline - rms_clock()) > 0 && text->length <= BYTES_MAX;) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, (int)(left * 1000) + 1);
    if (ready < 0 && errno != EINTR) return RMS_E_IO;
    if (ready <= 0) continue;
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return RMS_E_IO;
    if (n == 0) {
      *in_time = true;
      break;
    }
    rms_text_bytes(text, buffer, (size_t)n);
    /* A child that it has forked may hold the pipe open: the newline ends the description. */
    if (text->length && text->data[text->length - 1] == '\n') {
      *in_time = true;
      break;
    }
  }
  return rms_text_status(text);
}

/* Reap a process that is at its end; one that is not, after all, is killed. */
static int wait_for(pid_t pid)
{
  const struct timespec pause = {.tv_nsec = 10000000};
  int state = 0;
  for (int i = 0; i < 100; i++) {
    pid_t got = waitpid(pid, &state, WNOHANG);
    if (got == pid || (got < 0 && errno != EINTR)) return state;
    nanosleep(&pause, NULL);
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, &state, 0) < 0 && errno == EINTR) continue;
  return state;
}

/* How a child ended that gave no whole answer. */
static int explain(int state, bool in_time, const char *path, struct rms_error *err)
{
  if (!in_time)
    return rms_error_set(err, RMS_E_FORMAT,
                         "%s: was not loaded within %d s (does its constructor hang?)", path,
                         SECONDS_MAX);
  if (WIFSIGNALED(state))
    return rms_error_set(err, RMS_E_FORMAT, "%s: dies of SIG%s while it is loaded", path,
                         sigabbrev_np(WTERMSIG(state)));
  return rms_error_set(err, RMS_E_FORMAT, "%s: ends the process with code %d while it is loaded",
                       path, WEXITSTATUS(state));
}

static int has_printed(int output, const char *path, struct rms_error *err)
{
  char words[64];
  ssize_t n = pread(output, words, sizeof words - 1, 0);
  if (n <= 0) return RMS_OK;
  words[n] = '\0';
  words[strcspn(words, "\n")] = '\0';
  return rms_error_set(err, RMS_E_FORMAT,
                       "%s: prints while it is loaded, a solver never prints: \"%s\"", path, words);
}

/* Start the child, collect its text, end it and all of its group. */
static int ask(const char *path, int output, struct rms_text *text, struct rms_error *err)
{
  int ends[2];
  bool in_time = false;
  const long parent = (long)getpid();
  if (pipe2(ends, O_CLOEXEC) < 0)
    return rms_error_set(err, RMS_E_IO, "%s: cannot make a pipe: %s", path, strerror(errno));
  fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) child(path, ends[1], output, parent);
  close(ends[1]);
  int status = pid < 0 ? RMS_E_IO : read_all(ends[0], text, &in_time);
  close(ends[0]);
  if (pid < 0)
    return rms_error_set(err, RMS_E_IO, "%s: cannot start a process: %s", path, strerror(errno));
  const bool is_whole = text->length > 0 && text->data[text->length - 1] == '\n';
  if (is_whole || !in_time) rms_kill(pid); /* else it is at its end: how will be asked */
  const int state = wait_for(pid);
  kill(-pid, SIGKILL);
  if (status < 0) return rms_error_set(err, status, "%s: description cannot be read", path);
  if (text->length > BYTES_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s: describes itself with more than %d bytes", path,
                         BYTES_MAX);
  return is_whole ? has_printed(output, path, err) : explain(state, in_time, path, err);
}

/* Optional string; NULL stays NULL. */
static int copy_text(const struct rms_node *object, const char *name, struct rms_arena *arena,
                     const char **result, struct rms_error *err)
{
  struct rms_node node;
  bool found;
  const char *value;
  int status = rms_node_find(object, name, &node, &found, err);
  if (status < 0) return status;
  *result = NULL;
  if (!found) return RMS_OK;
  status = rms_node_string(&node, 0, BYTES_MAX, &value, err);
  if (status < 0) return status;
  *result = rms_arena_text(arena, value);
  return *result ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "out of memory");
}

static int parse_param(struct rms_param *param, const struct rms_node *node,
                       struct rms_arena *arena, struct rms_error *err)
{
  int status;
  int64_t type;
  RMS_TRY(rms_node_get_int(node, "type", RMS_P_BOOL, RMS_P_STRING, &type, err));
  param->type = (enum rms_param_type)type;
  RMS_TRY(copy_text(node, "name", arena, &param->name, err));
  RMS_TRY(copy_text(node, "default", arena, &param->dflt, err));
  RMS_TRY(copy_text(node, "range", arena, &param->range, err));
  RMS_TRY(copy_text(node, "scale", arena, &param->scale, err));
  RMS_TRY(copy_text(node, "when", arena, &param->when, err));
  RMS_TRY(copy_text(node, "unit", arena, &param->unit, err));
  RMS_TRY(copy_text(node, "doc", arena, &param->doc, err));
out:
  return status;
}

static int parse_params(struct rms_solver *solver, const struct rms_node *root,
                        struct rms_arena *arena, struct rms_error *err)
{
  int status;
  struct rms_node array;
  size_t n;
  RMS_TRY(rms_node_get(root, "params", &array, err));
  RMS_TRY(rms_node_array(&array, 0, RMS_PARAMS_MAX, &n, err));
  struct rms_param *params = rms_arena_alloc(arena, n + 1, sizeof *params);
  if (!params) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&array, i);
    RMS_TRY(parse_param(&params[i], &item, arena, err));
  }
  solver->params = params;
out:
  return status;
}

static int parse_solver(struct rms_solver *solver, const struct rms_node *root,
                        struct rms_arena *arena, struct rms_error *err)
{
  int status;
  int64_t flags;
  *solver = (struct rms_solver){.abi = RMS_SOLVER_ABI, .size = sizeof *solver};
  RMS_TRY(rms_node_get_int(root, "flags", 0, UINT32_MAX, &flags, err));
  solver->flags = (uint32_t)flags;
  RMS_TRY(copy_text(root, "name", arena, &solver->name, err));
  RMS_TRY(copy_text(root, "version", arena, &solver->version, err));
  RMS_TRY(copy_text(root, "doc", arena, &solver->doc, err));
  RMS_TRY(copy_text(root, "citation", arena, &solver->citation, err));
  RMS_TRY(copy_text(root, "family", arena, &solver->family, err));
  RMS_TRY(parse_params(solver, root, arena, err));
out:
  return status;
}

/* The child has checked the object; its text crosses a pipe that foreign code could write to, so
 * the parts that are used without a callback are checked again here. */
static int recheck(const struct rms_solver *solver, const char *path, struct rms_error *err)
{
  if (!solver->name || !solver->version || !solver->doc || !solver->family)
    return rms_error_set(err, RMS_E_FORMAT, "%s: has no name, version, doc or family", path);
  int status = rms_params_check(solver->params, err);
  if (status < 0) rms_error_where(err, "%s", path);
  return status;
}

static int parse(const struct rms_solver **result, const struct rms_node *root, const char *path,
                 struct rms_arena *arena, struct rms_error *err)
{
  int status;
  struct rms_node failure;
  bool has_failed;
  const char *words;
  int64_t number;
  RMS_TRY(rms_node_find(root, "error", &failure, &has_failed, err));
  if (has_failed) {
    RMS_TRY(rms_node_string(&failure, 0, RMS_ERROR_TEXT, &words, err));
    RMS_TRY(rms_node_get_int(root, "status", -100, -1, &number, err));
    return rms_error_set(err, (int)number, "%s", words);
  }
  struct rms_solver *solver = rms_arena_alloc(arena, 1, sizeof *solver);
  if (!solver) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  RMS_TRY(parse_solver(solver, root, arena, err));
  RMS_TRY(recheck(solver, path, err));
  *result = solver;
out:
  return status;
}

int rms_plugin_describe(const struct rms_solver **result, const char *path, struct rms_arena *arena,
                        struct rms_error *err)
{
  int status;
  struct rms_text text = {0};
  struct rms_document *doc = NULL;

  const int output = memfd_create("output", MFD_CLOEXEC);
  if (output < 0)
    return rms_error_set(err, RMS_E_IO, "%s: cannot catch its output: %s", path, strerror(errno));
  RMS_TRY(ask(path, output, &text, err));
  RMS_TRY(rms_document_parse(&doc, text.data, text.length, path, err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(parse(result, &root, path, arena, err));
out:
  rms_document_free(doc);
  rms_text_fini(&text);
  close(output);
  return status;
}
