/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/reap.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/page.h"

void rms_kill(pid_t pid)
{
  if (pid <= 1) return;
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL);
}

/* Parent and group of a process from /proc/PID/stat; the name in parentheses may hold anything. */
static int read_stat(const char *name, long *parent, long *group)
{
  char path[64], text[512];
  const char *after;
  size_t n;
  FILE *file;

  if ((size_t)snprintf(path, sizeof path, "/proc/%.16s/stat", name) >= sizeof path) return -1;
  file = fopen(path, "re");
  if (!file) return -1;
  n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  after = strrchr(text, ')');
  return after && sscanf(after, ") %*c %ld %ld", parent, group) == 2 ? 0 : -1;
}

/* One pass over /proc: kill every child of this process with its group. */
static void kill_children(void)
{
  const long self = (long)getpid();
  const long own_group = (long)getpgrp();
  DIR *folder = opendir("/proc");
  const struct dirent *entry;

  if (!folder) return;
  while ((entry = readdir(folder))) {
    long parent, group;

    if (!isdigit((unsigned char)entry->d_name[0]) ||
        read_stat(entry->d_name, &parent, &group) < 0 || parent != self) {
      continue;
    }
    if (group != own_group && group > 1) kill((pid_t)-group, SIGKILL);
    kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
  }
  closedir(folder);
}

size_t rms_reap_strays(void)
{
  const double end = rms_clock() + 5;
  const struct timespec pause = {.tv_nsec = 200000};
  size_t n = 0;

  for (;;) {
    const pid_t pid = waitpid(-1, NULL, WNOHANG);

    if (pid > 0) {
      n++;
    } else if (pid < 0 && errno != EINTR) {
      return n; /* no child is left */
    } else {
      kill_children();
      if (rms_clock() > end) return n;
      nanosleep(&pause, NULL);
    }
  }
}

void rms_reap_child(pid_t pid, int patience_ms)
{
  const struct timespec pause = {.tv_nsec = 1000000};

  for (int i = 0; waitpid(pid, NULL, WNOHANG) == 0; i++) {
    if (i == patience_ms) kill(pid, SIGKILL);
    nanosleep(&pause, NULL);
  }
}
