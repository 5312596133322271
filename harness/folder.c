/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instances/base/file.h"
#include "instances/base/json.h"

static const char plan_format[] = "rms-plan-list/1";

/* ---- which plan
 * ---------------------------------------------------------------------------------- */

static int parse_head(const struct rms_node *root, struct rms_folder_head *head,
                      struct rms_error *err)
{
  const char *text;
  struct rms_node file;
  bool has_path = false;
  int status = RMS_OK;
  RMS_TRY(rms_node_get_string(root, "format", 1, 64, &text, err));
  if (strcmp(text, plan_format))
    RMS_TRY(rms_node_error(root, err, "format is \"%s\", must be \"%s\"", text, plan_format));
  RMS_TRY(rms_node_get_string(root, "plan", 32, 32, &text, err));
  if (rms_hash_parse(text, &head->plan)) RMS_TRY(rms_node_error(root, err, "plan is no hash"));
  RMS_TRY(rms_node_get_int(root, "jobs", 0, INT64_MAX, &head->n_jobs, err));
  RMS_TRY(rms_node_get_string(root, "sweep", 0, sizeof head->name - 1, &text, err));
  strcpy(head->name, text);
  RMS_TRY(rms_node_get_string(root, "origin", 0, sizeof head->origin - 1, &text, err));
  strcpy(head->origin, text);
  *head->path = '\0';
  RMS_TRY(rms_node_find(root, "path", &file, &has_path, err));
  if (has_path) RMS_TRY(rms_node_get_string(root, "path", 0, sizeof head->path - 1, &text, err));
  if (has_path) strcpy(head->path, text);
out:
  return status;
}

static int open_plan(const char *folder, char path[PATH_MAX], FILE **file, struct rms_error *err)
{
  const int status = rms_path_join(path, folder, "plan.jsonl", err);
  if (status) return status;
  *file = fopen(path, "re");
  if (*file) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%s: cannot open: %s (is it the -o of 'rms run'?)", path,
                       strerror(errno));
}

int rms_folder_read_head(const char *folder, struct rms_folder_head *head, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  char path[PATH_MAX];
  char *line = NULL;
  size_t capacity = 0;
  FILE *file = NULL;
  RMS_TRY(open_plan(folder, path, &file, err));
  const ssize_t n = getline(&line, &capacity, file);
  RMS_TRY(rms_document_parse(&doc, n > 0 ? line : "", n > 0 ? (size_t)n : 0, path, err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(parse_head(&root, head, err));
out:
  rms_document_free(doc);
  free(line);
  if (file) fclose(file);
  return status;
}

static bool is_same_file(const char *a, const char *b)
{
  struct stat one, two;
  return !stat(a, &one) && !stat(b, &two) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

int rms_folder_find_sweep(const char *folder, const struct rms_folder_head *head,
                          char path[PATH_MAX], struct rms_error *err)
{
  const int status = rms_path_join(path, folder, head->path, err);
  if (status) return status;
  if (!*head->path || access(path, F_OK) || is_same_file(path, head->origin))
    snprintf(path, PATH_MAX, "%s", head->origin);
  return RMS_OK;
}

/* A text of the line; neighbours in a plan mostly say the same. */
static int take_text(const struct rms_node *root, const char *name, struct rms_arena *arena,
                     const char *before, const char **copy, struct rms_error *err)
{
  const char *text;
  const int status = rms_node_get_string(root, name, 0, SIZE_MAX, &text, err);
  if (status) return status;
  *copy = before && !strcmp(before, text) ? before : rms_arena_text(arena, text);
  return *copy ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
}

static int parse_job(const char *line, size_t n, const char *origin, struct rms_arena *arena,
                     const struct rms_folder_job *before, struct rms_folder_job *job,
                     struct rms_error *err)
{
  static const struct rms_folder_job none;
  struct rms_document *doc = NULL;
  const char *digits;
  int status = RMS_OK;
  if (!before) before = &none;
  RMS_TRY(rms_document_parse(&doc, line, n, origin, err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_node_get_string(&root, "job", 32, 32, &digits, err));
  if (rms_hash_parse(digits, &job->id)) RMS_TRY(rms_node_error(&root, err, "job is no hash"));
  RMS_TRY(take_text(&root, "reference", arena, before->reference, &job->reference, err));
  RMS_TRY(take_text(&root, "group", arena, before->group, &job->group, err));
  RMS_TRY(take_text(&root, "label", arena, before->label, &job->label, err));
out:
  rms_document_free(doc);
  return status;
}

int rms_folder_read_plan(const char *folder, struct rms_arena *arena, struct rms_folder_job **jobs,
                         size_t *n, struct rms_error *err)
{
  int status = RMS_OK;
  char path[PATH_MAX], origin[PATH_MAX + 32];
  char *line = NULL;
  size_t capacity = 0, room = 0, kept = 0, number = 1;
  struct rms_folder_job *list = NULL;
  FILE *file = NULL;
  ssize_t length = 0;
  RMS_TRY(open_plan(folder, path, &file, err));
  if (getline(&line, &capacity, file) < 0) length = -1; /* the head */
  while (length >= 0 && (length = getline(&line, &capacity, file)) > 0) {
    snprintf(origin, sizeof origin, "%s:%zu", path, ++number);
    if (rms_grow(&list, &room, kept + 1, sizeof *list) < 0)
      RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
    RMS_TRY(parse_job(line, (size_t)length, origin, arena, kept ? &list[kept - 1] : NULL,
                      &list[kept], err));
    kept++;
  }
  *jobs = rms_arena_alloc(arena, kept, sizeof **jobs);
  if (!*jobs) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
  if (kept) memcpy(*jobs, list, kept * sizeof *list);
  *n = kept;
out:
  free(list);
  free(line);
  if (file) fclose(file);
  return status;
}

int rms_folder_check(const char *folder, const struct rms_sweep *sweep, struct rms_error *err)
{
  char path[PATH_MAX];
  struct rms_folder_head head;
  int status = rms_path_join(path, folder, "plan.jsonl", err);
  if (status || (access(path, F_OK) && errno == ENOENT)) return status;
  status = rms_folder_read_head(folder, &head, err);
  if (status || !rms_hash_compare(head.plan, sweep->plan)) return status;
  return rms_error_set(err, RMS_E_USAGE,
                       "%s: holds another sweep (%lld jobs, this one has %zu); the sweep file, an "
                       "instance or a solver has changed: choose another folder with -o",
                       folder, (long long)head.n_jobs, sweep->n_jobs);
}

static void add_job(struct rms_text *text, const struct rms_job *job)
{
  char digits[RMS_HASH_TEXT];
  rms_hash_print(job->id, digits);
  rms_text_printf(text, "{\"job\":\"%s\",\"family\":\"%s\",\"reference\":", digits, job->family);
  rms_text_json(text, job->reference);
  rms_text_add(text, ",\"group\":");
  rms_text_json(text, job->group);
  rms_text_add(text, ",\"solver\":");
  rms_text_json(text, job->solver);
  rms_text_add(text, ",\"label\":");
  rms_text_json(text, job->label);
  rms_text_printf(text, ",\"repeat\":%lld}\n", (long long)job->repeat);
}

/* `file` as seen from `folder`; both are absolute. */
static void add_way(struct rms_text *text, const char *folder, const char *file)
{
  size_t common = 0;
  for (size_t i = 0; folder[i] == file[i] && file[i]; i++)
    if (file[i] == '/') common = i + 1;
  const size_t n = strlen(folder);
  if (!strncmp(folder, file, n) && file[n] == '/') common = n + 1;
  if (common < n) rms_text_add(text, "../");
  for (size_t i = common; i < n; i++)
    if (folder[i] == '/') rms_text_add(text, "../");
  rms_text_add(text, file + common);
}

static void add_path(struct rms_text *text, const char *plan, const char *origin)
{
  struct rms_text way = {0};
  char *file = realpath(origin, NULL);
  char *folder = strdup(plan);
  char *const slash = folder ? strrchr(folder, '/') : NULL;
  if (slash) *slash = '\0';
  char *const from = slash ? realpath(folder, NULL) : NULL;
  if (file && from) {
    add_way(&way, from, file);
    rms_text_add(text, ",\"path\":");
    rms_text_json(text, rms_text_status(&way) ? "" : way.data);
  }
  rms_text_fini(&way);
  free(from);
  free(folder);
  free(file);
}

static int write_plan(const char *path, const struct rms_sweep *sweep, struct rms_error *err)
{
  struct rms_text text = {0};
  char digits[RMS_HASH_TEXT];
  rms_hash_print(sweep->plan, digits);
  rms_text_printf(&text, "{\"format\":\"%s\",\"plan\":\"%s\",\"jobs\":%zu,\"sweep\":", plan_format,
                  digits, sweep->n_jobs);
  rms_text_json(&text, sweep->name);
  rms_text_add(&text, ",\"origin\":");
  rms_text_json(&text, sweep->origin);
  add_path(&text, path, sweep->origin);
  rms_text_add(&text, "}\n");
  for (size_t i = 0; i < sweep->n_jobs; i++) add_job(&text, &sweep->jobs[i]);
  int status = rms_text_status(&text);
  if (status)
    rms_error_set(err, status, "%s: out of memory", path);
  else
    status = rms_file_write(path, text.data, text.length, err);
  rms_text_fini(&text);
  return status;
}

int rms_folder_make(const char *folder, const struct rms_sweep *sweep, struct rms_error *err)
{
  static const char *const names[] = {"records", "plans", "logs"};
  char path[PATH_MAX];
  int status = RMS_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    RMS_TRY(rms_path_join(path, folder, names[i], err));
    RMS_TRY(rms_dir_make(path, err));
  }
  RMS_TRY(rms_path_join(path, folder, "sweep.ini", err));
  if (access(path, F_OK)) RMS_TRY(rms_file_write(path, sweep->text, strlen(sweep->text), err));
  RMS_TRY(rms_path_join(path, folder, "plan.jsonl", err));
  if (access(path, F_OK)) RMS_TRY(write_plan(path, sweep, err));
out:
  return status;
}
