/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms retry RUN - ask for jobs once more, by how they ended, with other limits or the same. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/faults.h"
#include "harness/cli/cli.h"
#include "harness/folder.h"
#include "harness/retry.h"

struct change { /* of a limit: a factor, or a new value */
  bool is_given, is_factor;
  double value;
};

struct options {
  const char *run, *end, *solver;
  enum rms_end cause;
  struct change time, cpu, work, memory;
};

enum { KEY_END = 0x100, KEY_SOLVER, KEY_TIME, KEY_CPU, KEY_WORK, KEY_MEMORY };

typedef int parse_fn(const char *text, double *value);

static int parse_memory(const char *text, double *value)
{
  uint64_t bytes;
  const int status = rms_parse_bytes(text, &bytes);
  if (!status) *value = (double)bytes;
  return status;
}

static error_t parse_change(struct argp_state *state, const char *arg, parse_fn *parse,
                            struct change *change)
{
  char digits[32];
  const size_t n = strlen(arg);
  change->is_given = true;
  change->is_factor = n > 1 && n < sizeof digits && arg[n - 1] == 'x';
  snprintf(digits, sizeof digits, "%.*s", (int)(n ? n - 1 : 0), arg);
  const int status =
      change->is_factor ? rms_parse_double(digits, &change->value) : parse(arg, &change->value);
  if (!status && change->value > 0 && change->value <= 1e15) return 0;
  return rms_cli_wrong(state, arg, "a factor such as 2x, or a new limit");
}

static error_t parse_end(struct argp_state *state, const char *arg, enum rms_end *end)
{
  if (!rms_end_parse(arg, end)) return 0;
  struct rms_text names = {0};
  for (int i = 0; i < RMS_END_COUNT; i++)
    rms_text_printf(&names, " %s", rms_end_text((enum rms_end)i));
  const error_t wrong = rms_cli_wrong(state, arg, "one of:%s", names.data ? names.data : "");
  rms_text_fini(&names);
  return wrong;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  static const struct rms_cli_argument wanted[] = {
      {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};
  struct options *o = state->input;
  switch (key) {
  case KEY_END: o->end = arg; return parse_end(state, arg, &o->cause);
  case KEY_SOLVER: o->solver = arg; return 0;
  case KEY_TIME: return parse_change(state, arg, rms_parse_seconds, &o->time);
  case KEY_CPU: return parse_change(state, arg, rms_parse_seconds, &o->cpu);
  case KEY_WORK: return parse_change(state, arg, rms_parse_double, &o->work);
  case KEY_MEMORY: return parse_change(state, arg, parse_memory, &o->memory);
  case ARGP_KEY_END:
    if (!o->end) {
      argp_error(state, "--end is missing: which jobs, by how they ended?");
      return EINVAL;
    }
    return rms_cli_take(key, arg, state, wanted);
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static double changed(const struct change *change, double old)
{
  if (!change->is_given) return old;
  return change->is_factor ? old * change->value : change->value;
}

/* Do the limits of this job change? Then it is another job. */
static void change_limits(const struct options *o, struct rms_limits *limits)
{
  limits->time = changed(&o->time, limits->time);
  limits->cpu = changed(&o->cpu, limits->cpu > 0 ? limits->cpu : 0);
  if (limits->work != UINT64_MAX) limits->work = (uint64_t)changed(&o->work, (double)limits->work);
  limits->memory = (uint64_t)changed(&o->memory, (double)limits->memory);
}

static int add_retry(struct rms_retries *retries, const struct options *o, struct rms_job job,
                     const struct rms_run *run, struct rms_error *err)
{
  struct rms_retry retry = {.job = job.id, .attempt = run->attempt};
  change_limits(o, &job.limits);
  if (rms_job_identify(&job) < 0) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  retry.replacement = job.id;
  retry.time = job.limits.time;
  retry.cpu = job.limits.cpu;
  retry.work = job.limits.work;
  retry.memory = job.limits.memory;
  return rms_retries_add(retries, &retry) < 0
             ? rms_error_set(err, RMS_E_NOMEM, "plan: out of memory")
             : RMS_OK;
}

static int choose(struct rms_retries *retries, const struct options *o,
                  const struct rms_sweep *sweep, const struct rms_records *records, size_t *n,
                  struct rms_error *err)
{
  *n = 0;
  for (size_t i = 0; i < sweep->n_jobs; i++) {
    const struct rms_job *job = &sweep->jobs[i];
    const struct rms_run *run = rms_records_find(records, job->id);
    if (!run || run->end != o->cause) continue;
    if (o->solver && strcmp(job->label, o->solver) && strcmp(job->solver, o->solver)) continue;
    const int status = add_retry(retries, o, *job, run, err);
    if (status) return status;
    ++*n;
  }
  return RMS_OK;
}

/* The sweep as it was given: where it is, since file names in it are relative to that. */
static int open_plan(struct rms_sweep **sweep, const char *folder,
                     const struct rms_folder_head *head, struct rms_error *err)
{
  char path[PATH_MAX];
  int status = rms_folder_find_sweep(folder, head, path, err);
  if (!status) status = rms_sweep_open(sweep, path, NULL, 0, err);
  if (!status) status = rms_folder_check(folder, *sweep, err);
  return status;
}

static void tell(FILE *out, const struct options *o, const struct rms_sweep *sweep, size_t n)
{
  struct rms_text text = {0};
  fprintf(out, "%s: %zu of %zu jobs ended by '%s'", sweep->name, n, sweep->n_jobs, o->end);
  if (!n) {
    fprintf(out, "; 'rms status %s' says how the others did\n", o->run);
    return;
  }
  rms_shell_word(&text, sweep->origin);
  rms_text_add(&text, " -o ");
  rms_shell_word(&text, o->run);
  fprintf(out, " and are in the plan once more; now: rms run %s\n",
          rms_text_status(&text) ? "..." : text.data);
  rms_text_fini(&text);
}

static int retry(struct rms_cli *cli, const struct options *o, struct rms_error *err)
{
  struct rms_folder_head head;
  struct rms_sweep *sweep = NULL;
  struct rms_records *records = NULL;
  struct rms_retries retries = {0};
  struct rms_locks locks = RMS_NO_LOCKS;
  size_t n = 0;
  int status = RMS_OK;
  RMS_TRY(rms_folder_read_head(o->run, &head, err));
  RMS_TRY(open_plan(&sweep, o->run, &head, err));
  RMS_TRY(rms_locks_take(&locks, o->run, 0, -1, NULL, err));
  RMS_TRY(rms_retries_load(&retries, o->run, err));
  RMS_TRY(rms_retries_apply(&retries, sweep, err));
  RMS_TRY(rms_records_load(&records, o->run, err));
  RMS_TRY(choose(&retries, o, sweep, records, &n, err));
  if (n) RMS_TRY(rms_retries_write(&retries, o->run, err));
  tell(cli->out, o, sweep, n);
out:
  rms_locks_release(&locks);
  rms_retries_fini(&retries);
  rms_records_free(records);
  rms_sweep_free(sweep);
  return status;
}

static int verb_retry(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"end", KEY_END, "HOW", 0,
       "Jobs that ended so: signal, memory, processes, timeout_wall, timeout_cpu, start_failed, "
       "lost, "
       "unsupported, cancelled, exit",
       0},
      {"solver", KEY_SOLVER, "NAME", 0, "Only this solver, or this row of the tables", 0},
      {"time", KEY_TIME, "2x|TIME", 0, "Another wall limit", 0},
      {"cpu", KEY_CPU, "2x|TIME", 0, "Another CPU limit", 0},
      {"work", KEY_WORK, "2x|N", 0, "Another work limit", 0},
      {"memory", KEY_MEMORY, "2x|SIZE", 0, "Another memory limit", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "RUN",
      .doc =
          "Put jobs into the plan once more, by how they ended. With another limit they are new "
          "jobs that take the old ones' places in tables once they are done; with the same limits "
          "the old attempts are void and the next ones have the next number. Nothing is deleted. "
          "The sweep file must be where it was, as seen from RUN; it does not matter where the "
          "command is given.\v"
          "Examples:\n"
          "  rms retry out/mine --end=memory --memory=2x\n"
          "  rms retry out/mine --end=start_failed\n"};
  struct options o = {.run = NULL};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return retry(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_retry = {"retry", "do jobs once more, by how they ended",
                                        verb_retry};
