/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder of merged runs: written beside and renamed. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/merge_parts.h"
#include "instances/base/file.h"

static const char *const subfolders[] = {"records", "plans", "logs"};
static const char *const files[] = {"sweep.ini", "plan.jsonl", "retries.jsonl"};

/* ---- files ---- */

/* A plan is named by its contents and never changed, so that a second name for it will do. */
static int copy_plan(const struct rms_merge_source *source, const char *from, const char *to,
                     struct rms_error *err)
{
  (void)source;
  return link(from, to) && errno != EEXIST ? rms_merge_copy_file(from, to, err) : RMS_OK;
}

static int copy_log(const struct rms_merge_source *source, const char *from, const char *to,
                    struct rms_error *err)
{
  (void)source;
  return rms_merge_copy_file(from, to, err);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.' && !strstr(entry->d_name, ".tmp.");
}

static int copy_folder(const struct rms_merge_source *source, const char *out, const char *name,
                       rms_merge_copy_fn *copy, struct rms_error *err)
{
  char from[PATH_MAX], to[PATH_MAX], own[PATH_MAX], other[PATH_MAX];
  struct dirent **entries = NULL;
  int n = 0;
  int status = rms_path_join(from, source->folder, name, err);
  if (!status) status = rms_path_join(to, out, name, err);
  if (status) return status;
  n = scandir(from, &entries, is_visible, compare_names);
  if (n < 0 && errno != ENOENT)
    status = rms_error_set(err, RMS_E_IO, "%s: cannot read the folder: %s", from, strerror(errno));
  for (int i = 0; i < n; i++) {
    if (!status) status = rms_path_join(own, from, entries[i]->d_name, err);
    if (!status) status = rms_path_join(other, to, entries[i]->d_name, err);
    if (!status) status = copy(source, own, other, err);
    free(entries[i]);
  }
  free(entries);
  return status;
}

/* ---- the folder ---- */

static int fill(const struct rms_merge *merge, const char *out, bool *is_whole,
                struct rms_error *err)
{
  static rms_merge_copy_fn *const copies[] = {rms_merge_copy_records, copy_plan, copy_log};
  struct rms_records *records = NULL;
  char path[PATH_MAX];
  int status = RMS_OK;
  for (size_t k = 0; k < sizeof copies / sizeof *copies; k++) {
    RMS_TRY(rms_path_join(path, out, subfolders[k], err));
    RMS_TRY(rms_dir_make(path, err));
    for (size_t s = 0; s < merge->n_sources; s++)
      RMS_TRY(copy_folder(&merge->sources[s], out, subfolders[k], copies[k], err));
  }
  RMS_TRY(rms_merge_write_plan(merge, out, is_whole, err));
  RMS_TRY(rms_merge_write_retries(merge, out, err));
  RMS_TRY(rms_records_load(&records, out, err)); /* it must be a run before it gets its name */
out:
  rms_records_free(records);
  return status;
}

/* What fill() has made, and nothing else. */
static void discard(const char *out)
{
  char path[PATH_MAX], name[PATH_MAX];
  for (size_t k = 0; k < sizeof subfolders / sizeof *subfolders; k++) {
    if (rms_path_join(path, out, subfolders[k], NULL)) continue;
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
      if (entry->d_name[0] != '.' && !rms_path_join(name, path, entry->d_name, NULL)) unlink(name);
    if (folder) closedir(folder);
    rmdir(path);
  }
  for (size_t k = 0; k < sizeof files / sizeof *files; k++)
    if (!rms_path_join(path, out, files[k], NULL)) unlink(path);
  rmdir(out);
}

/* Its parents are made; `beside` [out] is new and empty. */
static int make_beside(const char *out, char beside[PATH_MAX], struct rms_error *err)
{
  const int n = snprintf(beside, PATH_MAX, "%s", out);
  if (n <= 0 || n > PATH_MAX - 32)
    return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", out);
  char *slash = strrchr(beside, '/');
  if (slash && slash != beside) {
    *slash = 0;
    const int status = rms_dir_make(beside, err);
    if (status) return status;
    *slash = '/';
  }
  snprintf(beside + n, (size_t)(PATH_MAX - n), ".merge-XXXXXX");
  if (mkdtemp(beside) && !chmod(beside, 0777 & ~022U)) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%s: cannot be made: %s", beside, strerror(errno));
}

int rms_merge_write(const struct rms_merge *merge, const char *out, bool *is_whole,
                    struct rms_error *err)
{
  char beside[PATH_MAX];
  size_t n = strlen(out);
  while (n > 1 && out[n - 1] == '/') n--; /* a name that can be renamed to */
  char name[PATH_MAX];
  if (n >= sizeof name) return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", out);
  memcpy(name, out, n);
  name[n] = 0;
  if (!access(name, F_OK))
    return rms_error_set(err, RMS_E_USAGE, "%s: is there already: choose another name", name);
  int status = make_beside(name, beside, err);
  if (status) return status;
  status = fill(merge, beside, is_whole, err);
  if (!status && rename(beside, name))
    status = rms_error_set(err, RMS_E_IO, "%s: cannot be renamed to %s: %s", beside, name,
                           strerror(errno));
  if (status) discard(beside);
  return status;
}
