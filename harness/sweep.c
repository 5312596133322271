/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/sweep_spec.h"
#include "instances/base/embedded.h"
#include "instances/base/file.h"

static int no_memory(struct rms_expansion *x)
{
  return rms_error_set(x->err, RMS_E_NOMEM, "%s: out of memory", x->sweep->origin);
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

/* What draws no random numbers gives the same again under a work limit: once is enough. */
static bool is_wanted(const struct rms_expansion *x, const struct rms_sweep_source *source,
                      const struct rms_sweep_choice *choice, int64_t repeat)
{
  if (strcmp(choice->solver->family, source->family->name)) return false;
  return repeat == 1 || !x->sweep->limits.is_work_limited || choice->solver->flags & RMS_RANDOMISED;
}

static int add_job(struct rms_expansion *x, const struct rms_sweep_source *source,
                   const struct rms_sweep_choice *choice, int64_t repeat)
{
  struct rms_sweep *sweep = x->sweep;
  struct rms_job *job = &sweep->jobs[sweep->n_jobs];
  *job = (struct rms_job){.instance_key = source->key,
                          .family = source->family->name,
                          .reference = source->reference,
                          .group = source->group,
                          .solver = choice->solver->name,
                          .version = choice->solver->version,
                          .plugin = choice->plugin,
                          .params = choice->params,
                          .label = choice->label,
                          .flags = choice->solver->flags,
                          .seed = sweep->seed,
                          .repeat = repeat,
                          .islands = choice->islands,
                          .limits = sweep->limits};
  sweep->n_jobs++;
  return rms_job_identify(job) < 0 ? no_memory(x) : RMS_OK;
}

static int make_jobs(struct rms_expansion *x)
{
  struct rms_sweep *sweep = x->sweep;
  size_t most;
  if (!rms_size_mul(x->n_sources, x->n_choices, &most) ||
      !rms_size_mul(most, (size_t)sweep->repeats, &most) || most > RMS_SWEEP_JOBS_MAX)
    return rms_error_set(x->err, RMS_E_LIMIT, "%s: more than %d jobs", sweep->origin,
                         RMS_SWEEP_JOBS_MAX);
  sweep->jobs = rms_arena_alloc(sweep->arena, most, sizeof *sweep->jobs);
  if (!sweep->jobs) return no_memory(x);
  for (int64_t repeat = 1; repeat <= sweep->repeats; repeat++)
    for (size_t i = 0; i < x->n_sources; i++)
      for (size_t k = 0; k < x->n_choices; k++) {
        if (!is_wanted(x, &x->sources[i], &x->choices[k], repeat)) continue;
        const int status = add_job(x, &x->sources[i], &x->choices[k], repeat);
        if (status) return status;
      }
  return RMS_OK;
}

struct place_of_id {
  struct rms_hash id;
  size_t index;
};

static int compare_places(const void *a, const void *b)
{
  const struct place_of_id *x = a, *y = b;
  const int order = rms_hash_compare(x->id, y->id);
  return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Of jobs with one id the first stays; the order of the rest is kept. */
static int drop_duplicates(struct rms_expansion *x)
{
  struct rms_sweep *sweep = x->sweep;
  const size_t n = sweep->n_jobs;
  struct place_of_id *places = calloc(n ? n : 1, sizeof *places);
  if (!places) return no_memory(x);
  for (size_t i = 0; i < n; i++) places[i] = (struct place_of_id){sweep->jobs[i].id, i};
  qsort(places, n, sizeof *places, compare_places);
  for (size_t i = 1; i < n; i++)
    if (!rms_hash_compare(places[i - 1].id, places[i].id))
      sweep->jobs[places[i].index].solver = NULL;
  free(places);
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (sweep->jobs[i].solver) sweep->jobs[kept++] = sweep->jobs[i];
  sweep->n_duplicates = n - kept;
  sweep->n_jobs = kept;
  return RMS_OK;
}

static int hash_plan(struct rms_expansion *x)
{
  struct rms_text text = {0};
  for (size_t i = 0; i < x->sweep->n_jobs; i++) {
    char digits[RMS_HASH_TEXT];
    rms_hash_print(x->sweep->jobs[i].id, digits);
    rms_text_add(&text, digits);
  }
  const int status = rms_text_status(&text) ? no_memory(x) : RMS_OK;
  if (!status) x->sweep->plan = rms_hash_bytes(text.length ? text.data : "", text.length);
  rms_text_fini(&text);
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* A sweep without a name is called like its file. */
static int fill_name(struct rms_expansion *x)
{
  if (x->sweep->name) return RMS_OK;
  const char *slash = strrchr(x->sweep->origin, '/');
  const char *name = slash ? slash + 1 : x->sweep->origin, *dot = strrchr(name, '.');
  x->sweep->name = rms_arena_copy(x->sweep->arena, name,
                                  dot && dot > name ? (size_t)(dot - name) : strlen(name));
  return x->sweep->name ? RMS_OK : no_memory(x);
}

static int add_plugins(struct rms_expansion *x, const char *const *plugins, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    struct rms_sweep_line line = {.is_file = true,
                                  .text = rms_arena_text(x->sweep->arena, plugins[i])};
    if (!line.text) return no_memory(x);
    const int status = rms_sweep_lines_add(&x->spec.plugins, line, x->err);
    if (status) return status;
  }
  return RMS_OK;
}

static int expand(struct rms_expansion *x, const char *bytes, size_t n_bytes,
                  const char *const *plugins, size_t n)
{
  int status;
  RMS_TRY(add_plugins(x, plugins, n));
  RMS_TRY(rms_sweep_spec_read(&x->spec, bytes, n_bytes, x->err));
  RMS_TRY(fill_name(x));
  RMS_TRY(rms_sweep_expand_instances(x));
  RMS_TRY(rms_sweep_expand_solvers(x));
  RMS_TRY(make_jobs(x));
  RMS_TRY(drop_duplicates(x));
  RMS_TRY(hash_plan(x));
out:
  return status;
}

int rms_sweep_parse(struct rms_sweep **result, const char *bytes, size_t n_bytes,
                    const char *origin, const char *folder, const char *const *plugins, size_t n,
                    struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_error spare = {0}; /* callbacks of families want a place to write to */
  struct rms_sweep *sweep = calloc(1, sizeof *sweep);
  struct rms_expansion x = {.sweep = sweep, .err = err ? err : &spare};
  if (!sweep || !(sweep->arena = rms_arena_new()) ||
      !(sweep->origin = rms_arena_text(sweep->arena, origin)) ||
      !(sweep->text = rms_arena_copy(sweep->arena, bytes, n_bytes)))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", origin));
  x.spec = (struct rms_sweep_spec){.sweep = sweep, .folder = folder};
  RMS_TRY(expand(&x, bytes, n_bytes, plugins, n));
  *result = sweep;
  sweep = NULL;
out:
  free(x.choices);
  free(x.plugins);
  free(x.sources);
  rms_sweep_spec_fini(&x.spec);
  rms_sweep_free(sweep);
  return status;
}

static const char folder_of_builtins[] = "harness/sweeps/";
enum { FOLDER_BYTES = sizeof folder_of_builtins - 1, SUFFIX_BYTES = 4 /* ".ini" */ };

/* The name of a built-in sweep without folder and ".ini"; NULL: the file is none. */
static const char *builtin_name(const struct rms_embedded *file, size_t *n)
{
  const size_t length = strlen(file->name);
  if (strncmp(file->name, folder_of_builtins, FOLDER_BYTES)) return NULL;
  if (length <= FOLDER_BYTES + SUFFIX_BYTES) return NULL;
  *n = length - FOLDER_BYTES - SUFFIX_BYTES;
  return file->name + FOLDER_BYTES;
}

/* By "demo", "demo.ini" or "harness/sweeps/demo.ini". */
static const struct rms_embedded *find_builtin(const char *path)
{
  for (size_t i = 0; i < rms_embedded_count; i++) {
    size_t n;
    const struct rms_embedded *file = &rms_embedded_files[i];
    const char *name = builtin_name(file, &n);
    if (!name) continue;
    if (!strcmp(path, file->name) || !strcmp(path, name)) return file;
    if (strlen(path) == n && !strncmp(path, name, n)) return file;
  }
  return NULL;
}

static int no_such_sweep(const char *path, struct rms_error *err)
{
  char known[256] = "";
  for (size_t i = 0; i < rms_embedded_count; i++) {
    size_t n;
    const size_t used = strlen(known);
    const char *name = builtin_name(&rms_embedded_files[i], &n);
    if (name) snprintf(known + used, sizeof known - used, "%s%.*s", used ? ", " : "", (int)n, name);
  }
  return rms_error_set(err, RMS_E_IO,
                       "%s: there is no such file and no built-in sweep of that name (%s)", path,
                       known);
}

int rms_sweep_open(struct rms_sweep **result, const char *path, const char *const *plugins,
                   size_t n, struct rms_error *err)
{
  if (access(path, F_OK)) {
    const struct rms_embedded *file = find_builtin(path);
    if (!file) return no_such_sweep(path, err);
    return rms_sweep_parse(result, (const char *)file->bytes, file->size, path, NULL, plugins, n,
                           err);
  }
  char *bytes = NULL;
  size_t n_bytes = 0;
  int status = rms_file_read(path, RMS_SWEEP_FILE_MAX, &bytes, &n_bytes, err);
  if (status) return status;
  const char *slash = strrchr(path, '/');
  char *folder = NULL;
  if (slash && !(folder = strndup(path, slash > path ? (size_t)(slash - path) : 1)))
    status = rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path);
  if (!status) status = rms_sweep_parse(result, bytes, n_bytes, path, folder, plugins, n, err);
  free(folder);
  free(bytes);
  return status;
}

void rms_sweep_free(struct rms_sweep *sweep)
{
  if (!sweep) return;
  rms_arena_free(sweep->arena);
  free(sweep);
}
