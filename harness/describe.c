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
#include "harness/describe_parts.h"
#include "harness/isolate.h"
#include "harness/limits.h"
#include "harness/reap.h"
#include "solvers/registry.h"

enum { SECONDS_MAX = 10 };

/* ---- child ---- */

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
    rms_description_fail(&text, &err);
  } else {
    rms_description_write(&text, solver);
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
  for (double left; (left = deadline - rms_clock()) > 0 && text->length <= RMS_DESCRIPTION_MAX;) {
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
  if (text->length > RMS_DESCRIPTION_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s: describes itself with more than %d bytes", path,
                         RMS_DESCRIPTION_MAX);
  return is_whole ? has_printed(output, path, err) : explain(state, in_time, path, err);
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
  RMS_TRY(rms_description_read(result, &root, path, arena, err));
out:
  rms_document_free(doc);
  rms_text_fini(&text);
  close(output);
  return status;
}
