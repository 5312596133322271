/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/clock.h"
#include "instances/base/file.h"
#include "instances/base/json.h"
#include "instances/family.h"

static const char plan_format[] = "rms-plan-list/1";

/* ---- which plan
 * ---------------------------------------------------------------------------------- */

static int parse_head(const struct rms_node *root, struct rms_folder_head *head,
                      struct rms_error *err)
{
  const char *text;
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

/* ---- locks
 * --------------------------------------------------------------------------------------- */

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

/* ---- solutions
 * ----------------------------------------------------------------------------------- */

static int open_instance(struct rms_plan_cache *cache, const char *reference, struct rms_error *err)
{
  if (cache->reference && !strcmp(cache->reference, reference)) return RMS_OK;
  rms_folder_forget(cache);
  const int status = rms_instance_open(&cache->inst, reference, err);
  if (status) return status;
  cache->reference = strdup(reference);
  return cache->reference ? RMS_OK
                          : rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", reference);
}

int rms_folder_keep_plan(const char *folder, struct rms_plan_cache *cache,
                         const struct rms_run *run, const void *solution, size_t n,
                         struct rms_error *err)
{
  char path[PATH_MAX], name[64], digits[RMS_HASH_TEXT];
  struct rms_text text = {0};
  const bool is_optimal = !strcmp(run->verdict, rms_verdict_text(RMS_VERDICT_VERIFIED_OPTIMAL));
  struct rms_claim claim = {.bound = run->verified_bound, .is_optimal = is_optimal};
  int status = RMS_OK;
  rms_hash_print(run->solution, digits);
  snprintf(name, sizeof name, "plans/%s.json", digits);
  RMS_TRY(rms_path_join(path, folder, name, err));
  if (!access(path, F_OK)) return RMS_OK; /* the same bytes */
  RMS_TRY(open_instance(cache, run->reference, err));
  for (int i = 0; i < run->n_objectives && i < RMS_OBJECTIVES; i++)
    claim.objective[i] = isnan(run->objective[i]) ? 0 : run->objective[i];
  RMS_TRY(cache->inst->family->plan_write(cache->inst, solution, n, &claim,
                                          is_optimal ? "optimal" : "feasible", &text, err));
  if (rms_text_status(&text)) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
  RMS_TRY(rms_file_write(path, text.data, text.length, err));
out:
  rms_text_fini(&text);
  return status;
}

void rms_folder_forget(struct rms_plan_cache *cache)
{
  rms_instance_free(cache->inst);
  free(cache->reference);
  *cache = (struct rms_plan_cache){0};
}
