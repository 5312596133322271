/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms run SWEEP.ini - a sweep, alone or as ranks of MPI; the same command again resumes it. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/faults.h"
#include "harness/cli/cli.h"
#include "harness/folder.h"
#include "harness/hierarchy.h"
#include "harness/nursery.h"
#include "harness/place.h"
#include "harness/retry.h"
#include "harness/schedule.h"
#include "instances/base/file.h"
#include "instances/family.h"

enum {
  KEY_DRY = 0x100,
  KEY_PLUGIN,
  KEY_MAX_JOBS,
  KEY_MAX_ATTEMPTS,
  KEY_NO_PLANS,
  KEY_WIND_DOWN,
  KEY_PATIENCE,
  KEY_GROUP,
  KEY_PACK,
  KEY_NO_BIND,
  PLUGINS_MAX = 64
};

struct run {
  const char *path, *folder;
  char folder_text[PATH_MAX], log_folder[PATH_MAX];
  const char *plugins[PLUGINS_MAX];
  size_t n_plugins;
  int64_t max_jobs, max_attempts;
  double wind_down, rank_patience;
  int64_t group;
  bool is_dry, is_quiet, keeps_plans;
  enum rms_packing packing;
  bool is_mpi;
  int rank; /* as the launcher says */
  struct rms_nursery *nursery;
  int argc;
  char **argv;
};

static int parse_number(struct argp_state *state, const char *arg, int64_t *value)
{
  if (!rms_parse_int(arg, value) && *value >= 1) return 0;
  return rms_cli_wrong(state, arg, "a whole number from 1");
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct run, path), "a sweep", "a file, or the name of a built-in one such as smoke",
     false},
    {0}};

static int parse_time(struct argp_state *state, const char *arg, double *value)
{
  if (!rms_parse_seconds(arg, value) && *value > 0 && *value <= 1e9) return 0;
  return rms_cli_wrong(state, arg, "a time above 0, such as 90s or 5m");
}

static error_t parse_group(struct argp_state *state, const char *arg, int64_t *value)
{
  if (!rms_parse_int(arg, value) && *value >= 2 && *value <= INT32_MAX) return 0;
  return rms_cli_wrong(state, arg, "a whole number from 2");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct run *run = state->input;
  switch (key) {
  case 'o': run->folder = arg; return 0;
  case 'n':
  case KEY_DRY: run->is_dry = true; return 0;
  case 'q': run->is_quiet = true; return 0;
  case KEY_PACK: run->packing = RMS_PACK_UNITS; return 0;
  case KEY_NO_BIND: run->packing = RMS_PACK_NONE; return 0;
  case KEY_NO_PLANS: run->keeps_plans = false; return 0;
  case KEY_MAX_JOBS: return parse_number(state, arg, &run->max_jobs);
  case KEY_WIND_DOWN: return parse_time(state, arg, &run->wind_down);
  case KEY_GROUP: return parse_group(state, arg, &run->group);
  case KEY_PATIENCE: return parse_time(state, arg, &run->rank_patience);
  case KEY_MAX_ATTEMPTS: return parse_number(state, arg, &run->max_attempts);
  case KEY_PLUGIN:
    if (run->n_plugins == PLUGINS_MAX) {
      argp_error(state, "more than %d plugins", PLUGINS_MAX);
      return EINVAL;
    }
    run->plugins[run->n_plugins++] = arg;
    return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static const struct argp_option options[] = {
    {"output", 'o', "RUN", 0, "Folder of the run (default out/NAME)", 0},
    {"dry-run", 'n', NULL, 0, "Print what would be done and stop", 0},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "A solver in a shared object; as often as wanted", 0},
    {"max-jobs", KEY_MAX_JOBS, "N", 0, "End after N jobs; the same command goes on", 0},
    {"max-attempts", KEY_MAX_ATTEMPTS, "N", 0,
     "Set a job aside when its process or rank died N times (default 5)", 0},
    {"wind-down", KEY_WIND_DOWN, "TIME", 0,
     "After SIGUSR1 begin no more jobs and give those that run this long to end (default 60s); "
     "then all is over within 10 s",
     0},
    {"rank-patience", KEY_PATIENCE, "TIME", 0,
     "Give a rank up that has been silent this long; the others do its jobs. Silence of rank 0, "
     "three times as long, ends the launch; a process that watches a job and is as silent is "
     "killed, and the job "
     "done again (default 120s)",
     0},
    {"group", KEY_GROUP, "N", 0,
     "Ranks that one rank looks after; where there are more, the first rank of each N of a node "
     "leads these, and so on (default 256)",
     0},
    {"pack", KEY_PACK, NULL, 0,
     "Bind each solver to a hardware thread, not to a physical core whose other threads idle", 0},
    {"no-bind", KEY_NO_BIND, NULL, 0, "Let the kernel decide where solvers run", 0},
    {"no-plans", KEY_NO_PLANS, NULL, 0, "Do not keep verified solutions in RUN/plans", 0},
    {"quiet", 'q', NULL, 0, "No progress", 0},
    {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "SWEEP.ini",
    .doc =
        "Run a sweep: every solver on every instance, each run in a process of its own under "
        "limits, every "
        "answer checked in another one. The same command again does what is still missing, on any "
        "number of ranks; nothing that was finished runs twice.\v"
        "Examples:\n"
        "  rms run smoke\n"
        "  rms run sweep.ini -o out/mine --dry-run\n"
        "  mpirun -np 4 --bind-to none rms run sweep.ini -o out/mine\n"
        "  rms table out/mine\n\n"
        "mpirun as root wants OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 (or "
        "--allow-run-as-root); more ranks than cores want --oversubscribe; --bind-to none leaves "
        "the cores to "
        "the solvers.\n\n"
        "SIGINT, SIGTERM, SIGHUP: jobs that run are dropped, which is charged to no one, and all "
        "is over within 10 s. SIGUSR1 (the warning of a scheduler): no more jobs are begun, those "
        "that run have --wind-down to end; what has not ended then is dropped, and all is over "
        "within 10 s more. Either way files are closed, the command that resumes is printed, and "
        "the exit code is 1. mpirun passes SIGUSR1 on, but kills its ranks 1 s after a SIGTERM "
        "unless told otherwise (--mca odls_base_sigkill_timeout 3): nothing that is finished is "
        "lost by that."};

/* ---- what would be done
 * --------------------------------------------------------------------------- */

struct tally {
  const char *name;
  size_t n;
};

static int compare_tallies(const void *a, const void *b)
{
  return strcmp(((const struct tally *)a)->name, ((const struct tally *)b)->name);
}

static void print_tallies(FILE *out, const char *title, struct tally *tallies, size_t n)
{
  size_t kept = 0;
  if (n) qsort(tallies, n, sizeof *tallies, compare_tallies);
  for (size_t i = 0; i < n; i++) {
    if (kept && !strcmp(tallies[kept - 1].name, tallies[i].name))
      tallies[kept - 1].n++;
    else
      tallies[kept++] = (struct tally){tallies[i].name, 1};
  }
  fprintf(out, "%s\n", title);
  for (size_t i = 0; i < kept; i++) fprintf(out, "  %-32s %8zu\n", tallies[i].name, tallies[i].n);
}

/* Jobs of the plan that have a run. */
static size_t count_done(const struct rms_sweep *sweep, const struct rms_records *records)
{
  size_t n = 0;
  for (size_t i = 0; i < sweep->n_jobs; i++)
    n += rms_records_find(records, sweep->jobs[i].id) != NULL;
  return n;
}

static int print_dry(struct rms_cli *cli, const struct run *run, const struct rms_sweep *sweep,
                     struct rms_error *err)
{
  char digits[RMS_HASH_TEXT];
  size_t done = 0;
  int status = RMS_OK;
  struct rms_records *records = NULL;
  struct tally *tallies = calloc(sweep->n_jobs ? sweep->n_jobs : 1, sizeof *tallies);
  if (!tallies) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "plan: out of memory"));
  RMS_TRY(rms_records_load_brief(&records, run->folder, err));
  done = count_done(sweep, records);
  rms_hash_print(sweep->plan, digits);
  fprintf(cli->out, "%s: %zu jobs, %zu done, %zu to do in %s; plan %s\n", sweep->name,
          sweep->n_jobs, done, sweep->n_jobs - done, run->folder, digits);
  if (sweep->n_duplicates) fprintf(cli->out, "%zu jobs were named twice\n", sweep->n_duplicates);
  for (size_t i = 0; i < sweep->n_jobs; i++) tallies[i] = (struct tally){sweep->jobs[i].label, 1};
  print_tallies(cli->out, "by solver", tallies, sweep->n_jobs);
  for (size_t i = 0; i < sweep->n_jobs; i++) tallies[i] = (struct tally){sweep->jobs[i].group, 1};
  print_tallies(cli->out, "by group", tallies, sweep->n_jobs);
  rms_hash_print(records->hash, digits);
  fprintf(cli->out, "records: %s\n", digits);
  fprintf(cli->out, "at most %.3g core-hours (%.6g s a job)\n",
          (double)(sweep->n_jobs - done) * sweep->limits.time / 3600, sweep->limits.time);
out:
  rms_records_free(records);
  free(tallies);
  return status;
}

/* ---- what was done
 * --------------------------------------------------------------------------------- */

static void print_verdicts(FILE *out, const struct rms_records *records)
{
  size_t n[RMS_VERDICT_COUNT] = {0};
  const char *separator = "  verdict: ";
  for (size_t i = 0; i < records->n_runs; i++) {
    enum rms_verdict_kind kind = RMS_VERDICT_NONE;
    (void)rms_verdict_parse(records->runs[i].verdict, &kind);
    n[kind]++;
  }
  for (int i = RMS_VERDICT_COUNT - 1; i >= 0; i--) {
    if (!n[i]) continue;
    fprintf(out, "%s%s %zu", separator, rms_verdict_text((enum rms_verdict_kind)i), n[i]);
    separator = ", ";
  }
  if (records->n_runs) fputc('\n', out);
}

static void print_command(FILE *out, const struct run *run, int ranks)
{
  fputs("  resume:  ", out);
  if (run->is_mpi) fprintf(out, "mpirun -np %d --bind-to none ", ranks);
  struct rms_text text = {0};
  for (int i = 1; i < run->argc; i++) {
    rms_text_add(&text, " ");
    rms_shell_word(&text, run->argv[i]);
  }
  fprintf(out, "rms run%s\n", rms_text_status(&text) || !text.data ? " ..." : text.data);
  rms_text_fini(&text);
}

static int print_summary(struct rms_cli *cli, const struct run *run, const struct rms_sweep *sweep,
                         const struct rms_schedule_result *result, int ranks, bool *is_complete,
                         struct rms_error *err)
{
  char digits[RMS_HASH_TEXT];
  struct rms_records *records = NULL;
  const int status = rms_records_load_brief(&records, run->folder, err);
  if (status) return status;
  const size_t done = count_done(sweep, records);
  *is_complete = done >= sweep->n_jobs;
  fprintf(cli->out, "%s: %zu of %zu jobs done, %zu of them now\n", sweep->name, done, sweep->n_jobs,
          result->n_done);
  rms_cli_print_ends(cli->out, records);
  print_verdicts(cli->out, records);
  if (result->n_set_aside)
    fprintf(cli->out, "  set aside: %zu jobs whose process died in every attempt\n",
            result->n_set_aside);
  rms_hash_print(records->hash, digits);
  fprintf(cli->out, "  records: %s (%s/records)\n", digits, run->folder);
  if (!*is_complete) print_command(cli->out, run, ranks);
  fprintf(cli->out, "  table:   rms table %s\n", run->folder);
  rms_records_free(records);
  return RMS_OK;
}

/* ---- the run
 * ---------------------------------------------------------------------------------------- */

static int open_transport(const struct run *run, struct rms_transport *transport, int *argc,
                          char ***argv, struct rms_error *err)
{
  return run->is_mpi ? rms_transport_mpi(transport, argc, argv, err)
                     : rms_transport_local(transport, err);
}

static uint32_t most_islands(const struct rms_sweep *sweep)
{
  uint32_t most = 1;
  for (size_t i = 0; i < sweep->n_jobs; i++)
    if (sweep->jobs[i].islands > most) most = sweep->jobs[i].islands;
  return most;
}

/* The first helper, too, starts before MPI does, so that a failure costs nothing; signals are
 * blocked in between, so that threads of MPI inherit the mask. */
static int run_sweep(struct rms_cli *cli, struct run *run, const struct rms_sweep *sweep, int *code,
                     struct rms_error *err)
{
  int status, argc = run->argc, signals = -1;
  char **argv = run->argv;
  bool is_open = false, is_complete = true;
  struct rms_transport transport = {0};
  struct rms_helper *helper = NULL;
  struct rms_schedule_result result = {0};
  RMS_TRY(rms_dir_make(run->log_folder, err));
  RMS_TRY(rms_helper_start_in(run->nursery, &helper, run->log_folder, run->rank_patience, err));
  signals = rms_signals_open();
  RMS_TRY(open_transport(run, &transport, &argc, &argv, err));
  is_open = true;
  run->rank = transport.rank;
  if (!transport.rank && !run->is_quiet)
    rms_place_tell_crowd(cli->err, most_islands(sweep), transport.size);
  const struct rms_schedule schedule = {.sweep = sweep,
                                        .folder = run->folder,
                                        .log_folder = run->log_folder,
                                        .transport = &transport,
                                        .nursery = run->nursery,
                                        .helper = &helper,
                                        .signals = signals,
                                        .max_jobs = (size_t)run->max_jobs,
                                        .max_attempts = run->max_attempts,
                                        .wind_down = run->wind_down,
                                        .rank_patience = run->rank_patience,
                                        .group = (int)run->group,
                                        .keeps_plans = run->keeps_plans,
                                        .packing = run->packing,
                                        .talk = run->is_quiet ? NULL : cli->err,
                                        .is_live = cli->err_is_terminal,
                                        .columns = cli->columns,
                                        .argc = run->argc,
                                        .argv = run->argv};
  RMS_TRY(rms_schedule_run(&schedule, &result, err));
  if (!transport.rank)
    RMS_TRY(print_summary(cli, run, sweep, &result, transport.size, &is_complete, err));
  const bool was_asked = run->max_jobs && !result.was_stopped;
  *code = is_complete || was_asked ? RMS_EXIT_GOOD : RMS_EXIT_NO;
out:
  rms_helper_stop(helper);
  /* Nobody can wait for a rank that hangs. */
  if (result.n_gone) {
    if (status && err->text[0]) fprintf(cli->err, "rms: %s\n", err->text);
    fflush(NULL);
    transport.abort(transport.self);
  }
  if (is_open) transport.close(transport.self);
  if (signals >= 0) close(signals);
  return status;
}

static int name_folders(struct run *run, const struct rms_sweep *sweep, struct rms_error *err)
{
  if (!run->folder) {
    snprintf(run->folder_text, sizeof run->folder_text, "out/%s", sweep->name);
    run->folder = run->folder_text;
  }
  const int n = snprintf(run->log_folder, sizeof run->log_folder, "%s/logs", run->folder);
  if (n > 0 && (size_t)n < sizeof run->log_folder) return RMS_OK;
  return rms_error_set(err, RMS_E_USAGE, "%.80s...: name is too long", run->folder);
}

static int apply_retries(const char *folder, struct rms_sweep *sweep, struct rms_error *err)
{
  struct rms_retries retries = {0};
  int status = rms_retries_load(&retries, folder, err);
  if (!status) status = rms_retries_apply(&retries, sweep, err);
  rms_retries_fini(&retries);
  return status;
}

static int verb_run(struct rms_cli *cli, int argc, char **argv)
{
  struct run run = {.max_attempts = 5,
                    .wind_down = 60,
                    .rank_patience = RMS_RANK_PATIENCE,
                    .group = RMS_GROUP,
                    .keeps_plans = true,
                    .packing = RMS_PACK_CORES,
                    .argc = argc,
                    .argv = argv};
  struct rms_error err = {0};
  struct rms_sweep *sweep = NULL;
  int status, code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &run, &code)) return code;
  run.is_mpi = rms_transport_is_mpi(&run.rank);
  /* Before the sweep is read: a small process forks quickly. */
  if (!run.is_dry) RMS_TRY(rms_nursery_open(&run.nursery, run.packing, &err));
  RMS_TRY(rms_sweep_open(&sweep, run.path, run.plugins, run.n_plugins, &err));
  RMS_TRY(name_folders(&run, sweep, &err));
  RMS_TRY(rms_folder_check(run.folder, sweep, &err));
  RMS_TRY(apply_retries(run.folder, sweep, &err));
  if (run.is_dry) {
    if (!run.rank) RMS_TRY(print_dry(cli, &run, sweep, &err));
  } else {
    RMS_TRY(run_sweep(cli, &run, sweep, &code, &err));
  }
out:
  rms_nursery_close(run.nursery);
  rms_sweep_free(sweep);
  if (!status) return code;
  /* What every rank knows is said once; what only one knows is said by that one. */
  if (run.rank && !err.text[0]) return RMS_EXIT_INPUT;
  return run.rank && !sweep ? RMS_EXIT_INPUT : rms_cli_fail(cli, &err);
}

const struct rms_verb rms_verb_run = {
    .name = "run", .doc = "run a sweep, alone or under mpirun; again: resume", .run = verb_run};
