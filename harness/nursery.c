/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/ending.h"
#include "harness/helper.h"
#include "harness/reap.h"

enum { PATIENCE_MS = 5000, ANSWER_MS = 2 * PATIENCE_MS }; /* below RMS_STOP_SECONDS */

struct rms_nursery {
  int socket;
  pid_t pid;
};

struct wish { /* rank -> nursery, with the socket of a helper to bear, or without: bury */
  char log_folder[PATH_MAX];
  int has_log_folder;
  int is_hopeless; /* the helper before it: kill it, it will not end by itself */
};

/* What the processes of a job hand each other as it lies in memory: another build is no partner. */
struct hello {
  uint64_t ending, point, island;
  char version[40];
};

static struct hello own_hello(void)
{
  struct hello hello = {.ending = sizeof(struct rms_ending),
                        .point = sizeof(struct rms_trace_point),
                        .island = sizeof(struct rms_island)};

  snprintf(hello.version, sizeof hello.version, "%.39s", RMS_VERSION);
  return hello;
}

/* ---- in the nursery ---- */

/* The rank has closed the helper's socket, so it ends by itself, and has ended its jobs then. What
 * is left of the jobs of a helper that was killed has come here. */
static void bury(pid_t *child, bool is_hopeless)
{
  if (*child > 0) rms_reap_child(*child, is_hopeless ? 0 : PATIENCE_MS);
  *child = 0;
  rms_reap_strays();
}

/* *passed: the descriptor that came along, -1: none. False: the rank is gone. */
static bool take_wish(int socket, struct wish *wish, int *passed)
{
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {wish, sizeof *wish};
  struct msghdr packet = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t n;

  do {
    n = recvmsg(socket, &packet, 0);
  } while (n < 0 && errno == EINTR);
  *passed = -1;
  if (n != (ssize_t)sizeof *wish) return false;
  const struct cmsghdr *head = CMSG_FIRSTHDR(&packet);
  if (head && head->cmsg_type == SCM_RIGHTS) memcpy(passed, CMSG_DATA(head), sizeof *passed);
  wish->log_folder[sizeof wish->log_folder - 1] = 0;
  return true;
}

static void ignore_signals(void)
{
  for (int number = 1; number < 32; number++) {
    if (number != SIGCHLD) signal(number, SIG_IGN);
  }
}

_Noreturn void rms_nursery_tend(int socket, enum rms_packing packing)
{
  const struct hello hello = own_hello();
  struct wish wish;
  int passed, answer;
  pid_t child = 0;

  ignore_signals();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (send(socket, &hello, sizeof hello, MSG_NOSIGNAL) < 0) _exit(0);
  while (take_wish(socket, &wish, &passed)) {
    bury(&child, wish.is_hopeless);
    answer = 0;
    if (passed >= 0) {
      child = fork();
      if (child == 0) {
        close(socket);
        rms_helper_run(passed, wish.has_log_folder ? wish.log_folder : NULL, 0, packing);
      }
      answer = child < 0 ? errno : 0;
      close(passed);
    }
    if (send(socket, &answer, sizeof answer, MSG_NOSIGNAL) < 0) break;
  }
  bury(&child, false);
  _exit(0);
}

/* ---- in the rank ---- */

/* The program, in the process that shall be the nursery; comes back where it is not there. */
static void become_program(int socket, enum rms_packing packing)
{
  static const char *const places[] = {"rms-helper", "../lib/rmsbench/rms-helper"};
  char self[PATH_MAX], path[PATH_MAX + 64], number[24], where[24];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  char *slash;

  if (n <= 0) return;
  self[n] = 0;
  slash = strrchr(self, '/');
  if (!slash) return;
  slash[1] = 0;
  snprintf(number, sizeof number, "%d", socket);
  snprintf(where, sizeof where, "%d", (int)packing);
  fcntl(socket, F_SETFD, 0);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    snprintf(path, sizeof path, "%s%s", self, places[i]);
    execl(path, "rms-helper", number, where, (char *)NULL);
  }
}

static bool is_partner(int socket)
{
  const struct hello own = own_hello();
  struct hello hello;
  struct pollfd wait = {.fd = socket, .events = POLLIN};

  return poll(&wait, 1, ANSWER_MS) > 0 && recv(socket, &hello, sizeof hello, 0) == sizeof hello &&
         memcmp(&hello, &own, sizeof own) == 0;
}

static int start(struct rms_nursery *nursery, bool is_program, enum rms_packing packing,
                 struct rms_error *err)
{
  int pair[2];

  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return rms_error_set(err, RMS_E_IO, "nursery: no socket: %s", strerror(errno));
  fflush(NULL);
  nursery->pid = fork();
  if (nursery->pid == 0) {
    close(pair[0]);
    ignore_signals();
    if (is_program) become_program(pair[1], packing);
    rms_nursery_tend(pair[1], packing);
  }
  const int reason = errno;
  close(pair[1]);
  nursery->socket = pair[0];
  if (nursery->pid > 0 && is_partner(nursery->socket)) return RMS_OK;
  close(nursery->socket);
  if (nursery->pid < 0)
    return rms_error_set(err, RMS_E_IO, "nursery: no process: %s", strerror(reason));
  rms_reap_child(nursery->pid, ANSWER_MS);
  return rms_error_set(err, RMS_E_IO, "nursery: its process does not answer");
}

int rms_nursery_open(struct rms_nursery **result, enum rms_packing packing, struct rms_error *err)
{
  struct rms_nursery *nursery = calloc(1, sizeof *nursery);

  if (!nursery) return rms_error_set(err, RMS_E_NOMEM, "nursery: out of memory");
  if (start(nursery, true, packing, NULL) < 0) {
    const int status = start(nursery, false, packing, err);
    if (status < 0) {
      free(nursery);
      return status;
    }
  }
  *result = nursery;
  return RMS_OK;
}

static int ask(const struct rms_nursery *nursery, const struct wish *wish, int pass,
               struct rms_error *err)
{
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {.room = {0}};
  struct iovec part;
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
  struct pollfd wait = {.fd = nursery->socket, .events = POLLIN};
  int answer = EPIPE;

  memcpy(&part.iov_base, &wish, sizeof wish);
  part.iov_len = sizeof *wish;
  if (pass >= 0) {
    packet.msg_control = &control;
    packet.msg_controllen = sizeof control;
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof pass), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &pass, sizeof pass);
  }
  if (sendmsg(nursery->socket, &packet, MSG_NOSIGNAL) < 0 || poll(&wait, 1, ANSWER_MS) <= 0 ||
      recv(nursery->socket, &answer, sizeof answer, 0) != (ssize_t)sizeof answer) {
    answer = EPIPE;
  }
  return answer ? rms_error_set(err, RMS_E_IO, "helper: no process: %s",
                                answer == EPIPE ? "the nursery is gone" : strerror(answer))
                : RMS_OK;
}

int rms_nursery_bear(struct rms_nursery *nursery, int socket, const char *log_folder,
                     struct rms_error *err)
{
  struct wish wish = {.has_log_folder = log_folder != NULL};

  if (log_folder && strlen(log_folder) >= sizeof wish.log_folder)
    return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", log_folder);
  if (log_folder) strcpy(wish.log_folder, log_folder);
  return ask(nursery, &wish, socket, err);
}

void rms_nursery_bury(struct rms_nursery *nursery, bool is_hopeless)
{
  const struct wish wish = {.is_hopeless = is_hopeless};

  (void)ask(nursery, &wish, -1, NULL);
}

void rms_nursery_close(struct rms_nursery *nursery)
{
  if (!nursery) return;
  close(nursery->socket); /* it sees the end and exits */
  rms_reap_child(nursery->pid, ANSWER_MS);
  free(nursery);
}
