/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms solve INSTANCE - one solver, one instance, one checked plan. */
#include "harness/cli/solve.h"
#include "harness/agree.h"
#include "harness/cli/find_solver.h"
#include "harness/place.h"
#include "harness/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instances/machine_list.h"
#include "solvers/registry.h"

/* The best that is built in solves when none is named. */
static const char *const preferred[] = {"prices", "greedy-endgame"};

enum {
  KEY_TIME = 0x100,
  KEY_WORK,
  KEY_SEED,
  KEY_REPEAT,
  KEY_CPU,
  KEY_MEMORY,
  KEY_ISLANDS,
  KEY_PLUGIN,
  KEY_FORMAT,
  KEY_WARM
};

static int parse_count(const char *text, int64_t lo, int64_t hi, int64_t *value)
{
  return rms_parse_int(text, value) == RMS_OK && *value >= lo && *value <= hi ? RMS_OK
                                                                              : RMS_E_USAGE;
}

static int parse_limit(struct rms_solve *solve, int key, const char *arg)
{
  int64_t number = 0;

  switch (key) {
  case KEY_TIME:
    solve->has_time = true;
    if (rms_parse_seconds(arg, &solve->limits.time) < 0 || !(solve->limits.time > 0))
      return RMS_E_USAGE;
    return solve->limits.time <= 1e9 ? RMS_OK : RMS_E_USAGE;
  case KEY_WORK:
    if (parse_count(arg, 1, INT64_MAX, &number) < 0) return RMS_E_USAGE;
    solve->limits.work = (uint64_t)number;
    solve->limits.is_work_limited = true;
    return RMS_OK;
  case KEY_CPU:
    if (rms_parse_seconds(arg, &solve->limits.cpu) < 0 || !(solve->limits.cpu > 0))
      return RMS_E_USAGE;
    return solve->limits.cpu <= 1e9 ? RMS_OK : RMS_E_USAGE;
  case KEY_REPEAT: return parse_count(arg, 0, INT64_MAX, &solve->job.repeat);
  case KEY_MEMORY:
    if (rms_parse_bytes(arg, &solve->limits.memory) < 0) return RMS_E_USAGE;
    return solve->limits.memory >= RMS_MEMORY_LEAST ? RMS_OK : RMS_E_USAGE;
  case KEY_SEED:
    if (parse_count(arg, 0, INT64_MAX, &number) < 0) return RMS_E_USAGE;
    solve->seed = (uint64_t)number;
    return RMS_OK;
  default:
    if (parse_count(arg, 1, RMS_ISLANDS_MAX, &number) < 0) return RMS_E_USAGE;
    solve->islands = (uint32_t)number;
    return RMS_OK;
  }
}

static const char *legal_of(int key)
{
  switch (key) {
  case KEY_TIME:
  case KEY_CPU: return "a time above 0, at most 1e9 s, such as 10s or 5m";
  case KEY_MEMORY: return "a size from 1MiB on, such as 500MiB or 2GiB";
  case KEY_WORK: return "a whole number from 1, such as 1e6";
  case KEY_ISLANDS: return "a whole number from 1 to 256";
  default: return "a whole number from 0";
  }
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct rms_solve, instance), "an instance", "a file or FAMILY:SPEC", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct rms_solve *solve = state->input;

  switch (key) {
  case 's': solve->spec = arg; return 0;
  case 'o': solve->output = arg; return 0;
  case 'q': solve->is_quiet = true; return 0;
  case KEY_PLUGIN: solve->plugin = arg; return 0;
  case KEY_FORMAT: solve->format = arg; return 0;
  case KEY_WARM: solve->warm = arg; return 0;
  case KEY_TIME:
  case KEY_WORK:
  case KEY_SEED:
  case KEY_REPEAT:
  case KEY_CPU:
  case KEY_MEMORY:
  case KEY_ISLANDS:
    return parse_limit(solve, key, arg) < 0 ? rms_cli_wrong(state, arg, "%s", legal_of(key)) : 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static const struct argp_option options[] = {
    {"solver", 's', "NAME[:KEY=VALUE,...]", 0, "Solver and its parameters (see 'rms solvers')", 0},
    {"time", KEY_TIME, "TIME", 0, "Wall time, such as 10s, 5m (default 60s)", 0},
    {"work", KEY_WORK, "N", 0, "Stop after N units of the solver's own work: same bytes every time",
     0},
    {"seed", KEY_SEED, "N", 0, "Seed of the random numbers (default 1)", 0},
    {"repeat", KEY_REPEAT, "N", 0,
     "Random numbers of the N-th repeat of a sweep (its first one is 1; default 0)", 0},
    {"cpu", KEY_CPU, "TIME", 0, "Processor time of the solver's process (default: --time + 5s)", 0},
    {"memory", KEY_MEMORY, "SIZE", 0, "Memory that the solver may take, such as 2GiB", 0},
    {"islands", KEY_ISLANDS, "K", 0,
     "Processes of a parallel solver, spread over the ranks under mpirun (default 1)", 0},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "Take the solver from this shared object", 0},
    {"warm", KEY_WARM, "PLAN", 0,
     "Begin with the prices of this earlier plan (a solver with the parameter warm)", 0},
    {"output", 'o', "FILE", 0, "Write the plan there, not to standard output", 0},
    {"format", KEY_FORMAT, "json|text|svg", 0, "Of the plan (default json)", 0},
    {"quiet", 'q', NULL, 0, "No progress and no summary", 0},
    {0}};

static const char doc[] =
    "Solve INSTANCE (a file, or FAMILY:SPEC for a generated one) and write the plan.\v"
    "The solver runs in a process of its own; its plan is checked before it is written. Ctrl-C "
    "stops the "
    "solver and keeps the best plan so far.\n\n"
    "Examples:\n"
    "  rms solve services.json --time 10s -o plan.json\n"
    "  rms solve services.json -s glpk --format text\n"
    "  rms solve serve:services=24,seed=7 -s greedy-endgame --work 1e6\n"
    "  mpirun -np 2 --bind-to none rms solve services.json -s ga:islands=4\n\n"
    "Exit code 1: no plan, because there is none or none was found.";

/* ---- what is asked for ---- */

static void name_nearest(const char *family, const char *name, const char **nearest)
{
  size_t best = 4;

  for (size_t i = 0; rms_builtin_solvers[i]; i++) {
    const size_t distance = rms_text_distance(name, rms_builtin_solvers[i]->name);
    if (strcmp(rms_builtin_solvers[i]->family, family) != 0 || distance >= best) continue;
    best = distance;
    *nearest = rms_builtin_solvers[i]->name;
  }
}

static int find_builtin(struct rms_solve *solve, const char *name, struct rms_error *err)
{
  const char *family = solve->inst->family->name;
  const char *nearest = NULL;

  for (size_t i = 0; !name && i < sizeof preferred / sizeof preferred[0]; i++) {
    solve->solver = rms_solver_builtin(family, preferred[i]);
    if (solve->solver) return RMS_OK;
  }
  if (name) solve->solver = rms_solver_builtin(family, name);
  if (solve->solver) return RMS_OK;
  struct rms_found_solver found;
  if (name && rms_cli_find_solver(&found, name, family, NULL, solve->arena, NULL) == RMS_OK) {
    solve->solver = found.solver; /* of RMS_PLUGIN_PATH */
    solve->plugin = found.plugin;
    return RMS_OK;
  }
  for (size_t i = 0; name && rms_builtin_solvers[i]; i++)
    if (!strcmp(rms_builtin_solvers[i]->name, name))
      return rms_error_set(err, RMS_E_USAGE, "'%s' solves family %s, the instance is of family %s",
                           name, rms_builtin_solvers[i]->family, family);
  name_nearest(family, name ? name : "", &nearest);
  return rms_error_set(err, RMS_E_UNKNOWN, "'%s' is no solver of family %s%s%s%s", name ? name : "",
                       family, nearest ? ", did you mean '" : ", 'rms solvers' lists them",
                       nearest ? nearest : "", nearest ? "'?" : "");
}

static int find_plugin(struct rms_solve *solve, const char *name, struct rms_error *err)
{
  int status = rms_plugin_describe(&solve->solver, solve->plugin, solve->arena, err);

  if (status < 0) return status;
  if (name && strcmp(name, solve->solver->name) != 0) {
    return rms_error_set(err, RMS_E_UNKNOWN, "%s: has the solver '%s', not '%s'", solve->plugin,
                         solve->solver->name, name);
  }
  if (strcmp(solve->solver->family, solve->inst->family->name) != 0) {
    return rms_error_set(err, RMS_E_USAGE, "%s: solves family %s, the instance is of family %s",
                         solve->plugin, solve->solver->family, solve->inst->family->name);
  }
  return RMS_OK;
}

/* A plan at all? Whether it fits is the solver's question. */
static int check_warm(const char *path, struct rms_error *err)
{
  static const char *const keep[] = {"format", NULL};
  struct rms_document *plan = NULL;
  int status = rms_document_open_excerpt(&plan, path, keep, err);
  if (status == RMS_OK) {
    const struct rms_node root = rms_document_root(plan);
    status = rms_machine_list_constant(&root, "format", "rms-plan/1", err);
  }
  rms_document_free(plan);
  if (status < 0) rms_error_where(err, "--warm");
  return status;
}

/* --warm PLAN is the parameter warm=PLAN, whose file must be there. */
static int add_warm(const struct rms_solve *solve, const char *assignments, struct rms_text *all,
                    struct rms_error *err)
{
  if (assignments) rms_text_add(all, assignments);
  if (solve->warm && rms_params_index(solve->solver->params, "warm") < 0)
    return rms_error_set(err, RMS_E_USAGE, "--warm: '%s' does not begin with an earlier plan",
                         solve->solver->name);
  const int status = solve->warm ? check_warm(solve->warm, err) : RMS_OK;
  if (status < 0) return status;
  if (solve->warm)
    rms_text_printf(all, "%swarm=%s", assignments && *assignments ? "," : "", solve->warm);
  return rms_text_status(all) < 0 ? rms_error_set(err, RMS_E_NOMEM, "out of memory") : RMS_OK;
}

/* --islands K and islands=K among the parameters are the same thing. */
static int take_islands(struct rms_solve *solve, char *assignments, struct rms_error *err)
{
  uint32_t islands = 0;
  const int status = rms_job_take_islands(assignments, &islands, err);

  if (status < 0) return status;
  if (islands && solve->islands && islands != solve->islands)
    return rms_error_set(err, RMS_E_USAGE, "--islands %u and islands=%u contradict each other",
                         solve->islands, islands);
  if (islands) solve->islands = islands;
  if (!solve->islands) solve->islands = 1;
  return RMS_OK;
}

static int choose_solver(struct rms_solve *solve, struct rms_error *err)
{
  const char *name = NULL, *assignments = NULL;
  struct rms_text all = {0};
  int status = RMS_OK;

  if (solve->spec) rms_solver_split(solve->spec, &name, &assignments);
  RMS_TRY(take_islands(
      solve, assignments && *assignments ? solve->spec + (assignments - solve->spec) : NULL, err));
  RMS_TRY(solve->plugin ? find_plugin(solve, name, err) : find_builtin(solve, name, err));
  rms_text_printf(&solve->label, "%s%s%s", solve->solver->name,
                  assignments && *assignments ? ":" : "", assignments ? assignments : "");
  RMS_TRY(rms_text_status(&solve->label));
  RMS_TRY(add_warm(solve, assignments, &all, err));
  RMS_TRY(rms_values_parse(&solve->values, solve->solver->params, all.data, err));
  rms_values_text(&solve->params, solve->solver->params, &solve->values);
  RMS_TRY(rms_text_status(&solve->params));
  if (solve->islands > 1 && !(solve->solver->flags & RMS_PARALLEL)) {
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--islands: '%s' is not a parallel solver",
                          solve->solver->name));
  }
out:
  rms_text_fini(&all);
  return status;
}

/* A generated instance is known by its text, a file by its content. */
static int identify_instance(struct rms_solve *solve, struct rms_error *err)
{
  const struct rms_family *family = solve->inst->family;
  const size_t n = strlen(family->name);
  const bool is_spec = strncmp(solve->instance, family->name, n) == 0 && solve->instance[n] == ':';

  if (is_spec && family->identify) {
    return family->identify(solve->instance + n + 1, &solve->job.instance_key, err);
  }
  if (rms_instance_hash(solve->inst, &solve->job.instance_key) < 0) {
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  }
  return RMS_OK;
}

static int plan_job(struct rms_solve *solve, struct rms_error *err)
{
  int status = RMS_OK;

  RMS_TRY(identify_instance(solve, err));
  if (!solve->has_time) solve->limits.time = solve->limits.is_work_limited ? 3600 : 60;
  solve->job.family = solve->inst->family->name;
  solve->job.reference = solve->instance;
  solve->job.group = "";
  solve->job.solver = solve->solver->name;
  solve->job.version = solve->solver->version;
  solve->job.plugin = solve->plugin;
  solve->job.params = solve->params.data ? solve->params.data : "";
  solve->job.label = solve->label.data;
  solve->job.flags = solve->solver->flags;
  solve->job.seed = solve->seed;
  solve->job.islands = solve->islands;
  solve->job.limits = solve->limits;
  if (rms_job_identify(&solve->job) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
out:
  return status;
}

/* ---- the verb ---- */

static bool is_format(const char *format)
{
  return !strcmp(format, "json") || !strcmp(format, "text") || !strcmp(format, "svg");
}

static int prepare(struct rms_solve *solve, struct rms_error *err)
{
  int status = RMS_OK;

  if (solve->format && !is_format(solve->format)) {
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--format: is '%s', must be json, text or svg",
                          solve->format));
  }
  solve->arena = rms_arena_new();
  if (!solve->arena) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  /* Before the instance is read: what is forked now is forked small. */
  RMS_TRY(rms_helper_start(&solve->helper, NULL, err));
  RMS_TRY(rms_instance_open(&solve->inst, solve->instance, err));
  RMS_TRY(choose_solver(solve, err));
  RMS_TRY(plan_job(solve, err));
out:
  return status;
}

/* Signals are blocked before MPI starts threads, which inherit that; what is known of the instance
 * is agreed on by all ranks. */
static int join_ranks(struct rms_solve *solve, bool is_mpi, int *argc, char ***argv,
                      struct rms_error *err)
{
  struct rms_error why = {0};
  int status;

  solve->signals = rms_signals_open();
  status = is_mpi ? rms_transport_mpi(&solve->transport, argc, argv, &why)
                  : rms_transport_local(&solve->transport, &why);
  if (!status) return rms_agree(&solve->transport, solve->job.id, err);
  if (!err->status) *err = why;
  return status;
}

static int fail(const struct rms_solve *solve, const struct rms_error *err)
{
  /* What all ranks know is said once. */
  return err->text[0] || !solve->transport.rank ? rms_cli_fail(solve->cli, err) : RMS_EXIT_INPUT;
}

static int run(struct rms_solve *solve, int argc, char **argv)
{
  struct rms_error err = {0};
  struct rms_event event;
  int rank = 0;
  const bool is_mpi = rms_transport_is_mpi(&rank);

  if (prepare(solve, &err) < 0 && !err.status) rms_error_set(&err, RMS_E_NOMEM, "out of memory");
  if (join_ranks(solve, is_mpi, &argc, &argv, &err) < 0) return fail(solve, &err);
  if (solve->inst->family->is_hopeless && solve->inst->family->is_hopeless(solve->inst, &err)) {
    if (!rank) fprintf(solve->cli->err, "rms: there is no plan: %s\n", err.text);
    return RMS_EXIT_NO;
  }
  if (!rank && !solve->is_quiet)
    rms_place_tell_crowd(solve->cli->err, solve->islands, solve->transport.size);
  const int status = rms_solve_watch(solve, &event, &err);
  rms_signals_close(solve->signals);
  if (status < 0) return fail(solve, &err);
  return event.kind == RMS_EVENT_NONE ? RMS_EXIT_GOOD : rms_solve_tell(solve, &event);
}

static void leave_ranks(struct rms_solve *solve)
{
  struct rms_transport *transport = &solve->transport;

  rms_gang_fini(&solve->gang);
  if (!transport->self) return;
  (void)transport->finish(transport->self, NULL);
  transport->close(transport->self);
}

static int solve_verb(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp argp = {options, parse_option, "INSTANCE", doc, NULL, NULL, NULL};
  struct rms_solve *solve = calloc(1, sizeof *solve);
  int code = RMS_EXIT_INTERNAL;

  if (!solve) {
    fprintf(cli->err, "rms: out of memory\n");
    return code;
  }
  solve->cli = cli;
  solve->signals = -1;
  solve->seed = 1;
  solve->limits.work = UINT64_MAX;
  if (rms_cli_parse(cli, &argp, argc, argv, solve, &code) == RMS_OK) code = run(solve, argc, argv);
  leave_ranks(solve);
  rms_helper_stop(solve->helper);
  rms_instance_free(solve->inst);
  rms_text_fini(&solve->label);
  rms_text_fini(&solve->params);
  rms_arena_free(solve->arena);
  free(solve);
  return code;
}

const struct rms_verb rms_verb_solve = {"solve", "solve one instance and write the checked plan",
                                        solve_verb};
