/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/binding.h"
#include "harness/frame.h"
#include "harness/limits.h"
#include "harness/minder.h"
#include "harness/reap.h"
#include "harness/report.h"

enum { TICK_MS = 100, STALL_SECONDS = 900 }; /* reading or checking longer than this is hopeless */

struct helper {
  int socket, signals, log;
  const char *log_folder;
  long self;
  struct rms_assembly inbox;
  struct rms_board *board;
  /* the job that runs */
  struct rms_arena *arena;
  struct rms_job job;
  pid_t minder;            /* 0: none */
  bool is_busy;            /* with a job; a minder without one was kept */
  struct rms_text waiting; /* the bytes of the job that comes next; empty: none */
  struct rms_page *pages[RMS_ISLANDS_MAX];
  int edges[RMS_ISLANDS_MAX][2]; /* as in rms_minder; of the job that comes next */
  uint32_t beats[RMS_ISLANDS_MAX];
  struct rms_trace_point best; /* of all islands, for progress */
  uint32_t stage;
  double stage_began;
  double told;              /* when the last sign of life was sent, */
  uint32_t beats_of_minder; /* and how often the minder had given one */
  bool is_cancelled, has_stalled;
  struct rms_groups groups;
  struct rms_binding binding;
};

/* Only what libraries need to run; no solver gets the secrets of a session. */
static void reduce_environment(void)
{
  static const char *const kept[] = {
      "PATH=",         "HOME=",          "TMPDIR=",         "TZ=", "LD_LIBRARY_PATH=",
      "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "RMS_PLUGIN_PATH="};
  size_t n = 0;

  for (size_t i = 0; environ && environ[i]; i++) {
    for (size_t k = 0; k < sizeof kept / sizeof kept[0]; k++) {
      if (strncmp(environ[i], kept[k], strlen(kept[k])) == 0) {
        environ[n++] = environ[i];
        break;
      }
    }
  }
  if (environ) environ[n] = NULL;
}

static void close_edges(struct helper *helper)
{
  for (uint32_t i = 0; i < RMS_ISLANDS_MAX; i++) {
    for (int side = 0; side < 2; side++) {
      if (helper->edges[i][side] >= 0) close(helper->edges[i][side]);
      helper->edges[i][side] = -1;
    }
  }
}

/* The minder is gone, and with it its page and its log. */
static void release_minder(struct helper *helper)
{
  helper->minder = 0;
  for (uint32_t i = 0; i < RMS_ISLANDS_MAX; i++) {
    rms_page_unmap(helper->pages[i]);
    helper->pages[i] = NULL;
  }
  if (helper->log >= 0) close(helper->log);
  helper->log = -1;
}

static void release_job(struct helper *helper)
{
  helper->is_busy = false;
  close_edges(helper);
  rms_arena_free(helper->arena);
  helper->arena = NULL;
  if (!helper->minder) release_minder(helper);
}

/* Bytes of the log, at most `most`. */
static size_t read_log(const struct helper *helper, char *bytes, size_t most)
{
  size_t n = 0;

  while (helper->log >= 0 && n < most) {
    const ssize_t got = pread(helper->log, bytes + n, most - n, (off_t)n);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    n += (size_t)got;
  }
  return n;
}

/* Only a log that says something becomes a file. */
static void keep_log(const struct helper *helper)
{
  char id[RMS_HASH_TEXT];
  char path[4096], share[16] = ""; /* ranks of one job do not write to one file */
  char *bytes;
  const size_t most = (size_t)fmin((double)rms_limit_output(&helper->job.limits), 1e9);
  const off_t end = helper->log >= 0 ? lseek(helper->log, 0, SEEK_END) : 0;
  size_t n = end > 0 ? (size_t)end : 0;
  int file;

  if (!helper->log_folder || !n) return;
  if (n > most) n = most;
  rms_hash_print(helper->job.id, id);
  if (!rms_job_has_island(&helper->job, 0))
    snprintf(share, sizeof share, ".%u", helper->job.share.rank);
  if ((size_t)snprintf(path, sizeof path, "%s/%s%s.log", helper->log_folder, id, share) >=
      sizeof path)
    return;
  bytes = malloc(n);
  file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (bytes && file >= 0) {
    n = read_log(helper, bytes, n);
    for (size_t sent = 0; sent < n;) {
      const ssize_t got = write(file, bytes + sent, n - sent);
      if (got <= 0) break; /* the log is a courtesy: a full disk costs the log, not the result */
      sent += (size_t)got;
    }
  }
  if (file >= 0) close(file);
  free(bytes);
}

static void send_ending(struct helper *helper)
{
  struct rms_board *board = helper->board;
  struct rms_ending *ending = &board->ending;
  char log[RMS_LOG_KEPT];
  struct rms_best best;
  const void *solution = NULL;
  struct iovec parts[4] = {{ending, sizeof *ending}};

  ending->solution_bytes = 0;
  if (ending->best_island < helper->job.islands && helper->pages[ending->best_island] &&
      (ending->verdict == RMS_VERDICT_VERIFIED_FEASIBLE ||
       ending->verdict == RMS_VERDICT_VERIFIED_OPTIMAL) &&
      rms_page_best(helper->pages[ending->best_island], &best, &solution) &&
      rms_hash_compare(best.solution, ending->solution) == 0) {
    ending->solution_bytes = best.bytes;
  } else {
    solution = NULL;
  }
  ending->n_trace = board->trace.n <= RMS_TRACE_MAX ? board->trace.n : 0;
  ending->log_bytes = read_log(helper, log, sizeof log);
  keep_log(helper);
  parts[1] = (struct iovec){board->trace.point, ending->n_trace * sizeof board->trace.point[0]};
  memcpy(&parts[2].iov_base, &solution, sizeof solution);
  parts[2].iov_len = (size_t)ending->solution_bytes;
  parts[3] = (struct iovec){log, (size_t)ending->log_bytes};
  if (rms_frame_send(helper->socket, RMS_MESSAGE_ENDING, parts, 4, NULL) < 0) _exit(0);
  release_job(helper);
}

/* The islands of this rank, for the helper where island 0 lives. */
static void send_share(struct helper *helper)
{
  struct rms_board *board = helper->board;
  const bool is_known = board->ending.end == RMS_END_EXIT;
  const bool is_lost = board->ending.end != RMS_END_START_FAILED;

  for (uint32_t i = 0; i < helper->job.islands; i++) {
    struct rms_island *how = &board->islands[i];

    if (!rms_job_has_island(&helper->job, i) || !helper->pages[i]) continue;
    if (!is_known) rms_report_fail(how, helper->pages[i], is_lost, board->ending.why);
    if (rms_report_send(helper->socket, RMS_MESSAGE_REPORT, i, how, helper->pages[i], NULL) < 0)
      _exit(0);
  }
  keep_log(helper);
  if (rms_frame_send(helper->socket, RMS_MESSAGE_SHARE, NULL, 0, NULL) < 0) _exit(0);
  release_job(helper);
}

static void send_result(struct helper *helper)
{
  if (rms_job_has_island(&helper->job, 0)) {
    send_ending(helper);
  } else {
    send_share(helper);
  }
}

static void fail_start(struct helper *helper, const char *why)
{
  struct rms_ending *ending = &helper->board->ending;

  ending->end = RMS_END_START_FAILED;
  snprintf(ending->why, sizeof ending->why, "%.255s", why);
  send_result(helper);
}

static int map_pages(struct helper *helper, struct rms_error *err)
{
  for (uint32_t i = 0; i < helper->job.islands; i++) {
    const int status = rms_page_map(&helper->pages[i], err);
    if (status < 0) return status;
    helper->beats[i] = 0;
  }
  return RMS_OK;
}

static void fork_minder(struct helper *helper)
{
  const pid_t pid = fork();

  if (pid == 0) {
    const struct rms_minder minder = {.job = &helper->job,
                                      .board = helper->board,
                                      .pages = helper->pages,
                                      .edges = helper->edges,
                                      .parent = helper->self,
                                      .groups = &helper->groups,
                                      .binding = &helper->binding};
    dup2(helper->log, STDOUT_FILENO);
    dup2(helper->log, STDERR_FILENO);
    close(helper->socket); /* which leaves the standard files and the edges */
    close(helper->signals);
    close(helper->log);
    rms_minder_run(&minder);
  }
  close_edges(helper);
  if (pid < 0) {
    fail_start(helper, "no process can be forked");
    return;
  }
  helper->minder = pid;
}

/* A minder that was kept is not wanted any more: it is idle, so there is nothing to lose. */
static void dismiss_minder(struct helper *helper)
{
  if (!helper->minder) return;
  rms_kill(helper->minder);
  while (waitpid(helper->minder, NULL, 0) < 0 && errno == EINTR) {
  }
  release_minder(helper);
}

static bool renew_log(const struct helper *helper)
{
  return ftruncate(helper->log, 0) == 0 && lseek(helper->log, 0, SEEK_SET) == 0;
}

/* Give the job to the minder that was kept. False: it needs a new one. */
static bool order_job(struct helper *helper, const struct rms_message *message)
{
  struct rms_board *board = helper->board;
  const bool fits = helper->minder && helper->job.islands == 1 && !helper->job.share.ranks &&
                    message->n <= sizeof board->job;

  if (!fits || rms_page_renew(helper->pages[0]) < 0 || !renew_log(helper)) return false;
  helper->beats[0] = 0;
  memcpy(board->job, message->bytes, message->n);
  board->n_job_bytes = (uint32_t)message->n;
  atomic_fetch_add(&board->orders, 1);
  return kill(helper->minder, SIGUSR1) == 0;
}

static void hire_minder(struct helper *helper, struct rms_error *err)
{
  dismiss_minder(helper);
  if (map_pages(helper, err) < 0) {
    fail_start(helper, err->text);
    return;
  }
  helper->log = memfd_create("log", MFD_CLOEXEC);
  if (helper->log < 0) {
    fail_start(helper, "no file for the log");
    return;
  }
  fork_minder(helper);
}

static void clear_board(struct rms_board *board)
{
  atomic_store(&board->stage, RMS_BOARD_READING);
  atomic_store(&board->is_cancelled, 0);
  for (uint32_t i = 0; i < RMS_ISLANDS_MAX; i++) atomic_store(&board->has_report[i], 0);
  board->trace.n = 0;
  rms_ending_init(&board->ending);
}

/* Cores for the islands of the job that live here, as far as there are any. */
static void take_slots(struct helper *helper)
{
  size_t n = 0;

  for (uint32_t i = 0; i < helper->job.islands; i++) n += rms_job_has_island(&helper->job, i);
  (void)rms_binding_take(&helper->binding, n);
}

/* The job runs already: this one comes after it. */
static void keep_waiting(struct helper *helper, const struct rms_message *message)
{
  rms_text_bytes(&helper->waiting, message->bytes, message->n);
  if (rms_text_status(&helper->waiting) < 0) _exit(1); /* the parent has another helper made */
}

static void start_job(struct helper *helper, const struct rms_message *message)
{
  struct rms_error err = {0};

  if (helper->is_busy) {
    keep_waiting(helper, message);
    return;
  }
  clear_board(helper->board);
  helper->best = (struct rms_trace_point){.objective = NAN, .bound = NAN};
  helper->is_busy = true;
  helper->is_cancelled = helper->has_stalled = false;
  helper->stage = RMS_BOARD_READING;
  helper->stage_began = rms_clock();
  helper->job = (struct rms_job){0};
  helper->arena = rms_arena_new();
  if (!helper->arena) {
    fail_start(helper, "out of memory");
  } else if (rms_job_parse(&helper->job, message->bytes, message->n, helper->arena, &err) < 0) {
    fail_start(helper, err.text);
  } else {
    take_slots(helper);
    if (!order_job(helper, message)) hire_minder(helper, &err);
  }
}

static void cancel_job(struct helper *helper)
{
  if (!helper->is_busy || helper->is_cancelled) return;
  helper->is_cancelled = true;
  atomic_store(&helper->board->is_cancelled, 1);
  if (atomic_load(&helper->board->stage) == RMS_BOARD_READING) {
    kill(helper->minder, SIGKILL);
  } else {
    kill(helper->minder, SIGUSR1);
  }
}

/* The minder is gone: it has said how the job ended, or it died itself. */
static void explain_death(struct helper *helper, int wait_status)
{
  struct rms_ending *ending = &helper->board->ending;
  const uint32_t stage = atomic_load(&helper->board->stage);
  char name[16] = "an exit";

  if (stage == RMS_BOARD_DONE || stage == RMS_BOARD_KEPT) return;
  if (WIFSIGNALED(wait_status)) rms_signal_name(WTERMSIG(wait_status), name);
  if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL && !helper->is_cancelled &&
      !helper->has_stalled) {
    rms_ending_lose(ending, "the process that watched the solver");
  } else if (stage == RMS_BOARD_READING) {
    ending->end = helper->is_cancelled ? RMS_END_CANCELLED : RMS_END_START_FAILED;
    snprintf(ending->why, sizeof ending->why, "reading the instance ended by %s%s", name,
             helper->has_stalled ? ": it took too long" : "");
  } else if (stage == RMS_BOARD_RUNNING) {
    ending->end = RMS_END_SIGNAL;
    snprintf(ending->end_detail, sizeof ending->end_detail, "%s", name);
    snprintf(ending->why, sizeof ending->why, "the process that watched the solver ended by %s",
             name);
  } else {
    /* The ending is complete; its verdict says that nothing was verified. */
    snprintf(ending->why, sizeof ending->why, "the checker ended by %s", name);
  }
}

/* The minder has ended or has ended its job. */
static void hear_minder(struct helper *helper)
{
  struct signalfd_siginfo info;
  int status;
  pid_t pid;
  bool is_gone = false;

  while (read(helper->signals, &info, sizeof info) > 0) {
  }
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid != helper->minder) continue; /* a stray that was adopted */
    is_gone = true;
    if (helper->is_busy) explain_death(helper, status);
  }
  if (is_gone) {
    rms_reap_strays();
    helper->minder = 0;
  }
  const bool is_done = is_gone || atomic_load(&helper->board->stage) == RMS_BOARD_KEPT;
  if (helper->is_busy && is_done) send_result(helper);
  if (is_gone && !helper->is_busy) release_minder(helper); /* also when it was killed in peace */
}

/* The job that has waited, if there is one. */
static void start_waiting(struct helper *helper)
{
  const struct rms_message message = {
      .type = RMS_MESSAGE_JOB, .bytes = helper->waiting.data, .n = helper->waiting.length};

  if (helper->is_busy || !message.n) return;
  start_job(helper, &message);
  rms_text_clear(&helper->waiting);
}

static void send_progress(struct helper *helper)
{
  struct rms_trace_point point;
  bool is_news = false;

  for (uint32_t i = 0; i < helper->job.islands; i++) {
    if (!rms_page_peek(helper->pages[i], &helper->beats[i], &point)) continue;
    is_news = true;
    if (!(helper->best.objective <= point.objective)) helper->best.objective = point.objective;
    if (!(helper->best.bound >= point.bound)) helper->best.bound = point.bound;
    helper->best.t = fmax(helper->best.t, point.t);
    helper->best.work = point.work;
    helper->best.evaluations = point.evaluations;
  }
  /* A parent that does not listen misses a line of progress, nothing else. */
  if (is_news)
    (void)rms_frame_try(helper->socket, RMS_MESSAGE_PROGRESS, &helper->best, sizeof helper->best);
}

/* The minder is the helper's to watch: while it stands still, the helper is silent, too. Elsewhere
 * than in RUNNING it has STALL_SECONDS. */
static void send_sign(struct helper *helper, uint32_t stage)
{
  const double now = rms_clock();
  const uint32_t beats = atomic_load(&helper->board->beats);

  if (now < helper->told + RMS_SIGN_SECONDS) return;
  if (stage == RMS_BOARD_RUNNING && beats == helper->beats_of_minder) return;
  helper->told = now;
  helper->beats_of_minder = beats;
  (void)rms_frame_try(helper->socket, RMS_MESSAGE_ALIVE, "", 0);
}

static void tick(struct helper *helper)
{
  const uint32_t stage = atomic_load(&helper->board->stage);

  send_sign(helper, stage);

  if (stage != helper->stage) {
    helper->stage = stage;
    helper->stage_began = rms_clock();
  }
  if (stage == RMS_BOARD_RUNNING) {
    send_progress(helper);
  } else if (rms_clock() > helper->stage_began + STALL_SECONDS) {
    helper->has_stalled = true;
    kill(helper->minder, SIGKILL);
  }
}

static void take_edge(struct helper *helper, const struct rms_message *message, int passed)
{
  struct rms_helper_edge edge;

  if (passed < 0) return;
  if (message->n != sizeof edge) {
    close(passed);
    return;
  }
  memcpy(&edge, message->bytes, sizeof edge);
  if (edge.edge >= RMS_ISLANDS_MAX || edge.side > 1 || helper->edges[edge.edge][edge.side] >= 0)
    close(passed);
  else
    helper->edges[edge.edge][edge.side] = passed;
}

/* An island of another rank has ended: what is known of it goes where the minder looks. */
static void take_report(struct helper *helper, const struct rms_message *message)
{
  uint32_t island;

  if (!helper->is_busy || rms_report_take(message->bytes, message->n, &helper->job, helper->pages,
                                          helper->board->islands, &island) < 0)
    return;
  atomic_store(&helper->board->has_report[island], 1);
  kill(helper->minder, SIGUSR1);
}

static void hear(struct helper *helper)
{
  struct rms_message message;
  int status, passed;

  while ((status = rms_frame_receive_passed(helper->socket, &helper->inbox, &message, &passed,
                                            NULL)) == 1) {
    if (message.type == RMS_MESSAGE_JOB) start_job(helper, &message);
    if (message.type == RMS_MESSAGE_CANCEL) cancel_job(helper);
    if (message.type == RMS_MESSAGE_EDGE) take_edge(helper, &message, passed);
    if (message.type == RMS_MESSAGE_REPORT) take_report(helper, &message);
  }
  if (!status) return;
  /* The parent is gone or has had enough. */
  if (helper->minder) rms_kill(helper->minder);
  rms_reap_strays();
  _exit(0);
}

/* Signals of a terminal or of a launcher are for the parent, which tells the helper what to do. */
static int arrange_signals(void)
{
  static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR2, SIGTSTP};
  sigset_t set;

  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) signal(ignored[i], SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  signal(SIGUSR1, SIG_DFL); /* of the minder */
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_SETMASK, &set, NULL);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void leave_files(int *socket)
{
  const int high = fcntl(*socket, F_DUPFD, 10); /* out of the way, also when 0..2 were closed */
  const int null = open("/dev/null", O_RDWR);

  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
  }
  *socket = dup2(high, 3);
  close_range(4, ~0U, 0);
}

_Noreturn void rms_helper_run(int socket, const char *log_folder, long parent,
                              enum rms_packing packing)
{
  static const size_t board_size = sizeof(struct rms_board);
  struct helper *helper = calloc(1, sizeof *helper);
  void *board;

  if (parent && !rms_die_with(parent)) _exit(0);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  leave_files(&socket);
  if (helper) rms_binding_open(&helper->binding, packing);
  if (helper) rms_groups_open(&helper->groups, getenv("RMS_CGROUP"));
  reduce_environment();
  board = mmap(NULL, board_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!helper || board == MAP_FAILED) _exit(1);
  helper->socket = socket;
  helper->signals = arrange_signals();
  helper->log = -1;
  memset(helper->edges, -1, sizeof helper->edges);
  helper->log_folder = log_folder;
  helper->self = (long)getpid();
  helper->board = board;
  if (helper->signals < 0) _exit(1);
  for (;;) {
    struct pollfd wait[2] = {{.fd = helper->socket, .events = POLLIN},
                             {.fd = helper->signals, .events = POLLIN}};
    if (poll(wait, 2, helper->is_busy ? TICK_MS : -1) < 0 && errno != EINTR) _exit(1);
    if (wait[1].revents) hear_minder(helper);
    start_waiting(helper);
    if (wait[0].revents) hear(helper);
    if (helper->is_busy) tick(helper);
  }
}
