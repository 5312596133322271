/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 512 };

/* Read without stdio: this happens several times a second beside a solver. Terminated by 0. */
static ssize_t read_small(const char *path, char *text, size_t size)
{
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t n = file >= 0 ? read(file, text, size - 1) : -1;

  if (file >= 0) close(file);
  text[n > 0 ? n : 0] = 0;
  return n;
}

struct list {
  long *pids; /* [RMS_TREE_MAX] */
  size_t n;
};

/* Children of one thread; their list may be longer than one read. */
static int add_children_of(struct list *list, const char *path)
{
  char text[4096];
  long pid = 0;
  bool has_digits = false;
  ssize_t n;
  const int file = open(path, O_RDONLY | O_CLOEXEC);

  if (file < 0) return RMS_E_IO;
  while ((n = read(file, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < n; i++) {
      if (isdigit((unsigned char)text[i])) {
        pid = has_digits ? 10 * pid + (text[i] - '0') : text[i] - '0';
        has_digits = true;
      } else if (has_digits) {
        if (list->n < RMS_TREE_MAX) list->pids[list->n++] = pid;
        has_digits = false;
      }
    }
  }
  if (has_digits && list->n < RMS_TREE_MAX) list->pids[list->n++] = pid;
  close(file);
  return RMS_OK;
}

static int add_children(struct list *list, const char *proc, long pid)
{
  char path[PATH];
  const struct dirent *entry;
  int status = RMS_E_IO;

  snprintf(path, sizeof path, "%s/%ld/task", proc, pid);
  DIR *tasks = opendir(path);
  if (!tasks) return RMS_E_IO;
  while ((entry = readdir(tasks))) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    snprintf(path, sizeof path, "%s/%ld/task/%.20s/children", proc, pid, entry->d_name);
    if (add_children_of(list, path) == RMS_OK) status = RMS_OK;
  }
  closedir(tasks);
  return status;
}

/* The tree, level by level; list->pids is malloc'ed. */
static int list_tree(struct list *list, const char *proc, long root, bool counts_root)
{
  int status;

  *list = (struct list){.pids = calloc(RMS_TREE_MAX, sizeof *list->pids)};
  if (!list->pids) return RMS_E_NOMEM;
  if (counts_root) list->pids[list->n++] = root;
  status = add_children(list, proc, root);
  if (status < 0) {
    free(list->pids);
    return status;
  }
  for (size_t i = counts_root ? 1 : 0; i < list->n; i++)
    (void)add_children(list, proc, list->pids[i]); /* which may be gone */
  return RMS_OK;
}

/* Fields of stat(5) behind the name, which may hold anything: 14 to 17 are ticks, 20 threads, 24
 * pages. */
static void add_process(struct rms_tree *tree, const char *proc, long pid)
{
  char path[PATH], text[1024];
  long long ticks[4], threads, pages;
  const char *after;

  snprintf(path, sizeof path, "%s/%ld/stat", proc, pid);
  if (read_small(path, text, sizeof text) <= 0) return;
  after = strrchr(text, ')');
  if (!after || sscanf(after,
                       ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld %*d %*d "
                       "%lld %*d %*u %*u %lld",
                       &ticks[0], &ticks[1], &ticks[2], &ticks[3], &threads, &pages) != 6)
    return;
  if (!strncmp(after, ") Z", 3)) return; /* ended, nobody has looked */
  tree->n++;
  tree->threads += threads > 1 ? (uint32_t)threads : 1;
  if (pages > 0) tree->resident += (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < 4; i++)
    if (ticks[i] > 0) tree->cpu += (double)ticks[i] / (double)sysconf(_SC_CLK_TCK);
}

int rms_tree_read(struct rms_tree *tree, const char *proc, long root, bool counts_root)
{
  struct list list;
  const int status = list_tree(&list, proc, root, counts_root);

  if (status < 0) return status;
  *tree = (struct rms_tree){0};
  for (size_t i = 0; i < list.n; i++) add_process(tree, proc, list.pids[i]);
  free(list.pids);
  return RMS_OK;
}

static uint64_t share_of(const char *proc, long pid)
{
  char path[PATH], text[4096];
  unsigned long long kib;
  const char *line;

  snprintf(path, sizeof path, "%s/%ld/smaps_rollup", proc, pid);
  if (read_small(path, text, sizeof text) <= 0) return 0;
  line = strstr(text, "\nPss:");
  return line && sscanf(line, "\nPss: %llu kB", &kib) == 1 ? (uint64_t)kib << 10 : 0;
}

uint64_t rms_tree_share(const char *proc, long root, bool counts_root)
{
  struct list list;
  uint64_t sum = 0;

  if (list_tree(&list, proc, root, counts_root) < 0) return 0;
  for (size_t i = 0; i < list.n; i++) sum += share_of(proc, list.pids[i]);
  free(list.pids);
  return sum;
}
