/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/clock.h"
#include "instances/base/file.h"

static int open_lock(const char *folder, const char *name, int *fd, struct rms_error *err)
{
  char path[PATH_MAX];
  const int status = rms_path_join(path, folder, name, err);
  if (status) return status;
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (*fd >= 0) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%s: cannot open: %s", path, strerror(errno));
}

/* Who wrote himself into the lock file: "HOST process N". */
static void read_owner(int fd, char *owner, size_t size)
{
  const ssize_t n = pread(fd, owner, size - 1, 0);
  owner[n > 0 ? n : 0] = 0;
  owner[strcspn(owner, "\n")] = 0;
}

static void write_owner(int fd)
{
  char host[128] = "", owner[192];
  gethostname(host, sizeof host - 1);
  const int n = snprintf(owner, sizeof owner, "%s process %ld\n", host, (long)getpid());
  if (!ftruncate(fd, 0) && pwrite(fd, owner, (size_t)n, 0) != n) return; /* for people only */
}

static int wait_for(int fd, const char *folder, double deadline, int signals, bool *has_said,
                    FILE *talk, struct rms_error *err)
{
  char owner[192];
  while (flock(fd, LOCK_EX | LOCK_NB)) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return rms_error_set(err, RMS_E_IO, "%s: cannot be locked: %s", folder, strerror(errno));
    read_owner(fd, owner, sizeof owner);
    if (rms_clock() >= deadline)
      return rms_error_set(err, RMS_E_IO, "%s: is in use by another launch%s%s", folder,
                           owner[0] ? ": " : "", owner);
    if (talk && !*has_said) fprintf(talk, "rms: %s is in use (%s), waiting\n", folder, owner);
    *has_said = true;
    struct pollfd signal = {.fd = signals, .events = POLLIN};
    if (poll(&signal, 1, 50) > 0)
      return rms_error_set(err, RMS_E_IO, "%s: interrupted while waiting", folder);
  }
  return RMS_OK;
}

int rms_locks_take(struct rms_locks *locks, const char *folder, double patience, int signals,
                   FILE *talk, struct rms_error *err)
{
  int status = RMS_OK;
  bool has_said = false;
  const double deadline = rms_clock() + patience;
  RMS_TRY(open_lock(folder, "lock.launch", &locks->launch, err));
  RMS_TRY(wait_for(locks->launch, folder, deadline, signals, &has_said, talk, err));
  write_owner(locks->launch);
  RMS_TRY(open_lock(folder, "lock.ranks", &locks->ranks, err));
  RMS_TRY(wait_for(locks->ranks, folder, deadline, signals, &has_said, talk, err));
  /* Nobody else asks for it now: whoever would holds the lock of the launch first. */
  if (flock(locks->ranks, LOCK_SH))
    RMS_TRY(rms_error_set(err, RMS_E_IO, "%s: cannot be locked: %s", folder, strerror(errno)));
out:
  if (status) rms_locks_release(locks);
  return status;
}

int rms_locks_share(struct rms_locks *locks, const char *folder, struct rms_error *err)
{
  int status = RMS_OK;
  if (locks->ranks >= 0) return RMS_OK;
  RMS_TRY(open_lock(folder, "lock.ranks", &locks->ranks, err));
  while (flock(locks->ranks, LOCK_SH))
    if (errno != EINTR)
      RMS_TRY(rms_error_set(err, RMS_E_IO, "%s: cannot be locked: %s", folder, strerror(errno)));
out:
  if (status) rms_locks_release(locks);
  return status;
}

void rms_locks_release(struct rms_locks *locks)
{
  if (locks->ranks >= 0) close(locks->ranks);
  if (locks->launch >= 0) close(locks->launch);
  *locks = RMS_NO_LOCKS;
}

bool rms_folder_is_busy(const char *folder, char owner[192], long *process)
{
  char path[PATH_MAX];
  owner[0] = 0;
  if (process) *process = 0;
  if (rms_path_join(path, folder, "lock.launch", NULL)) return false;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool is_busy = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
  if (is_busy) read_owner(fd, owner, 192);
  close(fd);
  const char *blank = strrchr(owner, ' ');
  if (blank && process) *process = strtol(blank + 1, NULL, 10);
  return is_busy;
}
