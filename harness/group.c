/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char harness[] = "rms-harness"; /* where those are that run in a subtree of ours */

/* ---- small files ---- */

static int path_of(char path[PATH_MAX], const char *folder, const char *name)
{
  const int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

  return n > 0 && n < PATH_MAX ? RMS_OK : RMS_E_IO;
}

/* The kernel makes these files; O_CREAT lets a plain folder stand for a group. */
static int put(const char *folder, const char *name, const char *text)
{
  char path[PATH_MAX];
  const size_t n = strlen(text);
  int file;
  bool is_done;

  if (path_of(path, folder, name) < 0) return RMS_E_IO;
  file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return RMS_E_IO;
  is_done = write(file, text, n) == (ssize_t)n;
  close(file);
  return is_done ? RMS_OK : RMS_E_IO;
}

static int put_count(const char *folder, const char *name, uint64_t count)
{
  char text[32];

  snprintf(text, sizeof text, "%" PRIu64, count);
  return put(folder, name, text);
}

/* Malloc'ed; NULL: not there. */
static char *get(const char *folder, const char *name)
{
  char path[PATH_MAX];
  const size_t size = (size_t)1 << 20;
  size_t n = 0;
  char *text = malloc(size);
  const int file = path_of(path, folder, name) < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

  for (ssize_t got = 1; text && file >= 0 && got > 0 && n < size - 1; n += (size_t)got) {
    got = read(file, text + n, size - 1 - n);
    if (got < 0) got = 0;
  }
  if (file >= 0) close(file);
  if (!text || file < 0) {
    free(text);
    return NULL;
  }
  text[n] = 0;
  return text;
}

/* Is the word among those of the file? */
static bool has_word(const char *folder, const char *name, const char *word)
{
  char *rest = NULL, *const text = get(folder, name);
  bool found = false;

  for (char *at = text ? strtok_r(text, " \n", &rest) : NULL; at && !found;
       at = strtok_r(NULL, " \n", &rest))
    found = strcmp(at, word) == 0;
  free(text);
  return found;
}

/* The number behind the key in lines of "KEY NUMBER"; key "": the number alone. 0: none. */
static uint64_t number_of(const char *folder, const char *name, const char *key)
{
  char *rest = NULL, *const text = get(folder, name);
  const size_t n = strlen(key);
  uint64_t number = 0;

  for (char *at = text ? strtok_r(text, "\n", &rest) : NULL; at; at = strtok_r(NULL, "\n", &rest)) {
    if (strncmp(at, key, n) != 0 || (n && at[n] != ' ')) continue;
    number = strtoull(at + n, NULL, 10);
    break;
  }
  free(text);
  return number;
}

/* ---- the subtree ---- */

/* systemd marks what it delegates. */
static bool is_delegated(const char *folder)
{
  static const char *const marks[] = {"user.delegate", "trusted.delegate"};
  char mark[8];

  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    const ssize_t n = getxattr(folder, marks[i], mark, sizeof mark);
    if (n == 1 && mark[0] == '1') return true;
  }
  return false;
}

static void cut_last(char *path)
{
  char *slash = strrchr(path, '/');

  if (slash) *slash = 0;
}

/* Where cgroup v2 is mounted: /sys/fs/cgroup, or beside the old ones. */
static int find_mount(char path[PATH_MAX])
{
  static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    char file[PATH_MAX];
    if (path_of(file, places[i], "cgroup.procs") < 0 || access(file, F_OK)) continue;
    snprintf(path, PATH_MAX, "%s", places[i]);
    return RMS_OK;
  }
  return RMS_E_IO;
}

/* This process's own group, or the one above when we have been moved already. */
static int find_own(char folder[PATH_MAX])
{
  char mount[PATH_MAX], *text = NULL, *line, *end;
  int status = find_mount(mount);

  if (status < 0 || !(text = get("/proc/self", "cgroup"))) return RMS_E_IO;
  line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
  if (line) line = strchr(line, '/');
  if (!line) {
    free(text);
    return RMS_E_IO;
  }
  end = line + strcspn(line, "\n");
  *end = 0;
  status = path_of(folder, mount, line + 1);
  free(text);
  if (status < 0) return status;
  end = strrchr(folder, '/');
  if (end && strcmp(end + 1, harness) == 0) cut_last(folder);
  return is_delegated(folder) ? RMS_OK : RMS_E_IO;
}

/* Whoever runs in the group itself goes one down. Those that are born meanwhile are seen in another
 * round. */
static int move_all(const char *folder)
{
  char below[PATH_MAX];

  if (path_of(below, folder, harness) < 0) return RMS_E_IO;
  if (mkdir(below, 0777) < 0 && errno != EEXIST) return RMS_E_IO;
  for (int round = 0; round < 10; round++) {
    char *rest = NULL, *const pids = get(folder, "cgroup.procs");
    bool is_empty = true;
    for (char *at = pids ? strtok_r(pids, "\n", &rest) : NULL; at;
         at = strtok_r(NULL, "\n", &rest)) {
      is_empty = false;
      (void)put(below, "cgroup.procs", at); /* it may be gone */
    }
    free(pids);
    if (is_empty) return RMS_OK;
    if (put(folder, "cgroup.subtree_control", "+memory") == RMS_OK) return RMS_OK;
  }
  return RMS_E_IO;
}

static int make_ready(struct rms_groups *groups)
{
  const char *const folder = groups->folder;

  if (!has_word(folder, "cgroup.controllers", "memory")) return RMS_E_IO;
  if (!has_word(folder, "cgroup.subtree_control", "memory")) {
    if (move_all(folder) < 0) return RMS_E_IO;
    if (put(folder, "cgroup.subtree_control", "+memory") < 0) return RMS_E_IO;
  }
  groups->has_pids = has_word(folder, "cgroup.controllers", "pids") &&
                     put(folder, "cgroup.subtree_control", "+pids") == RMS_OK;
  return RMS_OK;
}

void rms_groups_open(struct rms_groups *groups, const char *where)
{
  int status = RMS_OK;

  *groups = (struct rms_groups){.has_pids = false};
  if (where && strcmp(where, "off") == 0) return;
  if (where)
    snprintf(groups->folder, sizeof groups->folder, "%s", where);
  else
    status = find_own(groups->folder);
  if (status < 0 || make_ready(groups) < 0) *groups = (struct rms_groups){.has_pids = false};
}

/* ---- one group ---- */

int rms_group_open(struct rms_group *group, const struct rms_groups *groups, const char *name,
                   const struct rms_limits *limits)
{
  int status = RMS_OK;

  group->folder[0] = 0;
  if (!groups->folder[0]) return RMS_E_IO;
  if (path_of(group->folder, groups->folder, name) < 0 || mkdir(group->folder, 0777) < 0) {
    group->folder[0] = 0;
    return RMS_E_IO;
  }
  if (limits->memory) status = put_count(group->folder, "memory.max", limits->memory);
  if (limits->processes && groups->has_pids && !status)
    status = put_count(group->folder, "pids.max", limits->processes);
  if (limits->memory) {
    (void)put(group->folder, "memory.swap.max", "0"); /* not there without swap accounting */
    (void)put(group->folder, "memory.oom.group", "1");
  }
  if (status < 0) rms_group_close(group, NULL);
  return status;
}

int rms_group_enter(const struct rms_group *group)
{
  return put(group->folder, "cgroup.procs", "0");
}

void rms_group_close(struct rms_group *group, struct rms_group_use *use)
{
  const struct timespec pause = {.tv_nsec = 1000000};

  if (use) *use = (struct rms_group_use){0};
  if (!group->folder[0]) return;
  if (use) {
    use->peak_memory = number_of(group->folder, "memory.peak", "");
    use->has_hit_memory = number_of(group->folder, "memory.events", "oom_kill") > 0;
  }
  if (rmdir(group->folder) < 0 && errno == EBUSY) {
    (void)put(group->folder, "cgroup.kill", "1");
    for (int i = 0; i < 1000 && rmdir(group->folder) < 0 && errno == EBUSY; i++)
      nanosleep(&pause, NULL);
  }
  group->folder[0] = 0;
}
